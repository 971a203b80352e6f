// An inverted index: for every term the documents that hold it, and how much. Immutable once built;
// flat arrays, so that it can be written to and mapped from a file as it is.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "retrieval/tokens_internal.h"

namespace triage::retrieval {

// Runs work(i) for i < count on the machine's cores; returns when all are done.
// make() is called once per thread and gives it a work function with state of its own.
void on_all_cores(size_t count, const std::function<std::function<void(size_t)>()>& make);

class TermIndex {
 public:
  struct Entry {
    Term term;
    std::uint32_t document;
    float weight;
  };
  struct Posting {
    std::uint32_t document;
    float weight;
  };

  TermIndex() = default;
  // Entries in any order; those of one term and document are expected once.
  explicit TermIndex(std::vector<Entry> entries);

  // In order of document.
  std::span<const Posting> find(Term term) const;
  size_t terms() const { return terms_.size(); }

 private:
  std::vector<Term> terms_;
  std::vector<std::uint64_t> offsets_;  // terms_.size() + 1
  std::vector<Posting> postings_;
};

}  // namespace triage::retrieval
