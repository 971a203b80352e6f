// From evidence to a ranked answer: features are scaled, weighted by weights.inc and added up; every
// place says why it ranks, and the answer says how far its first place can be trusted.
#pragma once

#include "retrieval/evidence_internal.h"
#include "retrieval/index.h"

namespace triage::retrieval {

// The best k files and chunks. Ties are broken by path order.
SearchAnswer rank(const TicketText& ticket, Evidence& evidence, std::size_t k);

}  // namespace triage::retrieval
