// Classification: what kind of ticket it is, how urgent, what it lacks, and whether to look at it.
//
// Rules to begin with: weighted phrases and features (features.h), added up per kind; the shares
// are a softmax of the sums and `why` names what weighed most. Everything in the ticket is
// untrusted: a ticket can talk its way into another kind, never into more depth. Pure, thread-safe,
// never fails; of a long body the first and last 64 KiB are read.
#pragma once

#include <string_view>

#include "pipeline/stage.h"

namespace triage::classify {

Classification classify(std::string_view subject, std::string_view body);

// Fills run.classification. Finishes the run, with the reason, for a ticket that is not to be
// looked at (empty, spam) and where the project's depth is "skip".
Result<Advance> classify_stage(const StageContext& context, Run& run);

}  // namespace triage::classify
