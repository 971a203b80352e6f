#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "pipeline/base/ascii.h"
#include "pipeline/base/json.h"
#include "pipeline/base/utf8.h"
#include "pipeline/verify/test_lines_internal.h"

namespace triage::verify {
namespace {

constexpr size_t kMaxName = 300;

struct Found {
  std::string_view name;
  TestStatus status = TestStatus::passed;
};
struct Word {
  std::string_view word;
  TestStatus status;
};

// Without " (5 ms)" or " (1.234s)" at the end.
std::string_view without_time(std::string_view name) {
  const size_t open = name.rfind(" (");
  if (open == name.npos || !name.ends_with("s)") || open + 3 >= name.size()) return name;
  const std::string_view inside = name.substr(open + 2, name.size() - open - 3);
  const bool time = inside[0] >= '0' && inside[0] <= '9' &&
                    inside.find_first_not_of("0123456789.,mµnsh ") == inside.npos;
  return time ? name.substr(0, open) : name;
}

// What unittest, cargo and trial say after " ... ".
std::optional<TestStatus> verdict_of(std::string_view word) {
  static constexpr std::array<Word, 7> kVerdicts{{{"ok", TestStatus::passed},
                                                  {"FAIL", TestStatus::failed},
                                                  {"ERROR", TestStatus::failed},
                                                  {"FAILED", TestStatus::failed},
                                                  {"unexpected success", TestStatus::failed},
                                                  // A failure that nobody minds shows nothing.
                                                  {"expected failure", TestStatus::skipped},
                                                  {"ignored", TestStatus::skipped}}};
  for (const auto& [verdict, status] : kVerdicts) {
    if (word == verdict) return status;
  }
  if (word.starts_with("skipped") || word.starts_with("ignored")) return TestStatus::skipped;
  return std::nullopt;
}

// "name ... ok", "test cart::adds ... ok": cargo, and unittest where nothing comes between.
std::optional<Found> dots_line(std::string_view line) {
  const size_t at = line.rfind(" ... ");
  if (at == std::string_view::npos) return std::nullopt;
  const auto status = verdict_of(trim(line.substr(at + 5)));
  std::string_view name = trim(line.substr(0, at));
  if (name.starts_with("test ")) name.remove_prefix(5);
  if (!status) return std::nullopt;
  return Found{name, *status};
}

// "FAIL: test_total (tests.CartTest.test_total) [case] (i=1)": unittest, its headings of failures.
std::optional<Found> heading_line(std::string_view line) {
  for (const std::string_view start : {"FAIL: ", "ERROR: "}) {
    const size_t open = line.find(" (");
    if (!line.starts_with(start) || open == line.npos) continue;
    const size_t close = line.find(')', open);
    if (close == line.npos) continue;
    return Found{line.substr(start.size(), close + 1 - start.size()), TestStatus::failed};
  }
  return std::nullopt;
}

constexpr std::array<Word, 6> kPytestWords{{{"PASSED", TestStatus::passed},
                                            {"FAILED", TestStatus::failed},
                                            {"ERROR", TestStatus::failed},
                                            {"SKIPPED", TestStatus::skipped},
                                            {"XFAIL", TestStatus::skipped},
                                            {"XPASS", TestStatus::passed}}};

// "tests/test_cart.py::test_total PASSED [ 50%]" and "FAILED tests/test_cart.py::test_total - why".
std::optional<Found> pytest_line(std::string_view line) {
  // xdist: "[gw0] [ 50%] PASSED tests/test_cart.py::test_total "
  if (line.starts_with("[gw"))
    line = trim(line.substr(std::min(line.rfind("] ") + 1, line.size())));
  for (const auto& [word, status] : kPytestWords) {
    if (line.starts_with(word) && line.substr(word.size()).starts_with(' ')) {
      std::string_view name = trim(line.substr(word.size()));
      name = name.substr(0, name.find(" - "));
      // "SKIPPED [2] tests/test_cart.py:12: slow" counts, and names none.
      if (name.starts_with('[') || name.find(".py") == std::string_view::npos) return std::nullopt;
      return Found{name, status};
    }
    const size_t at = line.find(word);
    if (at == std::string_view::npos || at < 2 || line[at - 1] != ' ') continue;
    const std::string_view name = trim(line.substr(0, at));
    const std::string_view rest = trim(line.substr(at + word.size()));
    if (name.find("::") == std::string_view::npos || name.find(".py") == std::string_view::npos ||
        name.find(' ') < name.find("::") || !(rest.empty() || rest[0] == '[' || rest[0] == '('))
      continue;
    return Found{name, status};
  }
  return std::nullopt;
}

// "ok 1 - name # SKIP why"
std::optional<Found> tap_line(std::string_view line) {
  line = trim(line);  // subtests are indented
  const bool failed = line.starts_with("not ok ");
  if (!failed && !line.starts_with("ok ")) return std::nullopt;
  line.remove_prefix(failed ? 7 : 3);
  const size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits == 0) return std::nullopt;
  std::string_view name = trim(line.substr(digits));
  if (name.starts_with("- ")) name = trim(name.substr(2));
  // "ok 2 # SKIP why" has no name before its directive.
  const size_t directive = name.starts_with("# ") ? 0 : name.find(" # ");
  std::string_view what;
  if (directive != std::string_view::npos) {
    what = trim(name.substr(name.find("# ", directive) + 2));
    name = trim(name.substr(0, directive));
  }
  if (name.empty()) name = line.substr(0, digits);
  const bool skipped = what.starts_with("SKIP") || what.starts_with("skip") ||
                       what.starts_with("TODO") || what.starts_with("todo");
  return Found{name, skipped  ? TestStatus::skipped
                     : failed ? TestStatus::failed
                              : TestStatus::passed};
}

// "--- PASS: TestTotal/three_items (0.00s)"
std::optional<Found> go_line(std::string_view line) {
  line = trim(line);
  if (!line.starts_with("--- ")) return std::nullopt;
  static constexpr std::array<Word, 3> kWords{{{"PASS: ", TestStatus::passed},
                                               {"FAIL: ", TestStatus::failed},
                                               {"SKIP: ", TestStatus::skipped}}};
  for (const auto& [word, status] : kWords) {
    if (!line.substr(4).starts_with(word)) continue;
    const std::string_view name = line.substr(4 + word.size());
    return Found{name.substr(0, name.find(" (")), status};
  }
  return std::nullopt;
}

// " 3/12 Test  #3: cart_total .......***Failed    0.01 sec"
std::optional<Found> ctest_line(std::string_view line) {
  const size_t mark = line.find("Test ");
  const size_t number = line.find('#');
  if (mark == std::string_view::npos || number == std::string_view::npos || number < mark ||
      !line.ends_with("sec"))
    return std::nullopt;
  const size_t colon = line.find(": ", number);
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view rest = line.substr(colon + 2);
  const size_t dots = rest.find(" ..");
  if (dots == std::string_view::npos) return std::nullopt;
  const std::string_view verdict = rest.substr(dots);
  const TestStatus status = verdict.find("Passed") != verdict.npos       ? TestStatus::passed
                            : verdict.find("***Skipped") != verdict.npos ? TestStatus::skipped
                            : verdict.find("(Disabled)") != verdict.npos ? TestStatus::skipped
                                                                         : TestStatus::failed;
  return Found{trim(rest.substr(0, dots)), status};
}

// "    ✓ adds up (5 ms)": jest and mocha; "✔ adds up (1.2ms)": node.
std::optional<Found> mark_line(std::string_view line) {
  static constexpr std::array<Word, 9> kMarks{{{"✓", TestStatus::passed},
                                               {"√", TestStatus::passed},
                                               {"✔", TestStatus::passed},
                                               {"✕", TestStatus::failed},
                                               {"✗", TestStatus::failed},
                                               {"✖", TestStatus::failed},
                                               {"×", TestStatus::failed},
                                               {"○", TestStatus::skipped},
                                               {"﹣", TestStatus::skipped}}};
  line = trim(line);
  for (const auto& [mark, status] : kMarks) {
    if (!line.starts_with(mark)) continue;
    std::string_view name = trim(line.substr(mark.size()));
    if (name.ends_with(':')) return std::nullopt;  // node: "✖ failing tests:"
    const size_t directive = name.rfind(" # SKIP");
    name = without_time(name.substr(0, directive));
    return Found{name, directive == name.npos ? status : TestStatus::skipped};
  }
  return std::nullopt;
}

using LineReader = std::optional<Found> (*)(std::string_view);
constexpr std::array<LineReader, 7> kReaders{dots_line, heading_line, pytest_line, tap_line,
                                             go_line,   ctest_line,   mark_line};

// "3 passed, 1 failed in 0.12s" and the like: the number before a word.
std::uint32_t number_before(std::string_view line, std::string_view word) {
  const size_t at = line.find(word);
  if (at == std::string_view::npos || at < 2 || line[at - 1] != ' ') return 0;
  size_t start = at - 1;
  while (start > 0 && line[start - 1] >= '0' && line[start - 1] <= '9') --start;
  std::uint32_t number = 0;
  std::from_chars(line.data() + start, line.data() + at - 1, number);
  return number;
}

// "OK (skipped=2)", "# pass 3".
std::uint32_t number_after(std::string_view line, std::string_view word) {
  const size_t at = line.find(word);
  std::uint32_t number = 0;
  if (at != line.npos)
    std::from_chars(line.data() + at + word.size(), line.data() + line.size(), number);
  return number;
}

// "test_total (tests.CartTest.test_total)": how unittest writes a test.
bool is_unittest_name(std::string_view text) {
  if (text.empty()) return false;
  const size_t open = text.find(" (");
  const std::string_view owner = text.substr(std::min(open, text.size() - 1) + 1);
  return open != text.npos && text.ends_with(')') && text.substr(0, open).find(' ') == text.npos &&
         owner.find(' ') == text.npos && owner.find('.') != text.npos;
}

// "test_total (tests.CartTest.test_total)" and "test_total (tests.CartTest)" are one name.
std::string plain_name(std::string_view name) {
  name = truncate_utf8(name, kMaxName);
  if (!is_unittest_name(name)) return std::string(name);
  const size_t open = name.find(" (");
  const std::string_view method = name.substr(0, open);
  const std::string_view owner = name.substr(open + 2, name.size() - open - 3);
  if (owner.ends_with("." + std::string(method))) return std::string(owner);
  return std::string(owner) + "." + std::string(method);
}

}  // namespace

void ResultLines::read(std::string_view line, std::vector<FoundTest>& found) {
  count(line);
  if (read_go_json(line, found) || read_unittest(line, found)) return;
  read_mocha(line, found);
  for (const LineReader reader : kReaders) {
    const auto result = reader(line);
    if (!result || result->name.empty()) continue;
    found.push_back({plain_name(result->name), result->status});
    break;
  }
  previous_ = is_unittest_name(line) ? line : "";
}

// Names that stand a line above their docstring, and verdicts that stand below what a test printed.
bool ResultLines::read_unittest(std::string_view line, std::vector<FoundTest>& found) {
  const size_t at = line.rfind(" ... ");
  const size_t first = line.find(" ... ");
  if (first != line.npos && (is_unittest_name(line.substr(0, first)) ||
                             (!previous_.empty() && !line.starts_with("test ")))) {
    const std::string name =
        plain_name(is_unittest_name(line.substr(0, first)) ? line.substr(0, first) : previous_);
    previous_.clear();
    open_.clear();
    if (const auto status = verdict_of(trim(line.substr(at + 5)))) {
      found.push_back({name, *status});
    } else {
      open_ = name;
    }
    return true;
  }
  if (open_.empty()) return false;
  const auto status = verdict_of(trim(line));
  if (!status) return false;
  found.push_back({std::exchange(open_, {}), *status});
  return true;
}

// {"Action":"pass","Package":"shop","Test":"TestTotal","Elapsed":0}
bool ResultLines::read_go_json(std::string_view line, std::vector<FoundTest>& found) {
  if (!line.starts_with("{\"") || line.find("\"Action\":") == line.npos) return false;
  const auto event = parse_json(line);
  if (!event) return false;
  const std::string& action = (*event)["Action"].as_string();
  const std::string& test = (*event)["Test"].as_string();
  static constexpr std::array<Word, 3> kActions{
      {{"pass", TestStatus::passed}, {"fail", TestStatus::failed}, {"skip", TestStatus::skipped}}};
  for (const auto& [word, status] : kActions) {
    if (action != word || test.empty()) continue;
    const std::string name = (*event)["Package"].as_string() + "." + test;
    found.push_back({std::string(truncate_utf8(name, kMaxName)), status});
  }
  return true;
}

// "    1) rounds" is a failure only where mocha's summary follows.
void ResultLines::read_mocha(std::string_view line, std::vector<FoundTest>& found) {
  const std::string_view text = trim(line);
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits > 0 && digits < text.size() && text.substr(digits).starts_with(") ") &&
      numbered_.size() < 1000)
    numbered_.emplace_back(truncate_utf8(text.substr(digits + 2), kMaxName));
  if (digits == 0 || !text.substr(digits).starts_with(" passing (")) return;
  for (std::string& name : numbered_) found.push_back({std::move(name), TestStatus::failed});
  numbered_.clear();
}

void ResultLines::count(std::string_view line) {
  if (line.starts_with("Ran ")) ran_ = std::max(ran_, number_before(line, "test"));
  if (line.starts_with("FAILED (") || line.starts_with("OK ("))
    failed_ = std::max(failed_, number_after(line, "failures=") + number_after(line, "errors="));
  packages_ += line.starts_with("ok  \t");
  for (const std::string_view word : {"passed", "passing"})
    passed_ = std::max(passed_, number_before(line, word));
  for (const std::string_view word : {"# pass ", "ℹ pass "}) {
    if (line.starts_with(word)) passed_ = std::max(passed_, number_after(line, word));
  }
  std::uint32_t skipped = 0;
  if (line.starts_with("OK (") || line.starts_with("FAILED ("))
    skipped = number_after(line, "skipped=") + number_after(line, "expected failures=");
  for (const std::string_view word : {"# skipped ", "ℹ skipped "})
    if (line.starts_with(word)) skipped += number_after(line, word);
  const bool summary = line.find("passed") != line.npos || line.find(" in ") != line.npos;
  if (summary)
    for (const std::string_view word : {"skipped", "xfailed", "ignored", "todo"})
      skipped += number_before(line, word);
  if (trim(line).ends_with(" pending")) skipped += number_before(line, "pending");
  skipped_ = std::max(skipped_, skipped);
}

std::uint32_t ResultLines::passed(std::uint32_t failed) const {
  const std::uint32_t lost = std::max(failed, failed_) + skipped_;
  return std::max({passed_, packages_, ran_ > lost ? ran_ - lost : 0});
}

}  // namespace triage::verify
