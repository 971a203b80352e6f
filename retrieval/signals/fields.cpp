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
  View::Scratch scratch, in_files;
  for (const QueryTerm& term : ticket.terms) {
    const float weight = term.weight + term.title;
    const auto symbols = evidence.view.postings(term.symbol, scratch);
    if (!symbols.empty())
      add_to_files(symbols, weight, Feature::symbol_words, kFileLength / 2, in_files, evidence);
    const auto roots = evidence.view.postings(term.root, scratch);
    if (!roots.empty())
      add_to_files(roots, weight, Feature::symbol_roots, kFileLength / 2, in_files, evidence);
  }
}

}  // namespace triage::retrieval
