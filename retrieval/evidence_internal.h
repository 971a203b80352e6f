// What one search has found: a row of feature values for every file and chunk that got any, and the
// reasons in words. Signals write it, ranking reads it. The features are the rows of weights.inc.
//
// Used by one thread for one search. What almost every file has a little of is summed in a dense table
// of few columns; after settle() the files worth ranking have a whole row each.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/ticket_text_internal.h"
#include "retrieval/view_internal.h"

namespace triage::retrieval {

#define FEATURE(name, ...) name,
enum class Feature : std::uint8_t {
#include "retrieval/weights.inc"
  count
};
#undef FEATURE

inline constexpr auto kFeatures = static_cast<std::size_t>(Feature::count);
using FeatureRow = std::array<float, kFeatures>;
constexpr std::size_t index_of(Feature feature) { return static_cast<std::size_t>(feature); }
inline constexpr std::size_t kDenseFeatures = index_of(Feature::compound_words) + 1;
using DenseRow = std::array<float, kDenseFeatures>;

// Evidence in words: for a file, and where it names one, for a chunk.
struct Reason {
  std::uint32_t file = 0;
  std::uint32_t chunk = View::kNone;
  double strength = 0;
  std::string words;
  bool exact = false;  // names the place rather than suggesting it
};

// Feature rows by number of file or chunk, allocated as they are touched.
class Rows {
 public:
  explicit Rows(std::uint32_t size) : slots_(size, View::kNone) {}
  FeatureRow& row_of(std::uint32_t number) {
    std::uint32_t& slot = slots_[number];
    if (slot == View::kNone) {
      slot = static_cast<std::uint32_t>(rows_.size());
      touched_.push_back(number);
      rows_.emplace_back();
    }
    return rows_[slot];
  }
  float& at(std::uint32_t number, Feature feature) { return row_of(number)[index_of(feature)]; }
  // In order of first touch; row i belongs to touched()[i].
  std::span<const std::uint32_t> touched() const { return touched_; }
  FeatureRow& row(std::size_t slot) { return rows_[slot]; }
  const FeatureRow& row(std::size_t slot) const { return rows_[slot]; }
  std::uint32_t slot_of(std::uint32_t number) const { return slots_[number]; }

 private:
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint32_t> touched_;
  std::vector<FeatureRow> rows_;
};

struct Evidence {
  explicit Evidence(const View& seen)
      : view(seen), files(seen.files()), chunks(seen.chunks()), dense(seen.files()),
        chunk_words(seen.chunks()) {}

  void add_file(std::uint32_t file, Feature feature, float value) {
    if (index_of(feature) < kDenseFeatures) dense[file][index_of(feature)] += value;
    else files.at(file, feature) += value;
  }
  void add_chunk(std::uint32_t chunk, Feature feature, float value) {
    chunks.at(chunk, feature) += value;
  }
  // Keeps the strongest.
  void raise_file(std::uint32_t file, Feature feature, float value);
  void raise_chunk(std::uint32_t chunk, Feature feature, float value);
  void reason(std::uint32_t file, std::uint32_t chunk, double strength, std::string words,
              bool exact = false);
  // Gives the `most` files that stand out by dense features a row, and every row those features.
  void settle(std::size_t most, const std::array<double, kFeatures>& weights);
  bool is_source(std::uint32_t file) const { return view.role(file) == Role::source; }

  const View& view;
  Rows files;
  Rows chunks;
  std::vector<DenseRow> dense;     // by file
  std::vector<float> chunk_words;  // by chunk
  std::vector<std::uint32_t> holding;  // chunks that hold each of the ticket's terms
  // The files worth a closer look, best first: only they and their chunks are ranked.
  std::vector<std::uint32_t> candidates;
  std::vector<Reason> reasons;
};

inline constexpr float kFileLength = 0.75F, kChunkLength = 0.6F;  // BM25's b
// How rare a term is among documents.
float rarity(std::size_t documents, std::size_t holding);
// BM25's share of a term's count, longer documents counting less.
inline float saturated(float count, float length, float mean_length, float length_share) {
  constexpr float kSaturation = 1.2F;  // BM25's k1
  const float norm = 1 - length_share + length_share * length / mean_length;
  return count * (kSaturation + 1) / (count + kSaturation * norm);
}

}  // namespace triage::retrieval
