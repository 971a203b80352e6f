#include "retrieval/chunker_internal.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>

namespace triage::retrieval {

namespace {

constexpr std::uint64_t kParseLimitMicros = 3'000'000;
constexpr std::uint32_t kMatchLimit = 4096;
constexpr std::uint32_t kBlockGoal = 24;   // lines after which a block ends at the next good place
constexpr std::uint32_t kBlockLimit = 80;  // lines after which it ends anywhere
constexpr std::uint32_t kHeaderLimit = 40; // lines of comment that belong to the definition below
constexpr size_t kLongestName = 120;

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* handle) const {
    kFree(handle);
  }
};
using ParserHandle = std::unique_ptr<TSParser, Free<ts_parser_delete>>;
using TreeHandle = std::unique_ptr<TSTree, Free<ts_tree_delete>>;
using QueryHandle = std::unique_ptr<TSQuery, Free<ts_query_delete>>;
using CursorHandle = std::unique_ptr<TSQueryCursor, Free<ts_query_cursor_delete>>;

struct Definition {
  std::uint32_t start = 0, end = 0;  // lines
  std::uint32_t from = 0, to = 0;    // bytes
  std::string name;
  std::string_view kind;
};

// Kinds that only lend their name to what is inside, and those inside which nothing is a chunk.
bool is_scope(std::string_view kind) { return kind == "module" || kind == "scope"; }
bool is_leaf(std::string_view kind) {
  return kind == "function" || kind == "method" || kind == "macro" || kind == "property";
}

// "operator()(T<int>& x)" and "'quoted'" to what people would call it.
std::string clean_name(std::string_view text) {
  text = text.substr(0, text.find_first_of("\r\n"));
  const bool is_operator = text.find("operator") != std::string_view::npos;
  std::string name;
  int depth = 0;
  for (const char c : text) {
    if (!is_operator && c == '<') ++depth;
    if (depth == 0 && c != '"' && c != '\'' && c != ' ') name += c;
    if (!is_operator && c == '>' && depth > 0) --depth;
    if (!is_operator && c == '(') break;
  }
  if (!is_operator) name.resize(std::min(name.size(), name.find('(')));
  name.resize(std::min(name.size(), kLongestName));
  return name;
}

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
    if (shown >= begin) out.push_back({begin, shown, "", "block"});
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

// Names and nests the definitions, which come sorted by place with the outer first.
std::vector<ChunkSpan> nest(const std::vector<Definition>& definitions, const Language& language,
                            const Lines& lines) {
  struct Open {
    const Definition* definition;
    std::string qualified;
  };
  std::vector<ChunkSpan> out;
  std::vector<Open> open;
  std::uint32_t taken = 0;  // last line that ended a chunk or holds a definition's start
  for (const Definition& definition : definitions) {
    while (!open.empty() && open.back().definition->to <= definition.from) open.pop_back();
    if (!open.empty() && is_leaf(open.back().definition->kind)) continue;
    std::string qualified = definition.name;
    if (!open.empty() && !open.back().qualified.empty() && !definition.name.empty())
      qualified = open.back().qualified + std::string(language.separator) + definition.name;
    open.push_back({&definition, qualified});
    if (is_scope(definition.kind)) continue;

    const std::uint32_t outer = open.size() > 1 ? open[open.size() - 2].definition->start : 0;
    std::uint32_t start = definition.start;
    while (start > 1 && start - 1 > std::max(taken, outer) &&
           definition.start - start < kHeaderLimit && belongs_below(lines.at(start - 1), language))
      --start;
    const std::uint32_t end = std::min(definition.end, lines.count());
    // Two definitions on one line are one chunk: it could not be shown otherwise.
    if (start > end || (!out.empty() && out.back().start == start && out.back().end == end))
      continue;
    taken = is_leaf(definition.kind) ? end : start;
    std::string_view kind = definition.kind;
    if (kind == "function" && open.size() > 1 && !is_scope(open[open.size() - 2].definition->kind))
      kind = "method";
    out.push_back({start, end, std::move(qualified), std::string(kind)});
  }
  return out;
}

}  // namespace

struct Chunker::Impl {
  ParserHandle parser{ts_parser_new()};
  CursorHandle cursor{ts_query_cursor_new()};
  std::map<std::string_view, QueryHandle> queries;  // by language; null where it does not compile
  std::string query_error;

  const TSQuery* query(const Language& language) {
    const auto known = queries.find(language.name);
    if (known != queries.end()) return known->second.get();
    const std::string_view text = query_text(language.query);
    std::uint32_t offset = 0;
    TSQueryError error = TSQueryErrorNone;
    QueryHandle made(ts_query_new(language.grammar(), text.data(),
                                  static_cast<std::uint32_t>(text.size()), &offset, &error));
    query_error = made && !text.empty()
                      ? ""
                      : "error " + std::to_string(error) + " at \"" +
                            std::string(text.substr(std::min<size_t>(offset, text.size()), 40)) +
                            "\"";
    return queries.emplace(language.name, std::move(made)).first->second.get();
  }

  std::optional<std::vector<Definition>> definitions(std::string_view source,
                                                     const Language& language);
  static std::optional<Definition> read(const TSQuery* query, const TSQueryMatch& match,
                                        std::string_view source, const Language& language);
};

std::optional<Definition> Chunker::Impl::read(const TSQuery* query, const TSQueryMatch& match,
                                              std::string_view source, const Language& language) {
  Definition definition;
  std::string scope;
  for (std::uint16_t i = 0; i < match.capture_count; ++i) {
    const TSNode node = match.captures[i].node;
    std::uint32_t length = 0;
    const char* text = ts_query_capture_name_for_id(query, match.captures[i].index, &length);
    const std::string_view capture(text, length);
    const std::uint32_t from = ts_node_start_byte(node), to = ts_node_end_byte(node);
    if (from > to || to > source.size()) return std::nullopt;
    if (capture == "name") {
      definition.name = clean_name(source.substr(from, to - from));
    } else if (capture == "scope" && match.capture_count > 2) {
      scope = clean_name(source.substr(from, to - from));
    } else {
      definition.kind = capture;
      definition.from = from;
      definition.to = to;
      definition.start = ts_node_start_point(node).row + 1;
      const TSPoint end = ts_node_end_point(node);
      // A node that ends at the first column of a line does not reach into that line.
      definition.end = std::max(definition.start, end.column == 0 ? end.row : end.row + 1);
    }
  }
  if (definition.kind.empty()) return std::nullopt;
  if (!scope.empty()) definition.name = scope + std::string(language.separator) + definition.name;
  return definition;
}

std::optional<std::vector<Definition>> Chunker::Impl::definitions(std::string_view source,
                                                                  const Language& language) {
  const TSQuery* tags = query(language);
  if (tags == nullptr || !ts_parser_set_language(parser.get(), language.grammar()))
    return std::nullopt;
  ts_parser_reset(parser.get());
  ts_parser_set_timeout_micros(parser.get(), kParseLimitMicros);
  const TreeHandle tree(ts_parser_parse_string(parser.get(), nullptr, source.data(),
                                               static_cast<std::uint32_t>(source.size())));
  if (!tree) return std::nullopt;
  ts_query_cursor_set_match_limit(cursor.get(), kMatchLimit);
  ts_query_cursor_set_timeout_micros(cursor.get(), kParseLimitMicros);
  ts_query_cursor_exec(cursor.get(), tags, ts_tree_root_node(tree.get()));
  std::vector<Definition> found;
  TSQueryMatch match;
  while (ts_query_cursor_next_match(cursor.get(), &match)) {
    if (auto definition = read(tags, match, source, language))
      found.push_back(std::move(*definition));
  }
  std::ranges::stable_sort(found, {}, [](const Definition& d) {
    return std::tuple(d.from, UINT32_MAX - d.to);
  });
  return found;
}

Chunker::Chunker() : impl_(std::make_unique<Impl>()) {}
Chunker::~Chunker() = default;
Chunker::Chunker(Chunker&&) noexcept = default;

std::string Chunker::check_query(const Language& language) {
  if (language.grammar == nullptr) return "";
  impl_->query_error.clear();
  impl_->query(language);
  return impl_->query_error;
}

std::vector<ChunkSpan> Chunker::chunks(std::string_view source, const Language& language) {
  const Lines lines(source);
  std::vector<ChunkSpan> out;
  if (language.grammar != nullptr) {
    if (auto found = impl_->definitions(source, language))
      out = nest(std::move(*found), language, lines);
  }
  std::vector<ChunkSpan> blocks;
  std::uint32_t covered = 0;
  for (const ChunkSpan& chunk : out) {
    if (chunk.start > covered + 1) add_blocks(lines, covered + 1, chunk.start - 1, blocks);
    covered = std::max(covered, chunk.end);
  }
  if (covered < lines.count()) add_blocks(lines, covered + 1, lines.count(), blocks);
  out.insert(out.end(), std::make_move_iterator(blocks.begin()),
             std::make_move_iterator(blocks.end()));
  std::ranges::stable_sort(out, {}, [](const ChunkSpan& c) {
    return std::tuple(c.start, UINT32_MAX - c.end);
  });
  return out;
}

}  // namespace triage::retrieval
