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
    return close_segment(parser_, blobs_, chunks_, literals_, strings_, std::move(dictionary_));
  }

 private:
  struct Posting {
    std::uint32_t chunk;
    std::uint8_t weight;
  };
  // The next term of an input.
  struct Next {
    std::uint64_t identity;
    std::uint32_t input;
    bool operator>(const Next& other) const { return identity > other.identity; }
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
    std::vector<Segment::Cursor> cursors;
    std::priority_queue<Next, std::vector<Next>, std::greater<>> queue;
    for (std::uint32_t i = 0; i < inputs_.size(); ++i) {
      cursors.emplace_back(*inputs_[i]);
      if (!cursors[i].done()) queue.push({cursors[i].identity(), i});
    }
    std::vector<Posting> found;
    while (!queue.empty()) {
      const std::uint64_t identity = queue.top().identity;
      found.clear();
      while (!queue.empty() && queue.top().identity == identity) {
        const std::uint32_t input = queue.top().input;
        Segment::Cursor& cursor = cursors[input];
        queue.pop();
        take(input, cursor.list(), found);
        cursor.next();
        // A damaged input whose terms do not rise ends here.
        if (!cursor.done() && cursor.identity() > identity) queue.push({cursor.identity(), input});
      }
      put(identity, found);
    }
  }

  void take(std::uint32_t input, std::string_view list, std::vector<Posting>& found) const {
    const std::vector<std::uint32_t>& renumbered = renumbered_[input];
    Segment::each_posting(list, inputs_[input]->chunks(),
                          [&](std::uint32_t chunk, std::uint8_t weight) {
                            if (renumbered[chunk] != kDropped)
                              found.push_back({renumbered[chunk], weight});
                          });
  }

  void put(std::uint64_t identity, std::vector<Posting>& found) {
    if (found.empty()) return;
    if (!std::ranges::is_sorted(found, {}, &Posting::chunk))
      std::ranges::sort(found, {}, &Posting::chunk);
    list_.clear();
    std::uint32_t last = 0;
    for (const Posting& posting : found) {
      append_posting(list_, posting.chunk, last, posting.weight);
      last = posting.chunk;
    }
    dictionary_.add(identity, list_);
  }

  const Segments& inputs_;
  const std::uint64_t parser_;
  std::vector<std::vector<std::uint32_t>> renumbered_;
  std::vector<BlobRow> blobs_;
  std::vector<ChunkRow> chunks_;
  std::vector<LiteralRow> literals_;
  TextPool strings_;
  Dictionary dictionary_;
  std::string list_;
};

}  // namespace

std::string merge_segments(const Segments& inputs, const std::vector<BlobPlace>& rows,
                           std::uint64_t parser) {
  return Merge(inputs, parser).run(rows);
}

}  // namespace triage::retrieval
