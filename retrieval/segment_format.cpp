#include "retrieval/segment_format_internal.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace triage::retrieval {

namespace {

constexpr int kLowestExponent = -3;  // an eighth
constexpr std::uint64_t kFirstPrime = 0x9e3779b185ebca87ULL, kSecondPrime = 0xc2b2ae3d27d4eb4fULL;

constexpr std::array<float, 256> kWeights = [] {
  std::array<float, 256> weights{};
  for (unsigned i = 0; i < 256; ++i) {
    float scale = 0.125F;
    for (unsigned e = 0; e < i >> 4U; ++e) scale *= 2;
    weights[i] = scale * (1 + static_cast<float>(i & 15U) / 16);
  }
  return weights;
}();

}  // namespace

// Four lanes, so that it runs at memory speed: large segments are checked in a moment.
std::uint64_t checksum(std::string_view bytes) {
  std::array<std::uint64_t, 4> lanes = {kFirstPrime, kSecondPrime, ~kFirstPrime, ~kSecondPrime};
  const auto take = [&](std::uint64_t& lane, const char* at, std::size_t count) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, count);
    lane = std::rotl(lane + word * kSecondPrime, 31) * kFirstPrime;
  };
  std::size_t at = 0;
  for (; at + 32 <= bytes.size(); at += 32) {
    for (std::size_t lane = 0; lane < 4; ++lane) take(lanes[lane], bytes.data() + at + lane * 8, 8);
  }
  for (; at < bytes.size(); at += 8)
    take(lanes[0], bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
  std::uint64_t sum = bytes.size();
  for (const std::uint64_t lane : lanes) {
    sum = (sum ^ lane) * kSecondPrime;
    sum ^= sum >> 29U;
  }
  return sum;
}

std::uint8_t pack_weight(float weight) {
  if (!(weight > kWeights.front())) return 0;
  if (weight >= kWeights.back()) return 255;
  int exponent = 0;
  const float mantissa = std::frexp(weight, &exponent) * 2;  // 1 ≤ mantissa < 2
  const int step = static_cast<int>(std::lround((mantissa - 1) * 16));
  return static_cast<std::uint8_t>(
      std::clamp((exponent - 1 - kLowestExponent) * 16 + step, 0, 255));
}

float unpack_weight(std::uint8_t packed) { return kWeights[packed]; }

unsigned bucket_bits(std::size_t terms) {
  // About a dozen terms each; what is left of a term's bits fits a key.
  return std::clamp(static_cast<unsigned>(std::bit_width(terms)), 12U, 28U) - 4;
}

}  // namespace triage::retrieval
