// Code-aware words: how both code and tickets are cut into terms, so that they meet.
//
// An identifier gives itself in lower case and its camelCase and snake_case parts, lightly stemmed;
// prose gives stemmed words. A term is known by a 64-bit hash: no dictionary is shared by threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/ascii.h"
#include "retrieval/languages_internal.h"

namespace triage::retrieval {

using Term = std::uint64_t;

// Kinds keep the same letters apart: the symbol "total" is another term than the word "total".
enum class TermKind : std::uint8_t {
  word,    // anywhere in code or prose
  name,    // the whole name of a definition
  pair,    // neighbouring words
  line,    // a word of a string literal
  symbol,  // a part of a definition's qualified name
  root,    // a part of a definition's name without its endings
};
Term term_of(std::string_view text, TermKind kind = TermKind::word);
Term pair_of(Term first, Term second);

// A whole identifier as one word: "read_only", "ReadOnly" and "readonly" meet.
std::string joined(std::string_view identifier);
// The term by which a definition of that simple name is found.
Term name_term(std::string_view simple_name);
bool is_identifier_start(char c);
bool is_identifier_part(char c);

// "reads" and "reading" meet at "read"; only what is safe without a dictionary.
std::string_view stem(std::string_view lower_word);
// Without derivational endings too: "validation" and "Validator" meet at "valid". Too coarse for whole
// texts, right for names.
std::string root(std::string_view lower_word);
bool is_stop_word(std::string_view lower_word);

// Calls emit(lower-case part) for each part of an identifier; a single part is emitted once.
void split_identifier(std::string_view identifier,
                      const std::function<void(std::string_view)>& emit);
// Whether it looks like a name from code rather than a word: inner capital, underscore or digit.
bool is_code_like(std::string_view identifier);

// Every term of a text: identifiers whole (joined) and their stemmed parts.
void add_terms(std::string_view text, std::vector<Term>& out, TermKind kind = TermKind::word);

// One run of source text of one class, as the lexer meets it.
enum class Span : std::uint8_t { code, comment, string };
struct LexedSpan {
  Span kind;
  std::uint32_t line;      // of its first character, from 1
  std::string_view text;   // without the delimiters; never crosses a line
};
// Linear, never fails; an unclosed string ends with its line.
void lex(std::string_view source, const Lexicon& lexicon,
         const std::function<void(const LexedSpan&)>& emit);

}  // namespace triage::retrieval
