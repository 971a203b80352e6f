// PLACEHOLDER-DOC
#pragma once

#include "pipeline/stage.h"

namespace triage::propose {

Result<Advance> propose_stage(const StageContext& context, Run& run);

}  // namespace triage::propose
