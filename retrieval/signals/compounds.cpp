// Neighbouring words that code writes as one: "query string" in a ticket, query_string or QueryString
// in code. What people say without underscores is often a name.
#include <cmath>

#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::size_t kMostDefiners = 24;

void add_words(const Compound& compound, View::Scratch& scratch, Evidence& evidence) {
  const View& view = evidence.view;
  const auto postings = view.postings(term_of(stem(compound.text)), scratch);
  if (postings.empty()) return;
  const float worth = compound.weight * rarity(view.chunks(), postings.size());
  std::uint32_t last = View::kNone;
  for (const auto& posting : postings) {
    const std::uint32_t file = view.file_of_chunk(posting.at);
    if (file != last) evidence.add_file(file, Feature::compound_words, worth);
    last = file;
  }
}

void add_names(const Compound& compound, View::Scratch& scratch, Evidence& evidence) {
  const auto definers = evidence.view.definers(compound.text, scratch);
  if (definers.empty() || definers.size() > kMostDefiners) return;
  const float worth = compound.weight / std::sqrt(static_cast<float>(definers.size()));
  for (const auto& posting : definers) {
    const std::uint32_t file = evidence.view.file_of_chunk(posting.at);
    evidence.raise_file(file, Feature::spoken_name, worth);
    evidence.raise_chunk(posting.at, Feature::spoken_name, worth);
    evidence.reason(file, posting.at, static_cast<double>(worth),
                    "spells " + evidence.view.chunk(posting.at).symbol);
  }
}

// A single word that is some definition's whole name; the rarer in the code, the more it says.
void add_word(const QueryTerm& term, std::size_t holding, View::Scratch& scratch,
              Evidence& evidence) {
  constexpr std::size_t kShortest = 4;
  if (term.text.size() < kShortest) return;
  const auto definers = evidence.view.definers(term.text, scratch);
  if (definers.empty() || definers.size() > kMostDefiners) return;
  const float worth = (term.weight + term.title) * rarity(evidence.view.chunks(), holding) /
                      std::sqrt(static_cast<float>(definers.size()));
  for (const auto& posting : definers) {
    evidence.add_file(evidence.view.file_of_chunk(posting.at), Feature::word_name, worth);
    evidence.add_chunk(posting.at, Feature::word_name, worth);
  }
}

}  // namespace

void find_compounds(const TicketText& ticket, Evidence& evidence) {
  View::Scratch scratch;
  for (std::size_t i = 0; i < ticket.terms.size(); ++i) {
    const QueryTerm& term = ticket.terms[i];
    const std::size_t known = i < evidence.holding.size() ? evidence.holding[i] : 0;
    add_word(term, known > 0 ? known : evidence.view.at_most_holding(term.term), scratch, evidence);
  }
  for (const Compound& compound : ticket.compounds) {
    add_words(compound, scratch, evidence);
    add_names(compound, scratch, evidence);
  }
}

}  // namespace triage::retrieval
