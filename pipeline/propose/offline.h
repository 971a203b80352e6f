// The offline model: a draft from what the code index, traces, history and earlier tickets show,
// without asking any language model.
//
// It says where to look and what the evidence is, in plain words; it never claims to know a fix. A
// ticket too vague to search with gets one concrete question instead. Pure and deterministic: the
// same run gives the same draft. Needs classification, redaction and retrieved; never fails.
#pragma once

#include "pipeline/propose/code_at_commit.h"
#include "pipeline/run.h"

namespace triage::propose {

inline constexpr std::string_view kOfflineName = "offline";

Draft offline_draft(const Run& run, const CodeAtCommit& code);

}  // namespace triage::propose
