// A closer look at the chunks of the candidates: their words, the subject's words,
// phrases, kind, and who names whom.
#include <algorithm>
#include <cmath>

#include "retrieval/index_internal.h"
#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

// Calls use(chunk, count) for the postings in the candidates' chunks; files are in order of place.
template <class Use>
void in_candidates(std::span<const View::Posting> postings, const std::vector<View::File>& files,
                   const Use& use) {
  auto at = postings.begin();
  for (const View::File& file : files) {
    at = std::ranges::lower_bound(at, postings.end(), file.first_chunk, {}, &View::Posting::at);
    for (; at != postings.end() && at->at < file.first_chunk + file.chunks; ++at)
      use(at->at, at->weight);
  }
}

// BM25 of a term, or where it is a part of names, how rare it is.
void add_term(std::span<const View::Posting> postings, float weight, Feature feature,
              const std::vector<View::File>& files, Evidence& evidence) {
  const View& view = evidence.view;
  const float worth = weight * rarity(view.chunks(), postings.size());
  const bool is_text = feature == Feature::chunk_title;
  in_candidates(postings, files, [&](std::uint32_t chunk, float count) {
    const float share = is_text ? saturated(count, view.chunk_length(chunk),
                                            view.mean_chunk_length(), kChunkLength)
                                : 1;
    evidence.add_chunk(chunk, feature, worth * share);
  });
}

void add_kind(std::uint32_t number, Evidence& evidence) {
  const std::string_view kind = evidence.view.kind(number);
  const Feature feature = kind == "function" || kind == "method" ? Feature::is_function
                          : evidence.view.has_symbol(number)     ? Feature::is_class
                                                                 : Feature::is_nameless;
  evidence.raise_chunk(number, feature, 1);
  evidence.raise_chunk(number, Feature::size,
                       std::min(1.F, std::log2(1 + evidence.view.chunk_length(number)) / 12));
}

// What a promising chunk calls is near the fault too: for every function of the candidates, the words
// that the best chunk which names it shares with the ticket.
void add_called(const std::vector<View::File>& files, Evidence& evidence) {
  constexpr std::size_t kMost = 200;
  std::vector<std::pair<float, std::uint32_t>> best;
  for (const View::File& file : files) {
    for (std::uint32_t i = file.first_chunk; i < file.first_chunk + file.chunks; ++i) {
      if (evidence.chunk_words[i] > 0) best.emplace_back(-evidence.chunk_words[i], i);
    }
  }
  const std::size_t count = std::min(kMost, best.size());
  std::ranges::partial_sort(best, best.begin() + static_cast<std::ptrdiff_t>(count));
  View::Scratch scratch;
  for (std::size_t b = 0; b < count; ++b) {
    const std::uint32_t callee = best[b].second;
    const std::string_view name = simple_name(evidence.view.symbol(callee));
    // A name of one word is a word of other meanings too.
    if (!is_code_like(name)) continue;
    const auto naming = evidence.view.postings(term_of(stem(joined(name))), scratch);
    in_candidates(naming, files, [&](std::uint32_t caller, float) {
      if (caller != callee)
        evidence.raise_chunk(callee, Feature::called, evidence.chunk_words[caller]);
    });
  }
}

}  // namespace

void find_chunks(const TicketText& ticket, Evidence& evidence) {
  constexpr std::size_t kFiles = 60;
  std::vector<View::File> files;
  for (std::size_t i = 0; i < std::min(kFiles, evidence.candidates.size()); ++i)
    files.push_back(evidence.view.file(evidence.candidates[i]));
  std::ranges::sort(files, {}, &View::File::first_chunk);
  constexpr std::size_t kMostPostings = 60'000;  // of one term
  View::Scratch scratch;
  const auto add = [&](Term term, float weight, Feature feature) {
    if (evidence.view.at_most_holding(term) > kMostPostings) return;
    if (const auto postings = evidence.view.postings(term, scratch); !postings.empty())
      add_term(postings, weight, feature, files, evidence);
  };
  for (const QueryTerm& term : ticket.terms) {
    add(term.symbol, term.weight + term.title, Feature::symbol_words);
    add(term.root, term.weight + term.title, Feature::symbol_roots);
    if (term.title > 0) add(term.term, term.title, Feature::chunk_title);
  }
  for (const Term pair : ticket.pairs) add(pair, 1, Feature::phrase);
  for (const Compound& compound : ticket.compounds)
    add(term_of(stem(compound.text)), compound.weight, Feature::compound_words);
  for (const View::File& file : files) {
    for (std::uint32_t i = file.first_chunk; i < file.first_chunk + file.chunks; ++i) {
      if (evidence.chunk_words[i] <= 0 && evidence.chunks.slot_of(i) == View::kNone) continue;
      evidence.raise_chunk(i, Feature::chunk_words, evidence.chunk_words[i]);
      add_kind(i, evidence);
    }
  }
  add_called(files, evidence);
}

}  // namespace triage::retrieval
