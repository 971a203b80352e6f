// Takes a text apart into lines and each line out of its wrapping.
#include <algorithm>
#include <array>

#include "retrieval/traces/lines_internal.h"
#include "retrieval/traces/scan_internal.h"
#include "retrieval/traces/unwrap_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kLongestLine = 8000;  // of a line is read; the rest of it is ignored
constexpr size_t kMostLines = 2'000'000;

// "> " of a quoted mail, also several; the ">" that pytest puts before the failing line is taken
// too.
std::string_view without_quote_marks(std::string_view line) {
  while (line.starts_with('>')) {
    line.remove_prefix(1);
    if (line.starts_with(' ')) line.remove_prefix(1);
  }
  return line;
}

std::uint32_t columns(std::string_view line) {
  std::uint32_t indent = 0;
  for (const char c : line) {
    if (!is_space(c)) break;
    indent += c == '\t' ? 8 : 1;
  }
  return indent;
}

}  // namespace

Lines::Lines(std::string_view text) {
  for (size_t begin = 0; begin < text.size() && lines_.size() < kMostLines;) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, std::min(end - begin, kLongestLine));
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin = end + 1;
    if (auto plain = without_entities(line)) line = rewritten_.emplace_back(std::move(*plain));
    auto parts = split_wrapped(line);
    if (parts.empty()) {
      add(line);
      continue;
    }
    for (std::string& part : parts) add(rewritten_.emplace_back(std::move(part)));
  }
}

void Lines::add(std::string_view line) {
  line = without_quote_marks(line);
  line.remove_prefix(prefix_length(line));
  const std::string_view text = trim(line);
  // Of blank lines that follow one another one is enough.
  if (text.empty() && blank_) return;
  blank_ = text.empty();
  lines_.push_back({text, columns(line)});
}

}  // namespace triage::retrieval::traces
