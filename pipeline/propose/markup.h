// HTML mail as the text that a person reads. Other text comes back as it is.
//
// Knows elements and the common entities, not the grammar: what is no known form stays. Placeholders
// ("<EMAIL_1>") are not elements. Linear, never fails.
#pragma once

#include <string>
#include <string_view>

namespace triage::propose {

std::string without_markup(std::string_view text);

}  // namespace triage::propose
