// Why a place was chosen, in words for people, and whether that is more than chance.
//
// Search gives its reasons as terse phrases ("frame shop/cart.py:41", "words cent, totals"); a note
// needs the few that carry weight, each as a clause: "the stack trace ends here". Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "retrieval/traces.h"

namespace triage::propose {

// What search says for itself, weighed: frames, messages and names are evidence; shared words are a
// hint where they say something, and more where there are several.
enum class Weight { chance, hint, words, evidence };
Weight weight_of(const std::vector<std::string>& why);

// At most three clauses, the strongest first. `end` is the frame in which the trace ends, or null.
std::vector<std::string> plain_reasons(const std::vector<std::string>& why,
                                       const retrieval::Frame* end);

// What a clause of plain_reasons() stands for: "frame", "error string" or "symbol".
std::string_view evidence_kind(std::string_view clause);

// The literal that the ticket's message was recognised by, as search quotes it; empty for none.
std::string_view matched_message(const std::vector<std::string>& why);

}  // namespace triage::propose
