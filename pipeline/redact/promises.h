// Takes promises out of what a customer may be told: a fix, a date, money, that something is done.
// Only people make promises.
//
// Works sentence by sentence, by words, in English and German; what the customer said is no promise
// and may be quoted. It errs on the side of leaving a sentence out. Pure.
#pragma once

#include <string>
#include <string_view>

namespace triage::redact {

struct Unpromised {
  std::string text;         // the sentences that stay
  std::size_t dropped = 0;  // how many went
};

// `ticket`: the customer's own words, redacted.
Unpromised without_promises(std::string_view note, std::string_view ticket);

// The words that make a promise of this sentence; empty: none do.
std::string promise_in(std::string_view sentence);

}  // namespace triage::redact
