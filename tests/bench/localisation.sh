#!/bin/sh
# Prints how well and how fast reports of real faults are localised; see retrieval/README.md.
#
# usage: localisation.sh BINARY [option of localisation_bench]…
#   TRIAGED_DATA   directory of localisation.jsonl.gz and prose.py
#   TRIAGED_REPOS  directory of bare repositories, <owner>+<name>/repo
# Without them there is nothing to measure, and it says so.
set -eu
binary=$1
shift
if [ ! -r "${TRIAGED_DATA:-}/localisation.jsonl.gz" ] || [ ! -d "${TRIAGED_REPOS:-}" ]; then
  echo "localisation: skipped: TRIAGED_DATA and TRIAGED_REPOS are not both set" >&2
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gzip -dc "$TRIAGED_DATA/localisation.jsonl.gz" > "$work/reports.jsonl"
python3 "$TRIAGED_DATA/prose.py" < "$work/reports.jsonl" > "$work/prose.jsonl"
"$binary" --repos "$TRIAGED_REPOS" --reports reports="$work/reports.jsonl" \
  --reports prose="$work/prose.jsonl" "$@"
