// The tables that rules look words up in. One row per phrase: change weights here, nowhere else.
#pragma once

#include <span>
#include <string_view>

#include "pipeline/run.h"

namespace triage::classify {

// A phrase of one to four words in lower case, as words_of() in classify.cpp cuts them.
struct PhraseRule {
  std::string_view phrase;
  TicketKind kind;
  double weight;
  bool subject_only = false;
};
std::span<const PhraseRule> phrase_rules();

// What the text as a whole shows.
enum class Feature {
  trace,
  error_code,
  code_block,
  version,
  steps,
  expected_actual,
  question_mark,
  exclamations,
  capitals,
  many_links,
  conversation,  // keep last: Facts counts by it
};
struct FeatureRule {
  Feature feature;
  TicketKind kind;
  double weight;
  std::string_view why;
};
std::span<const FeatureRule> feature_rules();

struct SeverityRule {
  std::string_view phrase;
  int weight;  // added up: 3 and more is critical, 1 and more is high, below 0 is low
};
std::span<const SeverityRule> severity_rules();

}  // namespace triage::classify
