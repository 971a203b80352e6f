#include "pipeline/verify/test_report.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "pipeline/base/utf8.h"

namespace triage::verify {
namespace {

constexpr size_t kMaxTests = 50'000;
constexpr size_t kMaxName = 300;

struct Found {
  std::string_view name;
  TestStatus status = TestStatus::passed;
};

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// "name ... ok", "test_total (tests.CartTest.test_total) ... FAIL": unittest and cargo.
std::optional<Found> dots_line(std::string_view line) {
  const size_t at = line.rfind(" ... ");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view verdict = trim(line.substr(at + 5));
  std::string_view name = trim(line.substr(0, at));
  if (name.starts_with("test ")) name.remove_prefix(5);
  if (verdict == "ok" || verdict == "expected failure") return Found{name, TestStatus::passed};
  if (verdict == "FAIL" || verdict == "ERROR" || verdict == "FAILED" ||
      verdict == "unexpected success")
    return Found{name, TestStatus::failed};
  if (verdict.starts_with("skipped") || verdict.starts_with("ignored"))
    return Found{name, TestStatus::skipped};
  return std::nullopt;
}

// "FAIL: test_total (tests.CartTest.test_total)": unittest, its headings of failures.
std::optional<Found> heading_line(std::string_view line) {
  for (const std::string_view start : {"FAIL: ", "ERROR: "}) {
    if (line.starts_with(start) && line.ends_with(')') && line.find(" (") != line.npos)
      return Found{line.substr(start.size()), TestStatus::failed};
  }
  return std::nullopt;
}

struct Word {
  std::string_view word;
  TestStatus status;
};

constexpr std::array<Word, 6> kPytestWords{{{"PASSED", TestStatus::passed},
                                            {"FAILED", TestStatus::failed},
                                            {"ERROR", TestStatus::failed},
                                            {"SKIPPED", TestStatus::skipped},
                                            {"XFAIL", TestStatus::skipped},
                                            {"XPASS", TestStatus::passed}}};

// "tests/test_cart.py::test_total PASSED [ 50%]" and "FAILED tests/test_cart.py::test_total - why".
std::optional<Found> pytest_line(std::string_view line) {
  for (const auto& [word, status] : kPytestWords) {
    if (line.starts_with(word) && line.substr(word.size()).starts_with(' ')) {
      std::string_view name = trim(line.substr(word.size()));
      name = name.substr(0, name.find(" - "));
      if (name.find(".py") == std::string_view::npos) return std::nullopt;
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
  const bool failed = line.starts_with("not ok ");
  if (!failed && !line.starts_with("ok ")) return std::nullopt;
  line.remove_prefix(failed ? 7 : 3);
  const size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits == 0) return std::nullopt;
  std::string_view name = trim(line.substr(digits));
  if (name.starts_with("- ")) name = trim(name.substr(2));
  const size_t directive = name.find(" # ");
  const std::string_view what =
      directive == std::string_view::npos ? "" : name.substr(directive + 3);
  if (directive != std::string_view::npos) name = trim(name.substr(0, directive));
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
  const TestStatus status = verdict.find("Passed") != verdict.npos        ? TestStatus::passed
                            : verdict.find("***Skipped") != verdict.npos  ? TestStatus::skipped
                            : verdict.find("(Disabled)") != verdict.npos  ? TestStatus::skipped
                                                                          : TestStatus::failed;
  return Found{trim(rest.substr(0, dots)), status};
}

// "    ✓ adds up (5 ms)"
std::optional<Found> jest_line(std::string_view line) {
  static constexpr std::array<Word, 6> kMarks{{{"✓", TestStatus::passed},
                                               {"√", TestStatus::passed},
                                               {"✕", TestStatus::failed},
                                               {"✗", TestStatus::failed},
                                               {"×", TestStatus::failed},
                                               {"○", TestStatus::skipped}}};
  line = trim(line);
  for (const auto& [mark, status] : kMarks) {
    if (!line.starts_with(mark)) continue;
    std::string_view name = trim(line.substr(mark.size()));
    if (name.ends_with(" ms)") || name.ends_with(" s)")) name = trim(name.substr(0, name.rfind('(')));
    return Found{name, status};
  }
  return std::nullopt;
}

using LineReader = std::optional<Found> (*)(std::string_view);
constexpr std::array<LineReader, 7> kReaders{dots_line, heading_line, pytest_line, tap_line,
                                             go_line,   ctest_line,   jest_line};

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

template <class Visit>
void each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    visit(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// "test_total (tests.CartTest.test_total)" and "test_total (tests.CartTest)" are one name.
std::string plain_name(std::string_view name) {
  name = truncate_utf8(name, kMaxName);
  const size_t open = name.find(" (");
  if (open == std::string_view::npos || !name.ends_with(')')) return std::string(name);
  const std::string_view method = name.substr(0, open);
  const std::string_view owner = name.substr(open + 2, name.size() - open - 3);
  if (method.find(' ') != std::string_view::npos) return std::string(name);
  if (owner.ends_with("." + std::string(method))) return std::string(owner);
  return std::string(owner) + "." + std::string(method);
}

}  // namespace

std::vector<std::string> TestReport::failed() const {
  std::vector<std::string> names;
  for (const auto& [name, status] : tests) {
    if (status == TestStatus::failed) names.push_back(name);
  }
  return names;
}

bool TestReport::has_failed(const std::string& test) const {
  const auto found = tests.find(test);
  return found != tests.end() && found->second == TestStatus::failed;
}

bool TestReport::has_passed(const std::string& test) const {
  const auto found = tests.find(test);
  return found != tests.end() && found->second == TestStatus::passed;
}

TestReport read_test_report(std::string_view output, bool exit_ok) {
  TestReport report;
  report.exit_ok = exit_ok;
  std::uint32_t ran = 0, counted = 0;
  each_line(output, [&](std::string_view line) {
    if (line.size() > 4096) return;
    if (line.starts_with("Ran ")) ran = std::max(ran, number_before(line, "test"));
    counted = std::max(counted, number_before(line, "passed"));
    for (const LineReader reader : kReaders) {
      const auto found = reader(line);
      if (!found || found->name.empty()) continue;
      const std::string name = plain_name(found->name);
      if (report.tests.size() >= kMaxTests && !report.tests.contains(name)) return;
      const auto [entry, is_new] = report.tests.emplace(name, found->status);
      // The same name twice: a failure is never painted over.
      if (!is_new && found->status == TestStatus::failed) entry->second = TestStatus::failed;
      return;
    }
  });
  std::uint32_t passed = 0;
  for (const auto& [name, status] : report.tests) passed += status == TestStatus::passed;
  const auto failed = static_cast<std::uint32_t>(report.failed().size());
  // A log that lost its middle can't show what is missing.
  report.names_passes = passed > 0 && output.find(" bytes left out …") == std::string_view::npos;
  report.passed = std::max({passed, counted, ran > failed ? ran - failed : 0});
  const bool ran_none = output.find("Ran 0 tests") != std::string_view::npos ||
                        output.find("no tests ran") != std::string_view::npos ||
                        output.find("No tests were found") != std::string_view::npos;
  if (report.tests.empty() && report.passed == 0 && !ran_none) {
    report.tests.emplace(kWholeCommand, exit_ok ? TestStatus::passed : TestStatus::failed);
    report.passed = exit_ok ? 1 : 0;
  }
  return report;
}

TestReport read_test_report(const ProcessResult& result) {
  return read_test_report(result.out + "\n" + result.err, result.success());
}

std::string failure_line(std::string_view output) {
  static constexpr std::array<std::string_view, 7> kMarks{
      "Error: ", "Exception: ", "AssertionError", "panicked at", "Assertion ", "assertion failed",
      "Failure: "};
  std::string_view best, last;
  each_line(output, [&](std::string_view line) {
    std::string_view text = trim(line);
    if (text.starts_with("E  ")) text = trim(text.substr(1));  // pytest
    if (text.empty()) return;
    last = text;
    const bool marked = std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) {
      return text.find(mark) != std::string_view::npos;
    });
    const bool source_line = text.find("_test.go:") != std::string_view::npos;
    if (best.empty() && (marked || source_line) && !text.starts_with("raise ")) best = text;
  });
  return repair_utf8(truncate_utf8(best.empty() ? last : best, 300));
}

std::string_view load_failure(std::string_view output) {
  static constexpr std::array<std::string_view, 19> kSigns{
      "ModuleNotFoundError", "ImportError", "SyntaxError", "IndentationError", "TabError",
      "error collecting", "errors during collection", "unittest.loader._FailedTest",
      "[build failed]", "[setup failed]", "Cannot find module", "could not compile",
      "error[E", "compilation failed", "Test suite failed to run", "fatal error:",
      "can't open file", "cannot load such file", "command not found"};
  for (const std::string_view sign : kSigns) {
    if (output.find(sign) != std::string_view::npos) return sign;
  }
  return {};
}

}  // namespace triage::verify
