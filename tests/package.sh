#!/usr/bin/env bash
# The .deb: builds it from build/release, looks inside, asks lintian and systemd what they think; in a
# nightly run it is also installed, run and purged in a fresh Debian.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
here=$(mktemp -d "${TMPDIR:-/tmp}/package-test.XXXXXX")
trap 'rm -rf --one-file-system "$here"' EXIT
trap 'exit 130' INT TERM

failures=0
bad() { echo "FAIL: $*"; failures=$((failures + 1)); }
expect() { # expect WHAT COMMAND…
  local what=$1; shift
  "$@" >"$here/log" 2>&1 || { bad "$what"; cat "$here/log"; }
}

[ -f build/release/build.ninja ] || cmake --preset release >/dev/null || exit 3
cmake --build --preset release >/dev/null || exit 3
cpack --config build/release/CPackConfig.cmake -B "$here" >"$here/log" 2>&1 || { cat "$here/log"; exit 1; }
deb=$(echo "$here"/triaged_*.deb)
[ -f "$deb" ] || { echo "cpack made no package"; exit 1; }

# What is in it: all of this, with these modes, and nothing else.
cat >"$here/expected" <<'E'
-rw-r--r-- ./etc/triaged/triaged.yaml
-rw-r--r-- ./lib/systemd/system/triaged.service
-rw-r--r-- ./usr/lib/sysusers.d/triaged.conf
-rw-r--r-- ./usr/share/doc/triaged/README.md
-rw-r--r-- ./usr/share/doc/triaged/changelog.gz
-rw-r--r-- ./usr/share/doc/triaged/copyright
-rw-r--r-- ./usr/share/doc/triaged/triaged.example.yaml
-rw-r--r-- ./usr/share/man/man8/triaged.8.gz
-rwxr-xr-x ./usr/bin/triaged
drwx------ ./etc/triaged/credentials/
E
dpkg-deb -c "$deb" | awk '$1 ~ /^-/ || $6 ~ /credentials\/$/ {print $1, $6}' | LC_ALL=C sort >"$here/found"
expect "what the package holds" diff "$here/expected" "$here/found"
expect "everything belongs to root" sh -c "! dpkg-deb -c '$deb' | grep -v ' root/root '"
field() { dpkg-deb -f "$deb" "$1"; }
for package in adduser bubblewrap ca-certificates git libc6 libgit2-1.5 libssl3; do
  grep -qE "(^|, )$package( |,|$)" <<<"$(field Depends)" || bad "it does not depend on $package: $(field Depends)"
done
[ "$(field Version)" = "$("$root/build/release/triaged" version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)" ] ||
  bad "package and program disagree on the version"
dpkg-deb -x "$deb" "$here/root" && dpkg-deb -e "$deb" "$here/control"
[ "$(cat "$here/control/conffiles")" = /etc/triaged/triaged.yaml ] || bad "the configuration is not a conffile"
for script in postinst prerm postrm; do expect "$script is a shell script" sh -n "$here/control/$script"; done
expect "the program is stripped" sh -c "file '$here/root/usr/bin/triaged' | grep -q ', stripped'"
expect "the program names no directory of the build" sh -c "! grep -qaF '$root' '$here/root/usr/bin/triaged'"
expect "the packaged configuration is right" "$root/build/release/triaged" config check --config "$here/root/etc/triaged/triaged.yaml"

if command -v lintian >/dev/null; then
  lintian --allow-root --fail-on error --tag-display-limit 0 "$deb" >"$here/lintian" 2>&1 || bad "lintian has errors"
  cat "$here/lintian"
else
  echo "SKIPPED, lintian is not installed: deploy/dependencies.sh --nightly"
fi

if command -v systemd-analyze >/dev/null; then
  # The unit as installed, with systemd's own around it; silence is consent.
  cp -an /lib/systemd/system "$here/root/lib/systemd/" 2>/dev/null
  install -D /bin/sh "$here/root/bin/sh"
  said=$(systemd-analyze verify --man=no --root="$here/root" triaged.service 2>&1)
  [ -z "$said" ] || bad "systemd-analyze verify: $said"
  expect "the unit is at most 3.0" systemd-analyze security --offline=true --threshold=30 deploy/triaged.service
  grep -E 'Overall exposure' "$here/log"
else
  echo "SKIPPED, systemd-analyze is not installed: deploy/dependencies.sh --tests"
fi

# Prefixes of a command in the fresh machine; no functions, so that $! is the daemon itself.
installed=(chroot "$here/machine" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root)
as_triaged=("${installed[@]}" setpriv --reuid=triaged --regid=triaged --clear-groups)

# Installs, serves with the configuration as it comes, is removed (state stays) and purged (all goes).
in_fresh_debian() {
  local server=
  mmdebstrap --quiet --variant=minbase --include="$(field Depends | sed -E 's/ *\([^)]*\)//g; s/ *\|[^,]*//g; s/, */,/g')" \
    bookworm "$here/machine" || { bad "mmdebstrap"; return; }
  mount -t proc proc "$here/machine/proc"
  cp "$deb" "$here/machine/tmp/"
  expect "it installs" "${installed[@]}" dpkg -i "/tmp/$(basename "$deb")"
  expect "its account is there" "${installed[@]}" getent passwd triaged
  expect "the credentials are root's" sh -c "[ \"\$(stat -c '%U %a' '$here/machine/etc/triaged/credentials')\" = 'root 700' ]"
  # What systemd's StateDirectory= and CacheDirectory= would do.
  "${installed[@]}" install -d -m 700 -o triaged -g triaged /var/lib/triaged /var/cache/triaged
  "${as_triaged[@]}" triaged check --config /etc/triaged/triaged.yaml
  # The port of a daemon that may be running here stays its own.
  sed -i 's/^  #port: 8377$/  port: 0/' "$here/machine/etc/triaged/triaged.yaml"
  "${as_triaged[@]}" triaged serve --config /etc/triaged/triaged.yaml --port-file /var/lib/triaged/port >"$here/serve" 2>&1 &
  server=$!
  for _ in $(seq 100); do [ -s "$here/machine/var/lib/triaged/port" ] && break; sleep 0.1; done
  expect "it is healthy" python3 -c "import sys, urllib.request as u; u.urlopen('http://127.0.0.1:' + open(sys.argv[1]).read().strip() + '/healthz', timeout=10)" \
    "$here/machine/var/lib/triaged/port"
  kill "$server"; wait "$server" || { bad "it does not end well"; cat "$here/serve"; }
  expect "it is removed" "${installed[@]}" dpkg -r triaged
  [ -d "$here/machine/var/lib/triaged" ] || bad "removing took the state"
  expect "it is purged" "${installed[@]}" dpkg -P triaged
  for path in /var/lib/triaged /var/cache/triaged /etc/triaged; do
    [ ! -e "$here/machine$path" ] || bad "purging left $path"
  done
  umount "$here/machine/proc"
}
if [ "${TRIAGED_NIGHTLY-}" = 1 ] && [ "$(id -u)" = 0 ] && command -v mmdebstrap >/dev/null; then in_fresh_debian; fi

[ $failures -eq 0 ]
