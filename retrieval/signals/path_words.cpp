// Words of the ticket that are parts of a path: "pricing is off" and shop/pricing.py.
#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::size_t kFewFiles = 8;  // a word of more paths is no reason worth telling

}  // namespace

void find_path_words(const TicketText& ticket, Evidence& evidence) {
  View::Scratch scratch;
  for (const QueryTerm& term : ticket.terms) {
    const auto postings = evidence.view.path_postings(term.term, scratch);
    if (postings.empty()) continue;
    const float worth =
        rarity(evidence.view.files(), postings.size()) * (term.weight + term.title);
    for (const auto& [file, weight] : postings) {
      evidence.add_file(file, Feature::path_words, worth * weight);
      if (weight == 1 && postings.size() <= kFewFiles)
        evidence.reason(file, View::kNone, 0.2 * static_cast<double>(worth),
                        "path mentions " + term.text);
    }
  }
}

}  // namespace triage::retrieval
