#include "retrieval/chunker_internal.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "retrieval/chunk_spans_internal.h"
#include "retrieval/generic_chunker_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::uint64_t kParseLimitMicros = 3'000'000;
constexpr std::uint32_t kMatchLimit = 4096;

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
  return outline(source, language).spans;
}

Outline Chunker::outline(std::string_view source, const Language& language) {
  if (language.grammar != nullptr) {
    if (auto found = impl_->definitions(source, language)) {
      Outline outline;
      outline.spans = to_spans(std::move(*found), source, language);
      return outline;
    }
  }
  return generic_outline(source, language);
}

}  // namespace triage::retrieval
