#include "pipeline/propose/reasons.h"

#include <algorithm>
#include <array>
#include <optional>

#include "pipeline/propose/lines.h"
#include "pipeline/propose/wording.h"

namespace triage::propose {
namespace {

constexpr size_t kMost = 3;        // clauses
constexpr size_t kMostWords = 4;   // of the words that ticket and place share
constexpr size_t kHintWords = 2, kEnoughWords = 3;

// A phrase of search and how it reads for people: before, what search names, after. Strongest first.
struct Form {
  std::string_view phrase;
  std::string_view before, after;
  Weight weight;
};
constexpr std::array kForms{
    Form{"frame ", "the stack trace ", "", Weight::evidence},
    Form{"error string ", "the message ", " is written here", Weight::evidence},
    Form{"named in the ticket: ", "the ticket names `", "`", Weight::evidence},
    Form{"module ", "the ticket names the module `", "`", Weight::evidence},
    Form{"defines ", "it defines `", "`, which the ticket names", Weight::evidence},
    Form{"words ", "it shares ", " with the ticket", Weight::words},
    Form{"path mentions ", "its path says “", "”", Weight::chance},
    Form{"changed in similar commit ", "a similar earlier change (", ") touched it",
         Weight::chance},
    Form{"spells ", "it defines `", "`, which the ticket puts in words", Weight::chance},
    Form{"changed by the fix of a similar ticket", "the fix of a similar ticket touched it", "",
         Weight::chance},
    Form{"tested by ", "a test with words of the ticket (`", "`) is named after it", Weight::chance},
};
constexpr size_t kWords = 5;
constexpr size_t kPath = 6;
static_assert(kForms[kWords].phrase == "words " && kForms[kPath].phrase == "path mentions ");

std::optional<size_t> form_of(std::string_view phrase) {
  const auto form = std::ranges::find_if(
      kForms, [&](const Form& f) { return phrase.starts_with(f.phrase); });
  if (form == kForms.end()) return std::nullopt;
  return static_cast<size_t>(form - kForms.begin());
}

// The words of all "words a, b" phrases that say something, each once; "save" adds nothing to
// "SAVE10".
std::vector<std::string> shared_words(const std::vector<std::string>& why) {
  std::vector<std::string> words;
  for (const std::string& phrase : why) {
    if (form_of(phrase) != kWords) continue;
    for (std::string_view rest = std::string_view(phrase).substr(kForms[kWords].phrase.size());
         !rest.empty();) {
      const size_t comma = std::min(rest.find(", "), rest.size());
      const std::string word = lower_ascii(rest.substr(0, comma));
      const bool known = std::ranges::any_of(words, [&](const std::string& other) {
        return lower_ascii(other).find(word) != std::string::npos;
      });
      if (!known && !says_little(word)) words.emplace_back(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 2, rest.size()));
    }
  }
  return words;
}

std::string words_clause(const std::vector<std::string>& words) {
  std::string text = words.size() > 1 ? "the words " : "the word ";
  const size_t count = std::min(words.size(), kMostWords);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += i + 1 == count ? " and " : ", ";
    text += "“" + words[i] + "”";
  }
  return text;
}

std::string frame_clause(std::string_view place, const retrieval::Frame* end) {
  const std::string line(place.substr(std::min(place.rfind(':'), place.size() - 1) + 1));
  const bool ends = end != nullptr && place == end->path + ":" + std::to_string(end->line);
  return (ends ? "ends here, in line " : "passes through line ") + line;
}

std::string clause(size_t form, std::string_view named, const std::vector<std::string>& words,
                   const retrieval::Frame* end) {
  const Form& f = kForms[form];
  std::string inner(named);
  if (form == kWords) inner = words_clause(words);
  if (f.phrase == "frame ") inner = frame_clause(named, end);
  if (f.phrase == "error string ") inner = "“" + std::string(trim(named, "\"")) + "”";
  return std::string(f.before) + inner + std::string(f.after);
}

}  // namespace

Weight weight_of(const std::vector<std::string>& why) {
  for (const std::string& phrase : why) {
    const auto form = form_of(phrase);
    if (form && kForms[*form].weight == Weight::evidence) return Weight::evidence;
  }
  const size_t words = shared_words(why).size();
  // The name of the folder or file is as good as a word in it.
  const bool path = std::ranges::any_of(why, [](const auto& w) { return form_of(w) == kPath; });
  if (words >= kEnoughWords) return Weight::words;
  return words + (path ? 1 : 0) >= kHintWords ? Weight::hint : Weight::chance;
}

std::vector<std::string> plain_reasons(const std::vector<std::string>& why,
                                       const retrieval::Frame* end) {
  const std::vector<std::string> words = shared_words(why);
  std::vector<std::string> out;
  for (size_t form = 0; form < kForms.size(); ++form) {
    if (form == kWords && words.empty()) continue;
    const auto phrase = std::ranges::find_if(why, [&](const auto& w) { return form_of(w) == form; });
    if (phrase == why.end()) continue;
    // A trace mentions paths and names of itself: they add nothing to it.
    const bool traced = !out.empty() && evidence_kind(out.front()) == "frame";
    if (traced && (kForms[form].weight == Weight::evidence || form == kWords)) continue;
    out.push_back(clause(form, std::string_view(*phrase).substr(kForms[form].phrase.size()), words,
                         end));
  }
  if (out.size() > kMost) out.resize(kMost);
  return out;
}

std::string_view evidence_kind(std::string_view clause) {
  for (const std::string_view kind : {"frame", "error string"}) {
    const auto form = std::ranges::find_if(
        kForms, [&](const Form& f) { return f.phrase.starts_with(kind); });
    if (clause.starts_with(form->before)) return kind;
  }
  return "symbol";
}

std::string_view matched_message(const std::vector<std::string>& why) {
  for (const std::string_view phrase : why) {
    if (phrase.starts_with("error string ")) return trim(phrase.substr(13), "\"");
  }
  return {};
}

}  // namespace triage::propose
