#include "pipeline/verify/reported.h"

#include <algorithm>
#include <array>

#include "pipeline/base/utf8.h"

namespace triage::verify {
namespace {

// Shorter names and messages are found by chance.
constexpr size_t kShortestName = 4;
constexpr size_t kShortestMessage = 12;
constexpr size_t kLongestHint = 120, kMostHints = 40;

// The last part: of "shop.errors.PriceError", of "std::out_of_range", of "/srv/app/shop/cart.py".
std::string last_part(std::string_view text, std::string_view separators) {
  const size_t at = text.find_last_of(separators);
  return std::string(at == std::string_view::npos ? text : text.substr(at + 1));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// How often the text has the word, not as a part of a longer word or number.
size_t count(std::string_view text, std::string_view word) {
  size_t found = 0;
  for (size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + word.size())) {
    const size_t end = at + word.size();
    const bool starts = at == 0 || !is_word(word.front()) || !is_word(text[at - 1]);
    const bool ends = end == text.size() || !is_word(word.back()) || !is_word(text[end]);
    found += starts && ends;
  }
  return found;
}

// A failure's name in the middle of a sentence: "KeyError", "shop.errors.NoSuchCountryException".
bool names_exception(std::string_view word) {
  static constexpr std::array<std::string_view, 4> kEnds{"Error", "Exception", "Failure",
                                                         "Warning"};
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) {
    return word.size() >= end.size() + 2 && word.ends_with(end) && word[0] >= 'A' && word[0] <= 'Z';
  });
}

struct Quotes {
  std::string_view open, close;
};
constexpr std::array<Quotes, 7> kQuotes{
    {{"\"", "\""}, {"`", "`"}, {"'", "'"}, {"“", "”"}, {"‘", "’"}, {"«", "»"}, {"„", "“"}}};

// The quoted text that starts at `text`, with its quotation marks in `size`; empty: none. An
// apostrophe is none: a single quote opens after a blank only and closes before what is no letter.
std::string_view quoted(std::string_view text, bool after_blank, size_t& size) {
  text = text.substr(0, kLongestHint + 16);
  for (const Quotes& quotes : kQuotes) {
    if (!text.starts_with(quotes.open)) continue;
    const size_t line = std::min(text.find('\n'), text.size());
    const size_t end = text.substr(0, line).find(quotes.close, quotes.open.size());
    if (end == std::string_view::npos || end - quotes.open.size() > kLongestHint) continue;
    const size_t after = end + quotes.close.size();
    if (quotes.open == "'" && (!after_blank || (after < text.size() && is_word(text[after]))))
      continue;
    size = after;
    return text.substr(quotes.open.size(), end - quotes.open.size());
  }
  return {};
}

// A figure that is worth looking for: three digits or more, or a fraction; no part of a date, an
// address or a version.
bool is_figure(std::string_view word) {
  const auto digits = std::count_if(word.begin(), word.end(), is_digit);
  const auto points =
      std::count_if(word.begin(), word.end(), [](char c) { return c == '.' || c == ','; });
  return digits + points == static_cast<std::ptrdiff_t>(word.size()) && digits >= 2 &&
         (points == 0 ? digits >= 3
                      : points == 1 && is_digit(word.front()) && is_digit(word.back()));
}

}  // namespace

ReportedFault::ReportedFault(const std::vector<retrieval::Trace>& traces, std::string_view text)
    : places_(places_of(traces)) {
  for (const retrieval::Trace& trace : traces) add(trace);
  if (empty()) read_sentences(text);
}

// Names of exceptions decide; quotes and figures are hints.
void ReportedFault::read_sentences(std::string_view text) {
  const auto hint = [&](std::string_view found) {
    const bool redacted = found.find('<') != found.npos && found.find('>') != found.npos;
    if (found.size() < 2 || redacted || hints_.size() >= kMostHints) return;
    if (std::find(hints_.begin(), hints_.end(), found) == hints_.end()) hints_.emplace_back(found);
  };
  for (size_t at = 0; at < text.size();) {
    const bool after_blank =
        at == 0 || std::string_view(" \t\n(:=,").find(text[at - 1]) != std::string_view::npos;
    size_t size = 0;
    if (const std::string_view inside = quoted(text.substr(at), after_blank, size); size > 0) {
      if (const std::string last = last_part(inside, ".:"); names_exception(last)) {
        words_.push_back(last);
      } else {
        hint(inside);
      }
      at += size;
      continue;
    }
    if (!is_word(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && (is_word(text[end]) || std::string_view(".,:-/").find(text[end]) !=
                                                           std::string_view::npos))
      ++end;
    std::string_view word = text.substr(at, end - at);
    while (!word.empty() && !is_word(word.back())) word.remove_suffix(1);
    if (const std::string last = last_part(word, ".:"); names_exception(last)) {
      words_.push_back(last);
    } else if (is_figure(word)) {
      hint(word);
    }
    at = end;
  }
  if (!words_.empty()) {
    name_ = words_.front();
    hints_.clear();
  }
}

void ReportedFault::add(const retrieval::Trace& trace) {
  if (std::string name = last_part(trace.exception, ".:"); name.size() >= kShortestName) {
    if (name_.empty()) name_ = name;
    words_.push_back(std::move(name));
  }
  if (trace.message.size() >= kShortestMessage) words_.push_back(trace.message);
  for (const retrieval::Trace& cause : trace.cause) add(cause);
}

std::set<ReportedFault::Place> ReportedFault::places_of(
    const std::vector<retrieval::Trace>& traces) {
  std::set<Place> places;
  for (const retrieval::Trace& trace : traces) {
    for (const retrieval::Frame& frame : trace.frames) {
      if (frame.in_app && !frame.path.empty() && !frame.function.empty())
        places.emplace(last_part(frame.path, "/\\"), last_part(frame.function, ".:"));
    }
    places.merge(places_of(trace.cause));
  }
  return places;
}

bool ReportedFault::is_shown_by(std::string_view log, std::string_view before) const {
  return !sign_in(log, before).empty();
}

// The first sign that decides and that the log has more often than the one before it.
std::string ReportedFault::sign_in(std::string_view log, std::string_view before) const {
  for (const std::string& word : words_) {
    if (count(log, word) > count(before, word)) return word;
  }
  if (places_.empty()) return {};
  const std::set<Place> known = places_of(retrieval::parse_traces(before));
  const std::set<Place> seen = places_of(retrieval::parse_traces(log));
  for (const Place& place : places_) {
    if (seen.contains(place) && !known.contains(place)) return place.second + " in " + place.first;
  }
  return {};
}

std::string ReportedFault::reason(std::string_view log, std::string_view before) const {
  const auto shown = [](std::string_view text) {
    return repair_utf8(truncate_utf8(text, kLongestHint));
  };
  if (const std::string sign = sign_in(log, before); !sign.empty())
    return "the ticket reports " + shown(sign);
  for (const std::string& hint : hints_) {
    if (count(log, hint) > count(before, hint)) return "the ticket mentions " + shown(hint);
  }
  if (!hints_.empty()) return "nothing in it is quoted in the ticket";
  return "the ticket has no trace, error name or quoted text to compare with";
}

}  // namespace triage::verify
