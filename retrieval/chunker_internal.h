// Cuts a source file into chunks: definitions by tree-sitter, what lies between by blank lines.
//
// One Chunker per thread. A file that can't be parsed (no grammar, time limit, damaged) is cut by
// the shape of its language, as generic_chunker_internal.h does for every file at once; chunking itself never fails. No recursion over the syntax tree.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/languages_internal.h"

namespace triage::retrieval {

// A chunk before it has a path. Chunks nest (class, method) but two never overlap partly.
struct ChunkSpan {
  std::uint32_t start = 0, end = 0;  // lines, inclusive, from 1
  std::string symbol;
  std::string kind;
  std::uint32_t body = 0;  // the first line after the header (signature, opening brace); 0: unknown
};

// A name that the code mentions: called, or referred to as a type or a base.
struct Use {
  std::string name;
  std::uint32_t line = 0;
  bool is_call = false;
};

// A module that the file asks for, as written: "os.path", "./cart", "vector".
struct Import {
  std::string module;
  std::uint32_t line = 0;
  std::vector<std::string> names;  // taken from it; empty when the module itself is meant
  std::string alias;
};

// What there is to know of one file. Spans are in order of their first line, outer before inner,
// and every line that isn't blank lies in one; uses and imports are in order of their lines.
struct Outline {
  std::vector<ChunkSpan> spans;
  std::vector<Use> uses;
  std::vector<Import> imports;
};

class Chunker {
 public:
  Chunker();
  ~Chunker();
  Chunker(Chunker&&) noexcept;

  Outline outline(std::string_view source, const Language& language);
  // The spans alone.
  std::vector<ChunkSpan> chunks(std::string_view source, const Language& language);
  // The first error in a language's query, or empty: for the test that compiles all of them.
  std::string check_query(const Language& language);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::retrieval
