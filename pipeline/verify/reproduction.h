// The ticket's own script, run on the base: does it show the fault?
//
// It runs twice in the sandbox at the repository's root, so that its packages are found. It counts
// as reproduced when both runs fail in the same way and not because the script can't be loaded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/verify/proof.h"

namespace triage::verify {

struct ReproductionOutcome {
  std::optional<bool> reproduced;  // nothing: could not be decided, `why` says why
  std::string red;                 // the line with which it failed
  std::string why;
  std::vector<StepResult> steps;
};

// Errors: as verify_patch. A missing sandbox or interpreter is an undecided outcome.
Result<ReproductionOutcome> reproduce(const ProofTask& task, const Reproduction& script);

// The script as a test that fails while the fault is there; nothing for languages other than Python.
std::optional<FileChange> as_test_file(const Reproduction& script);

}  // namespace triage::verify
