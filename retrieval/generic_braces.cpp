// Languages with braces. The reader keeps the tokens since the last statement (the head) and a stack
// of open braces; the head decides what a brace opens (generic_heads_internal.h). Within a function
// only braces are counted, which is most of a file and costs a byte's look.
//
// The preprocessor may leave braces unbalanced: a branch after #else is passed over when the one
// before it did, and a closing brace at the margin ends whatever is open that does not begin there.
#include <algorithm>
#include <array>

#include "retrieval/generic_chunker_internal.h"
#include "retrieval/generic_heads_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kLongestHead = 256;  // tokens

enum class Byte : std::uint8_t { space, word, mark };

constexpr std::array<Byte, 256> kBytes = [] {
  std::array<Byte, 256> table{};
  for (size_t i = 0; i < 256; ++i) {
    const auto c = static_cast<unsigned char>(i);
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '$' || c >= 0x80;
    table[i] = word ? Byte::word : c <= ' ' ? Byte::space : Byte::mark;
  }
  return table;
}();

Byte byte_of(char c) { return kBytes[static_cast<unsigned char>(c)]; }

struct Scope {
  size_t head = 0;               // where the outer head begins
  size_t tokens = 0;             // how many tokens there were before the brace
  size_t definition = SIZE_MAX;  // index of what it is the body of
  size_t depth = 0;              // the outer one, of parentheses
  std::uint32_t column = 0;      // of the line that opened it
  Place place = Place::file;
  bool goes_on = false;
};

class BraceReader final : public StructureReader {
 public:
  BraceReader(std::string_view source, const Language& language)
      : source_(source), language_(language),
        preprocessor_((language.shape.features & kPreprocessor) != 0),
        by_line_((language.shape.features & kEndsWithLine) != 0),
        shell_(language.name == "bash") {
    scopes_.push_back({});
    char before = ' ';
    for (const char c : language.shape.words) {
      if (before == ' ') initials_[static_cast<unsigned char>(c)] = true;
      before = c;
    }
  }

  void add(const LexedSpan& span) override {
    if (span.line != line_) begin_line(span);
    if (in_directive_) {
      directive_goes_on_ = false;
      if (span.kind == Span::code) directive_code(span.text);
      return;
    }
    if (span.kind == Span::code) {
      if (preprocessor_ && !line_has_code_ && opens_directive(span.text)) return;
      line_has_code_ = true;
      if (!skipping()) code(span.text);
    } else if (span.kind == Span::string && !skipping() && scopes_.back().place != Place::leaf) {
      push('s', span.text);
    }
  }

  std::vector<Definition> finish() override {
    if (in_directive_) end_directive();
    if (scopes_.back().place != Place::leaf) end_statement();
    for (const Scope& scope : scopes_) {
      if (scope.definition == SIZE_MAX) continue;
      definitions_[scope.definition].end = std::max(line_, definitions_[scope.definition].start);
      definitions_[scope.definition].to = static_cast<std::uint32_t>(source_.size());
    }
    return std::move(definitions_);
  }

 private:
  std::span<const Token> head() const { return std::span(tokens_).subspan(scopes_.back().head); }
  std::uint32_t offset(std::string_view text) const {
    return static_cast<std::uint32_t>(text.data() - source_.data());
  }

  // ---- lines and directives ----------------------------------------------------------------------

  void begin_line(const LexedSpan& span) {
    if (in_directive_ && (!directive_goes_on_ || span.line != line_ + 1)) end_directive();
    line_ = span.line;
    line_begin_ = span.text.data();
    line_has_code_ = false;
    line_has_token_ = false;
  }

  bool opens_directive(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos || text[first] != '#') return false;
    in_directive_ = true;
    directive_ = {};
    directive_.start = line_;
    directive_.from = offset(text);
    text.remove_prefix(first + 1);
    const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
    size_t end = begin;
    while (end < text.size() && is_identifier_part(text[end])) ++end;
    const std::string_view word = text.substr(begin, end - begin);
    const std::string_view rest = text.substr(std::min(end + 1, text.size()));
    conditional(word, rest);
    size_t length = 0;
    while (length < rest.size() && is_identifier_part(rest[length])) ++length;
    if (word == "define" && length < rest.size() && rest[length] == '(') {
      directive_.name = clean_name(rest.substr(0, length));
      directive_.kind = "macro";
    }
    directive_code(text);
    return true;
  }

  void directive_code(std::string_view text) {
    while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    directive_goes_on_ = text.ends_with('\\');
    directive_.end = line_;
    directive_.to = offset(text) + static_cast<std::uint32_t>(text.size());
  }

  void end_directive() {
    in_directive_ = false;
    if (!directive_.kind.empty() && scopes_.back().place != Place::leaf && !skipping())
      definitions_.push_back(directive_);
  }

  struct Branch {
    std::int64_t level;  // open braces at #if
    bool outer;          // whether the whole is passed over
    bool skip;
  };
  bool skipping() const { return !branches_.empty() && branches_.back().skip; }

  void conditional(std::string_view word, std::string_view rest) {
    if (word == "if" || word == "ifdef" || word == "ifndef") {
      const bool outer = skipping();
      branches_.push_back({level_, outer, outer || (word == "if" && rest.starts_with("0"))});
    } else if (branches_.empty()) {
      return;
    } else if (word == "else" || word == "elif") {
      Branch& branch = branches_.back();
      branch.skip = branch.outer || level_ != branch.level;
    } else if (word == "endif") {
      branches_.pop_back();
    }
  }

  // ---- tokens ------------------------------------------------------------------------------------

  void code(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
      if (scopes_.back().place == Place::leaf) {
        i = leaf(text, i);
        continue;
      }
      const Byte byte = byte_of(text[i]);
      if (byte == Byte::space) {
        ++i;
      } else if (byte == Byte::word) {
        const size_t begin = i;
        while (i < text.size() && (byte_of(text[i]) == Byte::word ||
                                   (shell_ && (text[i] == '-' || text[i] == ':' || text[i] == '.'))))
          ++i;
        push('a', text.substr(begin, i - begin));
        if (text.substr(begin, i - begin) == "php" && begin > 1 && text[begin - 1] == '?') drop_head();
      } else {
        i += mark(text, i);
      }
    }
  }

  // Within a function: to the brace that ends it.
  size_t leaf(std::string_view text, size_t i) {
    for (; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '{') {
        ++leaf_depth_;
        ++level_;
      } else if (c == '}') {
        const bool at_margin = preprocessor_ && first_on_line(text, i) &&
                               column(text, i) <= scopes_.back().column;
        if (leaf_depth_ == 0 || at_margin) {
          level_ -= leaf_depth_;
          leaf_depth_ = 0;
          close(text.substr(i, 1));
          return i + 1;
        }
        --leaf_depth_;
        --level_;
      }
    }
    return i;
  }

  bool first_on_line(std::string_view text, size_t i) const {
    for (const char* p = text.data() + i; p-- > line_begin_;) {
      if (*p != ' ' && *p != '\t') return false;
    }
    return true;
  }
  std::uint32_t column(std::string_view text, size_t i) const {
    return static_cast<std::uint32_t>(text.data() + i - line_begin_);
  }
  // How far the line is indented.
  std::uint32_t indentation() const {
    const char* p = line_begin_;
    const char* const end = source_.data() + source_.size();
    while (p < end && (*p == ' ' || *p == '\t')) ++p;
    return static_cast<std::uint32_t>(p - line_begin_);
  }

  size_t mark(std::string_view text, size_t i) {
    const char c = text[i], next = i + 1 < text.size() ? text[i + 1] : '\0';
    switch (c) {
      case '{': open(text.substr(i, 1)); return 1;
      case '}': close(text.substr(i, 1)); return 1;
      case ';': semicolon(); return 1;
      case '(': case '[':
        push(c, text.substr(i, 1));
        ++depth_;
        return 1;
      case ')': case ']':
        if (depth_ > 0) --depth_;
        push(c, text.substr(i, 1));
        return 1;
      case ',':
        if (scopes_.back().place == Place::literal && depth_ == 0) end_statement();
        else push(c, text.substr(i, 1));
        return 1;
      case ':':
        if (next == ':') return push('S', text.substr(i, 2)), 2;
        if (next == '=') return push('=', text.substr(i, 2)), 2;
        if (is_access()) drop_head();
        else push(c, text.substr(i, 1));
        return 1;
      case '=':
        if (next == '>') return push('A', text.substr(i, 2)), 2;
        if (next == '=') return push('E', text.substr(i, 2)), 2;
        push('=', text.substr(i, 1));
        return 1;
      case '-':
        if (next == '>') return push('R', text.substr(i, 2)), 2;
        [[fallthrough]];
      case '+': case '!': case '*': case '/': case '|': case '&': case '%': case '^':
        if (next == '=') return push('E', text.substr(i, 2)), 2;
        push(c, text.substr(i, 1));
        return 1;
      case '<':
        // R's assignment, in the one language that has it.
        if (next == '-' && language_.name == "r") return push('=', text.substr(i, 2)), 2;
        [[fallthrough]];
      default: push(c, text.substr(i, 1)); return 1;
    }
  }

  // "public:" and "private slots:" in C++.
  bool is_access() const {
    const auto tokens = head();
    return preprocessor_ && !tokens.empty() && tokens.size() <= 2 &&
           is_word_of("public private protected signals slots default Q_SIGNALS Q_SLOTS",
                      tokens.back().text);
  }

  void push(char kind, std::string_view text) {
    const bool first = !line_has_token_;
    line_has_token_ = true;
    Token token{text, line_, 0, kind, first, 0, {}};
    if (kind == 'a' && initials_[static_cast<unsigned char>(text.front())])
      token.opens = kind_of_word(language_.shape.words, text);
    if (first) {
      token.column = indentation();
      new_line(token);
    }
    token.depth = static_cast<std::uint16_t>(std::min<size_t>(depth_, 60'000));
    last_line_ = line_;
    last_end_ = offset(text) + static_cast<std::uint32_t>(text.size());
    if (tokens_.size() - scopes_.back().head < kLongestHead) tokens_.push_back(token);
  }

  // A token that begins a line may begin a statement.
  void new_line(const Token& token) {
    const auto tokens = head();
    if (tokens.empty()) return;
    if (by_line_ && depth_ == 0 && token.kind != '{') {
      if (!carries_on(tokens, token, language_)) end_statement();
    } else if (preprocessor_ && depth_ == 0 && token.kind == 'a' && tokens.back().kind == ')' &&
               token.column <= tokens.front().column &&
               !is_word_of("const override noexcept final throw requires volatile", token.text)) {
      // MODULE_LICENSE("GPL") or, before C89, the types of parameters.
      keep_pending(tokens);
      drop_head();
    }
  }

  void keep_pending(std::span<const Token> tokens) { pending_.assign(tokens.begin(), tokens.end()); }

  void drop_head() {
    tokens_.resize(scopes_.back().head);
    depth_ = 0;
  }

  // ---- statements and blocks ---------------------------------------------------------------------

  void semicolon() {
    const Place place = scopes_.back().place;
    const bool lost = preprocessor_ && place != Place::code && place != Place::literal;
    line_has_token_ = true;
    if (depth_ > 0 && !lost) return;
    if (preprocessor_ && place == Place::file) {
      // int add(a, b) int a; …: what stands up to the last parenthesis may be a head.
      const auto tokens = head();
      const size_t group = call_group(tokens, language_);
      for (size_t i = group; i + 1 < tokens.size(); ++i) {
        if (tokens[i].kind == ')' && tokens[i].depth == 0 && tokens[i + 1].first &&
            tokens[i + 1].kind == 'a')
          return keep_pending(tokens.first(i + 1)), drop_head();
      }
    }
    last_line_ = line_;
    last_end_ += 1;
    end_statement();
  }

  void end_statement() {
    const auto tokens = head();
    if (!tokens.empty()) {
      Head found = read_statement(tokens, scopes_.back().place, language_);
      if (!found.kind.empty() && (!found.name.empty() || found.kind == "variable")) {
        Definition definition;
        definition.start = tokens[found.first].line;
        definition.from = offset(tokens[found.first].text);
        definition.end = std::max(last_line_, definition.start);
        definition.to = std::max(last_end_, definition.from + 1);
        definition.name = std::move(found.name);
        definition.kind = found.kind;
        definitions_.push_back(std::move(definition));
      }
    }
    drop_head();
  }

  void open(std::string_view text) {
    if (by_line_ && !line_has_token_ && !head().empty() && depth_ == 0 && !opens_below()) end_statement();
    line_has_token_ = true;
    Head found;
    std::span<const Token> tokens = head();
    if (tokens.empty() && depth_ == 0 && !pending_.empty() && scopes_.back().place == Place::file) {
      tokens = pending_;
    }
    found = read_head(tokens, depth_, scopes_.back().place, language_);
    Scope scope{scopes_.back().head, tokens_.size(), SIZE_MAX, depth_, indentation(), found.inside,
                found.goes_on};
    if (!found.kind.empty()) {
      Definition definition;
      definition.start = tokens[found.first].line;
      definition.from = offset(tokens[found.first].text);
      definition.body = line_ + 1;
      definition.name = std::move(found.name);
      definition.kind = found.kind;
      scope.definition = definitions_.size();
      scope.column = tokens[found.first].column;
      if (!tokens[found.first].first) scope.column = indentation();
      definitions_.push_back(std::move(definition));
    }
    pending_.clear();
    scope.head = tokens_.size();
    scopes_.push_back(scope);
    depth_ = 0;
    leaf_depth_ = 0;
    ++level_;
    last_end_ = offset(text) + 1;
  }

  // A brace on a line of its own belongs to the definition above it, if there is one.
  bool opens_below() const {
    const Head found = read_head(head(), depth_, scopes_.back().place, language_);
    return !found.kind.empty() || head().back().kind == ')' || found.goes_on;
  }

  void close(std::string_view text) {
    if (scopes_.size() == 1) return drop_head();  // a stray one
    if (preprocessor_ && first_on_line(text, 0) && column(text, 0) == 0) {
      while (scopes_.size() > 2 && scopes_.back().column > 0) close_one(text);
    }
    close_one(text);
  }

  void close_one(std::string_view text) {
    if (scopes_.back().place != Place::leaf) end_statement();
    const Scope scope = scopes_.back();
    scopes_.pop_back();
    --level_;
    if (scope.definition != SIZE_MAX) {
      Definition& definition = definitions_[scope.definition];
      definition.end = std::max(line_, definition.start);
      definition.to = offset(text) + 1;
    }
    tokens_.resize(scope.tokens);
    depth_ = scope.depth;
    line_has_token_ = true;
    last_line_ = line_;
    last_end_ = offset(text) + 1;
    if (!scope.goes_on) {
      drop_head();
    } else if (tokens_.size() - scopes_.back().head < kLongestHead) {
      tokens_.push_back({text, line_, 0, '{', false,
                         static_cast<std::uint16_t>(std::min<size_t>(depth_, 60'000)), {}});
    }
  }

  std::string_view source_;
  const Language& language_;
  const bool preprocessor_, by_line_, shell_;

  std::array<bool, 256> initials_{};  // of words that may open a definition
  std::vector<Token> tokens_;    // the heads of all open scopes, one after the other
  std::vector<Token> pending_;   // a head that may yet get its body
  std::vector<Scope> scopes_;
  std::vector<Branch> branches_;
  std::vector<Definition> definitions_;
  Definition directive_;
  size_t depth_ = 0;             // of parentheses in the current head
  std::int64_t leaf_depth_ = 0;  // of braces within a function
  std::int64_t level_ = 0;       // of all braces
  std::uint32_t line_ = 0, last_line_ = 0, last_end_ = 0;
  const char* line_begin_ = nullptr;
  bool line_has_code_ = false, line_has_token_ = false;
  bool in_directive_ = false, directive_goes_on_ = false;
};

}  // namespace

std::unique_ptr<StructureReader> brace_reader(std::string_view source, const Language& language) {
  return std::make_unique<BraceReader>(source, language);
}

}  // namespace triage::retrieval
