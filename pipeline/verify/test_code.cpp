#include <algorithm>
#include <array>
#include <optional>

#include "pipeline/verify/policy.h"
#include "pipeline/verify/test_code_internal.h"

namespace triage::verify {
namespace {

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

// Where the string that starts at `at` ends (one past it), or the end of its line where it is open.
size_t end_of_string(std::string_view text, size_t at, Family family) {
  const char quote = text[at];
  const std::string three(3, quote);
  if (family == Family::python && text.substr(at).starts_with(three)) {
    const size_t end = text.find(three, at + 3);
    return end == std::string_view::npos ? text.size() : end + 3;
  }
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == quote)
      return i + 1;
    else if (text[i] == '\n' && quote != '`')
      return i;
  }
  return text.size();
}

// A single quote in C-like code is also a lifetime or a separator of digits.
bool opens_string(std::string_view text, size_t at, Family family) {
  const char c = text[at];
  if (c == '"' || (c == '`' && family == Family::c_like)) return true;
  if (c != '\'') return false;
  if (family != Family::c_like) return true;
  const size_t end = text.find('\'', at + 1), line = std::min(text.find('\n', at), text.size());
  return (at == 0 || !is_word(text[at - 1])) && end != std::string_view::npos && end < line;
}

size_t end_of_comment(std::string_view text, size_t at, Family family) {
  const std::string_view rest = text.substr(at);
  if (family == Family::c_like && rest.starts_with("/*")) {
    const size_t end = text.find("*/", at + 2);
    return end == std::string_view::npos ? text.size() : end + 2;
  }
  const bool starts = family == Family::c_like ? rest.starts_with("//") : rest.starts_with("#");
  return starts ? std::min(text.find('\n', at), text.size()) : at;
}

struct Start {
  std::string_view words;
  bool is_test = true;  // else a class or group that names what is in it
};
constexpr std::array<Start, 46> kStarts{{
    {"def test"},
    {"async def test"},
    {"func Test"},
    {"func Fuzz"},
    {"func Example"},
    {"func test"},
    {"public function test"},
    {"function test"},
    {"it("},
    {"test("},
    {"specify("},
    {"it.each"},
    {"test.each"},
    {"it.skip("},
    {"test.skip("},
    {"it.only("},
    {"test.only("},
    {"it.todo("},
    {"test.todo("},
    {"it.failing("},
    {"test.failing("},
    {"xit("},
    {"xtest("},
    {"fit("},
    {"it \""},
    {"it '"},
    {"test \""},
    {"test '"},
    {"specify \""},
    {"@test "},
    {"t.Run("},
    {"TEST("},
    {"TEST_F("},
    {"TEST_P("},
    {"TEST_CASE("},
    {"SCENARIO("},
    {"BOOST_AUTO_TEST_CASE("},
    {"class ", false},
    {"describe(", false},
    {"describe.skip(", false},
    {"describe.only(", false},
    {"xdescribe(", false},
    {"context(", false},
    {"suite(", false},
    {"describe ", false},
    {"mod ", false},
}};
constexpr std::array<std::string_view, 12> kAttributes{
    "@Test",         "@ParameterizedTest", "@RepeatedTest", "#[test",
    "#[tokio::test", "#[rstest",           "[Test",         "[Fact",
    "[Theory",       "[TestMethod",        "/** @test",     "@Theory"};

// "it('adds up', …" → "adds up"; "def test_total(self):" → "test_total"; "TEST(Cart, Total)" →
// itself.
std::string name_in(std::string_view kept, std::string_view bare, std::string_view words) {
  if (words.ends_with("(") || words.ends_with("\"") || words.ends_with("'") ||
      words.ends_with("each") || words == "@test " || words == "describe ") {
    const size_t open = bare.find_first_of("\"'`");
    if (open != std::string_view::npos) {
      const size_t close = bare.find(bare[open], open + 1);
      return std::string(
          kept.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
    }
    const size_t arguments = bare.find('('), end = bare.find(')', arguments);
    if (arguments == std::string_view::npos) return std::string(bare);
    return std::string(
        bare.substr(arguments + 1, end == std::string_view::npos ? end : end - arguments - 1));
  }
  size_t at = words.find_last_of(' ');
  at = at == std::string_view::npos ? 0 : at + 1;
  const auto start = bare.begin() + static_cast<std::ptrdiff_t>(at);
  return {start, std::find_if_not(start, bare.end(), is_word)};
}

// The word before the first "(", as in "public void addsUp() {" and "fn rounds() {".
std::string called_name(std::string_view bare) {
  const size_t open = bare.find('(');
  if (open == std::string_view::npos) return "";
  size_t start = open;
  while (start > 0 && is_word(bare[start - 1])) --start;
  return std::string(bare.substr(start, open - start));
}

class Reader {
 public:
  Reader(std::string_view text, Family family)
      : kept_text_(code_only(text, family, Strings::kept)),
        bare_text_(code_only(text, family, Strings::blanked)),
        kept_(lines_of(kept_text_)),
        bare_(lines_of(bare_text_)),
        family_(family) {}

  std::vector<TestFunction> read() {
    for (size_t i = 0; i < bare_.size(); ++i) read_line(i);
    return std::move(found_);
  }

 private:
  struct Scope {
    size_t depth;
    std::string name;
  };

  void read_line(size_t i) {
    const std::string_view bare = trim_blanks(bare_[i]);
    if (bare.empty()) return;
    const size_t depth = indentation(bare_[i]);
    if (bare[0] != ')' && bare[0] != '{' && bare[0] != '}')
      while (!scopes_.empty() && scopes_.back().depth >= depth) scopes_.pop_back();
    const bool attribute = std::any_of(kAttributes.begin(), kAttributes.end(),
                                       [&](auto word) { return bare.starts_with(word); });
    if (attribute) attributed_ = true;
    if (attributed_ && bare.find('(') != std::string_view::npos && !is_lead(bare)) {
      attributed_ = false;
      if (const std::string name = called_name(bare); !name.empty()) return add(i, depth, name);
    }
    const std::string_view kept = kept_[i].substr(std::min(depth, kept_[i].size()));
    for (const Start& start : kStarts) {
      std::string_view code = bare;
      for (const std::string_view before : {"pub ", "public ", "abstract ", "final ", "export "})
        if (code.starts_with(before) && !start.is_test) code.remove_prefix(before.size());
      if (!code.starts_with(start.words.substr(0, start.words.find_first_of("\"'")))) continue;
      if (start.words.find_first_of("\"'") != std::string_view::npos &&
          code.substr(0, start.words.size()).find_first_of("\"'") == std::string_view::npos)
        continue;
      const std::string name = name_in(kept.substr(bare.size() - code.size()), code, start.words);
      if (start.is_test) return add(i, depth, name);
      scopes_.push_back({depth, name});
      return;
    }
  }

  static bool is_lead(std::string_view bare) {
    return bare[0] == '@' || bare.starts_with("#[") || bare[0] == '[';
  }

  void add(size_t first, size_t depth, const std::string& name) {
    TestFunction function;
    for (const Scope& scope : scopes_) function.name += scope.name + ".";
    function.name += name;
    scopes_.push_back({depth, name});
    size_t lead = first;
    while (lead > 0 && is_led_by(lead - 1, depth)) --lead;
    for (size_t i = lead; i <= first; ++i) function.lead.emplace_back(trim_blanks(kept_[i]));
    const size_t end = end_of_block(first, depth);
    for (size_t i = first; i < end; ++i) {
      function.body.emplace_back(kept_[i]);
      function.bare.emplace_back(bare_[i]);
    }
    found_.push_back(std::move(function));
  }

  // Decorators and attributes, and the lines that these are wrapped over.
  bool is_led_by(size_t line, size_t depth) const {
    const std::string_view bare = trim_blanks(bare_[line]);
    if (bare.empty() || indentation(bare_[line]) < depth) return false;
    if (is_lead(bare) && indentation(bare_[line]) == depth) return true;
    for (size_t i = line; i-- > 0 && line - i < 40;) {
      const std::string_view earlier = trim_blanks(bare_[i]);
      if (earlier.empty() || indentation(bare_[i]) < depth) return false;
      if (indentation(bare_[i]) == depth && earlier[0] != ')' && earlier[0] != ']')
        return is_lead(earlier);
    }
    return false;
  }

  size_t end_of_block(size_t first, size_t depth) const {
    for (size_t i = first + 1; i < bare_.size(); ++i) {
      const std::string_view bare = trim_blanks(bare_[i]);
      if (bare.empty() || indentation(bare_[i]) > depth) continue;
      if (bare[0] == '{' || bare[0] == ')' || bare[0] == ']') continue;
      const bool closes = family_ != Family::python && (bare[0] == '}' || bare == "end");
      return closes ? i + 1 : i;
    }
    return bare_.size();
  }

  const std::string kept_text_, bare_text_;
  const std::vector<std::string_view> kept_, bare_;
  const Family family_;
  std::vector<Scope> scopes_;
  std::vector<TestFunction> found_;
  bool attributed_ = false;
};

}  // namespace

Family family_of(std::string_view path) {
  static constexpr std::array<std::string_view, 26> kCLike{
      "*.js",  "*.jsx",  "*.mjs", "*.cjs",   "*.ts",    "*.tsx",  "*.mts",    "*.cts", "*.go",
      "*.rs",  "*.java", "*.kt",  "*.scala", "*.swift", "*.c",    "*.h",      "*.cc",  "*.hh",
      "*.cpp", "*.hpp",  "*.cxx", "*.cs",    "*.php",   "*.dart", "*.groovy", "*.vue"};
  static constexpr std::array<std::string_view, 9> kHash{"*.rb", "*.sh", "*.bash", "*.bats", "*.pl",
                                                         "*.pm", "*.t",  "*.ex?",  "*.r"};
  const auto is = [&](std::string_view glob) { return matches_glob(glob, path); };
  if (is("*.py") || is("*.pyi")) return Family::python;
  if (std::any_of(kCLike.begin(), kCLike.end(), is)) return Family::c_like;
  return std::any_of(kHash.begin(), kHash.end(), is) ? Family::hash_comments : Family::none;
}

std::string code_only(std::string_view text, Family family, Strings strings) {
  std::string out(text);
  const auto blank = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i)
      if (out[i] != '\n') out[i] = ' ';
  };
  for (size_t at = 0; at < text.size();) {
    if (const size_t comment = end_of_comment(text, at, family); comment > at) {
      blank(at, comment);
      at = comment;
    } else if (opens_string(text, at, family)) {
      const size_t end = end_of_string(text, at, family);
      if (strings == Strings::blanked && end > at + 2) blank(at + 1, end - 1);
      at = std::max(end, at + 1);
    } else {
      ++at;
    }
  }
  return out;
}

std::set<std::string> string_literals(std::string_view text, Family family) {
  std::set<std::string> found;
  const std::string kept = code_only(text, family, Strings::kept);
  const std::string bare = code_only(text, family, Strings::blanked);
  for (size_t at = 0; at < kept.size(); ++at) {
    if (kept[at] == bare[at]) continue;
    // Blanked from here to the closing mark; blanks of the string itself look the same in both.
    const size_t open = bare.find_last_of("\"'`", at);
    size_t close = std::min(bare.find_first_of("\"'`", at), bare.size());
    const size_t start = open == std::string::npos ? at : open + 1;
    std::string literal = kept.substr(start, close - start);
    while (literal.starts_with('"') || literal.starts_with('\'')) literal.erase(0, 1);
    found.insert(std::move(literal));
    at = close;
  }
  return found;
}

std::vector<TestFunction> test_functions(std::string_view text, Family family) {
  return Reader(text, family).read();
}

size_t count_words(std::string_view text, std::string_view word) {
  size_t found = 0;
  for (size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + word.size()))
    found += at == 0 || !is_word(word.front()) || !is_word(text[at - 1]);
  return found;
}

bool has_word(std::string_view text, std::string_view word) { return count_words(text, word) > 0; }

std::string_view trim_blanks(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace triage::verify
