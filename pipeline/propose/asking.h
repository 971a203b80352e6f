// What we would ask or tell the customer, for people to send: plain, short, no promise.
//
// A foreign ticket (see foreign_language()) gets its words in its own language where we have them.
#pragma once

#include <string>
#include <vector>

#include "pipeline/run.h"

namespace triage::propose {

// What the ticket lacks, as colleagues would name it. With an exact place, steps matter less.
std::vector<std::string> gaps_of(const Run& run);

// The one question whose answer would help most.
std::string question_for(const Run& run);

// Words for the customer: the draft's question where it has one, else what was understood and whether
// that is what they meant. Promises nothing (redact/promises.h).
std::string words_for_customer(const Run& run, const Draft& draft);

}  // namespace triage::propose
