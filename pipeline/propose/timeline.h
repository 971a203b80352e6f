// How a fault came about, as far as evidence tells: the change before it, since when the ticket
// sees it, and the way of the stack trace through the code to where it broke. No cure, nobody's
// name.
#pragma once

#include <vector>

#include "pipeline/propose/evidence.h"

namespace triage::propose {

// Earliest first; each event with the place, the commit or the ticket's words that show it.
std::vector<TimelineEvent> timeline_of(const Run& run, const std::optional<Spot>& spot,
                                       const CodeAtCommit& code);

}  // namespace triage::propose
