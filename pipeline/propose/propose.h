// The propose stage: writes the draft, with a model where one is configured, else from the index.
//
// A ticket too vague to search with gets a question and costs nothing. A model that cannot be
// reached, is over budget or answers nonsense never fails the stage: the offline draft goes on, and
// Draft::problems tells people why. Blocks for at most model.timeout. Finishes the run when policy
// goes no further than classification. Errors: internal, when an earlier stage's result is missing.
#pragma once

#include "pipeline/stage.h"

namespace triage::propose {

Result<Advance> propose_stage(const StageContext& context, Run& run);

}  // namespace triage::propose
