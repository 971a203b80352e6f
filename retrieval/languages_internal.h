// What is known about languages and paths: one table each, in languages.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

struct TSLanguage;

namespace triage::retrieval {

// How comments and strings look, for the lexer; closers follow from openers.
struct Lexicon {
  std::string_view line_comments;   // separated by spaces: "// #"
  std::string_view block_open;      // "/*", or empty
  std::string_view block_close;     // "*/"
  std::string_view quotes;          // characters that open and close a string
  bool triple_quotes = false;       // """ and ''' open strings that span lines
};

struct Language {
  std::string_view name;
  std::string_view extensions;      // separated by spaces, without dots
  const TSLanguage* (*grammar)();   // null: chunked by blank lines and indentation
  std::string_view query;           // queries/<query>.scm
  std::string_view separator;       // between the parts of a qualified name
  Lexicon lexicon;
};

std::span<const Language> languages();

// By extension or, for a few, by file name; a plain-text language where nothing is known.
const Language& language_of(std::string_view path);

// The text of queries/<name>.scm; empty when there is none.
std::string_view query_text(std::string_view name);

// What a file is there for, judged by its path alone.
enum class Role : std::uint8_t { source, test, documentation, example, vendored, generated };
Role role_of(std::string_view path);

// How much a hit in a file of that role counts.
double role_weight(Role role);

std::string_view file_name(std::string_view path);

}  // namespace triage::retrieval
