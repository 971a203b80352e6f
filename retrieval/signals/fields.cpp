// The ticket's words in the names of definitions, as they are and without their endings.
#include <algorithm>

#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

// Sums each file's counts of a term and adds BM25 to a feature of it.
void add_to_files(std::span<const View::Posting> postings, float worth, Feature feature,
                  float length_share, View::Scratch& in_files, Evidence& evidence) {
  const View& view = evidence.view;
  in_files.clear();
  for (const auto& [chunk, count] : postings) {
    const std::uint32_t file = view.file_of_chunk(chunk);
    if (in_files.empty() || in_files.back().at != file) in_files.push_back({file, 0});
    in_files.back().weight += count;
  }
  worth *= rarity(view.files(), in_files.size());
  for (const auto& [file, count] : in_files)
    evidence.add_file(file, feature,
                      worth * saturated(count, view.file_length(file), view.mean_file_length(),
                                        length_share));
}

}  // namespace

void find_fields(const TicketText& ticket, Evidence& evidence) {
  constexpr std::size_t kMostPostings = 100'000;
  View::Scratch scratch, in_files;
  std::vector<Term> terms;
  for (const QueryTerm& term : ticket.terms) terms.insert(terms.end(), {term.symbol, term.root});
  const std::vector<bool> read = evidence.view.affordable(terms, kMostPostings);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (!read[i]) continue;
    const auto postings = evidence.view.postings(terms[i], scratch);
    if (postings.empty()) continue;
    const QueryTerm& term = ticket.terms[i / 2];
    add_to_files(postings, term.weight + term.title,
                 i % 2 == 0 ? Feature::symbol_words : Feature::symbol_roots, kFileLength / 2,
                 in_files, evidence);
  }
}

}  // namespace triage::retrieval
