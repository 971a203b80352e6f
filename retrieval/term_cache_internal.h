// Remembers the terms of identifiers, for one thread: source says the same few names over and over,
// and cutting, stemming and hashing them again costs more than all else that is done with them.
//
// add() gives exactly what add_terms() gives. Fixed size, forgets what is in the way; not
// thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "retrieval/tokens_internal.h"

namespace triage::retrieval {

class TermCache {
 public:
  TermCache() : slots_(kSlots) {}

  void add(std::string_view text, std::vector<Term>& out, TermKind kind = TermKind::word);

 private:
  static constexpr size_t kSlots = 1U << 16U;
  static constexpr size_t kMostTerms = 6;
  struct Slot {
    std::uint64_t identifier = 0;  // hash of its bytes and the kind
    std::uint32_t count = 0;       // 0: free
    std::array<Term, kMostTerms> terms{};
  };
  std::vector<Slot> slots_;
  std::vector<Term> cut_;
};

}  // namespace triage::retrieval
