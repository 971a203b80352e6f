// PLACEHOLDER-DOC
#pragma once

#include "pipeline/stage.h"

namespace triage::publish {

Result<Advance> publish_stage(const StageContext& context, Run& run);

}  // namespace triage::publish
