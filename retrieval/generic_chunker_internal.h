// Cuts a source file into chunks without a grammar: by braces, by indentation or by "end", as the
// language's row in languages.cpp says. Ten times faster than parsing, and right for most code.
//
// One pass: hand it what lex() emits and ask for the outline at the end. Never fails, no recursion;
// linear but for bounded heads. Uses are left out: they need a grammar.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "retrieval/chunk_spans_internal.h"
#include "retrieval/tokens_internal.h"

namespace triage::retrieval {

// Finds definitions in what the lexer emits.
class StructureReader {
 public:
  virtual ~StructureReader() = default;
  virtual void add(const LexedSpan& span) = 0;
  virtual std::vector<Definition> finish() = 0;
};

// The source outlives the reader; spans are views into it.
std::unique_ptr<StructureReader> brace_reader(std::string_view source, const Language& language);
std::unique_ptr<StructureReader> line_reader(std::string_view source, const Language& language);

class GenericChunker {
 public:
  GenericChunker(std::string_view source, const Language& language);
  void add(const LexedSpan& span);
  Outline finish();

 private:
  std::string_view source_;
  const Language& language_;
  std::unique_ptr<StructureReader> reader_;  // null for prose
  std::vector<Import> imports_;
  std::uint32_t line_ = 0;                   // the last one whose first words were looked at
};

Outline generic_outline(std::string_view source, const Language& language);
std::vector<ChunkSpan> generic_chunks(std::string_view source, const Language& language);

// The module that a line names, when its first word is one of the language's import words.
bool read_import(std::string_view line, const Language& language, Import& import);

// The kind that a word opens in a table such as Shape::words, or empty.
std::string_view kind_of_word(std::string_view table, std::string_view word);
bool is_word_of(std::string_view list, std::string_view word);

}  // namespace triage::retrieval
