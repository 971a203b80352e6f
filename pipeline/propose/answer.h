// Reads what a model wrote into a Draft, however it was laid out.
//
// The form asked for is one JSON object (answer_schema); also understood are that object in a
// fence, between prose, with trailing commas or cut off, the headings that a model without tools is
// asked for, in any order, case and level, and plain prose around edits (see edits.h). Everything
// is bounded: an answer of any size and content is safe to read. Only the model's own fields are
// filled; who made the draft, evidence and similar tickets are the caller's. Nothing is believed
// here: check_claims() (claims.h) holds the draft to the code and the ticket.
#pragma once

#include <string_view>

#include "pipeline/base/json.h"
#include "pipeline/base/result.h"
#include "pipeline/run.h"

namespace triage::propose {

// `kind` decides what an answer without edits is: a diagnosis, an answer, a workflow, a spec.
// Errors: invalid_input, in words with which the model can put it right: nothing in it is a
// finding, or it means to be JSON and is broken.
Result<Draft> parse_answer(std::string_view text, TicketKind kind = TicketKind::other);

// The strict JSON schema of an answer to a ticket of that kind, for the tool `finish` and for
// structured output: every member required, no others; lengths stand in the descriptions, since
// endpoints refuse them as keywords.
Json answer_schema(TicketKind kind);

}  // namespace triage::propose
