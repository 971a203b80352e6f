#include "pipeline/verify/policy.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "pipeline/base/utf8.h"
#include "pipeline/verify/workspace.h"

namespace triage::verify {
namespace {

constexpr std::array<std::string_view, 110> kProtected{
    // Dot-files and dot-folders: CI, editors, hooks, agents, package managers' settings.
    "**/.*", "**/.*/**",
    // Owners, agents, hooks, packaging.
    "CODEOWNERS", "AGENTS.md", "CLAUDE.md", "GEMINI.md", "copilot-instructions.md", "mcp.json",
    "hooks/", "ci/", "debian/", "renovate.json", "codecov.yml",
    // CI that does not live in a dot-folder.
    "Jenkinsfile*", "azure-pipelines*", "bitbucket-pipelines.yml", "appveyor.yml", "cloudbuild.*",
    "Dockerfile*", "*.dockerfile", "Containerfile*", "docker-compose*", "compose.yml",
    "compose.yaml", "Vagrantfile", "Procfile",
    // Builds.
    "CMakeLists.txt", "*.cmake", "CMakePresets.json", "Makefile*", "GNUmakefile", "*.mk",
    "meson.build", "BUILD", "BUILD.bazel", "WORKSPACE*", "MODULE.bazel", "configure",
    "configure.ac", "build.rs", "build.gradle*", "settings.gradle*", "gradlew*", "gradle/",
    "pom.xml", "Rakefile", "Directory.Build.*", "*.csproj", "*.fsproj", "*.vcxproj", "*.props",
    "*.targets", "*.sln", "*.sbt", "SConstruct", "justfile", "Taskfile.y*ml", "gulpfile.*",
    "Gruntfile.*", "webpack.config.*", "vite.config.*", "rollup.config.*", "babel.config.*",
    "eslint.config.*", "flake.nix", "*.tf",
    // Manifests and lock files.
    "package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml",
    "pnpm-workspace.yaml", "bun.lock*", "requirements*.txt", "constraints*.txt", "Pipfile*",
    "poetry.lock", "uv.lock", "pdm.lock", "pyproject.toml", "setup.py", "setup.cfg", "Cargo.toml",
    "Cargo.lock", "go.mod", "go.sum", "go.work*", "Gemfile*", "*.gemspec", "composer.json",
    "composer.lock", "mix.exs", "mix.lock", "packages.lock.json", "nuget.config", "deno.json*",
    "Package.swift", "Podfile*", "pubspec.*", "*.cabal",
    // What decides which tests run, and what a test runner loads before them.
    "tox.ini", "pytest.ini", "noxfile.py", "conftest.py", "jest.config.*", "vitest.config.*",
    "karma.conf.*", "playwright.config.*",
    "sitecustomize.py", "*.pth",
};
static_assert(!kProtected.back().empty());

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

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

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

std::string_view trim(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

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
  return "";
}

Reason check_kind(const BaseTree&, const Change& change) {
  using Kind = retrieval::TreeFile::Kind;
  if (change.base != nullptr && change.base->kind == Kind::symlink) return "is a symlink";
  if (change.base != nullptr && change.base->kind == Kind::submodule) return "is a submodule";
  const bool was_executable = change.base != nullptr && change.base->kind == Kind::executable;
  if (change.file.executable && !was_executable) return "becomes executable";
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
  const auto is_module = [&](std::string_view name) {
    return matches_glob("/" + std::string(name) + ".py", change.file.path) ||
           matches_glob("/" + std::string(name) + "/__init__.py", change.file.path);
  };
  if (std::any_of(kStandardModules.begin(), kStandardModules.end(), is_module))
    return "would be loaded in place of a standard module by the test runner";
  std::string_view path = change.file.path;
  for (size_t at = 0; at < path.size();) {
    const std::string part = lower(path.substr(at, path.find('/', at) - at));
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

// For messages: a hostile name can't forge lines.
std::string shown(const std::string& path) {
  std::string text = repair_utf8(truncate_utf8(path, 200));
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, '?');
  return text.empty() ? "(no name)" : text;
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view path) {
  std::string glob = lower(pattern);
  const std::string text = lower(path);
  const bool below = glob.ends_with('/');
  if (below) glob += "**";
  if (glob.find('/') == std::string::npos) glob = "**/" + glob;
  if (glob.starts_with('/')) glob.erase(0, 1);

  // reached[i]: the pattern so far can have consumed i bytes of the text.
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (size_t p = 0; p < glob.size(); ++p) {
    std::vector<bool> next(text.size() + 1, false);
    const bool any_folders = glob.compare(p, 3, "**/") == 0;
    const bool anything = glob.compare(p, 2, "**") == 0;
    bool earlier = false;
    for (size_t i = 0; i <= text.size(); ++i) {
      if (any_folders) {
        next[i] = reached[i] || (earlier && text[i - 1] == '/');
        earlier = earlier || reached[i];
      } else if (anything) {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else if (glob[p] == '*') {
        next[i] = reached[i] || (i > 0 && next[i - 1] && text[i - 1] != '/');
      } else if (i > 0 && reached[i - 1]) {
        next[i] = glob[p] == text[i - 1] || (glob[p] == '?' && text[i - 1] != '/');
      }
    }
    p += any_folders ? 2 : anything ? 1 : 0;
    reached = std::move(next);
  }
  return reached.back();
}

bool is_protected_path(std::string_view path, const std::vector<std::string>& more_globs) {
  const auto matches = [&](std::string_view glob) { return matches_glob(glob, path); };
  return std::any_of(kProtected.begin(), kProtected.end(), matches) ||
         std::any_of(more_globs.begin(), more_globs.end(), matches);
}

bool is_test_path(std::string_view path) {
  static constexpr std::array<std::string_view, 16> kGlobs{
      "**/test/**", "**/tests/**", "**/spec/**", "**/specs/**", "**/__tests__/**", "test_*",
      "*_test.*", "*_tests.*", "*_spec.*", "*.test.*", "*.spec.*", "*Test.java", "*Tests.cs",
      "tests.py", "test.py", "*_unittest.*"};
  return std::any_of(kGlobs.begin(), kGlobs.end(),
                     [&](std::string_view glob) { return matches_glob(glob, path); });
}

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
    if (is_protected_path(file.path, project.protected_paths))
      refused.push_back(shown(file.path) + ": is a protected path");
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
