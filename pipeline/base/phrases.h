// Pieces of English sentences that several rooms write.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace triage {

// "1 test", "2 tests".
inline std::string counted(size_t n, std::string_view singular, std::string_view plural) {
  return std::to_string(n) + " " + std::string(n == 1 ? singular : plural);
}

// "a", "a and b", "a, b and c".
inline std::string listed(const std::vector<std::string>& items) {
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

}  // namespace triage
