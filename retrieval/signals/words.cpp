// The ticket's words in the code: BM25 over whole files, over chunks, and over files for the subject
// and for code blocks alone; then each file's best chunks.
#include <algorithm>
#include <array>
#include <functional>

#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

void add_term(const QueryTerm& term, std::span<const View::Posting> postings,
              View::Scratch& in_files, Evidence& evidence) {
  const View& view = evidence.view;
  in_files.clear();
  for (const auto& [chunk, count] : postings) {
    const std::uint32_t file = view.file_of_chunk(chunk);
    if (in_files.empty() || in_files.back().at != file) in_files.push_back({file, 0});
    in_files.back().weight += count;
  }
  const float among_files = rarity(view.files(), in_files.size());
  for (const auto& [file, count] : in_files) {
    const float score = among_files * saturated(count, view.file_length(file),
                                                view.mean_file_length(), kFileLength);
    DenseRow& row = evidence.dense[file];
    row[index_of(Feature::file_words)] += term.weight * score;
    row[index_of(Feature::title_words)] += term.title * score;
    row[index_of(Feature::code_words)] += term.code * score;
    row[index_of(Feature::rare_words)] += term.weight * score * among_files;
  }
  const float among_chunks = term.weight * rarity(view.chunks(), postings.size());
  for (const auto& [chunk, count] : postings)
    evidence.chunk_words[chunk] +=
        among_chunks *
        saturated(count, view.chunk_length(chunk), view.mean_chunk_length(), kChunkLength);
}

}  // namespace

void find_words(const TicketText& ticket, Evidence& evidence) {
  constexpr std::size_t kMostPostings = 300'000;
  View::Scratch scratch, in_files;
  std::vector<Term> terms;
  for (const QueryTerm& term : ticket.terms) terms.push_back(term.term);
  const std::vector<bool> read = evidence.view.affordable(terms, kMostPostings);
  for (std::size_t i = 0; i < ticket.terms.size(); ++i) {
    const QueryTerm& term = ticket.terms[i];
    const auto postings =
        read[i] ? evidence.view.postings(term.term, scratch) : std::span<const View::Posting>();
    evidence.holding.push_back(static_cast<std::uint32_t>(postings.size()));
    if (!postings.empty()) add_term(term, postings, in_files, evidence);
  }
}

void find_best_chunks(const TicketText&, Evidence& evidence) {
  for (std::size_t slot = 0; slot < evidence.files.touched().size(); ++slot) {
    const View::File file = evidence.view.file(evidence.files.touched()[slot]);
    std::array<float, 3> top{};
    for (std::uint32_t i = 0; i < file.chunks; ++i) {
      const float score = evidence.chunk_words[file.first_chunk + i];
      if (score <= top[2]) continue;
      top[2] = score;
      std::ranges::sort(top, std::greater<>());
    }
    FeatureRow& row = evidence.files.row(slot);
    row[index_of(Feature::best_chunk)] = top[0];
    row[index_of(Feature::top_chunks)] = top[0] + top[1] + top[2];
  }
}

}  // namespace triage::retrieval
