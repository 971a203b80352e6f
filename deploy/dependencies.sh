#!/bin/sh
# Installs what building and running triaged needs on Debian 12: packages by apt-get, the tree-sitter
# grammars' sources by npm. Does nothing, fast, where all of it is there; needs root or sudo only when
# a package is missing.
#
# usage: deploy/dependencies.sh [--tests | --nightly | --agents | --bench]
#   --tests    also what tests/run.sh needs
#   --nightly  also what tests/run.sh --nightly needs
#   --agents   with --tests' own, the agents that the end-to-end tests drive where they are (800 MB);
#              --nightly has them too
#   --bench    also what tests/bench/peers.sh measures beside triaged
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

say() { printf 'dependencies: %s\n' "$1" >&2; }
fail() {
  say "$1"
  exit 3
}

# Compiler, build and packaging tools; libraries; what the sandbox and the demo run.
packages='
  g++ cmake ninja-build ccache mold pkg-config git dpkg-dev file
  libboost1.81-dev libcli11-dev libfmt-dev libgit2-dev libre2-dev libseccomp-dev libsimdjson-dev
  libspdlog-dev libsqlite3-dev libsqlitecpp-dev libssl-dev libyaml-cpp-dev doctest-dev
  bubblewrap util-linux ca-certificates python3'
# For systemd-analyze; nothing of systemd is started.
for_tests='gzip systemd'
for_nightly='clang-tidy lintian mmdebstrap'
for_bench='codesearch libxapian-dev ripgrep universal-ctags'

agents=no
case ${1-} in
  '') tests=no ;;
  --tests) tests=yes packages="$packages $for_tests" ;;
  --nightly) tests=yes agents=yes packages="$packages $for_tests $for_nightly" ;;
  --agents) tests=yes agents=yes packages="$packages $for_tests" ;;
  --bench) tests=no packages="$packages $for_bench" ;;
  -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) say "unknown option $1 (see --help)"; exit 2 ;;
esac

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -- "$@"; fi
}

# Thousands of lines that nobody reads, unless it fails; then the first complaints tell most.
apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1 || {
    grep -m 8 '^[EW]:' "$log" >&2 || tail -n 20 "$log" >&2
    fail "apt-get $1 failed: are the Debian 12 mirrors in /etc/apt reachable?"
  }
}

install_packages() {
  command -v dpkg-query >/dev/null 2>&1 || fail 'this is not Debian: install by hand what deploy/dependencies.sh lists'
  missing=''
  for package in $packages; do
    is_installed "$package" || missing="$missing $package"
  done
  # Any npm will do: Debian's own would fight with one that came from elsewhere.
  command -v npm >/dev/null 2>&1 || missing="$missing npm"
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null 2>&1 ||
    fail "installing needs root, and there is no sudo. As root: apt-get install --no-install-recommends$missing"
  say "installing$missing (1 to 3 minutes)"
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  apt update
  # shellcheck disable=SC2086  # the list is meant to be split
  apt install --yes --no-install-recommends $missing
}

# npm_sources FOLDER WHAT: what the folder's lock file names. Nothing of it is run, so no install
# script is either.
npm_sources() {
  cd "$root/$1"
  stamp=node_modules/.lock-digest
  digest=$(sha256sum package-lock.json)
  [ "$(cat "$stamp" 2>/dev/null)" != "$digest" ] || return 0
  say "fetching $2"
  npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2 ||
    fail "npm could not fetch $2: is the registry reachable (npm config get registry, HTTPS_PROXY)?"
  printf '%s\n' "$digest" >"$stamp"
}

install_packages
npm_sources retrieval/grammars 'the tree-sitter grammars'
[ $tests = no ] || npm_sources tests/e2e 'the webhook examples of the tests'
[ $agents = no ] || npm_sources tests/e2e/agents 'the agents of the tests'
