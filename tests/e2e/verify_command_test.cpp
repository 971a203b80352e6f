// `triaged verify`: the same verdict for anyone's patch, as JSON and as exit status.
#include <array>

#include "tests/e2e/shop.h"

using namespace triage;
using namespace triage::e2e;

namespace {

constexpr const char* kFix =
    "diff --git a/shop/cart.py b/shop/cart.py\n--- a/shop/cart.py\n+++ b/shop/cart.py\n@@ -1,2 +1,2 @@\n"
    " def vat(country):\n-    return {'DE': 19}[country]\n+    return {'DE': 19, 'AT': 20}[country]\n";
constexpr const char* kTest =
    "diff --git a/tests/test_vat.py b/tests/test_vat.py\nnew file mode 100644\n--- /dev/null\n"
    "+++ b/tests/test_vat.py\n@@ -0,0 +1,7 @@\n+import unittest\n+from shop.cart import vat\n+\n+\n"
    "+class VatTest(unittest.TestCase):\n+    def test_austria(self):\n+        self.assertEqual(vat('AT'), 20)\n";

struct Files {
  fakes::GitRepository git;
  fakes::TemporaryDirectory directory;
  Files() {
    git.commit("shop", {{"shop/__init__.py", "# shop\n"}, {"tests/__init__.py", "# tests\n"},
                        {"shop/cart.py", "def vat(country):\n    return {'DE': 19}[country]\n"},
                        {"tests/test_cart.py",
                         "import unittest\nfrom shop.cart import vat\n\n\nclass CartTest(unittest.TestCase):\n"
                         "    def test_germany(self):\n        self.assertEqual(vat('DE'), 19)\n"}});
  }
  std::string write(const std::string& name, const std::string& text) const {
    write_whole(directory / name, text);
    return directory / name;
  }
  ProcessResult verify(const std::string& patch, std::vector<std::string> more) const {
    std::vector<std::string> words{"verify", "--repo", git.path(), "--patch", write("patch", patch),
                                   "--test", "python3 -m unittest discover -v -s tests -t .", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return triaged(words);
  }
};

}  // namespace

TEST_SUITE("verify command") {
  TEST_CASE("verify: proof, reasons and exit status are the patch's, with each option") {
    if (!sandbox_here()) return;
    const Files files;
    const std::string test = files.write("test", kTest);
    struct Row {
      const char* name;
      std::string patch;
      std::vector<std::string> words;
      int status;
      const char* proof;
      const char* said;
    };
    for (const Row& row : std::vector<Row>{
             {"fix and test in one", std::string(kFix) + kTest, {}, 0, "red-green", "no trace"},
             {"test beside it", kFix, {"--test-patch", test, "--runs", "1"}, 0, "red-green", "1 of 1"},
             {"with a build", kFix, {"--test-patch", test, "--build", "python3 -m compileall -q shop"}, 0, "red-green", "3 of 3"},
             {"what was reported", kFix, {"--test-patch", test, "--ticket", files.write("t.txt", "It fails with KeyError: 'AT'\n")}, 0, "red-green", "the ticket reports KeyError"},
             {"a ticket file", kFix, {"--test-patch", test, "--ticket", files.write("t.json", R"({"subject":"VAT","body":"TypeError"})")}, 0, "regression-free", "the ticket reports TypeError"},
             {"fix alone", kFix, {}, 0, "regression-free", "no test shows"},
             {"test alone", kTest, {}, 1, "applies", "still fails"},
             {"a build that fails", kFix, {"--build", "false"}, 1, "applies", "does not build"},
         }) {
      const ProcessResult ran = files.verify(row.patch, row.words);
      INFO(row.name, ": ", ran.out, ran.err);
      CHECK(ran.exit_code == row.status);
      const auto answer = parse_json(ran.out);
      REQUIRE(answer.ok());
      CHECK((*answer)["proof"].as_string() == row.proof);
      CHECK((*answer)["why"].as_string().find(row.said) != std::string::npos);
      CHECK((*answer)["tests"]["fixed"].items().size() == (std::string(row.proof) == "red-green" ? 1 : 0)
            + (std::string(row.name) == "a ticket file" ? 1 : 0));
      CHECK((*answer)["policy"].is_array());
      for (const Json& step : (*answer)["steps"].items()) {
        CHECK_FALSE(step["name"].as_string().empty());
        CHECK(step["exit"].is_integer());
        CHECK(step["took_ms"].is_integer());
        CHECK(step["log"].is_string());
      }
    }
  }

  TEST_CASE("verify: what is no patch of contents is refused by name") {
    const Files files;
    const std::array<std::pair<const char*, const char*>, 4> rows{
        std::pair("diff --git a/shop/cart.py b/shop/vat.py\nsimilarity index 100%\nrename from shop/cart.py\nrename to shop/vat.py\n", "renames are not read"),
        std::pair("diff --git a/shop/cart.py b/shop/cart.py\nold mode 100644\nnew mode 100755\n", "mode are not read"),
        std::pair("diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n", "symbolic link"),
        std::pair("I would change the rounding.\n", "no unified diff")};
    for (const auto& [patch, said] : rows) {
      const ProcessResult ran = files.verify(patch, {});
      INFO(ran.err);
      CHECK(ran.exit_code == 2);
      CHECK(ran.err.find(said) != std::string::npos);
    }
    CHECK(files.verify(kFix, {"--rev", "nowhere"}).exit_code == 2);
    CHECK(files.verify("", {}).exit_code == 1);  // an empty patch is a patch: it proves nothing
  }
}
