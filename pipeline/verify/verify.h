// PLACEHOLDER-DOC
#pragma once

#include "pipeline/stage.h"

namespace triage::verify {

Result<Advance> verify_stage(const StageContext& context, Run& run);

}  // namespace triage::verify
