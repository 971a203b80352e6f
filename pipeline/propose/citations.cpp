#include "pipeline/propose/citations.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxCitations = 20;
constexpr size_t kMaxLine = 200;
constexpr std::string_view kStruck = " (not in the code)";

bool is_path_char(char c) {
  return is_word_char(c) || c == '.' || c == '/' || c == '-' || c == '+' || c == '@';
}

struct Citation {
  std::string text;  // "shop/cart.py:41-44"
  std::string path;
  std::uint32_t start = 0, end = 0;
};

// The citation around the colon at `colon`, if it is one.
std::optional<Citation> citation_at(std::string_view text, size_t colon) {
  size_t from = colon;
  while (from > 0 && is_path_char(text[from - 1])) --from;
  Citation found;
  found.path = text.substr(from, colon - from);
  const size_t dot = found.path.rfind('.');
  const bool file = dot != std::string::npos && dot + 1 < found.path.size() && dot > 0;
  if (!file || found.path.size() > 300) return std::nullopt;
  const bool address = found.path.find_first_not_of("0123456789.") == std::string::npos;
  if (address || (from >= 3 && text.substr(from - 1, 1) == ":")) return std::nullopt;

  const char* const stop = text.data() + text.size();
  const char* at = text.data() + colon + 1;
  auto read = std::from_chars(at, stop, found.start);
  if (read.ec != std::errc() || found.start == 0) return std::nullopt;
  at = read.ptr;
  found.end = found.start;
  if (at != stop && *at == '-') {
    read = std::from_chars(at + 1, stop, found.end);
    if (read.ec == std::errc()) at = read.ptr;
    found.end = std::max(found.end, found.start);
  }
  found.text = std::string(text.data() + from, at);
  return found;
}

}  // namespace

Citations check_citations(std::string_view text, const CodeAtCommit& code) {
  Citations result;
  std::set<std::string> seen;
  for (size_t colon = text.find(':');
       colon != std::string_view::npos && seen.size() < kMaxCitations;
       colon = text.find(':', colon + 1)) {
    const auto citation = citation_at(text, colon);
    if (!citation || !seen.insert(citation->text).second) continue;
    const auto content = code.read(citation->path);
    const auto lines = content ? split_lines(*content) : std::vector<std::string_view>{};
    if (citation->end > lines.size()) {
      result.missing.push_back(citation->text);
      continue;
    }
    const std::string_view line = trim(lines[citation->start - 1]);
    result.found.push_back({"code", citation->path, citation->start, citation->end, code.commit,
                            repair_utf8(truncate_utf8(line, kMaxLine))});
  }
  return result;
}

void strike(std::string& text, const std::vector<std::string>& missing) {
  for (const std::string& citation : missing) {
    for (size_t at = text.find(citation); at != std::string::npos;) {
      size_t end = at + citation.size();
      if (end < text.size() && text[end] == '`') ++end;
      text.insert(end, kStruck);
      at = text.find(citation, end + kStruck.size());
    }
  }
}

}  // namespace triage::propose
