// Builds what a model is asked.
//
// The order lets prompt caches hit: fixed instructions first, then code in a stable order, then the
// ticket, then the task. The ticket stands between marks and is called what it is: untrusted data.
// Code passes Redactor::seal_code; the ticket comes redacted.
#pragma once

#include "config/settings.h"
#include "pipeline/propose/instructions.h"
#include "pipeline/propose/models/model.h"
#include "pipeline/redact/redact.h"
#include "pipeline/run.h"

namespace triage::propose {

// In which form the configured model is to answer.
AnswerForm form_for(const config::ModelSettings& model);

// The run needs classification, redaction and retrieved.
ModelRequest build_prompt(const Run& run, const config::Settings& settings,
                          const config::ProjectSettings& project, redact::Redactor& redactor);

}  // namespace triage::propose
