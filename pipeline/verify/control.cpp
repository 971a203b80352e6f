#include <algorithm>
#include <array>

#include "pipeline/verify/control_internal.h"
#include "pipeline/verify/report_files_internal.h"
#include "pipeline/verify/runners.h"
#include "pipeline/verify/test_code_internal.h"

namespace triage::verify {
namespace {

struct Template {
  std::string_view runner, name, imports;  // imports: how such lines of the test beside it start
  std::string_view body;                   // SALT stands for the salt
  std::array<std::string_view, 5> words;
};

// Each in another way: an assertion method, a bare assert, an exception, a failure by hand. Go takes no
// test whose name goes on with a small letter: "Test_SALT".
constexpr std::array<Template, 4> kTemplates{{
    {"unittest",
     "test_SALT.py",
     "import |from ",
     "import unittest\n\n\nclass TestSALT(unittest.TestCase):\n"
     "    def test_SALT_equal(self):\n        self.assertEqual(1, 2)\n\n"
     "    def test_SALT_true(self):\n        self.assertTrue(False)\n\n"
     "    def test_SALT_bare(self):\n        assert 1 == 2\n\n"
     "    def test_SALT_error(self):\n        raise ValueError('SALT')\n\n"
     "    def test_SALT_raises(self):\n        with self.assertRaises(ValueError):\n            "
     "int('1')\n",
     {"test_SALT_equal", "test_SALT_true", "test_SALT_bare", "test_SALT_error",
      "test_SALT_raises"}},
    {"pytest",
     "test_SALT.py",
     "import |from ",
     "def test_SALT_bare():\n    assert 1 == 2\n\n\n"
     "def test_SALT_error():\n    raise ValueError('SALT')\n",
     {"test_SALT_bare", "test_SALT_error"}},
    {"jest",
     "SALT.test.js",
     "const |import ",
     "test('SALT equal', () => {\n  expect(1).toBe(2);\n});\n\n"
     "test('SALT error', () => {\n  throw new Error('SALT');\n});\n",
     {"SALT equal", "SALT error"}},
    {"go test",
     "SALT_test.go",
     "package ",
     "import \"testing\"\n\nfunc Test_SALT_Error(t *testing.T) {\n\tt.Error(\"SALT\")\n}\n\n"
     "func Test_SALT_Fatal(t *testing.T) {\n\tt.Fatal(\"SALT\")\n}\n",
     {"Test_SALT_Error", "Test_SALT_Fatal"}},
}};

std::string salted(std::string_view text, std::string_view salt) {
  std::string out(text);
  for (size_t at = out.find("SALT"); at != std::string::npos;
       at = out.find("SALT", at + salt.size()))
    out.replace(at, 4, salt);
  return out;
}

// Top-level imports that fit on a line: they load the code that is to be held to the control.
std::string imports_of(std::string_view text, std::string_view starts) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    const std::string_view first = starts.substr(0, starts.find('|'));
    const std::string_view second =
        starts.substr(std::min(starts.find('|'), starts.size() - 1) + 1);
    const bool imports = line.starts_with(first) || (!second.empty() && line.starts_with(second));
    const bool whole = line.find('(') == line.npos || line.find(')') != line.npos;
    if (imports && whole && !line.ends_with('\\') && line.find("__future__") == line.npos)
      out += std::string(line) + "\n";
  }
  return out;
}

std::string selector_of(std::string_view runner, std::string_view path) {
  if (runner == "pytest") return std::string(path);
  if (runner != "unittest") return "";
  std::string module(path.substr(0, path.rfind('.')));
  std::replace(module.begin(), module.end(), '/', '.');
  return module;
}

}  // namespace

std::optional<ControlTest> control_test(std::string_view command, const FileChange& beside,
                                        std::string_view salt) {
  const std::string_view runner = runner_of(command);
  for (const Template& row : kTemplates) {
    const std::string_view suffix = row.name.substr(row.name.rfind('.'));
    if (row.runner != runner || !beside.content || !beside.path.ends_with(suffix)) continue;
    const size_t slash = beside.path.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : beside.path.substr(0, slash + 1);
    ControlTest control;
    control.file = {folder + salted(row.name, salt),
                    imports_of(*beside.content, row.imports) + "\n" + salted(row.body, salt),
                    false};
    for (const std::string_view word : row.words)
      if (!word.empty()) control.words.push_back(salted(word, salt));
    control.selector = selector_of(runner, control.file.path);
    return control;
  }
  return std::nullopt;
}

bool shows_failures(const ControlTest& control, const SuiteRun& run) {
  const std::vector<std::string> failed = run.report.failed();
  return !run.report.exit_ok &&
         std::all_of(control.words.begin(), control.words.end(), [&](const std::string& word) {
           return std::any_of(failed.begin(), failed.end(), [&](const std::string& name) {
             return name.find(word) != name.npos;
           });
         });
}

std::string broken_control(const ControlTest& control, const SuiteRun& run) {
  if (run.report.exit_ok) return "the test command reports success although a test of ours fails";
  if (shows_failures(control, run)) return "";
  const std::vector<std::string> failed = run.report.failed();
  if (failed.empty() || failed == std::vector{std::string(kWholeCommand)}) return "";  // names none
  for (const std::string& word : control.words) {
    const bool named = std::any_of(failed.begin(), failed.end(), [&](const std::string& name) {
      return name.find(word) != name.npos;
    });
    const bool passes =
        std::any_of(run.report.tests.begin(), run.report.tests.end(), [&](const auto& test) {
          return test.first.find(word) != std::string::npos && test.second != TestStatus::failed;
        });
    if (!named && passes) return "a test of ours that has to fail does not";
  }
  return "";
}

std::vector<std::string> altered_files(const Workspace& workspace,
                                       const std::vector<FileChange>& expected) {
  std::vector<std::string> altered;
  for (const FileChange& file : expected) {
    if (file.content &&
        read_plain_file(workspace.path(), file.path, file.content->size()) != file.content)
      altered.push_back(file.path);
  }
  return altered;
}

}  // namespace triage::verify
