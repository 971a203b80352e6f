// Small readings of text that look at ASCII only; bytes of other characters stay as they are.
#pragma once

#include <string>
#include <string_view>

namespace triage {

// Without the characters of `what` at both ends: a view into `text`.
inline std::string_view trim(std::string_view text, std::string_view what = " \t\r\n") {
  const size_t start = text.find_first_not_of(what);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(what) - start + 1);
}

constexpr char lower_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower_ascii(c);
  return out;
}

}  // namespace triage
