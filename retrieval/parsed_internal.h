// What is kept of one blob: its chunks, their weighted terms, its string literals and definitions.
//
// Depends on the content and the language only, so commits share it, keyed by blob id and language.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/chunker_internal.h"
#include "retrieval/repository.h"
#include "retrieval/term_cache_internal.h"
#include "retrieval/tokens_internal.h"

namespace triage::retrieval {

// Term 0 stands for a placeholder ("%s", "{name}") in a literal.
inline constexpr Term kPlaceholder = 0;

struct ParsedBlob {
  struct Weighted {
    Term term;
    float weight;  // how often it occurs, a symbol's own name counting more
  };
  struct Part {
    ChunkSpan span;
    std::uint32_t first_term = 0, last_term = 0;  // half-open range of terms
    float length = 0;
  };
  struct Literal {
    std::uint32_t line = 0;
    std::uint32_t part = 0;
    std::vector<Term> words;
    std::string text;  // so much of it as is matched
  };
  std::vector<Part> parts;
  std::vector<Weighted> terms;
  std::vector<Literal> literals;
  size_t bytes = 0;
  bool generated = false;  // a program wrote it, as its first lines say
};

// Why a file is left out, or empty: "binary", "minified", "lfs-pointer".
std::string_view reason_to_skip(std::string_view content);

// With the cache of a thread that parses many.
ParsedBlob parse_blob(std::string_view content, const Language& language, Chunker& chunker,
                      TermCache& cache);
ParsedBlob parse_blob(std::string_view content, const Language& language, Chunker& chunker);

// The words of a literal or message, placeholders as kPlaceholder.
std::vector<Term> literal_words(std::string_view text, bool placeholders);
// The first two neighbouring words: what a literal is found by; nothing where there are none.
std::optional<Term> literal_start(const std::vector<Term>& words);

}  // namespace triage::retrieval
