// How far a patch can be shown to work: applied, judged by policy, and run in the sandbox.
//
//   none → applies → builds → regression-free → red-green
//
// Base and patch are checked out into workspaces of their own. On the base the suite runs twice as it
// is (tests that differ are flaky: named, and left out of what is compared) and once with only the
// patch's tests. Those have to fail there for the reported reason where the ticket holds a trace, and
// never because they can't be loaded. With the whole patch the suite runs project.proof_runs times.
// Everything is computed from exit codes and logs. Nothing runs that policy refuses, and nothing runs outside the sandbox.
// Blocks its worker, up to settings.sandbox.time_limit for each step.
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

struct ProofTask {
  const retrieval::Repository& repository;
  std::string commit;  // the base
  const config::ProjectSettings& project;
  const Sandbox& sandbox;
  ReportedFault reported;
  std::stop_token stop;
};

// `test_edits` count as tests whatever their paths; those of `edits` by their paths. `into` keeps
// steps that it has. What went wrong with the patch or the sandbox is in Verification::why.
// Errors: only those of the repository, and timeout when stopped.
Result<Verification> verify_patch(const ProofTask& task, const std::vector<Edit>& edits,
                                  const std::vector<Edit>& test_edits = {},
                                  Verification into = {});

}  // namespace triage::verify
