// Composes a draft: the offline one, with a model's on top of it.
#pragma once

#include "pipeline/propose/code_at_commit.h"
#include "pipeline/run.h"

namespace triage::propose {

// The model's words over the offline draft; evidence and what only we know are kept. What they claim
// is then held to the code and the ticket by check_claims().
Draft merge_drafts(Draft offline, Draft by_model);

// Puts private values back where the code itself holds them, so that edits match the files. A
// value is put into new text only where the replaced text had it already.
void restore_code_values(std::vector<Edit>& edits, const std::map<std::string, std::string>& vault);

}  // namespace triage::propose
