// One run of a project's build and tests on a changed commit: what a model is shown while it works.
//
// Proves nothing (proof.h does that). Nothing runs that policy refuses, and nothing outside the
// sandbox. Blocks its worker, up to settings.sandbox.time_limit for each command.
// Errors: denied (policy, no sandbox), invalid_input (an edit does not apply), timeout (stopped).
#pragma once

#include <string>
#include <vector>

#include "pipeline/verify/proof.h"
#include "pipeline/verify/test_report.h"

namespace triage::verify {

struct Trial {
  bool built = true;
  int exit = 0;       // of the tests, or of the build that failed
  TestReport report;
  std::string log;    // head and tail
};

Result<Trial> try_edits(const ProofTask& task, const std::vector<Edit>& edits);

}  // namespace triage::verify
