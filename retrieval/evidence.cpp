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

void Evidence::settle(std::size_t most, const std::array<double, kFeatures>& weights) {
  constexpr float kLeast = 0.02F;  // any evidence is better than none
  std::vector<float> roles(dense.size());
  DenseRow unit{};
  for (std::uint32_t file = 0; file < dense.size(); ++file) {
    roles[file] = static_cast<float>(role_weight(view.role(file)));
    for (std::size_t f = 0; f < kDenseFeatures; ++f)
      unit[f] = std::max(unit[f], dense[file][f] * roles[file]);
  }
  DenseRow factor{};
  for (std::size_t f = 0; f < kDenseFeatures; ++f)
    factor[f] = unit[f] > 0 ? std::max(kLeast, static_cast<float>(weights[f])) / unit[f] : 0;
  std::vector<std::pair<float, std::uint32_t>> scores;
  for (std::uint32_t file = 0; file < dense.size(); ++file) {
    float score = 0;
    for (std::size_t f = 0; f < kDenseFeatures; ++f) score += factor[f] * dense[file][f];
    if (score > 0) scores.emplace_back(-score * roles[file], file);
  }
  const std::size_t count = std::min(most, scores.size());
  std::ranges::nth_element(scores, scores.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = 0; i < count; ++i) files.row_of(scores[i].second);
  for (std::size_t slot = 0; slot < files.touched().size(); ++slot)
    std::ranges::copy(dense[files.touched()[slot]], files.row(slot).begin());
}

float rarity(std::size_t documents, std::size_t holding) {
  const auto n = static_cast<float>(documents), df = static_cast<float>(holding);
  return std::log(1 + (n - df + 0.5F) / (df + 0.5F));
}

}  // namespace triage::retrieval
