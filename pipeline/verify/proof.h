// How far a patch can be shown to work: applied, judged by policy, and run in the sandbox.
//
//   none → applies → builds → regression-free → red-green
//
// Base and patch are checked out into workspaces of their own. On the base the suite runs twice as it
// is (see base_runs.h) and once with only the patch's tests: those have to fail there for the reported
// reason, never because they can't be loaded. With the patch but the base's own tests it has to do
// what it did; with the whole patch it runs project.proof_runs times and, where the runner can, once
// in another order. Nothing runs that policy refuses or that weakens a test (test_weakening.h).
// Everything is computed from exit codes and logs, and nothing runs outside the sandbox.
// Blocks its worker, up to settings.sandbox.time_limit for each step. Thread-safe for tasks that
// share a BaseRuns, as long as each has a repository object of its own.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "config/settings.h"
#include "pipeline/base/result.h"
#include "pipeline/run.h"
#include "pipeline/verify/reported.h"
#include "pipeline/verify/sandbox.h"
#include "retrieval/repository.h"

namespace triage::verify {

class BaseRuns;

struct ProofTask {
  const retrieval::Repository& repository;
  std::string commit;  // the base
  const config::ProjectSettings& project;
  const Sandbox& sandbox;
  ReportedFault reported;
  std::stop_token stop;
  BaseRuns* base_runs = nullptr;  // shared by the candidates of a run; null: of this call's own
};

// `test_edits` count as tests whatever their paths; those of `edits` by their paths. `into` keeps
// steps that it has. What went wrong with the patch or the sandbox is in Verification::why.
// Errors: only those of the repository, and timeout when stopped.
Result<Verification> verify_patch(const ProofTask& task, const std::vector<Edit>& edits,
                                  const std::vector<Edit>& test_edits = {},
                                  Verification into = {});

}  // namespace triage::verify
