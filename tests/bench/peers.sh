#!/bin/sh
# Ours beside SQLite FTS5, Xapian, codesearch, universal-ctags and ripgrep, in one run: see
# tests/bench/peers_bench.cpp. `deploy/dependencies.sh --bench` installs them; what is not there is
# left out by name.
#
# usage: peers.sh BINARY [EVERY [WORD]]   every EVERY-th report (20) of repositories with WORD in the name
#   TRIAGED_DATA   directory of localisation.jsonl.gz
#   TRIAGED_REPOS  directory of bare repositories, <owner>+<name>/repo
#   TRIAGED_LINUX  a git repository of the Linux tree
# A part whose input is not named is skipped, and it says so.
set -eu
binary=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -r "${TRIAGED_DATA:-}/localisation.jsonl.gz" ] && [ -d "${TRIAGED_REPOS:-}" ]; then
  gzip -dc "$TRIAGED_DATA/localisation.jsonl.gz" > "$work/reports.jsonl"
  "$binary" --reports "$work/reports.jsonl" "$TRIAGED_REPOS" "$@"
else
  echo 'peers: SKIPPED reports: TRIAGED_DATA and TRIAGED_REPOS are not both set' >&2
fi
if [ -d "${TRIAGED_LINUX:-}" ]; then
  "$binary" --tree "$TRIAGED_LINUX"
else
  echo 'peers: SKIPPED the Linux tree: TRIAGED_LINUX is not set' >&2
fi
