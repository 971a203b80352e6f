#!/usr/bin/env bash
# Installs, builds and runs every test; the last line is "N passed, N failed".
#
# usage: tests/run.sh [--quick | --nightly] [FILTER…]
#   --quick    unit tests of the dev build only
#   --nightly  also end to end under AddressSanitizer, everything under ThreadSanitizer, clang-tidy,
#              fuzzing, an installation in a fresh Debian, the real fixes of public projects, and the long loops
#   FILTER     only what has one of these in its name as shown: dev/config, asan, demo
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

nightly=no quick=no filters=()
for argument in "$@"; do
  case $argument in
    --nightly) nightly=yes ;;
    --quick) quick=yes ;;
    -h|--help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "tests: unknown option $argument (see --help)" >&2; exit 2 ;;
    *) filters+=("$argument") ;;
  esac
done
[ $nightly = no ] || export TRIAGED_NIGHTLY=1
# The corpora, where they lie beside the project.
if [ -z "${TRIAGED_DATA:-}" ] && [ -d ../shared/data ]; then
  TRIAGED_DATA=$(cd ../shared/data && pwd)
  export TRIAGED_DATA
fi

# Stores are synced after every step: memory is several times faster for that than a disk. Some hosts
# keep it small or forbid programs there.
memory_is_roomy() {
  local probe
  [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] || return 1
  [ "$(df --output=avail -k /dev/shm | tail -1)" -ge $((4 * 1024 * 1024)) ] || return 1
  probe=$(mktemp /dev/shm/triaged-probe.XXXXXX) || return 1
  printf '#!/bin/sh\n' >"$probe" && chmod 700 "$probe"
  "$probe" 2>/dev/null
  local status=$?
  rm -f "$probe"
  return $status
}
if [ -z "${TMPDIR:-}" ] && memory_is_roomy; then export TMPDIR=/dev/shm; fi

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
trap 'exit 130' INT TERM

passed=0 failed=0 ran=0
finish() {
  if [ $ran -eq 0 ] && [ ${#filters[@]} -gt 0 ]; then
    echo "FAIL  nothing is named ${filters[*]}"
    failed=1
  fi
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}

wanted() {
  [ ${#filters[@]} -eq 0 ] && return 0
  local filter
  for filter in "${filters[@]}"; do [[ $1 == *"$filter"* ]] && return 0; done
  return 1
}

# report WORD NAME STARTED [REMARK]: one line on the screen, and what was left out and why.
report() {
  printf '%-4s  %-36s %5ds  %s\n' "$1" "$2" $((SECONDS - $3)) "${4-}"
  grep -ahoE 'SKIPPED.*' "$logs/log" | sort | uniq -c | sed -E 's/^ *([0-9]+) /      \1 × /'
}

# check NAME COMMAND…: one step that passes or fails as a whole; its output is shown when it fails.
check() {
  local name=$1 started=$SECONDS; shift
  wanted "$name" || return 0
  ran=$((ran + 1))
  if "$@" </dev/null >"$logs/log" 2>&1; then
    passed=$((passed + 1)); report ok "$name" "$started"
  else
    failed=$((failed + 1)); report FAIL "$name" "$started"; tail -n 60 "$logs/log"
  fi
}

# program PRESET NAME: a doctest program; every test case counts. One that ends without its summary, or
# badly in spite of it, failed as well.
program() {
  local name=$1/$2 started=$SECONDS status counts ok bad
  wanted "$name" || return 0
  ran=$((ran + 1))
  timeout --kill-after=10 3000 "build/$1/tests/$2" --no-intro --no-version </dev/null >"$logs/log" 2>&1
  status=$?
  counts=$(sed -nE 's/^\[doctest\] test cases:.*\| *([0-9]+) passed \| *([0-9]+) failed.*/\1 \2/p' "$logs/log" | tail -n 1)
  read -r ok bad <<<"${counts:-0 0}"
  if [ "$bad" -eq 0 ] && { [ $status -ne 0 ] || [ -z "$counts" ]; }; then bad=1; fi
  passed=$((passed + ok)) failed=$((failed + bad))
  if [ "$bad" -eq 0 ]; then
    report ok "$name" "$started" "$ok tests"
  else
    report FAIL "$name" "$started" "$bad of $((ok + bad)) tests, exit $status"; tail -n 120 "$logs/log"
  fi
}

# suite PRESET [EXCEPT]: builds and runs the test programs of that preset that are wanted. What can't be
# built is one failure.
suite() {
  local name started=$SECONDS names=()
  for name in $(programs); do
    [ "$name" != "${2-}" ] && wanted "$1/$name" && names+=("$name")
  done
  [ ${#names[@]} -gt 0 ] || return 0
  ran=$((ran + 1))
  if { [ -f "build/$1/build.ninja" ] || cmake --preset "$1"; } >"$logs/log" 2>&1 &&
    cmake --build --preset "$1" --target "${names[@]}" >>"$logs/log" 2>&1; then
    report - "$1 built" "$started"
  else
    failed=$((failed + 1)); report FAIL "$1 build" "$started"; tail -n 60 "$logs/log"
    return 0
  fi
  for name in "${names[@]}"; do program "$1" "$name"; done
}

# The names of the test programs, as tests/CMakeLists.txt derives them from folders with tests.
programs() {
  local folder
  for folder in $(sed -nE 's/^triage_test\(([a-z0-9_/]+).*/\1/p' tests/CMakeLists.txt); do
    compgen -G "tests/$folder/*_test.cpp" >/dev/null && echo "${folder//\//_}_test"
  done
}

# Every fuzz target for a minute under AddressSanitizer.
fuzz() {
  local target
  cmake --preset asan -DTRIAGED_FUZZ=ON && cmake --build --preset asan --target fuzz || return 1
  for target in tests/fuzz/*_fuzz.cpp; do
    target=build/asan/tests/fuzz/$(basename "$target" .cpp)
    # libFuzzer takes its own word for the time.
    if "$target" -help=1 2>&1 | grep -q max_total_time; then "$target" -max_total_time=60 || return 1
    else "$target" --seconds 60 || return 1; fi
  done
}

if [ $nightly = yes ]; then needs=--nightly; else needs=--tests; fi
deploy/dependencies.sh $needs || { failed=1; finish; }
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1

if [ $quick = yes ]; then
  suite dev e2e_test
  finish
fi
suite dev

# The demo builds the release itself, as a newcomer's would.
check "demo" deploy/demo.sh --once
check "demo again" deploy/demo.sh --once
check "demo with a model and another repository" tests/demo_test.sh
check "package" tests/package.sh
if [ $nightly = yes ]; then
  check "replay of real fixes" tests/replay.sh
  suite asan
  check "fuzz" fuzz
  suite tsan
  check "clang-tidy" tests/tidy.sh
else
  check "replay of a small fix" tests/replay.sh --quick
  suite asan e2e_test
fi
finish
