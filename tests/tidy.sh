#!/usr/bin/env bash
# Every source of ours through clang-tidy, with the checks of .clang-tidy; a finding is a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
command -v clang-tidy >/dev/null || { echo "SKIPPED, clang-tidy is not installed: deploy/dependencies.sh --nightly"; exit 0; }
cmake --preset dev >/dev/null || exit 3
git ls-files '*.cpp' ':!tests' | xargs -P "$(nproc)" -n 1 clang-tidy --quiet --warnings-as-errors='*' -p build/dev
