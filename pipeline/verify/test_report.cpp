#include "pipeline/verify/test_report.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "pipeline/base/ascii.h"
#include "pipeline/base/utf8.h"
#include "pipeline/verify/junit_internal.h"
#include "pipeline/verify/test_lines_internal.h"

namespace triage::verify {
namespace {

constexpr size_t kMaxTests = 50'000;
constexpr size_t kMaxLine = 4096;

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

// Without colours: "\x1b[31m".
std::string without_colours(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b' || i + 1 >= text.size() || text[i + 1] != '[') {
      out += text[i];
      continue;
    }
    i += 2;
    while (i < text.size() && (text[i] == ';' || (text[i] >= '0' && text[i] <= '9'))) ++i;
  }
  return out;
}

// The same name twice: a failure is never painted over.
void add(TestReport& report, const FoundTest& test) {
  if (test.name.empty()) return;
  if (report.tests.size() >= kMaxTests && !report.tests.contains(test.name)) return;
  const auto [entry, is_new] = report.tests.emplace(test.name, test.status);
  if (!is_new && test.status == TestStatus::failed) entry->second = TestStatus::failed;
}

std::uint32_t count(const TestReport& report, TestStatus status) {
  return static_cast<std::uint32_t>(
      std::count_if(report.tests.begin(), report.tests.end(),
                    [&](const auto& test) { return test.second == status; }));
}

// Documents speak where the output does not name what passed; its failures stand all the same.
void add_documents(TestReport& report, std::string_view output,
                   const std::vector<std::string>& documents) {
  std::vector<std::string_view> all(documents.begin(), documents.end());
  if (const std::string_view printed = printed_junit(output); !printed.empty())
    all.push_back(printed);
  for (const std::string_view document : all) {
    const auto tests = read_junit(document);
    if (!tests) continue;
    for (const FoundTest& test : *tests) add(report, test);
  }
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

TestReport read_test_report(std::string_view text, bool exit_ok,
                            const std::vector<std::string>& documents) {
  const std::string output = without_colours(text);
  TestReport report;
  report.exit_ok = exit_ok;
  ResultLines lines;
  std::vector<FoundTest> found;
  each_line(output, [&](std::string_view line) {
    if (line.size() > kMaxLine) return;
    found.clear();
    lines.read(line, found);
    for (const FoundTest& test : found) add(report, test);
  });
  // A log that lost its middle can't show what is missing.
  const bool whole = output.find(" bytes left out …") == std::string::npos;
  report.names_passes = whole && count(report, TestStatus::passed) > 0;
  if (!report.names_passes) {
    const size_t before = report.tests.size();
    add_documents(report, output, documents);
    report.names_passes = report.tests.size() > before && count(report, TestStatus::passed) > 0;
  }
  report.passed =
      std::max(count(report, TestStatus::passed), lines.passed(count(report, TestStatus::failed)));
  report.skipped = std::max(count(report, TestStatus::skipped), lines.skipped());
  const bool ran_none = output.find("Ran 0 tests") != std::string::npos ||
                        output.find("no tests ran") != std::string::npos ||
                        output.find("No tests were found") != std::string::npos;
  if (report.tests.empty() && report.passed == 0 && !ran_none) {
    report.tests.emplace(kWholeCommand, exit_ok ? TestStatus::passed : TestStatus::failed);
    report.passed = exit_ok ? 1 : 0;
  }
  return report;
}

TestReport read_test_report(const ProcessResult& result,
                            const std::vector<std::string>& documents) {
  return read_test_report(result.out + "\n" + result.err, result.success(), documents);
}

std::string failure_line(std::string_view output, std::string_view before) {
  // What says why comes before what only says which.
  static constexpr std::array<std::string_view, 9> kWhy{
      "Error: ",          "Exception: ", "AssertionError", "panicked at", "Assertion ",
      "assertion failed", "Failure: ",   "panic: ",        "_test.go:"};
  static constexpr std::array<std::string_view, 5> kWhich{"not ok ", "***", "FAILED", "Failure:",
                                                          "--- FAIL"};
  const auto holds = [](std::string_view text, const auto& marks) {
    return std::any_of(marks.begin(), marks.end(), [&](std::string_view mark) {
      return text.find(mark) != std::string_view::npos;
    });
  };
  std::unordered_set<std::string_view> known;  // a passing run says the same: not the reason
  each_line(before, [&](std::string_view line) { known.insert(trim(line)); });
  std::string_view why, which, last;
  each_line(output, [&](std::string_view line) {
    std::string_view text = trim(line);
    const bool of_pytest = text.starts_with("E  ");
    if (text.empty() || known.contains(text)) return;
    if (of_pytest) text = trim(text.substr(1));
    last = text;
    if (why.empty() && holds(text, kWhy) && !text.starts_with("raise ")) why = text;
    if (which.empty() && (of_pytest || holds(text, kWhich))) which = text;
  });
  const std::string_view best = !why.empty() ? why : !which.empty() ? which : last;
  return repair_utf8(truncate_utf8(best, 300));
}

std::string_view load_failure(std::string_view output) {
  static constexpr std::array<std::string_view, 19> kSigns{"ModuleNotFoundError",
                                                           "ImportError",
                                                           "SyntaxError",
                                                           "IndentationError",
                                                           "TabError",
                                                           "error collecting",
                                                           "errors during collection",
                                                           "unittest.loader._FailedTest",
                                                           "[build failed]",
                                                           "[setup failed]",
                                                           "Cannot find module",
                                                           "could not compile",
                                                           "error[E",
                                                           "compilation failed",
                                                           "Test suite failed to run",
                                                           "fatal error:",
                                                           "can't open file",
                                                           "cannot load such file",
                                                           "command not found"};
  for (const std::string_view sign : kSigns) {
    if (output.find(sign) != std::string_view::npos) return sign;
  }
  return {};
}

}  // namespace triage::verify
