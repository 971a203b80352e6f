#include <algorithm>
#include <cmath>

#include "tests/bench/localisation_internal.h"

namespace triage::bench {

namespace {

template <class Emit>
void plain_words(std::string_view text, const Emit& emit) {
  for (std::size_t i = 0; i < text.size();) {
    if (!retrieval::is_identifier_part(text[i])) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && retrieval::is_identifier_part(text[i])) ++i;
    emit(retrieval::lower_ascii(text.substr(begin, i - begin)));
  }
}

}  // namespace

const PlainBm25::Document& PlainBm25::read(const retrieval::Repository& repository,
                                           const std::string& blob) {
  const auto [known, fresh] = blobs_.try_emplace(blob);
  if (!fresh) return known->second;
  Document& document = known->second;
  const auto text = repository.read_blob(blob, 1U << 20U);
  if (!text.ok()) return document;
  plain_words(*text, [&](const std::string& word) {
    ++document.counts[word];
    ++document.length;
  });
  return document;
}

std::vector<std::string> PlainBm25::best(const retrieval::Repository& repository,
                                         const Report& report,
                                         const std::set<std::string>& index_files,
                                         std::size_t k) {
  const auto tree = repository.files(report.commit);
  if (!tree.ok()) return {};
  std::vector<std::pair<std::string, const Document*>> documents;
  double total = 0;
  for (const auto& file : *tree) {
    if (!index_files.contains(file.path)) continue;
    documents.emplace_back(file.path, &read(repository, file.blob));
    total += static_cast<double>(documents.back().second->length);
  }
  const auto count = static_cast<double>(documents.size());
  std::set<std::string> query;
  plain_words(report.text, [&](std::string word) { query.insert(std::move(word)); });
  std::vector<double> scores(documents.size());
  for (const std::string& word : query) {
    double holding = 0;
    for (const auto& document : documents) holding += document.second->counts.contains(word) ? 1 : 0;
    const double worth = std::log(1 + (count - holding + 0.5) / (holding + 0.5));
    for (std::size_t i = 0; i < documents.size(); ++i) {
      const Document& document = *documents[i].second;
      const auto found = document.counts.find(word);
      if (found == document.counts.end()) continue;
      const auto tf = static_cast<double>(found->second);
      const double norm = 0.25 + 0.75 * static_cast<double>(document.length) * count / total;
      scores[i] += worth * tf * 2.2 / (tf + 1.2 * norm);
    }
  }
  std::vector<std::size_t> order(documents.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return scores[i]; });
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(k, order.size()); ++i)
    out.push_back(documents[order[i]].first);
  return out;
}

}  // namespace triage::bench
