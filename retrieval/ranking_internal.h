// From evidence to a ranked answer: features are scaled, weighted by weights.inc and added up; every
// place says why it ranks, and the answer says how far its first place can be trusted.
//
// What a test or a document shows counts for less than the same in a source (role_weight). Pure.
#pragma once

#include <array>
#include <string_view>

#include "retrieval/evidence_internal.h"
#include "retrieval/index.h"

namespace triage::retrieval {

// How a feature is scaled before it is weighed: by the strongest of this search, or not at all where
// it is a share of 1 already, which must not be blown up to a certainty.
enum class Scale : std::uint8_t { best, share };

struct Weights {
  std::array<double, kFeatures> file{}, prose{}, chunk{};  // prose: for files, no code in the ticket
};

// The columns of weights.inc.
const Weights& fitted_weights();
std::string_view feature_name(Feature feature);
Scale feature_scale(Feature feature);

// The k files with the best scores so far, best first.
std::vector<std::uint32_t> best_files(const TicketText& ticket, const Evidence& evidence,
                                      std::size_t k, const Weights& weights = fitted_weights());

// The best k files and chunks among the candidates. Ties are broken by path order.
SearchAnswer rank(const TicketText& ticket, const Evidence& evidence, std::size_t k,
                  const Weights& weights = fitted_weights());

}  // namespace triage::retrieval
