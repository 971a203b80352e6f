#include "retrieval/term_index_internal.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <tuple>

namespace triage::retrieval {

namespace {

constexpr unsigned kBucketBits = 8;

}  // namespace

void on_all_cores(size_t count, const std::function<std::function<void(size_t)>()>& make) {
  const size_t threads =
      std::clamp<size_t>(std::thread::hardware_concurrency(), 1, std::max<size_t>(count, 1));
  std::atomic<size_t> next = 0;
  const auto run = [&] {
    const auto work = make();
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> others;
  for (size_t i = 1; i < threads; ++i) others.emplace_back(run);
  run();
}

TermIndex::TermIndex(std::vector<Entry> entries) {
  // By the terms' first bits into buckets, which the cores then sort side by side.
  std::vector<size_t> begin((1U << kBucketBits) + 1, 0);
  const auto bucket = [](const Entry& e) { return e.term >> (64U - kBucketBits); };
  for (const Entry& entry : entries) ++begin[bucket(entry) + 1];
  for (size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  std::vector<Entry> sorted(entries.size());
  std::vector<size_t> at(begin.begin(), begin.end() - 1);
  for (const Entry& entry : entries) sorted[at[bucket(entry)]++] = entry;
  entries = {};
  const auto sort_bucket = [&](size_t i) {
    std::sort(sorted.begin() + static_cast<std::ptrdiff_t>(begin[i]),
              sorted.begin() + static_cast<std::ptrdiff_t>(begin[i + 1]),
              [](const Entry& a, const Entry& b) {
                return std::tie(a.term, a.document) < std::tie(b.term, b.document);
              });
  };
  if (sorted.size() < 100'000) {
    for (size_t i = 0; i + 1 < begin.size(); ++i) sort_bucket(i);
  } else {
    on_all_cores(begin.size() - 1, [&] { return sort_bucket; });
  }
  postings_.reserve(sorted.size());
  for (const Entry& entry : sorted) {
    if (terms_.empty() || terms_.back() != entry.term) {
      terms_.push_back(entry.term);
      offsets_.push_back(postings_.size());
    }
    postings_.push_back({entry.document, entry.weight});
  }
  offsets_.push_back(postings_.size());
}

std::span<const TermIndex::Posting> TermIndex::find(Term term) const {
  const auto found = std::ranges::lower_bound(terms_, term);
  if (found == terms_.end() || *found != term) return {};
  const auto i = static_cast<size_t>(found - terms_.begin());
  return std::span(postings_).subspan(offsets_[i], offsets_[i + 1] - offsets_[i]);
}

}  // namespace triage::retrieval
