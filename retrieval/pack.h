// Packs the best chunks into a token budget, for a model's context: whole symbols, no overlaps,
// path and lines on every chunk, in a stable order (path, line) so that prompt caches hit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/result.h"
#include "retrieval/index.h"
#include "retrieval/repository.h"

namespace triage::retrieval {

struct PackedChunk {
  std::string path;
  std::uint32_t start = 0, end = 0;
  std::string symbol;
  std::string text;  // the lines as they are at that commit
};

template <class V>
void describe(V& v, PackedChunk& p) {
  v("path", p.path);
  v("start", p.start);
  v("end", p.end);
  v("symbol", p.symbol);
  v("text", p.text);
}

// An upper bound within some per cent: no tokenizer, counts words, digits and punctuation.
size_t estimate_tokens(std::string_view text);

Result<std::vector<PackedChunk>> pack(const Repository& repository, const std::string& commit,
                                      const SearchAnswer& answer, size_t token_budget);

}  // namespace triage::retrieval
