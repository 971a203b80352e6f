// Acceptance criteria for a wish, in the customer's own words: Given / When / Then around each
// sentence that wishes. Pure, bounded; empty where nothing is wished for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace triage::propose {

std::vector<std::string> acceptance_of(std::string_view text);

}  // namespace triage::propose
