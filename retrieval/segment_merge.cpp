#include "retrieval/segment_merge_internal.h"

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "retrieval/segment_builder_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::uint32_t kDropped = UINT32_MAX;

class Merge {
 public:
  Merge(const Segments& inputs, std::uint64_t parser) : inputs_(inputs), parser_(parser) {
    for (const auto& input : inputs) renumbered_.emplace_back(input->chunks(), kDropped);
  }

  std::string run(const std::vector<BlobPlace>& rows) {
    for (const BlobPlace& row : rows) add_blob(row);
    merge_terms();
    BlobRow last_blob;
    last_blob.first_chunk = static_cast<std::uint32_t>(chunks_.size());
    blobs_.push_back(last_blob);
    ChunkRow last_chunk;
    last_chunk.first_literal = static_cast<std::uint32_t>(literals_.size());
    chunks_.push_back(last_chunk);
    const std::vector<std::uint32_t> buckets = bucket_table(keys_);
    return assemble_segment(parser_,
                            {bytes_of(blobs_), bytes_of(chunks_), bytes_of(literals_),
                             strings_.bytes(), bytes_of(keys_), bytes_of(offsets_),
                             bytes_of(buckets), postings_});
  }

 private:
  struct Posting {
    std::uint32_t chunk;
    std::uint8_t weight;
  };
  struct Cursor {
    Term term;
    std::uint32_t input;
    size_t at;
    bool operator>(const Cursor& other) const { return term > other.term; }
  };

  void add_blob(const BlobPlace& place) {
    const Segment& from = *inputs_[place.segment];
    BlobRow row = from.blob(place.blob);
    const std::uint32_t first = from.first_chunk(place.blob);
    row.first_chunk = static_cast<std::uint32_t>(chunks_.size());
    row.skipped = strings_.intern(from.text(row.skipped));
    for (std::uint32_t i = 0; i < from.chunk_count(place.blob); ++i) {
      renumbered_[place.segment][first + i] = static_cast<std::uint32_t>(chunks_.size());
      ChunkRow chunk = from.chunk(first + i);
      chunk.symbol = strings_.add(from.text(chunk.symbol));
      chunk.kind = strings_.intern(from.text(chunk.kind));
      chunk.first_literal = static_cast<std::uint32_t>(literals_.size());
      for (const LiteralRow& literal : from.literals(first + i))
        literals_.push_back({literal.line, strings_.add(from.text(literal.text))});
      chunks_.push_back(chunk);
    }
    blobs_.push_back(row);
  }

  void merge_terms() {
    std::priority_queue<Cursor, std::vector<Cursor>, std::greater<>> next;
    for (std::uint32_t i = 0; i < inputs_.size(); ++i) {
      if (inputs_[i]->terms() > 0) next.push({inputs_[i]->term(0), i, 0});
    }
    std::vector<Posting> found;
    while (!next.empty()) {
      const Term term = next.top().term;
      found.clear();
      while (!next.empty() && next.top().term == term) {
        Cursor cursor = next.top();
        next.pop();
        take(cursor, found);
        if (++cursor.at == inputs_[cursor.input]->terms()) continue;
        // A damaged input whose terms do not rise must not hold the merge up for ever.
        const Term following = inputs_[cursor.input]->term(cursor.at);
        if (following <= term) continue;
        cursor.term = following;
        next.push(cursor);
      }
      put(term, found);
    }
  }

  void take(const Cursor& cursor, std::vector<Posting>& found) const {
    const Segment& from = *inputs_[cursor.input];
    const std::vector<std::uint32_t>& renumbered = renumbered_[cursor.input];
    Segment::each_posting(from.list(cursor.at), from.chunks(),
                          [&](std::uint32_t chunk, std::uint8_t weight) {
                            if (renumbered[chunk] != kDropped)
                              found.push_back({renumbered[chunk], weight});
                          });
  }

  void put(Term term, std::vector<Posting>& found) {
    if (found.empty()) return;
    if (!std::ranges::is_sorted(found, {}, &Posting::chunk))
      std::ranges::sort(found, {}, &Posting::chunk);
    keys_.push_back(term);
    std::uint32_t last = 0;
    for (const Posting& posting : found) {
      append_posting(postings_, posting.chunk, last, posting.weight);
      last = posting.chunk;
    }
    offsets_.push_back(static_cast<std::uint32_t>(postings_.size()));
  }

  const Segments& inputs_;
  const std::uint64_t parser_;
  std::vector<std::vector<std::uint32_t>> renumbered_;
  std::vector<BlobRow> blobs_;
  std::vector<ChunkRow> chunks_;
  std::vector<LiteralRow> literals_;
  TextPool strings_;
  std::vector<Term> keys_;
  std::vector<std::uint32_t> offsets_{0};
  std::string postings_;
};

}  // namespace

std::string merge_segments(const Segments& inputs, const std::vector<BlobPlace>& rows,
                           std::uint64_t parser) {
  return Merge(inputs, parser).run(rows);
}

}  // namespace triage::retrieval
