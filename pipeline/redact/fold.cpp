#include "pipeline/redact/fold.h"

#include <algorithm>
#include <array>

namespace triage::redact {
namespace {

struct Range {
  std::uint32_t first, last;
};

template <std::size_t N>
bool within(std::uint32_t value, const std::array<Range, N>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](Range r) { return value >= r.first && value <= r.last; });
}

constexpr std::array<Range, 9> kInvisible{{{0xAD, 0xAD},
                                           {0x61C, 0x61C},
                                           {0x180E, 0x180E},
                                           {0x200B, 0x200F},
                                           {0x202A, 0x202E},
                                           {0x2060, 0x206F},
                                           {0xFEFF, 0xFEFF},
                                           {0xFFF9, 0xFFFB},
                                           {0xE0000, 0xE007F}}};
constexpr std::array<Range, 4> kNotWord{
    {{0x80, 0xA9}, {0xAB, 0xB4}, {0x2000, 0x206F}, {0x3000, 0x303F}}};

bool is_blank(std::uint32_t c) {
  return c == ' ' || (c >= 9 && c <= 13) || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x202F || c == 0x3000 || c == 0x2028 || c == 0x2029;
}

std::uint32_t lower(std::uint32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;  // Latin-1
  if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177)) return c | 1U;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c + (c & 1U);
  if (c >= 0x391 && c <= 0x3A9) return c + 32;  // Greek
  if (c >= 0x410 && c <= 0x42F) return c + 32;  // Cyrillic
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

// Folding never changes the length of a sequence in the ranges that lower() knows.
void append(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else {
    out += static_cast<char>(0xC0U | (c >> 6U));
    out += static_cast<char>(0x80U | (c & 0x3FU));
  }
}

template <class OnByte>
void fold_into(std::string_view text, std::string& out, OnByte&& grown) {
  bool blank = false;
  for (std::size_t pos = 0; pos < text.size();) {
    const CodePoint point = code_point_at(text, pos);
    if (is_blank(point.value)) {
      if (!blank) out += ' ';
      blank = true;
    } else if (!is_invisible(point.value)) {
      blank = false;
      if (point.value < 0x800 && (point.value < 0x80 || point.length == 2)) {
        append(out, lower(point.value));
      } else {
        out += text.substr(pos, point.length);
      }
    }
    grown(pos);
    pos += point.length;
  }
}

}  // namespace

bool is_invisible(std::uint32_t code_point) {
  return code_point >= 0xAD && within(code_point, kInvisible);
}

CodePoint code_point_at(std::string_view text, std::size_t pos) {
  const auto byte = [&](std::size_t i) {
    return pos + i < text.size() ? static_cast<unsigned char>(text[pos + i]) : 0U;
  };
  const unsigned lead = byte(0);
  if (lead < 0xC0) return {lead, 1};
  const std::uint32_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint32_t value = lead & (0xFFU >> (length + 1));
  for (std::uint32_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {lead, 1};
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  return {value, length};
}

bool is_word(std::uint32_t c) {
  if (c < 0x80)
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  return !within(c, kNotWord) && !is_invisible(c);
}

bool word_before(std::string_view text, std::size_t pos) {
  if (pos == 0) return false;
  std::size_t start = pos - 1;
  while (start > 0 && pos - start < 4 && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80U)
    --start;
  return is_word(code_point_at(text, start).value);
}

bool word_after(std::string_view text, std::size_t pos) {
  return pos < text.size() && is_word(code_point_at(text, pos).value);
}

Folded fold(std::string_view text) {
  Folded folded;
  folded.text.reserve(text.size());
  folded.origin.reserve(text.size() + 1);
  fold_into(text, folded.text, [&](std::size_t pos) {
    folded.origin.resize(folded.text.size(), static_cast<std::uint32_t>(pos));
  });
  folded.origin.push_back(static_cast<std::uint32_t>(text.size()));
  return folded;
}

std::string fold_value(std::string_view text) {
  std::string out;
  fold_into(text, out, [](std::size_t) {});
  const std::size_t first = out.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

}  // namespace triage::redact
