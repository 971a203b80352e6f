// Tests that a patch takes the teeth out of, and new tests that have none.
//
// Decided on the resulting files against the base's, function by function: a test that is gone,
// renamed, hidden by a second one of its name, skipped, left early or emptied; an assertion that is
// gone, changed, made true by itself, caught or put under a condition; fewer cases; settings that
// deselect; code that reaches into the runner or asks whether it is being tested. Heuristics for
// many languages (test_code_internal.h): what they miss still has to pass with the base's own tests
// and to keep its names and counts (proof.h). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/effect.h"
#include "pipeline/base/result.h"
#include "pipeline/verify/base_tree.h"

namespace triage::verify {

// What is weakened, one line for people each; empty: nothing. Errors: those of reading the base.
Result<std::vector<std::string>> weakened_tests(const BaseTree& base,
                                                const std::vector<FileChange>& changes);

// Why the patch's tests can't show the fault even where they fail on the base, or nothing: they
// look at the patched files instead of running them. `changes` is the whole patch.
Result<std::string> doubt_about_tests(const BaseTree& base,
                                      const std::vector<FileChange>& test_changes,
                                      const std::vector<FileChange>& changes);

// The line of one of these tests that raised the failure a log shows ("tests/test_a.py:7"), where
// the test itself did so with a bare raise or throw and no code under test took part; else empty.
std::string raised_by_test(std::string_view log, std::string_view before,
                           const std::vector<FileChange>& test_changes);

// The log without what these tests say themselves: their lines as a trace quotes them, their
// strings as messages of assertions or printed. What is left was said by the code under test.
std::string without_own_words(std::string_view log, const std::vector<FileChange>& test_changes);

// Do these files hold tests of which none checks anything? Then they show only that nothing is
// raised.
bool assert_nothing(const std::vector<FileChange>& test_changes);

}  // namespace triage::verify
