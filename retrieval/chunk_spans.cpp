#include "retrieval/chunk_spans_internal.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "retrieval/tokens_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::uint32_t kBlockGoal = 24;    // lines after which a block ends at the next good place
constexpr std::uint32_t kBlockLimit = 80;   // lines after which it ends anywhere
constexpr std::uint32_t kHeaderLimit = 40;  // lines of comment that belong to the definition below
constexpr std::uint32_t kFewestLines = 3;   // a shorter variable is left to the block around it
constexpr size_t kLongestName = 120;
constexpr size_t kLongestScope = 240;       // a name that lies deeper keeps its own name only

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

struct Lines {
  explicit Lines(std::string_view source) {
    for (size_t begin = 0; begin <= source.size();) {
      const size_t end = std::min(source.find('\n', begin), source.size());
      if (begin == source.size()) break;
      text.push_back(source.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  std::uint32_t count() const { return static_cast<std::uint32_t>(text.size()); }
  std::string_view at(std::uint32_t line) const { return text[line - 1]; }
  bool blank(std::uint32_t line) const {
    return at(line).find_first_not_of(" \t\r\f\v") == std::string_view::npos;
  }
  bool indented(std::uint32_t line) const {
    const std::string_view t = at(line);
    return !t.empty() && (t.front() == ' ' || t.front() == '\t' || t.front() == '}');
  }
  std::vector<std::string_view> text;
};

// Whether a line above a definition belongs to it: its comment, attribute or template header.
bool belongs_below(std::string_view line, const Language& language) {
  const size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return false;
  line.remove_prefix(first);
  static constexpr std::array<std::string_view, 7> kOpeners = {"//", "/*", "*", "@", "template",
                                                              "#[", "[["};
  if (std::ranges::any_of(kOpeners, [&](auto opener) { return line.starts_with(opener); }))
    return true;
  const std::string_view comment = language.lexicon.line_comments;
  return (comment == "#" || comment == "--") && line.starts_with(comment);
}

// Cuts lines that are in no definition into blocks.
void add_blocks(const Lines& lines, std::uint32_t start, std::uint32_t end,
                std::vector<ChunkSpan>& out) {
  std::uint32_t begin = start;
  const auto close = [&](std::uint32_t last) {
    while (begin <= last && lines.blank(begin)) ++begin;
    std::uint32_t shown = last;
    while (shown >= begin && lines.blank(shown)) --shown;
    if (shown >= begin) out.push_back({begin, shown, "", "block", 0});
    begin = last + 1;
  };
  for (std::uint32_t line = start; line <= end; ++line) {
    const std::uint32_t size = line - begin + 1;
    const bool good_place =
        lines.blank(line) && (line == end || (!lines.indented(line + 1) && !lines.blank(line + 1)));
    if (size >= kBlockLimit || (size >= kBlockGoal && good_place)) close(line);
  }
  if (begin <= end) close(end);
}

// Names the definitions and turns them into spans that are nested or disjoint by lines.
class Nesting {
 public:
  Nesting(const Language& language, const Lines& lines) : language_(language), lines_(lines) {}

  // In order of their first byte, outer before inner.
  void add(Definition definition) {
    while (!open_.empty() && open_.back().to <= definition.from) close();
    if (!open_.empty() && is_leaf_kind(open_.back().kind)) return;
    if (repeats(definition)) return;
    if (definition.kind == "variable" && definition.end - definition.start + 1 < kFewestLines) return;
    if (!open_.empty()) definition.to = std::min(definition.to, open_.back().to);
    std::string qualified = definition.name;
    if (!open_.empty() && !open_.back().qualified.empty() && !definition.name.empty() &&
        open_.back().qualified.size() < kLongestScope)
      qualified = open_.back().qualified + std::string(language_.separator) + definition.name;
    if (definition.kind == "function" && !open_.empty() && !is_scope_kind(open_.back().kind) &&
        open_.back().kind != "variable")
      definition.kind = "method";
    open_.push_back({definition.to, definition.kind, definition.name, qualified, kNone});
    if (!is_scope_kind(definition.kind)) emit(definition, std::move(qualified));
  }

  std::vector<ChunkSpan> take() { return std::move(out_); }

 private:
  static constexpr size_t kNone = SIZE_MAX;
  struct Open {
    std::uint32_t to;
    std::string_view kind;
    std::string name;
    std::string qualified;
    size_t span;  // index of what was emitted, or kNone
  };

  // A definition without its decorators or its template header, after the whole.
  bool repeats(const Definition& definition) const {
    if (open_.empty() || open_.back().span == kNone || open_.back().kind != definition.kind) return false;
    const ChunkSpan& outer = out_[open_.back().span];
    return outer.end == definition.end && open_.back().name == definition.name;
  }

  void close() {
    if (open_.back().span != kNone) taken_ = std::max(taken_, out_[open_.back().span].end);
    open_.pop_back();
    if (!parents_.empty() && parents_.back() == open_.size()) parents_.pop_back();
  }

  void emit(const Definition& definition, std::string qualified) {
    const ChunkSpan* parent = parents_.empty() ? nullptr : &out_[open_[parents_.back()].span];
    std::uint32_t start = std::max(definition.start, taken_ + 1);
    std::uint32_t end = std::min(definition.end, lines_.count());
    std::uint32_t floor = taken_;
    if (parent != nullptr) {
      end = std::min(end, parent->end);
      floor = std::max(floor, parent->start);
      start = std::max(start, parent->start);
    }
    // Two definitions on one line are one chunk: it could not be shown otherwise.
    if (start > end || (parent != nullptr && parent->start == start && parent->end == end)) return;
    const std::uint32_t first = start;
    while (start > 1 && start - 1 > floor && first - start < kHeaderLimit &&
           belongs_below(lines_.at(start - 1), language_))
      --start;
    const bool has_body = definition.body > first && definition.body <= end;
    parents_.push_back(open_.size() - 1);
    open_.back().span = out_.size();
    out_.push_back({start, end, std::move(qualified), std::string(definition.kind),
                    has_body ? definition.body : 0});
  }

  const Language& language_;
  const Lines& lines_;
  std::vector<Open> open_;
  std::vector<size_t> parents_;  // of open_, those that were emitted
  std::uint32_t taken_ = 0;      // the last line of what was emitted and has ended
  std::vector<ChunkSpan> out_;
};

// Adds blocks where no definition is.
void fill(const Lines& lines, std::vector<ChunkSpan>& spans) {
  std::vector<ChunkSpan> blocks;
  std::uint32_t covered = 0;
  for (const ChunkSpan& chunk : spans) {
    if (chunk.start > covered + 1) add_blocks(lines, covered + 1, chunk.start - 1, blocks);
    covered = std::max(covered, chunk.end);
  }
  if (covered < lines.count()) add_blocks(lines, covered + 1, lines.count(), blocks);
  if (blocks.empty()) return;
  spans.insert(spans.end(), std::make_move_iterator(blocks.begin()),
               std::make_move_iterator(blocks.end()));
  std::ranges::stable_sort(spans, {}, [](const ChunkSpan& c) {
    return std::tuple(c.start, UINT32_MAX - c.end);
  });
}

}  // namespace

bool is_scope_kind(std::string_view kind) { return kind == "module" || kind == "scope"; }
bool is_leaf_kind(std::string_view kind) {
  return kind == "function" || kind == "method" || kind == "macro" || kind == "property";
}

std::vector<ChunkSpan> to_spans(std::vector<Definition> definitions, std::string_view source,
                                const Language& language) {
  const Lines lines(source);
  std::ranges::stable_sort(definitions, {}, [](const Definition& d) {
    return std::tuple(d.from, UINT32_MAX - d.to);
  });
  Nesting nesting(language, lines);
  for (Definition& definition : definitions) nesting.add(std::move(definition));
  std::vector<ChunkSpan> spans = nesting.take();
  fill(lines, spans);
  return spans;
}

std::string clean_name(std::string_view text) {
  text = text.substr(0, text.find_first_of("\r\n"));
  std::string name;
  const size_t op = text.find("operator");
  if (op != std::string_view::npos) {
    // Of "operator()(int)" and "operator bool() const" the parameters go; the space in the latter stays.
    const size_t sign = text.find_first_not_of(' ', op + 8);
    const size_t skip = sign != std::string_view::npos && text.substr(sign).starts_with("()") ? 2 : 0;
    text = text.substr(0, sign == std::string_view::npos ? sign : text.find('(', sign + skip));
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    for (size_t i = 0; i < text.size(); ++i) {
      const bool between = i > 0 && i + 1 < text.size() && is_identifier_part(text[i - 1]) &&
                           is_identifier_part(text[i + 1]);
      if (text[i] != ' ' || between) name += text[i];
    }
  } else {
    int depth = 0;
    for (const char c : text.substr(0, text.find('('))) {
      if (c == '<') ++depth;
      if (depth == 0 && c != '"' && c != '\'' && c != ' ') name += c;
      if (c == '>' && depth > 0) --depth;
    }
  }
  name.resize(std::min(name.size(), kLongestName));
  return name;
}

bool is_macro_name(std::string_view name) {
  return name.size() > 2 && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string macro_symbol(std::string_view arguments, const Language& language) {
  std::vector<std::string_view> words;
  size_t parts = 0;
  while (!arguments.empty()) {
    const size_t end = std::min(arguments.find(','), arguments.size());
    std::string_view part = arguments.substr(0, end);
    while (!part.empty() && is_space(part.front())) part.remove_prefix(1);
    while (!part.empty() && is_space(part.back())) part.remove_suffix(1);
    ++parts;
    if (!part.empty() && part.size() <= kLongestName &&
        std::ranges::all_of(part, is_identifier_part) && words.size() < 2)
      words.push_back(part);
    arguments.remove_prefix(std::min(end + 1, arguments.size()));
  }
  if (words.empty()) return {};
  std::string symbol(words.front());
  if (parts == 2 && words.size() == 2) symbol += std::string(language.separator) + std::string(words[1]);
  return symbol;
}

}  // namespace triage::retrieval
