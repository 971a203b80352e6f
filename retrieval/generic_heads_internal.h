// What stands before a brace or a semicolon: the head of a definition, or nothing of the kind.
//
// A head is the run of tokens since the last statement ended. Reading it never looks at more than
// the head, which is kept short by who collects it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "retrieval/languages_internal.h"

namespace triage::retrieval {

// Words are 'a', strings 's', closed blocks '{', "=>" 'A', "->" 'R', "::" 'S', an assignment '=',
// comparisons 'E'; everything else is its own character.
struct Token {
  std::string_view text;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  char kind = '\0';
  bool first = false;       // on its line
  std::uint16_t depth = 0;  // of parentheses within the head; a parenthesis has that outside it
  std::string_view opens;   // the kind of definition that the word may open
};

// What kind of place the head is in: it decides what "name(…) {" means.
enum class Place : std::uint8_t { file, space, type, literal, code, leaf };

struct Head {
  std::string_view kind;   // of the definition; empty when it is none
  std::string name;
  size_t first = 0;        // its first token
  Place inside = Place::code;
  bool goes_on = false;    // the statement does not end with the block
};

// The head before an opening brace; depth is that of parentheses still open.
Head read_head(std::span<const Token> tokens, size_t depth, Place place, const Language& language);

// The head of a statement that ended without a block: "struct A;", "fun f() = 1", "x = () => 1".
Head read_statement(std::span<const Token> tokens, Place place, const Language& language);

// Whether a token on a new line carries on the statement, in a language without semicolons.
bool carries_on(std::span<const Token> tokens, const Token& next, const Language& language);

// The first parenthesis of "name(…)" outside of all others, or the number of tokens.
size_t call_group(std::span<const Token> tokens, const Language& language);

}  // namespace triage::retrieval
