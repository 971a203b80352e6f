// How many tokens a language model will count for a text, estimated without its vocabulary.
//
// Cuts the text as the tokenizers in use do (words at inner capitals, runs of blanks, signs, digits)
// and charges each piece what it costs them on average; letters in an unusual order, as in base64 or
// random names, cost more. Against the largest count of three tokenizers it is 16 % too high in the
// mean and at most 13 % too low (retrieval/README.md says how that was measured). Linear, never
// fails, reads bytes that are no UTF-8 as signs.
#pragma once

#include <cstddef>
#include <string_view>

namespace triage::retrieval {

size_t estimate_tokens(std::string_view text);

}  // namespace triage::retrieval
