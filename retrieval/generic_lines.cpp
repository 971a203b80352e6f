// Languages whose lines tell where a definition ends: deeper lines belong to it (Python), or a line
// "end" at its own indentation closes it (Ruby, Lua, Elixir), or the next one at the margin begins
// (sections of a configuration). Well-formed code is indented that way; what is not loses an end.
#include <algorithm>

#include "retrieval/generic_chunker_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::uint32_t kTab = 8;
constexpr size_t kMostOpen = 4096;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view take_word(std::string_view& text) {
  size_t i = 0;
  while (i < text.size() && is_identifier_part(text[i])) ++i;
  const std::string_view word = text.substr(0, i);
  text = trim(text.substr(i));
  return word;
}

class LineReader final : public StructureReader {
 public:
  LineReader(std::string_view source, const Language& language)
      : source_(source), language_(language), structure_(language.shape.structure) {}

  void add(const LexedSpan& span) override {
    const bool begins = span.line != line_;
    if (begins) {
      line_ = span.line;
      seen_ = false;
    }
    const bool comment = span.kind == Span::comment && is_line_comment(span);
    if (comment || trim(span.text).empty()) return;
    if (!seen_) {
      seen_ = true;
      // The rest of a string that began above is not the beginning of anything.
      const bool continues = span.kind != Span::code && begins && before(span) == '\n';
      if (!continues) begin_line(span);
    }
    content_line_ = span.line;
    content_end_ = offset(span.text) + static_cast<std::uint32_t>(span.text.size());
    if (span.kind == Span::code && structure_ == Structure::indent) count_brackets(span.text);
  }

  std::vector<Definition> finish() override {
    while (!open_.empty()) close(content_line_, content_end_);
    return std::move(definitions_);
  }

 private:
  struct Open {
    size_t definition;
    std::uint32_t indent;
  };

  std::uint32_t offset(std::string_view text) const {
    return static_cast<std::uint32_t>(text.data() - source_.data());
  }
  char before(const LexedSpan& span) const {
    return span.text.data() == source_.data() ? '\n' : *(span.text.data() - 1);
  }
  bool is_line_comment(const LexedSpan& span) const {
    const std::string_view list = language_.lexicon.line_comments;
    return !list.empty() && before(span) == list.substr(0, list.find(' ')).back();
  }

  void count_brackets(std::string_view text) {
    for (const char c : text) {
      if (c == '(' || c == '[' || c == '{') ++brackets_;
      else if ((c == ')' || c == ']' || c == '}') && brackets_ > 0) --brackets_;
    }
    joined_ = !text.empty() && trim(text).ends_with('\\');
  }

  // The start of the line that a span lies in, and how far it is indented.
  std::uint32_t line_start(const LexedSpan& span) const {
    size_t at = offset(span.text);
    while (at > 0 && source_[at - 1] != '\n' && offset(span.text) - at < 512) --at;
    return static_cast<std::uint32_t>(at);
  }
  std::uint32_t indentation(std::uint32_t start) const {
    std::uint32_t indent = 0;
    for (size_t i = start; i < source_.size(); ++i) {
      if (source_[i] == ' ') ++indent;
      else if (source_[i] == '\t') indent = (indent / kTab + 1) * kTab;
      else break;
    }
    return indent;
  }

  void begin_line(const LexedSpan& span) {
    const std::uint32_t start = line_start(span);
    const std::uint32_t indent = indentation(start);
    std::string_view text = span.kind == Span::code ? trim(span.text) : std::string_view();
    switch (structure_) {
      case Structure::indent: return indented(text, start, indent);
      case Structure::ends: return ended(text, start, indent);
      case Structure::sections: return section(text, start, indent);
      default: return;
    }
  }

  void open(std::string name, std::string_view kind, std::uint32_t start, std::uint32_t indent) {
    if (open_.size() >= kMostOpen) return;
    Definition definition;
    definition.start = first_ > 0 ? first_ : line_;
    definition.end = line_;
    definition.from = first_ > 0 ? first_from_ : start;
    definition.to = definition.from + 1;
    definition.name = std::move(name);
    definition.kind = kind;
    open_.push_back({definitions_.size(), indent});
    definitions_.push_back(std::move(definition));
    first_ = 0;
  }

  void close(std::uint32_t line, std::uint32_t to) {
    Definition& definition = definitions_[open_.back().definition];
    definition.end = std::max(line, definition.end);
    definition.to = std::max(to, definition.to);
    open_.pop_back();
  }

  void note_body() {
    if (open_.empty()) return;
    Definition& definition = definitions_[open_.back().definition];
    if (definition.body == 0 && line_ > definition.start) definition.body = line_;
  }

  // ---- by indentation ----------------------------------------------------------------------------

  void indented(std::string_view text, std::uint32_t start, std::uint32_t indent) {
    const std::string_view whole = text;
    std::string_view word = take_word(text);
    while (is_word_of("async cdef cpdef export public", word) && !text.empty()) {
      if (word.ends_with("def") && text.find('(') != std::string_view::npos && !text.starts_with("class"))
        return cython(text, start, indent);
      word = take_word(text);
    }
    std::string_view kind = kind_of_word(language_.shape.words, word);
    if (!kind.empty() && (text.empty() || !is_identifier_start(text.front()))) kind = {};
    if (brackets_ > 0 || joined_) {
      // No definition begins within parentheses: they were never closed.
      if (kind.empty() || (word != "def" && word != "class")) return;
      brackets_ = 0;
    }
    joined_ = false;
    if (!(whole.starts_with("@") && first_ > 0)) close_to(indent);
    note_body();
    if (whole.starts_with("@") && !language_.shape.words.empty()) {
      if (first_ == 0) {
        first_ = line_;
        first_from_ = start;
      }
    } else if (!kind.empty()) {
      open(clean_name(take_word(text)), kind, start, indent);
    } else {
      first_ = 0;
      if (indent == 0 && is_assignment(word, text)) open(std::string(word), "variable", start, 0);
    }
  }

  void cython(std::string_view text, std::uint32_t start, std::uint32_t indent) {
    const size_t group = text.find('(');
    size_t begin = group;
    while (begin > 0 && is_identifier_part(text[begin - 1])) --begin;
    close_to(indent);
    note_body();
    open(clean_name(text.substr(begin, group - begin)), "function", start, indent);
  }

  void close_to(std::uint32_t indent) {
    while (!open_.empty() && open_.back().indent >= indent) close(content_line_, content_end_);
  }

  bool is_assignment(std::string_view word, std::string_view rest) const {
    if (word.empty()) return false;
    if (language_.shape.words.empty()) return rest.starts_with(":");
    if (rest.starts_with(":")) rest = rest.substr(std::min(rest.find('='), rest.size()));
    return rest.starts_with("=") && !rest.starts_with("==");
  }

  // ---- by "end" ----------------------------------------------------------------------------------

  void ended(std::string_view text, std::uint32_t start, std::uint32_t indent) {
    const std::string_view whole = text;
    std::string_view rest = text;
    const std::string_view first = take_word(rest);
    if (first == "end") {
      while (!open_.empty() && open_.back().indent > indent) close(content_line_, content_end_);
      if (!open_.empty() && open_.back().indent == indent) close(line_, start + 1);
      return;
    }
    std::string name;
    const std::string_view kind = find_end_definition(text, name);
    if (kind.empty() || name.empty()) return note_body();
    while (!open_.empty() && open_.back().indent >= indent) close(content_line_, content_end_);
    open(std::move(name), kind, start, indent);
    if (ends_at_once(whole)) close(line_, start + 1);
  }

  // The word that opens a definition, after "private", "local" and the like, and its name.
  std::string_view find_end_definition(std::string_view text, std::string& name) const {
    if (text.starts_with("class <<")) return {};
    if ((language_.shape.features & kAssigned) != 0) {
      name = assigned_name(text);
      if (!name.empty()) return "function";
    }
    for (int tries = 0; tries < 3 && !text.empty(); ++tries) {
      const std::string_view word = take_word(text);
      if (word.empty()) break;
      const std::string_view kind = kind_of_word(language_.shape.words, word);
      if (!kind.empty()) {
        name = end_name(text, kind);
        return kind;
      }
      if (text.starts_with("=") || text.starts_with(".")) break;
    }
    return {};
  }

  std::string end_name(std::string_view text, std::string_view kind) const {
    size_t i = 0;
    const auto belongs = [&](char c) { return is_identifier_part(c) || c == '.' || c == ':' || c == '!' || c == '?'; };
    while (i < text.size() && belongs(text[i])) ++i;
    if (i == 0 && kind == "method" && !text.empty() && text.front() != '(')
      while (i < text.size() && !is_blank(text[i]) && text[i] != '(' ) ++i;  // def ==(other)
    if (i + 1 < text.size() && text[i] == '=' && text[i + 1] == '(') ++i;    // def total=(value)
    if (i > 0 && text[i - 1] == ':') --i;
    text = text.substr(0, i);
    // Ruby: def body.each
    if (kind == "method" && text.rfind('.') != std::string_view::npos && text.back() != '.')
      text = text.substr(text.rfind('.') + 1);
    return clean_name(text);
  }

  // "total = function(…)", "local total = function(…)", "total: function" within a table.
  static std::string assigned_name(std::string_view text) {
    const size_t at = text.find("= function");
    if (at == std::string_view::npos) return {};
    text = trim(text.substr(0, at));
    if (text.starts_with("local ")) text = trim(text.substr(6));
    return text.find_first_of(" (,") == std::string_view::npos ? clean_name(text) : std::string();
  }

  // "def a; 1 end", "def a(x) = 1", "def a, do: 1".
  static bool ends_at_once(std::string_view text) {
    if (text.ends_with(" end") || text.ends_with(";end")) return true;
    if (text.find(" do: ") != std::string_view::npos) return true;
    if (!text.starts_with("def ")) return false;
    text.remove_prefix(4);
    const size_t name = text.find_first_of(" (");
    if (name == std::string_view::npos) return false;
    text = text.substr(name);
    if (text.front() == '(') text = text.substr(std::min(text.find(')'), text.size() - 1) + 1);
    return trim(text).starts_with("= ");
  }

  // ---- by sections -------------------------------------------------------------------------------

  void section(std::string_view text, std::uint32_t start, std::uint32_t indent) {
    if (indent > 0 || text.empty()) return;
    std::string name;
    std::string_view kind = "variable";
    if (language_.shape.words.empty()) {
      if (text.front() != '[') return;
      const size_t first = text.find_first_not_of('[');
      if (first == std::string_view::npos) return;
      name = clean_name(text.substr(first, text.find(']') - first));
    } else {
      kind = sql(text, name);
      if (kind.empty()) return;
    }
    close_to(0);
    open(std::move(name), kind, start, 0);
  }

  // create or replace function a.b(…)
  std::string_view sql(std::string_view text, std::string& name) const {
    if (lower_ascii(take_word(text)) != "create") return {};
    for (int tries = 0; tries < 8 && !text.empty(); ++tries) {
      const std::string word = lower_ascii(take_word(text));
      if (word.empty()) return {};
      const std::string_view kind = kind_of_word(language_.shape.words, word);
      if (kind.empty()) continue;
      for (const std::string_view extra : {"if", "not", "exists"}) {
        if (lower_ascii(text.substr(0, extra.size() + 1)) == std::string(extra) + " ") take_word(text);
      }
      size_t i = 0;
      while (i < text.size() && !is_blank(text[i]) && text[i] != '(') ++i;
      name = clean_name(text.substr(0, i));
      return name.empty() ? std::string_view() : kind;
    }
    return {};
  }

  std::string_view source_;
  const Language& language_;
  const Structure structure_;
  std::vector<Definition> definitions_;
  std::vector<Open> open_;
  std::uint32_t line_ = 0, content_line_ = 0, content_end_ = 0;
  std::uint32_t first_ = 0, first_from_ = 0;  // the first decorator of what comes next
  std::uint32_t brackets_ = 0;
  bool seen_ = false, joined_ = false;
};

}  // namespace

std::unique_ptr<StructureReader> line_reader(std::string_view source, const Language& language) {
  return std::make_unique<LineReader>(source, language);
}

}  // namespace triage::retrieval
