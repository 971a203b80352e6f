// Parses the blobs that no segment holds yet, on all cores, into segments of a store.
//
// Blobs come in path order and stay in it: a segment holds a stretch of the tree, which keeps its
// lists in the order of the view. Memory is bounded, whatever the size of the tree. A blob that
// can't be read (damaged pack, partial clone) is left out: the others are worth having.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "retrieval/chunker_internal.h"
#include "retrieval/index.h"
#include "retrieval/languages_internal.h"
#include "retrieval/repository.h"
#include "retrieval/store_internal.h"

namespace triage::retrieval {

inline constexpr std::uint64_t kLargestFile = 1U << 20U;  // a larger one is left out

struct BlobWork {
  BlobKey key;
  std::string blob;
  const Language* language = nullptr;
};

// Returns how many blobs were parsed. Errors: timeout when stopped; what was done by then is kept.
Result<std::uint64_t> parse_blobs(const Repository& repository, const std::vector<BlobWork>& work,
                                  Level level, ParsedStore& store, const Progress& progress,
                                  std::stop_token stop);

}  // namespace triage::retrieval
