#include "retrieval/generic_chunker_internal.h"

#include <algorithm>

namespace triage::retrieval {

namespace {

constexpr size_t kMostImports = 2000;
constexpr size_t kLongestImport = 400;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == ';')) text.remove_suffix(1);
  return text;
}

// Takes the characters of a module's name off the front of a text.
std::string_view take_path(std::string_view& text) {
  text = trimmed(text);
  size_t i = 0;
  while (i < text.size() && (is_identifier_part(text[i]) || text[i] == '.' || text[i] == ':' ||
                             text[i] == '\\' || text[i] == '/' || text[i] == '-' || text[i] == '*'))
    ++i;
  const std::string_view path = text.substr(0, i);
  text = trimmed(text.substr(i));
  return path;
}

// The first thing in quotes or angles, without them.
std::string_view quoted(std::string_view text) {
  const size_t open = text.find_first_of("\"'<");
  if (open == std::string_view::npos) return {};
  const char closer = text[open] == '<' ? '>' : text[open];
  const size_t close = text.find(closer, open + 1);
  return close == std::string_view::npos ? std::string_view()
                                         : text.substr(open + 1, close - open - 1);
}

// "{ a, b as c }" and "a, b": the names before each comma.
void take_names(std::string_view list, std::vector<std::string>& names) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    std::string_view part = list.substr(0, end);
    const size_t first = part.find_first_not_of(" \t({*");
    part = first == std::string_view::npos ? std::string_view() : part.substr(first);
    size_t length = 0;
    while (length < part.size() && is_identifier_part(part[length])) ++length;
    if (length > 0) names.emplace_back(part.substr(0, length));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

void take_alias(std::string_view rest, Import& import) {
  if (!rest.starts_with("as ") && !rest.starts_with("=")) return;
  rest.remove_prefix(rest.front() == '=' ? 1 : 3);
  std::string_view text = rest;
  import.alias = std::string(take_path(text));
}

}  // namespace

std::string_view kind_of_word(std::string_view table, std::string_view word) {
  while (!table.empty()) {
    const size_t end = std::min(table.find(' '), table.size());
    const std::string_view entry = table.substr(0, end);
    if (entry.size() > word.size() && entry[word.size()] == ':' && entry.starts_with(word))
      return entry.substr(word.size() + 1);
    table.remove_prefix(std::min(end + 1, table.size()));
  }
  return {};
}

bool is_word_of(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(' '), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

bool read_import(std::string_view line, const Language& language, Import& import) {
  std::string_view text = trimmed(line);
  if (text.starts_with("#")) text = trimmed(text.substr(1));
  size_t length = 0;
  while (length < text.size() && is_identifier_part(text[length])) ++length;
  const std::string_view word = text.substr(0, length);
  if (length == 0 || !is_word_of(language.shape.imports, word)) return false;
  std::string_view rest = trimmed(text.substr(length));
  for (const std::string_view extra : {"static ", "type ", "public ", "crate "}) {
    if (rest.starts_with(extra)) rest = trimmed(rest.substr(extra.size()));
  }
  if (const std::string_view inner = quoted(rest); !inner.empty()) {
    // import a, { b } from "c"; import "c"; require_once __DIR__ . "/c.php"; alias "c" in Go
    import.module = std::string(inner);
    const size_t from = rest.find(" from ");
    if (from != std::string_view::npos) take_names(rest.substr(0, from), import.names);
    return true;
  }
  import.module = std::string(take_path(rest));
  if (word == "from" && rest.starts_with("import")) take_names(rest.substr(6), import.names);
  else take_alias(rest, import);
  return !import.module.empty();
}

GenericChunker::GenericChunker(std::string_view source, const Language& language)
    : source_(source), language_(language) {
  switch (language.shape.structure) {
    case Structure::braces: reader_ = brace_reader(source, language); break;
    case Structure::indent:
    case Structure::ends:
    case Structure::sections: reader_ = line_reader(source, language); break;
    case Structure::none: break;
  }
}

void GenericChunker::add(const LexedSpan& span) {
  if (reader_ != nullptr) reader_->add(span);
  if (span.line == line_) return;
  line_ = span.line;
  if (span.kind != Span::code || language_.shape.imports.empty()) return;
  const size_t first = span.text.find_first_not_of(" \t");
  if (first == std::string_view::npos || imports_.size() >= kMostImports) return;
  // Deep inside of something, a word such as "use" is hardly an import.
  if (first > 8) return;
  const auto begin = static_cast<size_t>(span.text.data() - source_.data()) + first;
  const size_t end = std::min(source_.find('\n', begin), source_.size());
  Import import;
  import.line = span.line;
  if (read_import(source_.substr(begin, std::min(end - begin, kLongestImport)), language_, import))
    imports_.push_back(std::move(import));
}

Outline GenericChunker::finish() {
  Outline outline;
  outline.spans = to_spans(reader_ == nullptr ? std::vector<Definition>() : reader_->finish(),
                           source_, language_);
  outline.imports = std::move(imports_);
  return outline;
}

Outline generic_outline(std::string_view source, const Language& language) {
  GenericChunker chunker(source, language);
  lex(source, language.lexicon, [&](const LexedSpan& span) { chunker.add(span); });
  return chunker.finish();
}

std::vector<ChunkSpan> generic_chunks(std::string_view source, const Language& language) {
  return generic_outline(source, language).spans;
}

}  // namespace triage::retrieval
