#!/bin/sh
# Installs everything that building, testing and running triaged needs on Debian 12: packages by
# apt-get, the tree-sitter grammars' sources by npm. Does nothing, fast, where all of it is there.
# Needs root or sudo only when a package is missing.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

# Compiler, build and packaging tools; libraries; what the sandbox, the demo and the tests run.
packages='
  g++ make cmake ninja-build ccache mold pkg-config git dpkg-dev file
  libboost1.81-dev libcli11-dev libfmt-dev libgit2-dev libre2-dev libseccomp-dev libsimdjson-dev
  libspdlog-dev libsqlite3-dev libsqlitecpp-dev libssl-dev libyaml-cpp-dev doctest-dev
  bubblewrap util-linux ca-certificates curl python3'

say() { printf 'dependencies: %s\n' "$1" >&2; }
fail() {
  say "$1"
  exit 1
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo -- "$@"
  else
    fail "these packages are missing and this is neither root nor has it sudo. As root: apt-get install --no-install-recommends$missing"
  fi
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
  say "installing$missing"
  as_root apt-get update -qq
  # shellcheck disable=SC2086  # the list is meant to be split
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends $missing >&2
}

# The grammars are C sources: nothing of them is run, so no install script is either.
install_grammars() {
  cd "$root/retrieval/grammars"
  stamp=node_modules/.lock-digest
  digest=$(sha256sum package-lock.json)
  [ "$(cat "$stamp" 2>/dev/null)" = "$digest" ] && return 0
  say 'fetching the tree-sitter grammars'
  npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2 ||
    fail 'npm could not fetch the grammars: is the registry reachable (npm config get registry, HTTPS_PROXY)?'
  printf '%s\n' "$digest" >"$stamp"
}

install_packages
install_grammars
