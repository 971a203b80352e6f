// Composes the draft of a run: the offline one first, then a model's on top of it where one is
// configured, reachable and of use. Whatever goes wrong with a model is said in Draft::problems;
// there is always a draft.
#pragma once

#include "pipeline/propose/code_at_commit.h"
#include "pipeline/propose/models/model.h"
#include "pipeline/redact/redact.h"
#include "pipeline/run.h"

namespace triage::propose {

// The model's words over the offline draft; evidence and what only we know are kept. What they claim
// is then held to the code and the ticket by check_claims().
Draft merge_drafts(Draft offline, Draft by_model);

// Puts private values back where the code itself holds them, so that edits match the files. A
// value is put into new text only where the replaced text had it already.
void restore_code_values(std::vector<Edit>& edits, const std::map<std::string, std::string>& vault);

// Asks `model` and merges its answer; the offline draft with a problem when that fails.
Draft ask_model(Draft offline, const Run& run, const config::Settings& settings, Model& model,
                redact::Redactor& redactor, const CodeAtCommit& code, Deadline deadline,
                std::stop_token stop);

}  // namespace triage::propose
