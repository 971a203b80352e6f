// The verify stage: what the ticket's script and the draft's patch do when they are run.
//
// Fills run.verification. The ticket's reproduction runs from depth `diagnose`, a patch from depth
// `patch`. Without a patch, a reproduction that shows the fault becomes a failing test in
// Verification::changes from depth `spec`; with a patch that brings no test it serves as one.
// A missing sandbox or a failing patch is a finding, not an error: the run goes on with less proof.
// Errors: the commit can't be read (not_found, corrupt), or the run was stopped (timeout).
#pragma once

#include "pipeline/stage.h"
#include "pipeline/verify/proof.h"

namespace triage::verify {

// The same for one draft at that depth: what the propose stage asks of each proposal. Its result
// holds the diff of the changes. Errors: as verify_stage.
Result<Verification> verify_draft(const ProofTask& task, const Draft& draft, config::Depth depth);

Result<Advance> verify_stage(const StageContext& context, Run& run);

}  // namespace triage::verify
