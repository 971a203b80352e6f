#include "pipeline/publish/hosts.h"

#include <algorithm>

#include "pipeline/base/digest.h"
#include "pipeline/base/utf8.h"

namespace triage::publish {
namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_base64(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
         c == '/' || c == '-' || c == '_';
}

// The ASCII character that `digits` hex digits at `at` stand for, or 0.
char ascii_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return 0;
  unsigned value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (!is_hex(text[i])) return 0;
    const auto c = static_cast<unsigned>(text[i] | 0x20);
    value = value * 16 + (c >= 'a' ? c - 'a' + 10 : c - '0');
  }
  return value >= 0x20 && value < 0x7f ? static_cast<char>(value) : '\0';
}

// Escapes of strings, URLs and JSON, where they stand for a plain character.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    std::size_t skip = 0;
    char c = 0;
    if (text[i] == '%') {
      c = ascii_at(text, i + 1, 2), skip = 2;
    } else if (text[i] == '\\' && next == 'x') {
      c = ascii_at(text, i + 2, 2), skip = 3;
    } else if (text[i] == '\\' && next == 'u') {
      c = ascii_at(text, i + 2, 4), skip = 5;
    } else if (text[i] == '\\' && next == '/') {
      c = '/', skip = 1;
    }
    if (c != 0) {
      out += c;
      i += skip;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

// "ab" + "cd", "ab" "cd" and "ab" . 'cd' become "abcd", also over line ends.
std::string with_joined_literals(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_quote(text[i])) {
      out += text[i];
      continue;
    }
    std::size_t next = i + 1;
    next = std::min(text.find_first_not_of(" \t\r\n+.&\\|", next), text.size());
    const bool joins = next > i + 1;
    const std::size_t prefix = next;
    while (next < text.size() && next < prefix + 2 &&
           std::string_view("fFrRbBuUL").find(text[next]) != std::string_view::npos)
      ++next;
    if (joins && next < text.size() && is_quote(text[next])) {
      i = next;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_readable(std::string_view text) {
  return is_valid_utf8(text) && std::ranges::all_of(text, [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t' || c == '\r';
         });
}

// Runs of base64 and hex digits that decode to text.
std::string decoded(std::string_view text) {
  constexpr std::size_t kShortest = 12, kLongest = 1U << 16U;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_base64(text[end])) ++end;
    const std::string_view run = text.substr(i, std::min(end - i, kLongest));
    if (run.size() >= kShortest) {
      if (const auto bytes = from_hex(run); bytes && is_readable(*bytes)) out += *bytes + "\n";
      std::string padded(run);
      padded.append((4 - padded.size() % 4) % 4, '=');
      if (const auto bytes = from_base64(padded); bytes && is_readable(*bytes))
        out += "\"" + *bytes + "\"\n";
    }
    i = std::max(end, i + 1);
  }
  return out;
}

}  // namespace

std::vector<std::string> readings(std::string_view text) {
  std::vector<std::string> all{std::string(text)};
  const auto add = [&](std::string reading) {
    if (!reading.empty() && std::ranges::find(all, reading) == all.end())
      all.push_back(std::move(reading));
  };
  add(unescaped(text));
  add(with_joined_literals(all.back()));
  add(decoded(all.back()));
  return all;
}

}  // namespace triage::publish
