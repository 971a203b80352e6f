// Neighbouring words of the ticket that stand side by side in comments and strings too.
#include "retrieval/signals_internal.h"

namespace triage::retrieval {

void find_phrases(const TicketText& ticket, Evidence& evidence) {
  View::Scratch scratch;
  for (const Term pair : ticket.pairs) {
    const auto postings = evidence.view.postings(pair, scratch);
    if (postings.empty()) continue;
    const float worth = rarity(evidence.view.chunks(), postings.size());
    std::uint32_t last = View::kNone;
    for (const auto& posting : postings) {
      const std::uint32_t file = evidence.view.file_of_chunk(posting.at);
      if (file != last) evidence.add_file(file, Feature::phrase, worth);
      last = file;
    }
  }
}

}  // namespace triage::retrieval
