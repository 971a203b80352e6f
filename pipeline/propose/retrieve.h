// The retrieve stage: finds the code, history and earlier tickets that bear on a ticket.
//
// Opens the project's code at one commit (the same one again when a run is resumed), searches it
// with the redacted words, and fills Run::retrieved. Frames of the traces carry repository paths
// where they could be mapped. Blocks while the mirror is fetched and indexed.
// Errors: only those that a retry may cure (the remote is down, the disk is full). A repository
// that does not exist or may not be read leaves a Retrieved without places whose `stale` says why,
// so that people still get a note.
#pragma once

#include "pipeline/stage.h"

namespace triage::propose {

Result<Advance> retrieve_stage(const StageContext& context, Run& run);

}  // namespace triage::propose
