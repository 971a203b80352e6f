#include "retrieval/source_outline_internal.h"

#include <algorithm>
#include <array>

#include "retrieval/token_estimate.h"
#include "retrieval/tokens_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::uint32_t kImportsEnd = 400;       // line after which no import is looked for
constexpr std::uint32_t kLongestImport = 24;     // lines of one statement
constexpr std::uint32_t kLongestHeader = 6;      // lines of a symbol's head
constexpr std::uint32_t kLongestComment = 60;    // lines above it that are passed over

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n\f\v");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n\f\v") - first + 1);
}

bool starts_comment(std::string_view line) {
  static constexpr std::array<std::string_view, 8> kMarks = {"//", "/*", "*", "#", "--",
                                                             "\"\"\"", "'''", ";"};
  return std::ranges::any_of(kMarks, [&](auto mark) { return line.starts_with(mark); });
}

// How imports begin, in any language; "=" forms are told by what follows.
bool is_import(std::string_view line) {
  static constexpr std::array<std::string_view, 14> kWords = {
      "import ", "import(", "from ",    "#include",     "#import", "use ",  "using ",
      "require ", "require(", "require_relative ", "include ", "package ", "extern crate ", "mod "};
  if (std::ranges::any_of(kWords, [&](auto word) { return line.starts_with(word); })) {
    return !line.starts_with("from ") || line.find(" import") != line.npos;
  }
  static constexpr std::array<std::string_view, 5> kBindings = {"const ", "let ", "var ", "local ",
                                                                "pub use "};
  return std::ranges::any_of(kBindings, [&](auto word) { return line.starts_with(word); }) &&
         (line.starts_with("pub") || line.find("require(") != line.npos ||
          line.find("require ") != line.npos || line.find("import(") != line.npos);
}

int open_brackets(std::string_view line) {
  return static_cast<int>(std::ranges::count_if(line, [](char c) { return c == '(' || c == '{'; })) -
         static_cast<int>(std::ranges::count_if(line, [](char c) { return c == ')' || c == '}'; }));
}

std::vector<std::string_view> names_of(std::string_view text) {
  std::vector<std::string_view> names;
  for (size_t at = 0; at < text.size();) {
    if (!is_identifier_start(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && is_identifier_part(text[end])) ++end;
    if (end - at > 1) names.push_back(text.substr(at, end - at));
    at = end;
  }
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

// Words of the statement itself, which any code may hold.
bool says_nothing(std::string_view name) {
  static constexpr std::array<std::string_view, 22> kWords = {
      "as",     "com",   "const",   "crate", "extern", "from",   "github", "go",
      "import", "include", "java",  "let",   "local",  "mod",    "org",    "package",
      "pub",    "require", "self",  "static", "use",   "using"};
  return std::ranges::binary_search(kWords, name);
}

}  // namespace

SourceOutline::SourceOutline(std::string content, const Language& language, Chunker& chunker)
    : content_(std::move(content)) {
  for (size_t at = 0; at < content_.size();) {
    starts_.push_back(at);
    at = std::min(content_.find('\n', at), content_.size() - 1) + 1;
    costs_.push_back(static_cast<std::uint32_t>(
        estimate_tokens(std::string_view(content_).substr(starts_.back(), at - starts_.back()))));
  }
  starts_.push_back(content_.size());
  spans_ = chunker.chunks(content_, language);
  std::erase_if(spans_, [&](const ChunkSpan& s) { return s.start == 0 || s.start > lines(); });
  for (ChunkSpan& span : spans_) span.end = std::clamp(span.end, span.start, lines());
  std::vector<std::uint32_t> open;
  for (std::uint32_t i = 0; i < spans_.size(); ++i) {
    while (!open.empty() && spans_[open.back()].end < spans_[i].end) open.pop_back();
    parents_.push_back(open.empty() ? kNone : open.back());
    open.push_back(i);
  }
  find_imports();
}

std::string_view SourceOutline::text(LineRange range) const {
  return std::string_view(content_).substr(starts_[range.start - 1],
                                           starts_[range.end] - starts_[range.start - 1]);
}

size_t SourceOutline::cost(LineRange range) const {
  size_t sum = 0;
  for (std::uint32_t line = range.start; line <= range.end; ++line) sum += cost(line);
  return sum;
}

size_t SourceOutline::indentation(std::uint32_t number) const {
  const size_t first = line(number).find_first_not_of(" \t");
  return first == std::string_view::npos ? 0 : first;
}

bool SourceOutline::blank(std::uint32_t number) const { return trimmed(line(number)).empty(); }

std::uint32_t SourceOutline::span_at(std::uint32_t line) const {
  std::uint32_t best = kNone;
  for (std::uint32_t i = 0; i < spans_.size() && spans_[i].start <= line; ++i) {
    if (spans_[i].end >= line) best = i;
  }
  return best;
}

std::vector<LineRange> SourceOutline::own_lines(std::uint32_t span) const {
  std::vector<LineRange> out;
  const std::uint32_t end = spans_[span].end;
  std::uint32_t next = spans_[span].start;
  for (std::uint32_t i = span + 1; i < spans_.size() && spans_[i].start <= end; ++i) {
    if (parents_[i] != span) continue;
    if (spans_[i].start > next) out.push_back({next, spans_[i].start - 1});
    next = std::max(next, spans_[i].end + 1);
  }
  if (next <= end) out.push_back({next, end});
  return out;
}

LineRange SourceOutline::header(std::uint32_t span) const {
  const ChunkSpan& chunk = spans_[span];
  const size_t dot = chunk.symbol.find_last_of(".:#");
  const std::string_view name =
      std::string_view(chunk.symbol).substr(dot == std::string::npos ? 0 : dot + 1);
  std::uint32_t first = chunk.start;
  const std::uint32_t last = std::min(chunk.end, chunk.start + kLongestComment);
  while (first <= last && (starts_comment(trimmed(line(first))) ||
                           line(first).find(name) == std::string_view::npos))
    ++first;
  if (first > last) return {chunk.start, chunk.start};
  std::uint32_t end = first;
  for (; end < std::min(chunk.end, first + kLongestHeader - 1); ++end) {
    const std::string_view text = trimmed(line(end));
    if (text.ends_with('{') || text.ends_with(':') || text.ends_with(';')) break;
    // The head of "class Cart" and "module Shop" is one line: what is below stands further in.
    if (indentation(end + 1) > indentation(first) && !text.ends_with(',') && !text.ends_with('('))
      break;
    if (trimmed(line(end + 1)).starts_with('{')) {
      ++end;
      break;
    }
  }
  return {first, end};
}

void SourceOutline::find_imports() {
  const std::uint32_t last = std::min(lines(), kImportsEnd);
  for (std::uint32_t i = 1; i <= last; ++i) {
    const std::string_view first = line(i);
    if (indentation(i) > 0 || !is_import(first)) continue;
    std::uint32_t end = i;
    for (int open = open_brackets(first); open > 0 && end < last; open += open_brackets(line(end)))
      ++end;
    const LineRange range{i, end};
    i = end;
    if (range.count() > kLongestImport) continue;
    imports_.push_back({range, names_of(text(range))});
    std::erase_if(imports_.back().names, says_nothing);
  }
}

std::vector<LineRange> SourceOutline::imports_for(LineRange range) const {
  const std::vector<std::string_view> used = names_of(text(range));
  std::vector<LineRange> out;
  for (const Import& import : imports_) {
    const bool wanted = std::ranges::any_of(import.names, [&](std::string_view name) {
      return std::ranges::binary_search(used, name);
    });
    if (wanted && import.range.end < range.start) out.push_back(import.range);
  }
  return out;
}

std::uint32_t SourceOutline::cut(LineRange range, size_t budget) const {
  size_t spent = 0;
  std::uint32_t end = range.start - 1;
  while (end < range.end && spent + cost(end + 1) <= budget) spent += cost(++end);
  if (end >= range.end || end < range.start) return end;
  // Back to the outermost statement boundary in the last two thirds; a blank line is a good one.
  std::uint32_t best = end;
  size_t least = SIZE_MAX;
  for (std::uint32_t line = end; line >= range.start + (end - range.start) / 3; --line) {
    if (line >= lines() || blank(line)) continue;
    std::uint32_t next = line + 1;
    while (next < range.end && blank(next)) ++next;
    const size_t depth = indentation(next) * 2 + (next > line + 1 ? 0 : 1);
    if (depth < least) {
      least = depth;
      best = line;
    }
    if (line == 1) break;
  }
  return best;
}

}  // namespace triage::retrieval
