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

// Whether a word is so common, in prose or in code, that sharing it means nothing. Lower case.
bool says_little(std::string_view word);

// Whether the text says since when, or that it worked before: then what changed lately matters.
bool says_since(std::string_view text);

// Whether it is a short message that says all is well now, and nothing else.
bool says_solved(std::string_view text);

// The language when it clearly is one that we know and not English ("German"), else empty.
std::string_view foreign_language(std::string_view text);

// Sentences of prose: no code blocks, traces, quotes of older mail, greetings. Each on one line.
std::vector<std::string> sentences(std::string_view text);

// The same without those that hand us a key or a password.
std::vector<std::string> quotable_sentences(std::string_view text);

// Up to `most` sentences that say what is wrong or wanted, in the order of the text. Never one that
// hands us a key or a password.
std::vector<std::string> telling_sentences(std::string_view text, size_t most);

}  // namespace triage::propose
