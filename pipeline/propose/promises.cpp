#include "pipeline/propose/promises.h"

#include <algorithm>
#include <array>

#include "pipeline/propose/citations.h"
#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

// Whatever stands around them.
constexpr auto kAlways = std::to_array<std::string_view>(
    {"guarantee",        "we promise",     "i promise",     "compensat",      "refund you",
     "free of charge",   "happen again",   "rest assured",  "has been fixed", "have fixed",
     "we fixed",         "is fixed",       "was fixed",     "now fixed",      "been resolved",
     "is resolved",      "we resolved",    "have resolved", "been corrected", "have corrected",
     "been deployed",    "been released",  "been refunded", "have refunded",  "fix is ready",
     "fix is available", "garantier",      "versprechen",   "ist behoben",    "wurde behoben",
     "haben behoben",    "erstatten ihnen"});

// Who is said to do something, before the verb.
constexpr auto kWill = std::to_array<std::string_view>(
    {"we will ",      "we'll ",          "we shall ",        "we are going to ", "we're going to ",
     "team will ",    "engineers will ", "developers will ", "colleagues will ", "i will ",
     "i'll ",         "it will ",        "this will ",       "that will ",       "fix will ",
     "problem will ", "issue will ",     "you will ",        "you'll ",          "wir werden ",
     "ich werde ",    "wird ",           "nous allons ",     "vamos a "});
constexpr auto kBetween = std::to_array<std::string_view>(
    {"then ", "also ", "now ", "gladly ", "first ", "of course ", "certainly ", "be able to "});
// What a colleague may say that they will do: nothing that changes the product or costs money.
constexpr auto kMild = std::to_array<std::string_view>(
    {"look",       "check",       "confirm", "let ",   "review",      "pass",     "get back",
     "come back",  "keep",        "read",    "try",    "investigate", "see ",     "consider",
     "discuss",    "forward",     "reply",   "answer", "write",       "tell",     "ask",
     "update you", "be in touch", "need",    "find",   "regarder",    "examiner", "revisar"});
constexpr auto kMildGerman =
    std::to_array<std::string_view>({"prüf", "ansehen", "anschauen", "meld"});

// A time by which something is to be done.
constexpr auto kBy =
    std::to_array<std::string_view>({"tomorrow",     "by monday",     "by tuesday",
                                     "by wednesday", "by thursday",   "by friday",
                                     "by the end",   "within ",       "next week",
                                     "next month",   "next release",  "next version",
                                     "next update",  "today",         "this week",
                                     "shortly",      "very soon",     " soon",
                                     "immediately",  "right away",    "as soon as possible",
                                     "hours",        "bis morgen",    "bis montag",
                                     "bis freitag",  "nächste woche", "in kürze",
                                     "umgehend"});

bool holds_any(std::string_view text, const auto& phrases) {
  return std::ranges::any_of(
      phrases, [&](std::string_view p) { return text.find(p) != std::string_view::npos; });
}

// What follows "will" in the sentence is mild.
bool is_mild(std::string_view rest) {
  for (const std::string_view word : kBetween) {
    if (rest.starts_with(word)) rest.remove_prefix(word.size());
  }
  return holds_any(rest, kMildGerman) ||
         std::ranges::any_of(kMild, [&](std::string_view verb) { return rest.starts_with(verb); });
}

}  // namespace

bool promises(std::string_view sentence) {
  const std::string words = folded(sentence);
  if (holds_any(words, kAlways)) return true;
  bool will = false;
  for (const std::string_view who : kWill) {
    for (size_t at = words.find(who); at != std::string::npos; at = words.find(who, at + 1)) {
      if (at > 0 && is_word_char(words[at - 1])) continue;
      will = true;
      if (!is_mild(std::string_view(words).substr(at + who.size()))) return true;
    }
  }
  return will && holds_any(words, kBy);
}

std::string without_promises(std::string_view text, std::uint32_t& dropped) {
  std::string kept;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool mark = text[i] == '.' || text[i] == '!' || text[i] == '?' || text[i] == '\n';
    const bool ends = i + 1 == text.size() || text[i] == '\n' ||
                      (mark && (text[i + 1] == ' ' || text[i + 1] == '\n'));
    if (!ends) continue;
    const std::string_view sentence = text.substr(start, i + 1 - start);
    start = i + 1;
    if (promises(sentence)) {
      ++dropped;
    } else {
      kept += sentence;
    }
  }
  return std::string(trim(kept));
}

}  // namespace triage::propose
