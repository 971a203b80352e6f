#include "retrieval/evidence_internal.h"

#include <algorithm>
#include <cmath>

namespace triage::retrieval {

void Evidence::raise_file(std::uint32_t file, Feature feature, float value) {
  float& known = files.at(file, feature);
  known = std::max(known, value);
}

void Evidence::raise_chunk(std::uint32_t chunk, Feature feature, float value) {
  float& known = chunks.at(chunk, feature);
  known = std::max(known, value);
}

void Evidence::reason(std::uint32_t file, std::uint32_t chunk, double strength, std::string words,
                      bool exact) {
  reasons.push_back({file, chunk, strength, std::move(words), exact});
}

float rarity(std::size_t documents, std::size_t holding) {
  const auto n = static_cast<float>(documents), df = static_cast<float>(holding);
  return std::log(1 + (n - df + 0.5F) / (df + 0.5F));
}

float saturated(float count, float length, float mean_length, float length_share) {
  constexpr float kSaturation = 1.2F;  // BM25's k1
  const float norm = 1 - length_share + length_share * length / mean_length;
  return count * (kSaturation + 1) / (count + kSaturation * norm);
}

}  // namespace triage::retrieval
