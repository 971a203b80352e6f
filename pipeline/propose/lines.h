// Small readings of text by lines, shared by the parsers of model answers and tickets.
#pragma once

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/ascii.h"

namespace triage::propose {

// Views into `text`, without line ends; "\r\n" counts as one.
inline std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

inline bool is_word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

}  // namespace triage::propose
