// One more signal, off by default: how near in meaning the words of a ticket and a chunk are, as an
// embedding model sees it. It only reorders what search() found; it finds nothing of its own.
//
// The port has its implementation where I/O may be (pipeline/propose/models/embeddings.h).
// Errors: the embedder's; the answer is then as it was.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/result.h"
#include "retrieval/index.h"

namespace triage::retrieval {

using Vector = std::vector<float>;

class Embedder {
 public:
  virtual ~Embedder() = default;
  // One vector for each text, in order, all of the same length and with a finite length of their own.
  virtual Result<std::vector<Vector>> embed(const std::vector<std::string>& texts) = 0;
};

inline constexpr size_t kReranked = 50;  // chunks that are looked at, the best ones

// Empty where a chunk can't be read: its place is then what the words gave it.
using ChunkText = std::function<std::string(const Chunk&)>;

Result<void> rerank_by_meaning(SearchAnswer& answer, std::string_view query,
                               const ChunkText& text_of, Embedder& embedder);

}  // namespace triage::retrieval
