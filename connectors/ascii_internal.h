// Comparison of names as protocols compare them: ASCII letters without case, other bytes as they are.
#pragma once

#include <algorithm>
#include <string_view>

namespace triage::connectors::ascii {

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

inline bool contains(std::string_view text, std::string_view part) {
  const auto found = std::search(text.begin(), text.end(), part.begin(), part.end(),
                                 [](char a, char b) { return lower(a) == lower(b); });
  return part.empty() || found != text.end();
}

inline bool starts_with(std::string_view text, std::string_view part) {
  return same(text.substr(0, part.size()), part);
}

}  // namespace triage::connectors::ascii
