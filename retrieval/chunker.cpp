#include "retrieval/chunker_internal.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "retrieval/chunk_spans_internal.h"
#include "retrieval/generic_chunker_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::uint64_t kParseLimitMicros = 3'000'000;
constexpr std::uint32_t kMatchLimit = 4096;
constexpr size_t kMostUses = 50'000;
constexpr size_t kLongestUse = 120;
constexpr size_t kLongestArguments = 400;

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

  std::optional<Outline> outline(std::string_view source, const Language& language);
};

namespace {

std::string_view text_of(TSNode node, std::string_view source) {
  const std::uint32_t from = ts_node_start_byte(node), to = ts_node_end_byte(node);
  return from > to || to > source.size() ? std::string_view() : source.substr(from, to - from);
}

// The first line after the header: of the body's statements, or after the brace that opens them.
std::uint32_t body_line(TSNode node, std::string_view source) {
  constexpr std::array<std::string_view, 5> kWrappers = {"value", "right", "definition", "body", "type"};
  constexpr std::string_view kBody = "body";
  TSNode body = ts_node_child_by_field_name(node, kBody.data(), kBody.size());
  for (const std::string_view wrapper : kWrappers) {
    if (!ts_node_is_null(body)) break;
    const TSNode inner = ts_node_child_by_field_name(
        node, wrapper.data(), static_cast<std::uint32_t>(wrapper.size()));
    if (!ts_node_is_null(inner))
      body = ts_node_child_by_field_name(inner, kBody.data(), kBody.size());
  }
  if (ts_node_is_null(body)) return 0;
  const std::uint32_t row = ts_node_start_point(body).row;
  return text_of(body, source).starts_with('{') ? row + 2 : row + 1;
}

// Reads the matches of a language's query.
class Reader {
 public:
  Reader(const TSQuery* query, std::string_view source, const Language& language)
      : query_(query), source_(source), language_(language) {}

  void add(const TSQueryMatch& match) {
    Parts parts;
    for (std::uint16_t i = 0; i < match.capture_count; ++i) {
      const TSQueryCapture& capture = match.captures[i];
      std::uint32_t length = 0;
      const char* text = ts_query_capture_name_for_id(query_, capture.index, &length);
      take({text, length}, capture.node, match.capture_count, parts);
    }
    if (!parts.import.empty()) return add_import(std::move(parts));
    Definition& definition = parts.definition;
    if (definition.kind.empty() || definition.from >= definition.to) return;
    if (!parts.scope.empty())
      definition.name = parts.scope + std::string(language_.separator) + definition.name;
    definitions.push_back(std::move(definition));
  }

  std::vector<Definition> definitions;
  std::vector<Use> uses;
  std::vector<Import> imports;

 private:
  struct Parts {
    Definition definition;
    std::string scope, alias, imported, by;
    std::string_view import;
    std::uint32_t line = 0;
  };

  void take(std::string_view capture, TSNode node, std::uint16_t captures, Parts& parts) {
    const std::string_view text = text_of(node, source_);
    const std::uint32_t line = ts_node_start_point(node).row + 1;
    if (capture == "call" || capture == "reference") {
      if (uses.size() < kMostUses && !text.empty() && text.size() <= kLongestUse)
        uses.push_back({std::string(text), line, capture == "call"});
    } else if (capture == "name") {
      // The node of the definition comes before that of its name.
      const bool function = parts.definition.kind == "function";
      parts.definition.name = function ? name_of(node, text) : clean_name(text);
    } else if (capture == "scope" && captures > 2) {
      parts.scope = clean_name(text);
    } else if (capture == "import") {
      parts.import = text;
      parts.line = line;
    } else if (capture == "alias") {
      parts.alias = std::string(text.substr(0, kLongestUse));
    } else if (capture == "imported") {
      parts.imported = std::string(text.substr(0, kLongestUse));
    } else if (capture == "imports") {
      parts.by = std::string(text.substr(0, kLongestUse));
    } else {
      Definition& definition = parts.definition;
      definition.kind = capture;
      definition.from = ts_node_start_byte(node);
      definition.to = ts_node_end_byte(node);
      definition.start = line;
      const TSPoint end = ts_node_end_point(node);
      // A node that ends at the first column of a line does not reach into that line.
      definition.end = std::max(definition.start, end.column == 0 ? end.row : end.row + 1);
      definition.body = body_line(node, source_);
    }
  }

  std::string name_of(TSNode node, std::string_view text) const {
    std::string name = clean_name(text);
    if ((language_.shape.features & kPreprocessor) == 0 || !is_macro_name(name)) return name;
    const std::uint32_t end = ts_node_end_byte(node);
    if (end >= source_.size() || source_[end] != '(') return name;
    const std::string_view arguments = source_.substr(end + 1, kLongestArguments);
    const std::string symbol = macro_symbol(arguments.substr(0, arguments.find(')')), language_);
    return symbol.empty() ? name : symbol;
  }

  void add_import(Parts parts) {
    if (!parts.by.empty() && !is_word_of(language_.shape.imports, parts.by)) return;
    std::string_view module = parts.import;
    if (module.starts_with("import ")) module.remove_prefix(7);
    module = module.substr(0, std::min(module.find('\n'), kLongestUse));
    if (module.size() > 1 && std::string_view("\"'<`").find(module.front()) != std::string_view::npos)
      module = module.substr(1, module.size() - 2);
    if (module.empty()) return;
    if (imports.empty() || imports.back().module != module || imports.back().line != parts.line) {
      if (imports.size() >= kMostUses) return;
      imports.push_back({std::string(module), parts.line, {}, {}});
    }
    if (!parts.imported.empty()) imports.back().names.push_back(std::move(parts.imported));
    if (!parts.alias.empty()) imports.back().alias = std::move(parts.alias);
  }

  const TSQuery* query_;
  std::string_view source_;
  const Language& language_;
};

// Macros that define functions, as SYSCALL_DEFINE3(read, …) { does, are no C for a grammar: what the
// chunker without one finds where the tree has nothing is added.
void add_missed(std::vector<Definition>& definitions, std::string_view source,
                const Language& language) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> taken;
  for (const Definition& definition : definitions) {
    if (!is_scope_kind(definition.kind)) taken.emplace_back(definition.from, definition.to);
  }
  std::ranges::sort(taken);
  for (size_t i = 1; i < taken.size(); ++i) taken[i].second = std::max(taken[i].second, taken[i - 1].second);
  const auto reader = brace_reader(source, language);
  lex(source, language.lexicon, [&](const LexedSpan& span) { reader->add(span); });
  for (Definition& definition : reader->finish()) {
    if (definition.kind != "function") continue;
    const auto after = std::ranges::lower_bound(taken, std::pair(definition.to, 0U));
    const bool overlaps = after != taken.begin() && std::prev(after)->second > definition.from;
    if (!overlaps) definitions.push_back(std::move(definition));
  }
}

// In order of lines, a name once per line; a call says more than a reference.
void tidy(std::vector<Use>& uses) {
  std::ranges::sort(uses, {}, [](const Use& use) {
    return std::tuple(use.line, std::string_view(use.name), !use.is_call);
  });
  const auto twice = std::ranges::unique(uses, [](const Use& a, const Use& b) {
    return a.line == b.line && a.name == b.name;
  });
  uses.erase(twice.begin(), twice.end());
}

}  // namespace

std::optional<Outline> Chunker::Impl::outline(std::string_view source, const Language& language) {
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
  Reader reader(tags, source, language);
  TSQueryMatch match;
  while (ts_query_cursor_next_match(cursor.get(), &match)) reader.add(match);
  if ((language.shape.features & kPreprocessor) != 0) add_missed(reader.definitions, source, language);
  Outline outline;
  outline.spans = to_spans(std::move(reader.definitions), source, language);
  outline.uses = std::move(reader.uses);
  tidy(outline.uses);
  outline.imports = std::move(reader.imports);
  std::ranges::stable_sort(outline.imports, {}, &Import::line);
  return outline;
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

namespace {

// Nobody writes that deep; a parser spends seconds recovering from it.
bool is_too_deep(std::string_view source) {
  constexpr std::int64_t kDeepest = 2000;
  std::int64_t depth = 0;
  return std::ranges::any_of(source, [&](char c) {
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
    return depth > kDeepest;
  });
}

}  // namespace

std::vector<ChunkSpan> Chunker::chunks(std::string_view source, const Language& language) {
  return outline(source, language).spans;
}

Outline Chunker::outline(std::string_view source, const Language& language) {
  if (language.grammar != nullptr && !is_too_deep(source)) {
    if (auto found = impl_->outline(source, language)) return std::move(*found);
  }
  return generic_outline(source, language);
}

}  // namespace triage::retrieval
