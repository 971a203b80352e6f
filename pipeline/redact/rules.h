// The rules of redaction: one row each, data only.
//
// A row says what a private value looks like, which words must be near for the pattern to be worth
// running, what has to hold besides the pattern, and shows examples: every text in `matches` must
// be hit by this row's rule, no text in `spares` may be. A test walks all rows. Patterns are RE2
// (linear time); where a pattern has a group, the group is the value, else all of the match is.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "pipeline/redact/validators.h"

namespace triage::redact {

enum class RuleClass {
  secret,    // a credential by its own format: wins over everything it overlaps
  personal,  // names a person or a machine
  assigned,  // a credential by the name in front of it: gives way to the two above
};

struct Rule {
  std::string_view id;
  std::string_view kind;  // the placeholder's name: "EMAIL", "API_KEY" …
  RuleClass rule_class;
  std::string_view pattern;
  std::vector<std::string_view> keywords;  // lower case; one must be on the line; empty: always run
  Validator validator;                     // may be null
  double min_entropy;                      // bits per byte of the value; 0: not asked
  std::vector<std::string_view> matches;
  std::vector<std::string_view> spares;
  std::size_t reach =
      0;  // bytes after the keyword in which a match ends; 0: this line and the next
};

std::span<const Rule> secret_rules();
std::span<const Rule> personal_rules();

}  // namespace triage::redact
