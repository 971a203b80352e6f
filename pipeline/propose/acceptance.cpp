#include "pipeline/propose/acceptance.h"

#include <algorithm>
#include <array>

#include "pipeline/propose/lines.h"
#include "pipeline/propose/wording.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxCriteria = 6;

// "When I export, the file should hold all rows." → Given / When / Then, in the customer's words.
std::string criterion_from(std::string_view sentence) {
  constexpr size_t kMinClause = 10;  // "when possible" is no condition
  sentence = trim(sentence, " .!");
  const std::string words = lower_ascii(sentence);
  std::string_view when;
  std::string_view then = sentence;
  for (const std::string_view start : {"when ", "if "}) {
    const size_t comma = sentence.find(',');
    const size_t inner = words.find(" " + std::string(start));
    if (words.starts_with(start) && comma != std::string_view::npos) {
      when = trim(sentence.substr(start.size(), comma - start.size()));
      then = trim(sentence.substr(comma + 1));
    } else if (inner != std::string::npos && sentence.size() - inner > start.size() + kMinClause) {
      when = trim(sentence.substr(inner + 1 + start.size()), " ,");
      then = trim(sentence.substr(0, inner), " ,");
    }
    if (!when.empty()) break;
  }
  if (when.empty()) when = "the request is met";
  return "Given the application as it is today, when " + std::string(when) + ", then: " + "“" +
         std::string(then) + "”";
}

}  // namespace

std::vector<std::string> acceptance_of(std::string_view text) {
  static constexpr auto kWishes =
      std::to_array<std::string_view>({"should", "would like", "want", "need", "able to",
                                       "could you add", "please add", "allow", "must"});
  std::vector<std::string> out;
  for (const std::string& sentence : quotable_sentences(text)) {
    const std::string words = lower_ascii(sentence);
    const bool wish = std::ranges::any_of(
        kWishes, [&](std::string_view w) { return words.find(w) != std::string::npos; });
    if (wish && out.size() < kMaxCriteria) out.push_back(criterion_from(sentence));
  }
  if (!out.empty())
    out.emplace_back(
        "Given everything else, when nothing of this is used, then: it behaves as before");
  return out;
}

}  // namespace triage::propose
