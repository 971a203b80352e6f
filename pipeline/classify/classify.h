// PLACEHOLDER-DOC
#pragma once

#include "pipeline/stage.h"

namespace triage::classify {

Result<Advance> classify_stage(const StageContext& context, Run& run);

}  // namespace triage::classify
