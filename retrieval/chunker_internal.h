// Cuts a source file into chunks: definitions by tree-sitter, what lies between by blank lines.
//
// One Chunker per thread. A file that can't be parsed (no grammar, time limit, damaged) is cut by
// blank lines and indentation; chunking itself never fails. No recursion over the syntax tree.
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
};

class Chunker {
 public:
  Chunker();
  ~Chunker();
  Chunker(Chunker&&) noexcept;

  // In order of their first line, outer before inner; every line that isn't blank lies in one.
  std::vector<ChunkSpan> chunks(std::string_view source, const Language& language);
  // The first error in a language's query, or empty: for the test that compiles all of them.
  std::string check_query(const Language& language);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::retrieval
