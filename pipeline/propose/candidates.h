// Rounds and candidates: proposals are written, verified, and written again knowing why they failed.
//
//   author.write → verify_draft → red-green? → else its diff, verdict and logs → author.write …
//
// Candidates work side by side; the first that is proven stops the others, else the best proof wins.
// Without something to run (no test_command, depth below `patch`) there is one round and no proof.
// There is always a draft: what goes wrong is in Draft::problems and Draft::stopped_by.
#pragma once

#include <functional>
#include <memory>

#include "pipeline/propose/author.h"
#include "pipeline/propose/code_at_commit.h"
#include "pipeline/verify/proof.h"

namespace triage::propose {

// One candidate's world: each has a repository handle and an author of its own.
struct Candidate {
  std::shared_ptr<void> owner;  // keeps alive what the others refer to
  std::unique_ptr<Author> author;
  redact::Redactor* redactor = nullptr;
  const verify::ProofTask* proof = nullptr;
};

struct Contest {
  const config::ModelSettings& settings;
  const Run& run;
  const CodeAtCommit& code;
  Deadline deadline{};
  std::stop_token stop;
  // Makes candidate `number` (from 0); its work has to stop with `stop`. Called on its thread.
  std::function<Result<Candidate>(std::uint32_t number, std::stop_token stop)> enter;
};

// The chosen draft on top of the offline one.
Draft best_draft(const Contest& contest, const Draft& offline);

}  // namespace triage::propose
