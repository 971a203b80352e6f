#include "pipeline/redact/known_values.h"

#include <algorithm>
#include <array>

#include "pipeline/base/digest.h"
#include "pipeline/base/http.h"
#include "pipeline/redact/fold.h"

namespace triage::redact {
namespace {

constexpr std::size_t kShortest = 3;         // characters of a value that is worth hiding
constexpr std::size_t kShortestEncoded = 6;  // shorter ones are found in any base64 by chance
constexpr std::size_t kMostEncoded = 2'000;  // values whose encoded forms are looked for
constexpr std::size_t kLongestNeedle = 200;  // the beginning of a longer value is enough to tell
constexpr std::size_t kSubscriber = 9;       // last digits of a phone number: without its prefixes
constexpr std::size_t kFewestDigits = 6;
constexpr std::size_t kPiece = 16;         // letters and digits of a credential that give it away
constexpr std::size_t kShortestPiece = 10;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string digits_of(std::string_view value) {
  std::string out;
  std::copy_if(value.begin(), value.end(), std::back_inserter(out), is_digit);
  return out;
}

bool starts_upper(std::string_view value) {
  const std::uint32_t first = code_point_at(value, 0).value;
  const std::string_view letter = value.substr(0, code_point_at(value, 0).length);
  return is_word(first) && !is_digit(value[0]) && fold_value(letter) != letter;
}

// Words that accounts and signatures are full of and that name nobody.
bool is_common(std::string_view folded) {
  static constexpr std::array<std::string_view, 26> kWords{
      "admin",   "administrator", "agent",  "anonymous", "api",   "bot",      "client",
      "company", "customer",      "error",  "github",    "help",  "helpdesk", "info",
      "none",    "null",          "office", "root",      "sales", "service",  "support",
      "system",  "team",          "test",   "unknown",   "user"};
  return std::find(kWords.begin(), kWords.end(), folded) != kWords.end();
}

bool is_separator(char c) {
  return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')';
}

struct Digits {
  std::string text;
  std::vector<std::size_t> origin;
};

Digits digits_view(std::string_view text) {
  Digits view;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) continue;
    view.text += text[i];
    view.origin.push_back(i);
  }
  return view;
}

// Whether only separators, three at most, stand between neighbouring digits.
bool joined(std::string_view text, std::size_t left, std::size_t right) {
  return right - left <= 4 &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(left + 1),
                     text.begin() + static_cast<std::ptrdiff_t>(right), is_separator);
}

// Base64 of a value inside a longer text: three alignments, without the letters that its neighbours
// take part in.
std::vector<std::string> base64_forms(std::string_view value) {
  std::vector<std::string> forms;
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const std::size_t skip = shift == 0 ? 0 : 3 - shift;
    if (value.size() < skip + 3) continue;
    const std::string_view middle = value.substr(skip, (value.size() - skip) / 3 * 3);
    std::string form = to_base64(middle);
    std::string url = form;
    std::replace(url.begin(), url.end(), '+', '-');
    std::replace(url.begin(), url.end(), '/', '_');
    if (form.size() < 8) continue;
    if (url != form) forms.push_back(std::move(url));
    forms.push_back(std::move(form));
  }
  return forms;
}

bool is_credential(std::string_view kind) {
  static constexpr std::array<std::string_view, 6> kKinds{"API_KEY",     "COOKIE", "PASSWORD",
                                                          "PRIVATE_KEY", "SECRET", "TOKEN"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Letters and digits alone, in lower case: what is left of a value however it was cut up.
std::string squeezed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_letter_or_digit(c))
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return out;
}

bool has_digit_and_letter(std::string_view text) {
  const auto digits = std::count_if(text.begin(), text.end(), is_digit);
  return digits > 0 && static_cast<std::size_t>(digits) < text.size();
}

// The parts of a value by which it is known when it was cut up. Words and numbers alone are not
// taken: they stand in other texts by chance. Every signed web token begins alike.
std::vector<std::string> pieces_of(std::string_view kind, std::string_view value) {
  std::vector<std::string> pieces;
  if (kind == "EMAIL" || kind == "IBAN") {
    std::string whole = squeezed(value);
    if (whole.size() >= kShortestPiece) pieces.push_back(std::move(whole));
  }
  if (!is_credential(kind)) return pieces;
  if (value.starts_with("eyJ")) value.remove_prefix(std::min(value.find('.'), value.size()));
  const std::string whole = squeezed(value);
  if (whole.size() < kShortestPiece) return pieces;
  const std::size_t length = std::min(whole.size(), kPiece);
  for (std::size_t at = 0; at + length <= whole.size(); ++at) {
    std::string piece = whole.substr(at, length);
    if (has_digit_and_letter(piece)) pieces.push_back(std::move(piece));
  }
  return pieces;
}

void turn_by_13(std::string& letters) {
  for (char& c : letters) {
    if (!is_digit(c)) c = static_cast<char>('a' + (c - 'a' + 13) % 26);
  }
}

}  // namespace

bool is_unmistakable(std::string_view kind, std::string_view value) {
  const std::string letters = squeezed(value);
  return (is_credential(kind) || kind == "IBAN") && letters.size() >= kShortestPiece &&
         has_digit_and_letter(letters);
}

std::string canonical(std::string_view kind, std::string_view value) {
  if (kind == "CARD") return digits_of(value);
  if (kind == "PHONE") {
    std::string digits = digits_of(value.substr(0, value.find_first_of("xe")));  // no extension
    return digits.substr(digits.size() > kSubscriber ? digits.size() - kSubscriber : 0);
  }
  if (is_credential(kind)) return std::string(value);
  return fold_value(value);
}

bool KnownValues::add(std::string_view kind, std::string_view value) {
  std::string key = canonical(kind, value);
  std::string folded = fold_value(value);
  if (key.size() < kShortest || folded.empty() || is_common(folded)) return false;
  if (kind == "PHONE" && key.size() < kFewestDigits) return false;
  const std::string slot = std::string(kind) + '\n' + key;
  if (!index_.emplace(slot, values_.size()).second) return false;
  const bool name_part = kind == "PERSON" && folded.find(' ') == std::string::npos;
  values_.push_back(
      {std::string(kind), std::move(key), std::move(folded), name_part && starts_upper(value)});
  exact_.emplace_back(value.substr(0, kLongestNeedle));
  built_ = false;
  return true;
}

void KnownValues::build() const {
  if (built_) return;
  std::vector<std::string> words, digits, encoded, pieces;
  digit_values_.clear();
  encoded_values_.clear();
  piece_values_.clear();
  piece_sizes_.clear();
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const Value& value = values_[i];
    const bool phone = value.kind == "PHONE";
    words.push_back(phone ? std::string() : value.needle);
    if (phone || value.kind == "CARD") {
      digits.push_back(value.canonical);
      digit_values_.push_back(i);
    }
    if (exact_[i].size() < kShortestEncoded || i >= kMostEncoded || value.capitalised) continue;
    for (std::string& piece : pieces_of(value.kind, exact_[i])) {
      piece_sizes_.push_back(piece.size());
      pieces.push_back(std::move(piece));
      piece_values_.push_back(i);
    }
    std::vector<std::string> forms = base64_forms(exact_[i]);
    const std::string hex = to_hex(exact_[i]);
    forms.push_back(hex);
    std::transform(hex.begin(), hex.end(), std::back_inserter(forms.emplace_back()),
                   [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
    for (std::string& form : forms) {
      encoded.push_back(std::move(form));
      encoded_values_.push_back(i);
    }
  }
  words_ = AhoCorasick(words);
  digits_ = AhoCorasick(digits);
  encoded_ = AhoCorasick(encoded);
  pieces_ = AhoCorasick(pieces);
  built_ = true;
}

std::vector<KnownHit> KnownValues::find(std::string_view text) const {
  std::vector<KnownHit> hits;
  if (values_.empty()) return hits;
  build();
  const Folded folded = fold(text);
  words_.find(folded.text, [&](std::size_t index, std::size_t end) {
    const Value& value = values_[index];
    const std::size_t begin = end - value.needle.size();
    const std::size_t start = folded.origin[begin];
    const std::size_t last = folded.origin[end - 1];
    const std::size_t stop = last + code_point_at(text, last).length;
    if (word_after(value.needle, 0) && word_before(folded.text, begin)) return;
    if (word_before(value.needle, value.needle.size()) && word_after(folded.text, end)) return;
    if (value.capitalised && !starts_upper(text.substr(start))) return;
    hits.push_back({start, stop, value.kind, value.canonical});
  });
  if (!digits_.empty()) find_digits(text, hits);
  if (!pieces_.empty()) find_pieces(text, hits);
  return hits;
}

void KnownValues::find_digits(std::string_view text, std::vector<KnownHit>& hits) const {
  const Digits view = digits_view(text);
  digits_.find(view.text, [&](std::size_t index, std::size_t end) {
    const Value& value = values_[digit_values_[index]];
    const bool phone = value.kind == "PHONE";
    std::size_t first = end - value.canonical.size();
    for (std::size_t i = first + 1; i < end; ++i) {
      if (!joined(text, view.origin[i - 1], view.origin[i])) return;
    }
    // The prefixes that people write before a number belong to it.
    while (phone && first > 0 && end - first < 15 &&
           joined(text, view.origin[first - 1], view.origin[first]))
      --first;
    std::size_t start = view.origin[first];
    const std::size_t stop = view.origin[end - 1] + 1;
    if (word_before(text, start) || word_after(text, stop)) return;
    while (start > 0 && (text[start - 1] == '+' || text[start - 1] == '(')) --start;
    hits.push_back({start, stop, value.kind, value.canonical});
  });
}

// What is glued to a piece goes with it: it may be the rest of the value.
void KnownValues::find_pieces(std::string_view text, std::vector<KnownHit>& hits) const {
  const auto glued = [&](std::size_t at) {
    return at < text.size() && (is_letter_or_digit(text[at]) || text[at] == '_' || text[at] == '-');
  };
  std::vector<std::size_t> origin;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_letter_or_digit(text[i])) origin.push_back(i);
  }
  std::size_t done = 0;  // pieces of one value overlap: the first takes the others with it
  pieces_.find(squeezed(text), [&](std::size_t index, std::size_t end) {
    const Value& value = values_[piece_values_[index]];
    std::size_t start = origin[end - piece_sizes_[index]], stop = origin[end - 1] + 1;
    while (start > 0 && glued(start - 1)) --start;
    while (glued(stop)) ++stop;
    if (start < done && stop <= done) return;
    done = stop;
    hits.push_back({start, stop, value.kind, value.canonical});
  });
}

std::optional<std::string> KnownValues::leaks(std::string_view body) const {
  if (const auto hits = find(body); !hits.empty()) return std::string(hits.front().kind);
  if (values_.empty()) return std::nullopt;
  std::optional<std::string> found;
  encoded_.find(body, [&](std::size_t index, std::size_t) {
    if (!found) found = values_[encoded_values_[index]].kind;
  });
  const auto look_for_pieces = [&](std::string_view view) {
    pieces_.find(view, [&](std::size_t index, std::size_t) {
      if (!found) found = values_[piece_values_[index]].kind;
    });
  };
  std::string view = pieces_.empty() ? std::string() : squeezed(body);
  std::reverse(view.begin(), view.end());
  look_for_pieces(view);
  std::reverse(view.begin(), view.end());
  turn_by_13(view);
  look_for_pieces(view);
  if (found || body.find('%') == std::string_view::npos) return found;
  if (const auto hits = find(percent_decode(body)); !hits.empty())
    found = std::string(hits.front().kind);
  return found;
}

}  // namespace triage::redact
