#include "pipeline/redact/promises.h"

#include <algorithm>
#include <array>
#include <vector>

#include "pipeline/redact/fold.h"

namespace triage::redact {
namespace {

// What nobody may say without a person having decided it.
constexpr auto kPhrases = std::to_array<std::string_view>({
    "guarantee", "promise", "we assure", "rest assured", "never happen again", "won't happen again",
    "will not happen again", "next release", "next version", "next update", "next deployment",
    "upcoming release", "coming release", "as soon as possible", "asap", "right away", "immediately",
    "in no time", "free of charge", "at no cost", "refund", "reimburse", "compensat", "goodwill",
    "money back", "credit your", "credited to", "credit note", "voucher", "has been fixed",
    "have been fixed", "is fixed", "is now fixed", "we fixed", "we have fixed", "we've fixed",
    "has been resolved", "is resolved", "is now resolved", "has been solved", "has been deployed",
    "has been released", "is live now", "once it is out", "once it is released", "when it is released",
    "by tomorrow", "by tonight", "by today", "by monday", "by tuesday", "by wednesday", "by thursday",
    "by friday", "by saturday", "by sunday", "by the end of", "by next", "this week", "next week",
    "next month", "end of the week", "end of the month", "end of the day", "end of day",
    "within the hour", "within the day", "within a day", "within a week", "in a few days",
    "in a few hours", "in the coming days", "definitely", "100%", "without fail",
    // German.
    "garantier", "verspr", "wird behoben", "werden wir beheben", "beheben wir", "ist behoben",
    "wurde behoben", "nächsten version", "nächste version", "nächsten release", "nächsten update",
    "erstatt", "gutschrift", "entschädig", "bis morgen", "bis montag", "bis dienstag", "bis mittwoch",
    "bis donnerstag", "bis freitag", "bis ende", "nächste woche", "nächsten woche", "diese woche",
    "innerhalb von", "in kürze", "umgehend", "schnellstmöglich", "kommt nicht wieder vor",
});

constexpr auto kModals = std::to_array<std::string_view>(
    {"will", "we'll", "it'll", "they'll", "you'll", "shall", "going", "wird", "werden"});
constexpr auto kActions = std::to_array<std::string_view>(
    {"fix", "fixed", "solve", "solved", "resolve", "resolved", "correct", "corrected", "repair",
     "repaired", "address", "addressed", "ship", "shipped", "release", "released", "deploy", "deployed",
     "deliver", "delivered", "implement", "implemented", "include", "included", "add", "added", "build",
     "built", "credit", "credited", "pay", "paid", "available", "live", "done", "ready", "gone",
     "disappear", "stop", "work", "works", "beheben", "behoben", "lösen", "gelöst", "korrigiert",
     "ausliefern", "ausgeliefert", "veröffentlicht", "umgesetzt", "funktionieren"});
constexpr auto kUnits = std::to_array<std::string_view>(
    {"minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "stunden",
     "tagen", "wochen", "business", "working"});
constexpr auto kBefore = std::to_array<std::string_view>(
    {"within", "in", "by", "before", "until", "on", "am", "bis", "ab"});
constexpr auto kMonths = std::to_array<std::string_view>(
    {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
     "november", "december", "januar", "februar", "märz", "mai", "juni", "juli", "oktober", "dezember"});

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_in(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

// Lower case, one blank, straight apostrophes.
std::string plain(std::string_view text) {
  std::string out = redact::fold_value(text);
  for (const std::string_view curly : {"\xe2\x80\x99", "\xe2\x80\x98"}) {
    for (std::size_t at = 0; (at = out.find(curly, at)) != std::string::npos;)
      out.replace(at, curly.size(), "'");
  }
  return out;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    const bool part = static_cast<unsigned char>(c) >= 0x80 || is_digit(c) || c == '\'' || c == '-' ||
                      (c >= 'a' && c <= 'z');
    if (part) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

// At the start of a word: a compromise is no promise.
bool says(const std::string& text, std::string_view phrase) {
  for (std::size_t at = text.find(phrase); at != std::string::npos; at = text.find(phrase, at + 1)) {
    if (!redact::word_before(text, at)) return true;
  }
  return false;
}

// "2026-12-01", "1.12.2026", "12/01".
bool is_date(std::string_view word) {
  const auto digits = std::ranges::count_if(word, is_digit);
  const auto signs = std::ranges::count(word, '-');
  return digits >= 6 && signs == 2;
}

// A time to come: "within 24 hours", "by 3 December", "on 2026-12-01".
std::string time_in(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_one_of(words[i], kBefore)) continue;
    for (std::size_t j = i + 1; j < words.size() && j < i + 4; ++j) {
      const bool number = is_digit(words[j][0]);
      const bool before_unit = j + 1 < words.size() && is_one_of(words[j + 1], kUnits);
      const bool near_month = (j + 1 < words.size() && is_one_of(words[j + 1], kMonths)) ||
                              (j > i + 1 && is_one_of(words[j - 1], kMonths));
      if ((number && (before_unit || near_month)) || is_date(words[j]))
        return words[i] + " " + words[j];
    }
  }
  return {};
}

std::string future_in(const std::vector<std::string>& words) {
  constexpr std::size_t kReach = 6;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_one_of(words[i], kModals)) continue;
    for (std::size_t j = i + 1; j < words.size() && j <= i + kReach; ++j) {
      if (is_one_of(words[j], kActions)) return words[i] + " … " + words[j];
    }
  }
  return {};
}

// Sentences with what separates them; a point inside a number ends nothing.
std::vector<std::string_view> sentences_of(std::string_view text) {
  std::vector<std::string_view> sentences;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool stop = is_in(text[i], ".!?");
    std::size_t end = i + 1;
    while (stop && end < text.size() && is_in(text[end], "\"')")) ++end;
    const bool blank = end >= text.size() || is_in(text[end], " \n");
    if (text[i] != '\n' && !(stop && blank)) continue;
    sentences.push_back(text.substr(start, end - start));
    start = end;
    i = end - 1;
  }
  if (start < text.size()) sentences.push_back(text.substr(start));
  return sentences;
}

// The sentence without quotations that are really the customer's.
std::string without_own_words(std::string_view sentence, const std::string& ticket) {
  std::string out;
  while (true) {
    const std::size_t open = sentence.find('"');
    const std::size_t close = open == std::string_view::npos ? open : sentence.find('"', open + 1);
    if (close == std::string_view::npos) return out + std::string(sentence);
    const std::string quotation = plain(sentence.substr(open + 1, close - open - 1));
    const bool own = !quotation.empty() && ticket.find(quotation) != std::string::npos;
    out += sentence.substr(0, own ? open : close + 1);
    sentence.remove_prefix(close + 1);
  }
}

}  // namespace

std::string promise_in(std::string_view sentence) {
  const std::string text = plain(sentence);
  const auto phrase =
      std::ranges::find_if(kPhrases, [&](std::string_view p) { return says(text, p); });
  if (phrase != kPhrases.end()) return std::string(*phrase);
  const std::vector<std::string> words = words_of(text);
  const std::string future = future_in(words);
  return future.empty() ? time_in(words) : future;
}

Unpromised without_promises(std::string_view note, std::string_view ticket) {
  const std::string own = plain(ticket);
  Unpromised out;
  for (const std::string_view sentence : sentences_of(note)) {
    if (promise_in(without_own_words(sentence, own)).empty()) {
      out.text += sentence;
    } else {
      ++out.dropped;
    }
  }
  const std::size_t first = out.text.find_first_not_of(" \n\t");
  out.text = first == std::string::npos ? "" : out.text.substr(first);
  while (!out.text.empty() && is_in(out.text.back(), " \n\t")) out.text.pop_back();
  return out;
}

}  // namespace triage::redact
