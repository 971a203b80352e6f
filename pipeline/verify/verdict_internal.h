// What the runs of a suite show about a patch: the proof level and the sentence that says why.
//
// Only reads reports and logs; runs nothing. Private to this folder.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/verify/reported.h"
#include "pipeline/verify/suite_internal.h"

namespace triage::verify {

struct SuiteRuns {
  SuiteRun base;                     // as it is
  std::set<std::string> flaky;       // on the base; left out of every run below
  std::optional<SuiteRun> red;       // the base with the patch's tests
  std::optional<SuiteRun> existing;  // the patch with the tests as they were on the base
  std::vector<SuiteRun> green;       // the whole patch, at least one
};

// The tests that a patch brings.
struct NewTests {
  const std::vector<FileChange>& changes;
  const std::vector<FileChange>& own;  // of the patch itself, not given beside it
  const std::string& doubt;            // not empty: why they can't show anything; no red-green then
};

// Fills proof (from regression-free on), tests, why, red and red_reason.
void judge(const SuiteRuns& runs, const ReportedFault& reported, const NewTests& tests,
           Verification& result);

// The tests that pass in the suite's own order and not in another.
std::set<std::string> order_dependent(const SuiteRun& as_written, const SuiteRun& shuffled);

// "`a`, `b`, `c` and 2 more"
std::string listed(const std::vector<std::string>& names);

}  // namespace triage::verify
