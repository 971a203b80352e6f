// Names that the ticket writes and the code defines.
#include <cmath>

#include "retrieval/index_internal.h"
#include "retrieval/signals/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::size_t kMostDefiners = 24;  // a name defined more often points nowhere
constexpr float kOtherCase = 0.5F;

}  // namespace

void find_definitions(const TicketText& ticket, Evidence& evidence) {
  View::Scratch scratch;
  for (const NameMention& mention : ticket.names) {
    const auto definers = evidence.view.definers(mention.name, scratch);
    if (definers.empty() || definers.size() > kMostDefiners) continue;
    const float worth = mention.weight / std::sqrt(static_cast<float>(definers.size()));
    for (const auto& posting : definers) {
      const std::uint32_t file = evidence.view.file_of_chunk(posting.at);
      const std::string symbol = evidence.view.chunk(posting.at).symbol;
      const float value = simple_name(symbol) == mention.name ? worth : worth * kOtherCase;
      evidence.add_file(file, Feature::definition, value);
      evidence.add_chunk(posting.at, Feature::definition, value);
      evidence.reason(file, posting.at, 3 * static_cast<double>(value), "defines " + symbol);
    }
  }
}

}  // namespace triage::retrieval
