#include "retrieval/token_estimate.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace triage::retrieval {

namespace {

// What things cost, in twentieths of a token; fitted to the counts of real tokenizers.
constexpr size_t kUnit = 20;
constexpr size_t kWord = 22, kLongLetter = 2, kRarePair = 15, kCapital = 2;
constexpr size_t kThreeDigits = 26, kBlankBeforeDigit = 20;
constexpr size_t kSign = 16, kSameSign = 8, kNextSign = 10, kControl = 22;
constexpr size_t kBlanks = 12, kLineEnds = 24;
constexpr size_t kTwoBytes = 28, kThreeBytes = 48, kFourBytes = 80;

constexpr size_t kShortWord = 6;   // letters that a word's price covers
constexpr size_t kAcronym = 2;     // capitals that do
constexpr size_t kBlankRun = 32;   // blanks that one token can hold

// For each letter, the letters that often follow it in English words and names from code (bit 0: a).
// A pair that is not among them mostly falls into two tokens.
constexpr std::array<std::uint32_t, 26> kOftenNext = {
    0x13ebd4e, 0x1124911, 0x1a4d95, 0x144119,  0x1efb97d, 0x124931,  0x166190,
    0x1a4111,  0x2aef87f, 0x10,     0x110,     0x11c4919, 0x14d913,  0x3c4d7d,
    0x7efd6e,  0x11ec911, 0x100000, 0x11e7d5d, 0x11cc195, 0x11ec995, 0xeb957,
    0x111,     0x4191,    0x88000,  0x88000,   0x10};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }
bool is_control(char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }
unsigned letter(char c) { return static_cast<unsigned>(is_upper(c) ? c - 'A' : c - 'a'); }

template <class Is>
size_t run_end(std::string_view text, size_t at, Is is) {
  while (at < text.size() && is(text[at])) ++at;
  return at;
}

// "HTTPServer" is "HTTP" and "Server".
size_t word_end(std::string_view text, size_t at) {
  const size_t capitals = run_end(text, at, is_upper);
  if (capitals - at <= 1) return run_end(text, capitals, is_lower);
  return capitals < text.size() && is_lower(text[capitals]) ? capitals - 1 : capitals;
}

size_t word_cost(std::string_view word) {
  size_t cost = kWord;
  if (word.size() > kShortWord) cost += (word.size() - kShortWord) * kLongLetter;
  if (word.size() > kAcronym && is_upper(word[1])) cost += (word.size() - kAcronym) * kCapital;
  for (size_t i = 1; i < word.size(); ++i) {
    const bool often = ((kOftenNext[letter(word[i - 1])] >> letter(word[i])) & 1U) != 0;
    if (!often) cost += kRarePair;
  }
  return cost;
}

size_t blanks_cost(std::string_view text, size_t from, size_t to) {
  if (to - from > 1) return kBlanks * (1 + (to - from) / kBlankRun);
  // A word takes the blank before it along, a number does not.
  return to < text.size() && is_digit(text[to]) ? kBlankBeforeDigit : 0;
}

size_t sign_cost(std::string_view text, size_t at, bool after_sign) {
  if (is_control(text[at])) return kControl;
  if (!after_sign) return kSign;
  return text[at] == text[at - 1] ? kSameSign : kNextSign;
}

// Of a character that is not ASCII, by how many bytes it has.
size_t other_cost(std::string_view text, size_t from, size_t to) {
  const auto lead = static_cast<unsigned char>(text[from]);
  if (lead < 0xc0) return kTwoBytes * (to - from);  // no UTF-8
  return lead < 0xe0 ? kTwoBytes : lead < 0xf0 ? kThreeBytes : kFourBytes;
}

size_t other_end(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t longest = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  size_t end = at + 1;
  const auto continues = [&] { return (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80; };
  while (lead >= 0xc0 && end < text.size() && end - at < longest && continues()) ++end;
  return end;
}

}  // namespace

size_t estimate_tokens(std::string_view text) {
  size_t cost = 0;
  bool after_sign = false;
  for (size_t at = 0, end = 0; at < text.size(); at = end) {
    const char c = text[at];
    bool sign = false;
    if (is_upper(c) || is_lower(c)) {
      end = word_end(text, at);
      cost += word_cost(text.substr(at, end - at));
    } else if (is_digit(c)) {
      end = run_end(text, at, is_digit);
      cost += (end - at + 2) / 3 * kThreeDigits;
    } else if (is_blank(c)) {
      end = run_end(text, at, is_blank);
      cost += blanks_cost(text, at, end);
    } else if (is_line_end(c)) {
      end = run_end(text, at, is_line_end);
      cost += kLineEnds;
    } else if (static_cast<unsigned char>(c) < 0x80) {
      end = at + 1;
      cost += sign_cost(text, at, after_sign);
      sign = !is_control(c);
    } else {
      end = other_end(text, at);
      cost += other_cost(text, at, end);
    }
    after_sign = sign;
  }
  return (cost + kUnit / 2) / kUnit;
}

}  // namespace triage::retrieval
