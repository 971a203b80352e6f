#include "pipeline/verify/policy.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "pipeline/base/ascii.h"
#include "pipeline/base/utf8.h"
#include "pipeline/verify/workspace.h"

namespace triage::verify {
namespace {

// A new module of such a name would be loaded in place of the test runner.
constexpr std::array<std::string_view, 8> kRunners{
    "unittest", "pytest", "_pytest", "usercustomize", "nose", "doctest", "jest", "pluggy"};

constexpr std::array<std::string_view, 26> kSkips{
    "@unittest.skip", "skipTest(", "SkipTest", "expectedFailure", "pytest.skip", "mark.skip",
    "mark.xfail", "pytest.xfail", "pytest.exit", "importorskip", "__unittest_skip__",
    ".skip(", "xit(", "xtest(", "xdescribe(", ".todo(", ".only(", "t.Skip", "#[ignore", "@Disabled",
    "@Ignore", "GTEST_SKIP", "DISABLED_", "if False", "if (false)", "assert True",
};

constexpr std::array<std::string_view, 13> kTestStarts{
    "def test", "async def test", "func Test", "#[test]", "@Test", "it(", "test(", "TEST(", "TEST_F(",
    "TEST_P(", "TEST_CASE(", "it \"", "it '"};

constexpr std::array<std::string_view, 8> kAssertions{
    "assert", "Assert", "expect(", "EXPECT_", "CHECK(", "REQUIRE(", ".should", "t.Error"};

// Ends a test run with success before the runner can tell.
constexpr std::array<std::string_view, 14> kExits{
    "os._exit(",    "process.exit(0", "process.exit()", "reallyExit(", "os.Exit(0",
    "quick_exit(",  "sys.exit(0",     "sys.exit()",     "SystemExit(0", "SystemExit()",
    "os.kill(",     "os.exec",        "halt(0",         "System.exit(0"};

// Changes what a test runner counts or says, or speaks in its place.
constexpr std::array<std::string_view, 24> kRunnerParts{
    "TestResult",       "TextTestRunner",  "TestProgram",    "addSuccess",    "addFailure",
    "addError =",       "\"addError\"",    "'addError'",     "wasSuccessful", "unittest.main =",
    "unittest.case",    "unittest.runner", "unittest.loader", "TestCase.run", "load_tests",
    "_pytest",          "pytest_runtest",  "pytest_configure", "pytest_plugins", "sys.settrace",
    "sys.modules[",     " ... ok",         "--- PASS",       "PASSED ["};

// Code that is no test has no use for a test runner.
constexpr std::array<std::string_view, 6> kRunnerImports{
    "import unittest", "from unittest", "import pytest", "from pytest", "import doctest",
    "from doctest"};

// A new module of this name at the root is loaded by Python's test runners in place of their own.
constexpr std::array<std::string_view, 30> kStandardModules{
    "abc",     "argparse", "asyncio",   "collections", "contextlib", "copy",
    "difflib", "enum",     "fnmatch",   "functools",   "importlib",  "inspect",
    "io",      "json",     "linecache", "logging",     "os",         "pprint",
    "random",  "re",       "signal",    "string",      "sys",        "time",
    "token",   "tokenize", "traceback", "types",       "warnings",   "weakref"};

size_t count(std::string_view text, std::string_view word) {
  size_t n = 0;
  for (size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + word.size()))
    ++n;
  return n;
}

template <size_t N>
size_t count_any(std::string_view text, const std::array<std::string_view, N>& words) {
  size_t n = 0;
  for (const std::string_view word : words) n += count(text, word);
  return n;
}

using LineCounts = std::map<std::string_view, std::int64_t>;

void count_lines(std::string_view text, std::int64_t by, LineCounts& counts) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    counts[trim(text.substr(0, end))] += by;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// Decodes one code point of valid UTF-8.
char32_t next_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  char32_t point = length == 1 ? first : first & (0x7fU >> length);
  for (size_t i = 1; i < length && i < text.size(); ++i)
    point = (point << 6U) | (static_cast<unsigned char>(text[i]) & 0x3fU);
  text.remove_prefix(std::min(length, text.size()));
  return point;
}

// Characters that make text read otherwise than it runs (CVE-2021-42574 and its kin).
bool is_hidden(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  static constexpr std::array<Range, 13> kRanges{{{0x00, 0x08}, {0x0b, 0x0b}, {0x0e, 0x1f},
                                                  {0x7f, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c},
                                                  {0x180e, 0x180e}, {0x200b, 0x200f},
                                                  {0x2028, 0x202e}, {0x2060, 0x2069},
                                                  {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
                                                  {0xe0000, 0xe007f}}};
  return std::any_of(kRanges.begin(), kRanges.end(),
                     [&](const Range& r) { return c >= r.first && c <= r.last; });
}

size_t count_hidden(std::string_view text) {
  size_t n = 0;
  while (!text.empty()) n += is_hidden(next_code_point(text));
  return n;
}

// One changed file with what it was before.
struct Change {
  const FileChange& file;
  const retrieval::TreeFile* base = nullptr;
  std::string before;  // empty for a new file
  bool is_test = false;
  std::string_view after() const {
    return file.content ? std::string_view(*file.content) : std::string_view();
  }
};

using Reason = std::string;  // empty: nothing against it

// Windows opens a device for these, whatever follows the first dot, and drops a dot at the end.
bool has_foreign_part(std::string_view path) {
  static constexpr std::array<std::string_view, 6> kDevices{"con", "prn", "aux",
                                                            "nul", "conin$", "conout$"};
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string part = lower_ascii(path.substr(0, slash));
    const std::string stem = part.substr(0, part.find('.'));
    const bool port = stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) &&
                      stem[3] >= '0' && stem[3] <= '9';
    if (part.ends_with('.') || port ||
        std::find(kDevices.begin(), kDevices.end(), stem) != kDevices.end())
      return true;
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return false;
}

Reason check_name(const BaseTree& base, const Change& change) {
  const std::string& path = change.file.path;
  if (!is_safe_path(path)) return "this file name is not allowed";
  if (base.is_blocked(path)) return "one of its folders is a file or symlink";
  if (base.is_folder(path)) return "there is a folder of this name";
  const bool plain = std::all_of(path.begin(), path.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._/+@-").find(c) != std::string_view::npos;
  });
  const bool readable = is_valid_utf8(path) && count_hidden(path) == 0;
  if (change.base == nullptr ? !plain : !readable)
    return "new files have names of letters, digits and . _ / + @ - only";
  if (change.base == nullptr && has_foreign_part(path))
    return "new files have no names that another system reads otherwise (aux, con, a final dot)";
  return "";
}

Reason check_kind(const BaseTree&, const Change& change) {
  using Kind = retrieval::TreeFile::Kind;
  if (change.base != nullptr && change.base->kind == Kind::symlink) return "is a symlink";
  if (change.base != nullptr && change.base->kind == Kind::submodule) return "is a submodule";
  const bool was_executable = change.base != nullptr && change.base->kind == Kind::executable;
  if (change.file.executable && !was_executable) return "becomes executable";
  if (change.file.content && !change.file.executable && was_executable)
    return "is no longer executable";
  return "";
}

Reason check_text(const BaseTree&, const Change& change) {
  const std::string_view after = change.after();
  if (after.find('\0') != std::string_view::npos) return "is not text";
  if (!is_valid_utf8(after))
    return !change.before.empty() && !is_valid_utf8(change.before) ? "" : "is not UTF-8 text";
  const size_t before = is_valid_utf8(change.before) ? count_hidden(change.before) : 0;
  if (count_hidden(after) > before) return "brings in invisible or control characters";
  return "";
}

Reason check_runner(const BaseTree&, const Change& change) {
  if (count_any(change.after(), kExits) > count_any(change.before, kExits))
    return "brings in a call that ends the test run early";
  if (count_any(change.after(), kRunnerParts) > count_any(change.before, kRunnerParts))
    return "reaches into the test runner or speaks in its place";
  if (!change.is_test &&
      count_any(change.after(), kRunnerImports) > count_any(change.before, kRunnerImports))
    return "is no test and loads the test runner";
  if (change.base != nullptr) return "";
  const std::string whole = lower_ascii(change.file.path);
  const auto is_module = [&](std::string_view name) {
    return whole.starts_with(name) && (whole.substr(name.size()) == ".py" ||
                                       whole.substr(name.size()) == "/__init__.py");
  };
  if (std::any_of(kStandardModules.begin(), kStandardModules.end(), is_module))
    return "would be loaded in place of a standard module by the test runner";
  std::string_view path = change.file.path;
  for (size_t at = 0; at < path.size();) {
    const std::string part = lower_ascii(path.substr(at, path.find('/', at) - at));
    const std::string stem = part.substr(0, part.find('.'));
    if (std::find(kRunners.begin(), kRunners.end(), stem) != kRunners.end())
      return "would be loaded in place of the test runner";
    const size_t slash = path.find('/', at);
    if (slash == std::string_view::npos) break;
    at = slash + 1;
  }
  return "";
}

Reason check_weakened(const BaseTree&, const Change& change) {
  if (change.base == nullptr) return "";
  if (change.is_test && !change.file.content) return "a test file is deleted";
  const std::string_view after = change.after();
  const size_t tests_before = count_any(change.before, kTestStarts);
  const size_t tests_after = count_any(after, kTestStarts);
  const bool holds_tests = change.is_test || count(change.before, "#[test]") > 0;
  if (!holds_tests) return "";
  if (tests_after < tests_before)
    return "removes " + std::to_string(tests_before - tests_after) + " test(s)";
  if (count_any(after, kSkips) > count_any(change.before, kSkips))
    return "skips or weakens an existing test";
  LineCounts lines;
  count_lines(change.before, 1, lines);
  count_lines(after, -1, lines);
  for (const auto& [line, left] : lines) {
    const bool gone = left > 0, assertion = count_any(line, kAssertions) > 0;
    const bool starts_test =
        std::any_of(kTestStarts.begin(), kTestStarts.end(),
                    [text = std::string_view(line)](auto start) { return text.starts_with(start); });
    if (gone && (assertion || starts_test))
      return "removes or changes a line of an existing test: " +
             std::string(truncate_utf8(line, 120));
    if (left < 0 && (line == "return" || line == "return;"))
      return "leaves an existing test early";
  }
  return "";
}

using Check = Reason (*)(const BaseTree&, const Change&);
constexpr std::array<Check, 5> kChecks{check_name, check_kind, check_text, check_runner,
                                       check_weakened};

// Bytes of the lines that are only before or only after.
std::uint64_t changed_bytes(const Change& change) {
  LineCounts lines;
  count_lines(change.before, 1, lines);
  count_lines(change.after(), -1, lines);
  std::uint64_t bytes = 0;
  for (const auto& [line, left] : lines)
    bytes += (line.size() + 1) * static_cast<std::uint64_t>(std::abs(left));
  return bytes;
}

Reason check_protected(const std::string& path, const config::ProjectSettings& project) {
  const auto& globs = project.protected_paths;
  if (std::any_of(globs.begin(), globs.end(),
                  [&](const std::string& glob) { return matches_glob(glob, path); }))
    return "is a protected path";
  switch (protection_of(path)) {
    case Protection::none: return "";
    case Protection::always: return "is a protected path";
    case Protection::manifest:
      return project.allow_manifests ? "" : "is a protected path (a manifest of packages)";
    case Protection::lock_file:
      return project.allow_lock_files ? "" : "is a protected path (a lock file of packages)";
  }
  return "is a protected path";
}

// For messages: a hostile name can't forge lines.
std::string shown(const std::string& path) {
  std::string text = repair_utf8(truncate_utf8(path, 200));
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, '?');
  return text.empty() ? "(no name)" : text;
}

}  // namespace

Result<std::vector<std::string>> check_policy(const BaseTree& base,
                                              const std::vector<FileChange>& changes,
                                              const config::ProjectSettings& project) {
  std::vector<std::string> refused;
  if (changes.size() > project.max_files)
    refused.push_back(std::to_string(changes.size()) + " files are changed, the limit is " +
                      std::to_string(project.max_files));
  std::uint64_t bytes = 0;
  for (const FileChange& file : changes) {
    Change change{file, base.find(file.path), {}, is_test_path(file.path)};
    using Kind = retrieval::TreeFile::Kind;
    if (change.base != nullptr &&
        (change.base->kind == Kind::regular || change.base->kind == Kind::executable))
      change.before = TRY(base.read(file.path));
    if (const Reason reason = check_protected(file.path, project); !reason.empty())
      refused.push_back(shown(file.path) + ": " + reason);
    for (const Check check : kChecks) {
      if (const Reason reason = check(base, change); !reason.empty())
        refused.push_back(shown(file.path) + ": " + repair_utf8(reason));
    }
    bytes += changed_bytes(change);
  }
  if (bytes > project.max_patch)
    refused.push_back("the patch changes " + std::to_string(bytes) + " bytes, the limit is " +
                      std::to_string(project.max_patch));
  return refused;
}

}  // namespace triage::verify
