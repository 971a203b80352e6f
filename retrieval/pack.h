// Packs code into a token budget, for a model's context.
//
// Chosen by value per token over the hits of a search: whole symbols, each with the heads of what
// encloses it and the imports it uses; then neighbours of what was chosen, while budget is left. A
// symbol too large for its share is cut between statements around the lines that matter. Nothing is
// shown twice, what is left out inside a symbol is said, and the order is that of path and line, so
// that the same choice is the same bytes and prompt caches hit. Errors: those of Repository, other
// than a file that is gone or too large, which is passed over.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pipeline/base/result.h"
#include "retrieval/index.h"
#include "retrieval/repository.h"
#include "retrieval/token_estimate.h"

namespace triage::retrieval {

struct PackedChunk {
  std::string path;
  std::uint32_t start = 0, end = 0;
  std::string symbol;    // whose lines these are, joined by ", "; empty for imports
  std::string text;      // the lines as they are at that commit
  std::string left_out = {};  // "lines 120-331 of Cart.total" where the text stops inside a symbol
};

template <class V>
void describe(V& v, PackedChunk& p) {
  v("path", p.path);
  v("start", p.start);
  v("end", p.end);
  v("symbol", p.symbol);
  v("text", p.text);
  v("left_out", p.left_out);
}

// A line that matters, from a stack frame or a mention: what is around it goes first and stays whole.
struct FocusLine {
  std::string path;
  std::uint32_t line = 0;
};

// Uses the answer's chunks and files; ask the search for many more (kPackHits) than people are shown.
inline constexpr size_t kPackHits = 120;
Result<std::vector<PackedChunk>> pack(const Repository& repository, const std::string& commit,
                                      const SearchAnswer& answer, size_t token_budget,
                                      std::span<const FocusLine> focus = {});

}  // namespace triage::retrieval
