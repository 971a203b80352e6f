#include "retrieval/rerank.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "pipeline/base/utf8.h"

namespace triage::retrieval {

namespace {

constexpr double kMeaning = 0.4;           // its share of the new score; the old one keeps the rest
constexpr double kNear = 0.85;             // from this nearness on it is a reason of its own
constexpr size_t kLongestQuery = 8 * 1024;  // bytes
constexpr size_t kLongestChunk = 4 * 1024;

double cosine(const Vector& a, const Vector& b) {
  double dot = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    dot += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return aa > 0 && bb > 0 ? dot / std::sqrt(aa * bb) : 0;
}

// Embedding models differ in how near strangers are to them, so nearness is scaled to 0…1 over what
// is compared.
void scale(std::vector<double>& near) {
  const auto [least, most] = std::ranges::minmax(near);
  for (double& value : near) value = most > least ? (value - least) / (most - least) : 0;
}

template <class Hit>
void mix(Hit& hit, double best_score, double near) {
  hit.score = (1 - kMeaning) * hit.score + kMeaning * best_score * near;
  if (near >= kNear) hit.why.emplace_back("near in meaning");
}

template <class Hits>
void sort_by_score(Hits& hits, size_t count) {
  std::ranges::stable_sort(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(count),
                           std::greater{}, [](const auto& hit) { return hit.score; });
}

}  // namespace

Result<void> rerank_by_meaning(SearchAnswer& answer, std::string_view query,
                               const ChunkText& text_of, Embedder& embedder) {
  std::vector<size_t> shown;  // which of the chunks have a text
  std::vector<std::string> texts{std::string(truncate_utf8(query, kLongestQuery))};
  const size_t count = std::min(kReranked, answer.chunks.size());
  for (size_t i = 0; i < count; ++i) {
    const std::string text = text_of(answer.chunks[i].chunk);
    if (text.empty()) continue;
    shown.push_back(i);
    texts.push_back(answer.chunks[i].chunk.path + "\n" + std::string(truncate_utf8(text, kLongestChunk)));
  }
  if (shown.size() < 2 || query.empty()) return {};
  const std::vector<Vector> vectors = TRY(embedder.embed(texts));
  if (vectors.size() != texts.size())
    return Error{ErrorKind::invalid_input,
                 "the embedding endpoint gave another number of vectors than texts"};
  std::vector<double> near;
  for (size_t i = 0; i < shown.size(); ++i) near.push_back(cosine(vectors.front(), vectors[i + 1]));
  scale(near);

  std::map<std::string_view, double> by_file;
  const double best_chunk = answer.chunks.front().score;
  std::vector<double> of_chunk(count, 0.5);  // what has no text is neither near nor far
  for (size_t i = 0; i < shown.size(); ++i) {
    of_chunk[shown[i]] = near[i];
    double& nearest = by_file[answer.chunks[shown[i]].chunk.path];
    nearest = std::max(nearest, near[i]);
  }
  const double best_file = answer.files.empty() ? 0 : answer.files.front().score;
  size_t files = 0;
  for (FileHit& hit : answer.files) {
    if (files == kReranked) break;
    ++files;
    const auto found = by_file.find(hit.path);
    mix(hit, best_file, found == by_file.end() ? 0 : found->second);
  }
  for (size_t i = 0; i < count; ++i) mix(answer.chunks[i], best_chunk, of_chunk[i]);
  sort_by_score(answer.chunks, count);
  sort_by_score(answer.files, files);
  return {};
}

}  // namespace triage::retrieval
