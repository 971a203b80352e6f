#include "retrieval/signals_internal.h"

#include <array>

#include "retrieval/ranking_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::array kSignals = {
    Signal{"words", find_words},
    Signal{"fields", find_fields},
    Signal{"compounds", find_compounds},
    Signal{"phrases", find_phrases},
    Signal{"path words", find_path_words},
    Signal{"mentions", find_mentions},
    Signal{"frames", find_frames},
    Signal{"error strings", find_error_strings},
    Signal{"definitions", find_definitions},
    Signal{"similar commits", find_similar_commits},
    Signal{"past fixes", find_past_fixes},
    Signal{"tested", find_tested},
};

constexpr std::array kCloserLook = {
    Signal{"priors", find_priors},
    Signal{"chunks", find_chunks},
};

constexpr std::size_t kSettled = 600;

}  // namespace

void gather(const TicketText& ticket, Evidence& evidence, std::size_t candidates) {
  for (const Signal& signal : kSignals) signal.find(ticket, evidence);
  const Weights& weights = fitted_weights();
  evidence.settle(kSettled, ticket.has_code ? weights.file : weights.prose);
  find_best_chunks(ticket, evidence);
  evidence.candidates = best_files(ticket, evidence, candidates);
  for (const Signal& signal : kCloserLook) signal.find(ticket, evidence);
}

}  // namespace triage::retrieval
