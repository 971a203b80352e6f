// Runs the rules over a text: one pass for all keywords, then each pattern only where its keyword
// is.
//
// Patterns are compiled once for the process, on first use; scanning is thread-safe and linear in
// the text. Text is valid UTF-8.
#pragma once

#include <string_view>
#include <vector>

#include "pipeline/redact/rules.h"

namespace triage::redact {

struct Hit {
  std::size_t start = 0, end = 0;
  const Rule* rule = nullptr;
};

enum class RuleSet { all, secrets };

// Every match of every rule, in no particular order; hits of different rules may overlap.
std::vector<Hit> scan(std::string_view text, RuleSet set);

// Why a rule can't be used, or empty: for tests and for rules that come from outside.
std::string_view unusable(const Rule& rule);

}  // namespace triage::redact
