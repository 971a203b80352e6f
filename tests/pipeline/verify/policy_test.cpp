#include "pipeline/verify/policy.h"

#include <doctest/doctest.h>

#include <array>

#include "pipeline/base/utf8.h"
#include "tests/pipeline/verify/trees.h"

namespace triage::verify {
namespace {

using Kind = retrieval::TreeFile::Kind;

constexpr const char* kCartTest =
    "import unittest\n\n\nclass CartTest(unittest.TestCase):\n"
    "    def test_total(self):\n        self.assertEqual(total(), 3)\n\n"
    "    def test_empty(self):\n        self.assertEqual(total([]), 0)\n";

BaseTree base_tree() {
  return tree_of({{"shop/cart.py", {"def total():\n    return 1\n"}},
                  {"shop/tool.sh", {"echo\n", Kind::executable}},
                  {"shop/latin.py", {"# caf\xe9\n"}},
                  {"shop/bom.py", {"\xef\xbb\xbf# text\n"}},
                  {"shop/odd name.py", {"x\n"}},
                  {"link", {"/etc", Kind::symlink}},
                  {"vendor/lib", {"", Kind::submodule}},
                  {"src/lib.rs", {"fn f() {}\n#[test]\nfn t() { assert!(true); }\n"}},
                  {"tests/test_cart.py", {kCartTest}}});
}

std::vector<std::string> refused(const std::vector<FileChange>& changes,
                                 const config::ProjectSettings& project = {}) {
  auto lines = check_policy(base_tree(), changes, project);
  REQUIRE(lines.ok());
  return *lines;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

struct Row {
  std::string path;
  std::optional<std::string> content;
  const char* reason;  // part of the line; empty: allowed
  bool executable = false;
};

TEST_SUITE("verify policy") {
  TEST_CASE("every hostile change is refused for its reason, and honest ones pass") {
    const std::array rows{
        // Honest.
        Row{"shop/cart.py", "def total():\n    return 2\n", ""},
        Row{"shop/new_module.py", "x = 1\n", ""},
        Row{"shop/tool.sh", "echo hi\n", "", true},
        Row{"shop/latin.py", "# caf\xe9s\n", ""},
        Row{"shop/bom.py", "\xef\xbb\xbf# other\n", ""},
        Row{"shop/odd name.py", "y\n", ""},
        Row{"shop/cart.py", std::nullopt, ""},
        Row{"tests/test_new.py", "def test_new():\n    assert False\n", ""},
        Row{"tests/test_cart.py", std::string(kCartTest) + "\n    def test_more(self):\n        self.assertTrue(total())\n", ""},
        Row{"docs/guide.md", "gr\xc3\xbc\xc3\x9f dich\n", ""},
        Row{"src/hooks/useCart.ts", "export {}\n", ""},
        Row{"shop/types.py", "x = 1\n", ""},
        Row{"types/cart.ts", "export {}\n", ""},
        Row{"shop/tool.py", "import sys\nsys.exit(2)\n", ""},
        Row{"shop/security.py", "x = 1\n", ""},
        Row{"shop/workspace.ts", "export {}\n", ""},
        Row{"shop/auxiliary.py", "x = 1\n", ""},
        Row{"shop/console.py", "x = 1\n", ""},
        Row{"tests/test_new.py", "import unittest\nfrom unittest import mock\n", ""},
        // Names.
        Row{"../outside.py", "x", "file name"},
        Row{"shop/../../x.py", "x", "file name"},
        Row{"/etc/cron.d/x", "x", "file name"},
        Row{"shop//x.py", "x", "file name"},
        Row{"./x.py", "x", "file name"},
        Row{"", "x", "file name"},
        Row{"shop/", "x", "file name"},
        Row{".git/hooks/pre-commit", "x", "file name"},
        Row{"shop/.GIT/config", "x", "file name"},
        Row{"git~1/config", "x", "file name"},
        Row{"shop/a\nb.py", "x", "file name"},
        Row{"shop\\x.py", "x", "file name"},
        Row{std::string("shop/a\0b", 8), "x", "file name"},
        Row{"shop/\xe2\x80\xae" "yp.x", "x", "letters, digits"},
        Row{"shop/p\xd0\xb0y.py", "x", "letters, digits"},
        Row{"shop/\xff.py", "x", "letters, digits"},
        Row{"shop/$(id).py", "x", "letters, digits"},
        // Kinds.
        Row{"link", "text", "is a symlink"},
        Row{"link/passwd", "x", "folders is a file"},
        Row{"shop/cart.py/x", "x", "folders is a file"},
        Row{"vendor/lib", "x", "is a submodule"},
        Row{"vendor/lib/x.py", "x", "folders is a file"},
        Row{"shop", "x", "a folder of this name"},
        Row{"shop/cart.py", "x", "becomes executable", true},
        Row{"shop/new.sh", "x", "becomes executable", true},
        Row{"shop/tool.sh", "echo hi\n", "no longer executable"},
        Row{"shop/aux.py", "x", "another system"},
        Row{"shop/COM1", "x", "another system"},
        Row{"shop/nul.txt/x.py", "x", "another system"},
        Row{"shop./x.py", "x", "another system"},
        // Protected.
        Row{".github/workflows/ci.yml", "x", "protected"},
        Row{".gitlab-ci.yml", "x", "protected"},
        Row{".gitattributes", "x", "protected"},
        Row{".gitmodules", "x", "protected"},
        Row{"shop/.npmrc", "x", "protected"},
        Row{".vscode/settings.json", "x", "protected"},
        Row{"docs/CODEOWNERS", "x", "protected"},
        Row{"AGENTS.md", "x", "protected"},
        Row{"shop/claude.md", "x", "protected"},
        Row{"package.json", "x", "protected"},
        Row{"web/package-lock.json", "x", "protected"},
        Row{"poetry.lock", "x", "protected"},
        Row{"requirements-dev.txt", "x", "protected"},
        Row{"go.sum", "x", "protected"},
        Row{"Cargo.lock", "x", "protected"},
        Row{"Dockerfile.prod", "x", "protected"},
        Row{"sub/CMakeLists.txt", "x", "protected"},
        Row{"cmake/find.cmake", "x", "protected"},
        Row{"Makefile", "x", "protected"},
        Row{"MAKEFILE", "x", "protected"},
        Row{"Jenkinsfile", "x", "protected"},
        Row{"hooks/post-merge", "x", "protected"},
        Row{"debian/postinst", "x", "protected"},
        Row{"tests/conftest.py", "x", "protected"},
        Row{"setup.py", "x", "protected"},
        Row{"build.rs", "x", "protected"},
        Row{"migrations/0001.sql", "x", "protected"},
        // Contents.
        Row{"shop/cart.py", std::string("a\0b", 3), "not text"},
        Row{"shop/cart.py", "# \xff\xfe\n", "not UTF-8"},
        Row{"shop/cart.py", "if a:  # \xe2\x80\xae } \xe2\x81\xa6\n", "invisible"},
        Row{"shop/cart.py", "na\xe2\x80\x8bme = 1\n", "invisible"},
        Row{"shop/cart.py", "x = '\x1b[2K'\n", "invisible"},
        Row{"shop/cart.py", "a\xc2\xad" "b\n", "invisible"},
        Row{"shop/cart.py", "tag \xf3\xa0\x81\x81\n", "invisible"},
        Row{"shop/bom.py", "\xef\xbb\xbf# \xef\xbb\xbf\n", "invisible"},
        // Sabotage of the verifier.
        Row{"unittest.py", "x", "test runner"},
        Row{"unittest/__init__.py", "x", "test runner"},
        Row{"pytest/main.py", "x", "test runner"},
        Row{"shop/cart.py", "import os\nos._exit(0)\n", "ends the test run"},
        Row{"shop/cart.py", "import unittest\n", "loads the test runner"},
        Row{"shop/cart.py", "r = 'TestResult'\n", "reaches into the test runner"},
        Row{"shop/new.py", "from unittest import mock\n", "loads the test runner"},
        Row{"tests/test_new.py", "def load_tests(a, b, c):\n    return b\n", "reaches into"},
        Row{"tests/test_new.py", "print('test_x (tests.X) ... ok')\n", "reaches into"},
        Row{"tests/test_new.py", "import sys\nsys.exit(0)\n", "ends the test run"},
        Row{"traceback.py", "x = 1\n", "standard module"},
        Row{"argparse/__init__.py", "x = 1\n", "standard module"},
        Row{"tests/test_new.py", "import os\nos._exit(0)\n", "ends the test run"},
        Row{"tests/test_cart.py", std::nullopt, "test file is deleted"},
        Row{"tests/test_cart.py", "", "removes 2 test"},
        Row{"tests/test_cart.py", replaced(kCartTest, "test_empty", "empty"), "removes 1 test"},
        Row{"tests/test_cart.py", replaced(kCartTest, "test_empty", "test_none"), "existing test"},
        Row{"tests/test_cart.py", replaced(kCartTest, "total(), 3", "total(), 1"), "existing test"},
        Row{"tests/test_cart.py", replaced(kCartTest, "self.assertEqual(total(), 3)", "pass"), "existing test"},
        Row{"tests/test_cart.py", replaced(kCartTest, "    def test_total", "    @unittest.skip('x')\n    def test_total"), "skips"},
        Row{"tests/test_cart.py", replaced(kCartTest, "        self", "        self.skipTest('x')\n        self"), "skips"},
        Row{"tests/test_cart.py", replaced(kCartTest, "    def test_total", "    @unittest.expectedFailure\n    def test_total"), "skips"},
        Row{"tests/test_cart.py", replaced(kCartTest, "        self", "        return\n        self"), "early"},
        Row{"tests/test_cart.py", replaced(kCartTest, "        self", "        if False:\n            self"), "weakens"},
        Row{"src/lib.rs", "fn f() {}\n", "removes 1 test"},
        Row{"src/lib.rs", "fn f() {}\n#[test]\n#[ignore]\nfn t() { assert!(true); }\n", "skips"},
    };
    config::ProjectSettings project;
    project.protected_paths = {"migrations/**"};
    for (const Row& row : rows) {
      const auto lines = refused({{row.path, row.content, row.executable}}, project);
      std::string all;
      for (const std::string& line : lines) all += line + "\n";
      INFO("path ", row.path, ", want ", row.reason, ", got ", all);
      if (*row.reason == '\0') {
        CHECK(lines.empty());
      } else {
        CHECK(all.find(row.reason) != std::string::npos);
        CHECK(is_valid_utf8(all));
      }
    }
  }

  TEST_CASE("manifests and lock files open by a setting, and nothing else with them") {
    struct Opened {
      const char* path;
      bool manifests, lock_files, allowed;
    };
    for (const Opened& row : {Opened{"web/package.json", true, false, true},
                              Opened{"web/package.json", false, true, false},
                              Opened{"go.sum", false, true, true}, Opened{"go.sum", true, false, false},
                              Opened{"Makefile", true, true, false},
                              Opened{".npmrc", true, true, false}}) {
      INFO(row.path, " ", row.manifests, " ", row.lock_files);
      config::ProjectSettings project;
      project.allow_manifests = row.manifests;
      project.allow_lock_files = row.lock_files;
      CHECK(refused({{row.path, "x\n", false}}, project).empty() == row.allowed);
    }
  }

  TEST_CASE("letters that look like others don't hide a protected name") {
    struct Twin {
      const char* path;
      Protection protection;
    };
    for (const Twin& row :
         {Twin{"docs/C\xd0\x9e" "DEOWNERS", Protection::always},
          Twin{"\xef\xbc\xad" "akefile", Protection::always},
          Twin{"p\xd0\xb0" "ckage.json", Protection::manifest},
          Twin{"yarn.loc\xe2\x84\xaa", Protection::lock_file},
          Twin{"M\xcc\x81" "akefile", Protection::always},
          Twin{"Make\xe2\x80\x8b" "file", Protection::always},
          Twin{"docs/gr\xc3\xbc\xc3\x9f" "e.md", Protection::none}})
      CHECK_MESSAGE(protection_of(row.path) == row.protection, row.path);
  }

  TEST_CASE("the numbers of files and bytes are limited") {
    config::ProjectSettings project;
    project.max_files = 1;
    project.max_patch = 100;
    CHECK(refused({{"a.py", "x\n", false}}, project).empty());
    CHECK(refused({{"a.py", "x\n", false}, {"b.py", "x\n", false}}, project).size() == 1);
    CHECK(refused({{"a.py", std::string(200, 'x'), false}}, project).size() == 1);
  }

  TEST_CASE("globs match as documented") {
    struct Glob {
      const char* pattern;
      const char* path;
      bool matches;
    };
    static constexpr std::array<Glob, 14> kGlobs{{{"*.lock", "a/b/yarn.lock", true},
                                                  {"*.lock", "a/b.lock/c", false},
                                                  {"ci/", "ci/x/y", true},
                                                  {"ci/", "a/ci/x", false},
                                                  {"a/*/c", "a/b/c", true},
                                                  {"a/*/c", "a/b/b/c", false},
                                                  {"a/**", "a/b/c", true},
                                                  {"a/**", "ab/c", false},
                                                  {"**/.*", ".env", true},
                                                  {"**/.*", "a/.env", true},
                                                  {"**/.*", "a.b/env", false},
                                                  {"a/**/c", "a/c", true},
                                                  {"?.py", "x.PY", true},
                                                  {"?.py", "xx.py", false}}};
    for (const Glob& row : kGlobs) {
      INFO(row.pattern, " ", row.path);
      CHECK(matches_glob(row.pattern, row.path) == row.matches);
    }
  }

  TEST_CASE("a hostile pattern or path takes no exponential time") {
    std::string pattern, path(4000, 'a');
    for (int i = 0; i < 30; ++i) pattern += "*a**/";
    CHECK_FALSE(matches_glob(pattern + "b", path));
  }

  TEST_CASE("test code is known by its path") {
    for (const char* path : {"tests/test_cart.py", "cart_test.go", "src/cart.spec.ts", "spec/cart_spec.rb",
                             "a/__tests__/x.js", "CartTest.java", "test/cart.js"})
      CHECK_MESSAGE(is_test_path(path), path);
    for (const char* path : {"shop/cart.py", "contest.py", "latest.js", "testing.md", "src/attest/x.go"})
      CHECK_FALSE_MESSAGE(is_test_path(path), path);
  }
}

}  // namespace
}  // namespace triage::verify
