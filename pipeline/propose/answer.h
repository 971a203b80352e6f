// Reads what a model wrote into a Draft, however it was laid out.
//
// Understands the headings that the prompt asks for in any order, case and level, bold labels, a
// JSON answer, and plain prose around edits (see edits.h). Everything is bounded: an answer of any
// size and content is safe to read. Only the model's own fields are filled; who made the draft,
// evidence and similar tickets are the caller's.
// Errors: invalid_input when the answer holds neither a diagnosis nor a change.
#pragma once

#include <string_view>

#include "pipeline/base/result.h"
#include "pipeline/run.h"

namespace triage::propose {

Result<Draft> parse_answer(std::string_view text);
Json answer_schema(TicketKind kind);

}  // namespace triage::propose
