#include "pipeline/propose/workflow.h"

#include <algorithm>
#include <array>

#include "pipeline/propose/citations.h"
#include "pipeline/propose/mermaid.h"
#include "pipeline/propose/wording.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxToday = 8, kMaxWished = 6;
constexpr size_t kFewest = 2;

constexpr auto kWish = std::to_array<std::string_view>(
    {"should",    "would like", "we want", "i want",     "would be better", "would help",
     "could you", "can you",    "please ", "instead we", "it would be",     "we need",
     "i need",    "we wish",    "prefer",  "sollte",     "möchte",          "wünsch",
     "wäre",      "bitte ",     "brauchen"});
constexpr auto kBlame = std::to_array<std::string_view>(
    {"stupid",     "idiot",       "incompeten",   "lazy",      "useless",  "liar",    "lying",
     "your fault", "their fault", "his fault",    "her fault", "to blame", "blame",   "scam",
     "fraud",      "a joke",      "ridiculous",   "terrible",  "horrible", "worst",   "pathetic",
     "disgrace",   "shame",       "unacceptable", "lawyer",    "sue you",  "unfähig", "schuld",
     "frechheit",  "unverschämt", "anwalt"});

bool holds_any(std::string_view text, const auto& phrases) {
  return std::ranges::any_of(
      phrases, [&](std::string_view p) { return text.find(p) != std::string_view::npos; });
}

}  // namespace

bool write_workflow(Draft& draft, std::string_view text) {
  Lane today{"Today, as the ticket tells it", {}};
  Lane wished{"Wished for instead", {}};
  for (const std::string& sentence : quotable_sentences(text)) {
    const std::string words = folded(sentence);
    if (holds_any(words, kBlame) || sentence.ends_with(':')) continue;
    const bool wish = holds_any(words, kWish);
    if (!wish && sentence.ends_with('?')) continue;
    Lane& lane = wish ? wished : today;
    if (lane.steps.size() < (wish ? kMaxWished : kMaxToday)) lane.steps.push_back(sentence);
  }
  if (today.steps.size() + wished.steps.size() < kFewest || today.steps.empty()) return false;
  for (const std::string& step : today.steps) draft.steps.push_back("Today: “" + step + "”");
  for (const std::string& step : wished.steps) draft.steps.push_back("Wished for: “" + step + "”");
  draft.mermaid = flowchart_of({today, wished});
  return true;
}

}  // namespace triage::propose
