#!/usr/bin/env bash
# Installs, builds and runs every test; the last line is "N passed, N failed".
# usage: tests/run.sh [--nightly] [--quick] [FILTER…]
#   --quick    unit tests of the dev build only
#   --nightly  the sanitizers over everything, and the long loops as well
#   FILTER     only test programs whose name contains one of these
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

nightly=no quick=no filters=()
for argument in "$@"; do
  case $argument in
    --nightly) nightly=yes ;;
    --quick) quick=yes ;;
    -h|--help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "tests: unknown option $argument" >&2; exit 2 ;;
    *) filters+=("$argument") ;;
  esac
done
[ $nightly = no ] || export TRIAGED_NIGHTLY=1

passed=0 failed=0
finish() { printf '%d passed, %d failed\n' "$passed" "$failed"; [ "$failed" -eq 0 ]; exit; }

wanted() {
  [ ${#filters[@]} -eq 0 ] && return 0
  local filter
  for filter in "${filters[@]}"; do [[ $1 == *"$filter"* ]] && return 0; done
  return 1
}

# check NAME COMMAND…: one step that passes or fails as a whole; its output is shown when it fails.
check() {
  local name=$1 log started; shift
  wanted "$name" || return 0
  log=$(mktemp) started=$SECONDS
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1)); printf 'ok    %-40s %4ds\n' "$name" $((SECONDS - started))
  else
    failed=$((failed + 1)); printf 'FAIL  %-40s %4ds\n' "$name" $((SECONDS - started)); tail -60 "$log"
  fi
  grep -h 'SKIPPED' "$log" | sed 's/^/      /' | sort -u || true
  rm -f "$log"
}

# program PRESET PATH: a doctest program; every test case of it counts.
program() {
  local preset=$1 path=$2 name log started line
  name="$preset/$(basename "$path")"
  wanted "$name" || return 0
  log=$(mktemp) started=$SECONDS
  timeout 1200 "$path" --no-intro --no-version >"$log" 2>&1
  local status=$?
  line=$(grep -aE '^\[doctest\] test cases:' "$log" | tail -1)
  local ok bad
  ok=$(sed -nE 's/.*\| *([0-9]+) passed.*/\1/p' <<<"$line") bad=$(sed -nE 's/.*\| *([0-9]+) failed.*/\1/p' <<<"$line")
  ok=${ok:-0} bad=${bad:-0}
  if [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  passed=$((passed + ok)) failed=$((failed + bad))
  if [ "$bad" -eq 0 ]; then
    printf 'ok    %-40s %4ds  %d tests\n' "$name" $((SECONDS - started)) "$ok"
  else
    printf 'FAIL  %-40s %4ds  %d of %d tests\n' "$name" $((SECONDS - started)) "$bad" $((ok + bad)); tail -120 "$log"
  fi
  grep -ah 'SKIPPED' "$log" | sed 's/^/      /' | sort -u || true
  rm -f "$log"
}

build() {
  local preset=$1; shift
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >/dev/null || return 1
  cmake --build --preset "$preset" "$@"
}

suite() {
  local preset=$1 path
  for path in build/"$preset"/tests/*_test; do program "$preset" "$path"; done
}

deploy/dependencies.sh --tests || { failed=1; finish; }
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1

check "build dev" build dev
[ $failed -eq 0 ] || finish
suite dev
[ $quick = no ] || finish

check "build release" build release
check "demo, twice" bash -c 'deploy/demo.sh --once && deploy/demo.sh --once'
check "package" tests/package.sh
check "build asan" build asan
suite asan
if [ $nightly = yes ]; then
  check "build tsan" build tsan
  suite tsan
  check "clang-tidy" tests/tidy.sh
fi
finish
