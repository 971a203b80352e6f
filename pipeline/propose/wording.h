// What the words of a ticket say: its content words, its sentences, which of them carry most.
// Pure functions over redacted text; linear in its size; never fail.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace triage::propose {

// Lower-case words and parts of identifiers of three letters or more, without common words.
std::set<std::string> content_words(std::string_view text);

// The text with "<EMAIL_1>" and the like taken out, so that they are not searched for.
std::string without_placeholders(std::string_view text);

// Sentences of prose: no code blocks, traces, quotes of older mail, greetings. Each on one line.
std::vector<std::string> sentences(std::string_view text);

// Up to `most` sentences that say what is wrong or wanted, in the order of the text.
std::vector<std::string> telling_sentences(std::string_view text, size_t most);

}  // namespace triage::propose
