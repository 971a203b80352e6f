#!/usr/bin/env bash
# Replays real fixes of public projects (tests/replay/): they must be proven, and what only looks like
# a fix must not. Ends with "N passed, N failed".
#
# usage: tests/replay.sh [--quick | --real] [-v] [-j N] [--user ACCOUNT] [WORD…]
#   --quick   only a small project made in place
#   --real    only the real fixes, not the false ones
#   WORD      only cases whose name contains one of these
#
# $TRIAGED_REPOS holds copies of the repositories (owner+name/repo, owner/name, owner/name.git); cases
# without one are SKIPPED. $TRIAGED is the program, by default the newest one below build/.
set -euo pipefail
case ${1-} in -h|--help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
program=${TRIAGED:-$(ls -t "$root"/build/*/triaged 2>/dev/null | head -n 1 || true)}
[ -n "$program" ] || { echo "replay: there is no program yet: cmake --build --preset dev --target triaged" >&2; exit 2; }
exec python3 -B "$root/tests/replay/replay.py" --triaged "$program" "$@"
