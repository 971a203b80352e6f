// Holds a model's draft to what can be looked up, before anybody reads it.
//
// Places and lines of code must exist at the run's commit (citations.h), sentences that the ticket
// is said to hold must stand in it, a diagram must be plain (mermaid.h), and the note for the
// customer may promise nothing (redact/promises.h). What fails is marked, moved or left out, counted in
// Draft::struck and said in Draft::problems. Never fails; the draft stays usable.
#pragma once

#include "pipeline/propose/code_at_commit.h"
#include "pipeline/run.h"

namespace triage::propose {

// The run needs redaction.
void check_claims(Draft& draft, const Run& run, const CodeAtCommit& code);

// Takes over the parts that only some kinds of ticket have: timeline, workflow, specification.
void take_artifacts(Draft& draft, Draft& by_model);

}  // namespace triage::propose
