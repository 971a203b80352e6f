// The draft pull request: what a reviewer needs to decide in two minutes whether it is worth ten.
#pragma once

#include <string>

#include "pipeline/publish/note.h"
#include "pipeline/run.h"

namespace triage::publish {

// The behaviour, not the file; one line of at most 72 characters.
std::string render_title(const Run& run);

std::string render_pull_request(const Run& run, const NoteContext& context);

}  // namespace triage::publish
