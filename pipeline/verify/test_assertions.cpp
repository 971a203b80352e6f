#include <algorithm>
#include <array>

#include "pipeline/verify/test_code_internal.h"

namespace triage::verify {
namespace {

constexpr std::array<std::string_view, 33> kAssertions{
    "assert",        "Assert",      "expect(",       "expect ",     "expect.",      "EXPECT_",
    "ASSERT_",       "CHECK(",      "CHECK_",        "REQUIRE(",    "REQUIRE_",     "BOOST_CHECK",
    "BOOST_REQUIRE", "BOOST_TEST(", "XCTAssert",     ".should",     "should ",      "should.",
    "is_expected",   "t.Error",     "t.Fatal",       "t.Fail",      "require.",     "self.fail",
    "fail(",         "Fail(",       "pytest.raises", "pytest.fail", "pytest.warns", "refute",
    ".must_",        "verify(",     "debug_assert"};

// One line however it was wrapped: blanks only between words, no comma before a closing bracket.
std::string squeezed(std::string_view text) {
  static constexpr std::string_view kOpen = "([{", kClose = ")]}";
  std::string out;
  bool blank = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      blank = true;
      continue;
    }
    if (kClose.find(c) != kClose.npos) {
      if (out.ends_with(',')) out.pop_back();
    } else if (blank && !out.empty() && kOpen.find(out.back()) == kOpen.npos) {
      out += ' ';
    }
    blank = false;
    out += c;
  }
  return out;
}

std::string without_blanks(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return c == ' ' || c == '\t'; });
  return out;
}

std::int64_t open_brackets(std::string_view bare) {
  std::int64_t open = 0;
  for (const char c : bare) open += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
  return open;
}

// The arguments of the first call, split at its own commas.
std::vector<std::string_view> arguments_of(std::string_view call) {
  std::vector<std::string_view> found;
  const size_t open = call.find('(');
  if (open == std::string_view::npos) return found;
  size_t start = open + 1;
  int depth = 0;
  for (size_t i = open; i < call.size(); ++i) {
    const char c = call[i];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (depth == 0 || (depth == 1 && c == ',')) {
      found.push_back(call.substr(start, i - start));
      start = i + 1;
    }
    if (depth == 0) break;
  }
  return found;
}

bool is_constant(std::string_view value) {
  static constexpr std::array<std::string_view, 14> kConstants{
      "True",       "true", "1",     "notFalse", "!false",     "1==1",         "True==True",
      "true==true", "0==0", "True,", "1>0",      "\"\"==\"\"", "Boolean.TRUE", "not0"};
  return std::find(kConstants.begin(), kConstants.end(), value) != kConstants.end();
}

// Where the first checking word of a line starts; a function's own name is none.
size_t first_assertion(std::string_view bare) {
  size_t first = std::string_view::npos;
  for (const std::string_view word : kAssertions) {
    if (!has_word(bare, word)) continue;
    size_t at = bare.find(word);
    while (count_words(bare.substr(0, at + word.size()), word) == 0) at = bare.find(word, at + 1);
    const std::string_view before = bare.substr(0, at);
    const bool defined = before.ends_with("def ") || before.ends_with("func ") ||
                         before.ends_with("function ") || before.ends_with("import ");
    if (!defined) first = std::min(first, at);
  }
  return first;
}

// Two sides that are the same text, of "==", "is" and their kin.
bool has_equal_sides(std::string_view expression) {
  for (const std::string_view sign : {"===", "=="}) {
    const size_t at = expression.find(sign);
    if (at == std::string_view::npos) continue;
    if (expression.substr(0, at).ends_with('!')) return false;
    const std::string_view left = expression.substr(0, at),
                           right = expression.substr(at + sign.size());
    return !left.empty() && left == right.substr(0, right.find(','));
  }
  return false;
}

// `kept` has its strings, so that two different ones are not taken for equal.
bool is_trivial(std::string_view kept) {
  const std::string text = without_blanks(kept);
  for (const std::string_view way_out : {"orTrue", "or1)", "||true", "||1)", "ifFalseelse"}) {
    if (text.find(way_out) != std::string::npos) return true;
  }
  if (kept.starts_with("assert ")) {
    const std::string claim = without_blanks(kept.substr(7));
    const std::string_view first = std::string_view(claim).substr(0, claim.find(','));
    return is_constant(first) || has_equal_sides(claim) ||
           (claim.starts_with('(') && claim.find(",\"") != claim.npos && claim.ends_with(')'));
  }
  const std::vector<std::string_view> arguments = arguments_of(text);
  if (arguments.empty()) return false;
  const std::string_view call = std::string_view(text).substr(0, text.find('('));
  const bool is_false = call.ends_with("False") || call.ends_with("FALSE");
  if (is_false) return arguments[0] == "False" || arguments[0] == "false" || arguments[0] == "0";
  const size_t expectation = text.find(").to");
  if (expectation != std::string::npos && call.ends_with("expect")) {
    const std::vector<std::string_view> expected =
        arguments_of(std::string_view(text).substr(expectation + 1));
    const bool same = !expected.empty() && expected[0] == arguments[0] && !expected[0].empty();
    return same || (is_constant(arguments[0]) && text.find("Truthy") != text.npos);
  }
  if (is_constant(arguments[0]) && arguments.size() <= 2 && call.find("qual") == call.npos)
    return true;
  return has_equal_sides(arguments[0]) ||
         (arguments.size() >= 2 && arguments[0] == arguments[1] && call.find("Not") == call.npos &&
          call.find("_NE") == call.npos);
}

}  // namespace

std::vector<Assertion> assertions_of(const TestFunction& function) {
  constexpr size_t kLongest = 40;
  std::vector<Assertion> found;
  if (function.bare.empty()) return found;
  const auto depth_of = [](std::string_view line) {
    return std::min(line.find_first_not_of(" \t"), line.size());
  };
  const size_t base = depth_of(function.bare[0]);
  for (size_t i = 0; i < function.bare.size(); ++i) {
    const std::string_view bare = function.bare[i];
    const size_t start = first_assertion(bare);
    if (start == std::string_view::npos) continue;
    Assertion assertion{function.body[i].substr(start),
                        depth_of(bare) - std::min(base, depth_of(bare)), false};
    std::int64_t open = open_brackets(bare);
    for (size_t n = 0;
         open > 0 && i + 1 < function.bare.size() && n < kLongest && !bare.ends_with('{'); ++n) {
      ++i;
      open += open_brackets(function.bare[i]);
      assertion.text += " " + std::string(trim_blanks(function.body[i]));
    }
    assertion.text = squeezed(assertion.text);
    assertion.trivial = is_trivial(assertion.text);
    found.push_back(std::move(assertion));
  }
  return found;
}

}  // namespace triage::verify
