// A closer look at the chunks of the candidates: their words, subject words, documentation, kind.
#include <algorithm>
#include <cmath>

#include "retrieval/signals/signals_internal.h"

namespace triage::retrieval {

namespace {

// Adds what a term counts in the candidates' chunks; candidates are in order of place.
void add_term(std::span<const View::Posting> postings, float worth, Feature feature,
              const std::vector<View::File>& files, Evidence& evidence) {
  const View& view = evidence.view;
  worth *= rarity(view.chunks(), postings.size());
  auto at = postings.begin();
  for (const View::File& file : files) {
    at = std::ranges::lower_bound(at, postings.end(), file.first_chunk, {}, &View::Posting::at);
    for (; at != postings.end() && at->at < file.first_chunk + file.chunks; ++at)
      evidence.add_chunk(at->at, feature,
                         worth * saturated(at->weight, view.chunk_length(at->at),
                                           view.mean_chunk_length(), kChunkLength));
  }
}

void add_kind(std::uint32_t number, Evidence& evidence) {
  const Chunk chunk = evidence.view.chunk(number);
  const bool function = chunk.kind == "function" || chunk.kind == "method";
  const Feature kind = function               ? Feature::is_function
                       : chunk.symbol.empty() ? Feature::is_nameless
                                              : Feature::is_class;
  evidence.raise_chunk(number, kind, 1);
  evidence.raise_chunk(number, Feature::size,
                       std::min(1.F, std::log2(1 + evidence.view.chunk_length(number)) / 12));
}

}  // namespace

void find_chunks(const TicketText& ticket, Evidence& evidence) {
  constexpr std::size_t kFiles = 60;
  std::vector<View::File> files;
  for (std::size_t i = 0; i < std::min(kFiles, evidence.candidates.size()); ++i)
    files.push_back(evidence.view.file(evidence.candidates[i]));
  std::ranges::sort(files, {}, &View::File::first_chunk);
  View::Scratch scratch;
  for (const QueryTerm& term : ticket.terms) {
    if (const auto docs = evidence.view.postings(term.doc, scratch); !docs.empty())
      add_term(docs, term.weight, Feature::chunk_doc, files, evidence);
    if (term.title == 0) continue;
    if (const auto words = evidence.view.postings(term.term, scratch); !words.empty())
      add_term(words, term.title, Feature::chunk_title, files, evidence);
  }
  for (const View::File& file : files) {
    for (std::uint32_t i = file.first_chunk; i < file.first_chunk + file.chunks; ++i) {
      if (evidence.chunk_words[i] <= 0 && evidence.chunks.slot_of(i) == View::kNone) continue;
      evidence.raise_chunk(i, Feature::chunk_words, evidence.chunk_words[i]);
      add_kind(i, evidence);
    }
  }
}

}  // namespace triage::retrieval
