// One pass over the bytes of a source. Most bytes start nothing: a table says which could, so that
// the rest is stepped over quickly. Whatever is never closed ends where a reader would expect it to
// (with its line, or with the file for comments), and what had to look ahead for a closer in vain
// does not look again, so that the whole stays linear.
#include <algorithm>
#include <array>

#include "retrieval/tokens_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kLongestCharacter = 12;  // '\U0001F600'
constexpr size_t kLongestDelimiter = 64;
constexpr size_t kLongestRegex = 400;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  Lexer(std::string_view source, const Lexicon& lexicon,
        const std::function<void(const LexedSpan&)>& emit)
      : source_(source), lexicon_(lexicon), emit_(emit) {
    mark('\n');
    for (const char quote : lexicon.quotes) mark(quote);
    if (!lexicon.block_open.empty()) mark(lexicon.block_open.front());
    for (size_t i = 0; i < lexicon.line_comments.size(); ++i) {
      if (i == 0 || lexicon.line_comments[i - 1] == ' ') mark(lexicon.line_comments[i]);
    }
    if (has(kCharLiterals)) mark('\'');
    if (has(kRegexLiterals)) mark('/');
    if (has(kHeredocs)) mark('<');
    if (has(kLongBrackets)) mark('[');
    if (has(kPodBlocks)) mark('=');
  }

  void run() {
    if (source_.starts_with("\xEF\xBB\xBF")) at_ = from_ = 3;
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (!marked_[static_cast<unsigned char>(c)]) {
        ++at_;
      } else if (c == '\n') {
        newline();
      } else if (!pod_block() && !long_bracket() && !block_comment() && !line_comment() &&
                 !character() && !string() && !heredoc() && !regex()) {
        ++at_;
      }
    }
    flush(at_);
  }

 private:
  bool has(LexicalFeature feature) const { return (lexicon_.features & feature) != 0; }
  void mark(char c) { marked_[static_cast<unsigned char>(c)] = true; }
  bool starts(std::string_view what) const {
    return !what.empty() && source_.substr(at_, what.size()) == what;
  }
  char at(size_t i) const { return i < source_.size() ? source_[i] : '\0'; }
  char before() const { return at_ > 0 ? source_[at_ - 1] : '\n'; }

  // Ends the span that began at from_; the next one begins here.
  void flush(size_t end) {
    if (end > from_) emit_({kind_, line_, source_.substr(from_, end - from_)});
    from_ = end;
  }

  void newline() {
    flush(at_);
    ++at_;
    ++line_;
    from_ = at_;
    if (!pending_.empty() && kind_ == Span::code) heredoc_body();
  }

  void enter(Span kind, size_t delimiter) {
    flush(at_);
    at_ += delimiter;
    from_ = at_;
    kind_ = kind;
  }

  void leave(size_t delimiter) {
    flush(at_);
    at_ = std::min(at_ + delimiter, source_.size());
    from_ = at_;
    kind_ = Span::code;
  }

  // Emits up to that place, line by line.
  void run_to(size_t end) {
    for (end = std::min(end, source_.size()); at_ < end;) {
      at_ = std::min(source_.find('\n', at_), end);
      if (at_ < end) newline();
    }
  }

  void until(std::string_view closer, bool backslash) {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == closer.front() && starts(closer)) break;
      if (c == '\n') newline();
      else if (backslash && c == '\\' && at_ + 1 < source_.size() && source_[at_ + 1] != '\n')
        at_ += 2;
      else ++at_;
    }
    at_ = std::min(at_, source_.size());
    leave(closer.size());
  }

  bool block_comment() {
    if (!starts(lexicon_.block_open)) return false;
    enter(Span::comment, lexicon_.block_open.size());
    if (!has(kNestedComments)) {
      until(lexicon_.block_close, false);
      return true;
    }
    for (size_t depth = 1; at_ < source_.size();) {
      if (starts(lexicon_.block_close)) {
        if (--depth == 0) break;
        at_ += lexicon_.block_close.size();
      } else if (starts(lexicon_.block_open)) {
        ++depth;
        at_ += lexicon_.block_open.size();
      } else if (source_[at_] == '\n') {
        newline();
      } else {
        ++at_;
      }
    }
    at_ = std::min(at_, source_.size());
    leave(lexicon_.block_close.size());
    return true;
  }

  bool line_comment() {
    std::string_view list = lexicon_.line_comments;
    while (!list.empty()) {
      const size_t end = std::min(list.find(' '), list.size());
      if (starts(list.substr(0, end)) && opens_comment(end)) {
        enter(Span::comment, end);
        at_ = std::min(source_.find('\n', at_), source_.size());
        leave(0);
        return true;
      }
      list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
  }

  bool opens_comment(size_t length) const {
    if (has(kHashAttributes) && source_[at_] == '#' && at(at_ + length) == '[') return false;
    const char c = before();
    return !has(kSpacedComments) || source_[at_] != '#' || is_space(c) || c == '\n' || c == ';' ||
           c == '(' || c == ')';
  }

  // 'x' and '\n', but not the ' of 'static, of 1'000 or of a word's end.
  bool character() {
    if (source_[at_] != '\'' || !has(kCharLiterals)) return false;
    const char prefix = before();
    if (is_identifier_part(prefix) && prefix != 'b' && prefix != 'L' && prefix != 'u' &&
        prefix != 'U' && prefix != '8') {
      ++at_;
      return true;
    }
    size_t end = at_ + 1;
    if (at(end) == '\\' && at(end + 1) != '\n') {
      const size_t limit = std::min(end + kLongestCharacter, source_.size());
      for (end += 2; end < limit && source_[end] != '\'' && source_[end] != '\n';) ++end;
    } else if (end < source_.size() && source_[end] != '\n' && source_[end] != '\'') {
      for (++end; end < source_.size() && (source_[end] & 0xC0) == 0x80;) ++end;
    }
    if (end >= source_.size() || source_[end] != '\'' || end == at_ + 1) {
      ++at_;
      return true;
    }
    enter(Span::string, 1);
    at_ = end;
    leave(1);
    return true;
  }

  bool string() {
    const char quote = source_[at_];
    if (lexicon_.quotes.find(quote) == std::string_view::npos) return false;
    if (lexicon_.triple_quotes && at(at_ + 1) == quote && at(at_ + 2) == quote) {
      // Documentation in all but name.
      enter(has(kTripleIsText) ? Span::string : Span::comment, 3);
      const std::array<char, 3> triple{quote, quote, quote};
      until({triple.data(), 3}, true);
      return true;
    }
    if (raw_string()) return true;
    enter(Span::string, 1);
    const bool raw = (quote == '`' && has(kRawBackticks)) || (quote == '\'' && has(kRawApostrophes));
    if (quote == '`' || (has(kLongStrings) && closes(quote, raw))) {
      until(source_.substr(from_ - 1, 1), !raw);
      return true;
    }
    line_string(quote, raw);
    return true;
  }

  // Up to the quote or the end of the line; a backslash before that end carries on.
  void line_string(char quote, bool raw) {
    while (at_ < source_.size() && source_[at_] != quote && source_[at_] != '\n') {
      if (source_[at_] != '\\' || raw || at_ + 1 >= source_.size()) {
        ++at_;
      } else if (source_[at_ + 1] == '\n') {
        ++at_;
        newline();
      } else {
        at_ += 2;
      }
    }
    at_ = std::min(at_, source_.size());
    leave(at_ < source_.size() && source_[at_] == quote ? 1 : 0);
  }

  // Whether a quote that may span lines is closed at all; otherwise it ends with its line.
  bool closes(char quote, bool raw) {
    bool& given_up = quote == '"' ? no_double_ : no_single_;
    if (given_up) return false;
    for (size_t i = at_; i < source_.size(); ++i) {
      if (source_[i] == quote) return true;
      if (source_[i] == '\\' && !raw) ++i;
    }
    given_up = true;
    return false;
  }

  bool raw_string() {
    if (source_[at_] != '"') return false;
    if (has(kVerbatim) && (before() == '@' || (before() == '$' && at_ > 1 && at(at_ - 2) == '@')))
      return verbatim();
    const bool is_raw = has(kRawParens) && before() == 'R';
    if (is_raw) {
      const size_t open = source_.substr(0, at_ + kLongestDelimiter).find_first_of("( )\\\n", at_);
      if (open == std::string_view::npos || source_[open] != '(') return false;
      return raw_to(")" + std::string(source_.substr(at_ + 1, open - at_ - 1)) + "\"",
                    open + 1 - at_);
    }
    if (!has(kRawHashes)) return false;
    size_t hashes = 0;
    while (hashes < at_ && hashes < kLongestDelimiter && source_[at_ - hashes - 1] == '#') ++hashes;
    if (at_ <= hashes || source_[at_ - hashes - 1] != 'r') return false;
    return raw_to("\"" + std::string(hashes, '#'), 1);
  }

  bool raw_to(const std::string& closer, size_t opener) {
    enter(Span::string, opener);
    until(closer, false);
    return true;
  }

  bool verbatim() {
    enter(Span::string, 1);
    while (at_ < source_.size() && (source_[at_] != '"' || at(at_ + 1) == '"')) {
      if (source_[at_] == '\n') newline();
      else at_ += source_[at_] == '"' ? 2 : 1;
    }
    at_ = std::min(at_, source_.size());
    leave(1);
    return true;
  }

  // <<EOF, <<-EOF, <<~EOF, <<<EOF, with quotes or without: remembered until its line has ended.
  bool heredoc() {
    if (!has(kHeredocs) || no_heredoc_ || !starts("<<")) return false;
    size_t i = at_ + 2;
    const bool marked = at(i) == '-' || at(i) == '~' || at(i) == '<';
    if (marked) ++i;
    while (at(i) == ' ' && marked && i < at_ + 4) ++i;
    const char quote = at(i) == '\'' || at(i) == '"' ? source_[i] : '\0';
    if (quote != '\0') ++i;
    const size_t begin = i;
    while (i < source_.size() && is_identifier_part(source_[i]) && i - begin < kLongestDelimiter) ++i;
    const std::string_view word = source_.substr(begin, i - begin);
    // "a <<b" is a shift or an append far more often than a document.
    const bool shouts = !word.empty() && word.front() >= 'A' && word.front() <= 'Z';
    if (word.empty() || is_digit(word.front()) || (!marked && quote == '\0' && !shouts)) return false;
    if (pending_.empty()) pending_ = word;
    at_ = quote != '\0' && at(i) == quote ? i + 1 : i;
    return true;
  }

  void heredoc_body() {
    const std::string_view word = pending_;
    pending_ = {};
    for (size_t begin = at_; begin < source_.size();) {
      const size_t end = std::min(source_.find('\n', begin), source_.size());
      std::string_view line = source_.substr(begin, end - begin);
      while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
      if (line.starts_with(word) &&
          (line.size() == word.size() || !is_identifier_part(line[word.size()]))) {
        kind_ = Span::string;
        run_to(begin);
        kind_ = Span::code;
        return;
      }
      begin = end + 1;
    }
    no_heredoc_ = true;
  }

  // [[ … ]] and [==[ … ]==], a comment after "--".
  bool long_bracket() {
    if (!has(kLongBrackets)) return false;
    const size_t dashes = starts("--") ? 2 : 0;
    size_t i = at_ + dashes;
    if (at(i) != '[') return false;
    while (at(++i) == '=' && i - at_ < kLongestDelimiter) {}
    if (at(i) != '[') return false;
    const size_t level = i - at_ - dashes - 1;
    enter(dashes > 0 ? Span::comment : Span::string, dashes + level + 2);
    until("]" + std::string(level, '=') + "]", false);
    return true;
  }

  // A value, not a division: what came before on the line can't end one.
  bool regex() {
    if (!has(kRegexLiterals) || source_[at_] != '/') return false;
    size_t i = at_;
    while (i > from_ && is_space(source_[i - 1])) --i;
    const char last = i > from_ ? source_[i - 1] : '\n';
    constexpr std::string_view kBeforeValue = "\n(,=:[!&|?{};+<>~%";
    const std::string_view code = source_.substr(from_, i - from_);
    if (kBeforeValue.find(last) == std::string_view::npos && !code.ends_with("return") &&
        !code.ends_with("typeof") && !code.ends_with("case"))
      return false;
    // A closer "</div>" of markup is no value.
    if (last == '<') return false;
    bool in_class = false;
    const size_t limit = std::min(source_.size(), at_ + kLongestRegex);
    for (i = at_ + 1; i < limit && source_[i] != '\n'; ++i) {
      if (source_[i] == '\\' && at(i + 1) != '\n') ++i;
      else if (source_[i] == '[') in_class = true;
      else if (source_[i] == ']') in_class = false;
      else if (source_[i] == '/' && !in_class) break;
    }
    if (i >= source_.size() || source_[i] != '/' || i == at_ + 1) return false;
    enter(Span::string, 1);
    at_ = i;
    leave(1);
    return true;
  }

  bool pod_block() {
    if (!has(kPodBlocks) || source_[at_] != '=' || before() != '\n') return false;
    const char next = at(at_ + 1);
    if (next < 'a' || next > 'z') return false;
    const std::string_view closer = starts("=begin") ? "\n=end" : "\n=cut";
    enter(Span::comment, 0);
    const size_t end = source_.find(closer, at_);
    run_to(end == std::string_view::npos ? source_.size() : end + closer.size());
    leave(0);
    return true;
  }

  std::string_view source_;
  const Lexicon& lexicon_;
  const std::function<void(const LexedSpan&)>& emit_;
  std::array<bool, 256> marked_{};
  std::string_view pending_;  // the word that ends a here-document whose line has not ended
  size_t at_ = 0, from_ = 0;
  std::uint32_t line_ = 1;
  Span kind_ = Span::code;
  bool no_double_ = false, no_single_ = false, no_heredoc_ = false;  // looked for in vain
};

}  // namespace

void lex(std::string_view source, const Lexicon& lexicon,
         const std::function<void(const LexedSpan&)>& emit) {
  Lexer(source, lexicon, emit).run();
}

}  // namespace triage::retrieval
