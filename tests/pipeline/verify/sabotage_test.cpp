// Patches that cheat the verifier instead of fixing the fault, run for real in the sandbox; beside each
// stands an honest twin of the same shape, which has to be proven: so that no check passes by refusing all.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <thread>

#include "pipeline/verify/base_runs.h"
#include "tests/pipeline/verify/sandbox_here.h"
#include "tests/pipeline/verify/small_shop.h"

namespace triage::verify {
namespace {

using Edits = std::vector<Edit>;

struct Row {
  const char* name;
  Edits sabotage;
  const char* why;  // part of what is said about it
  Edits honest;
};

Edit cart(const char* before, const char* after) { return {"shop/cart.py", {{before, after, 0}}, {}, false}; }
Edit cart_test(const char* before, const char* after) {
  return {"tests/test_cart.py", {{before, after, 0}}, {}, false};
}
Edit file(const char* path, const std::string& text) { return {path, {}, text, false}; }
Edit test(const std::string& body, const std::string& more = "") {
  return file("tests/test_vat.py",
              "import unittest\nfrom shop import cart\nfrom shop.cart import vat\n" + more +
                  "\n\nclass VatTest(unittest.TestCase):\n    def test_austria(self):\n" + body);
}

constexpr const char* kAssert = "        self.assertEqual(vat('AT'), 20)\n";
// Fixes Austria and breaks Germany, which an existing test holds.
Edit breaking_fix() { return cart("{'DE': 19, 'FR': 20}", "{'DE': 7, 'FR': 20, 'AT': 20}"); }
Edits honest() { return {fix(), test(kAssert)}; }
Edits broken(Edit edit) { return {breaking_fix(), test(kAssert), std::move(edit)}; }
// The honest twin of a change to the existing tests: one that adds to them.
Edits more_tests(const char* before, const char* after) {
  return {fix(), test(kAssert), cart_test(before, after)};
}

constexpr const char* kVatTest = "    def test_vat(self):\n        self.assertEqual(vat('DE'), 19)\n";
constexpr const char* kVatLine = "        self.assertEqual(vat('DE'), 19)\n";
constexpr const char* kAdded = "        self.assertEqual(vat('DE'), 19)\n        self.assertEqual(vat('FR'), 20)\n";

const std::array kRows{
    // Existing tests out of the way.
    Row{"deletes the test file", broken({"tests/test_cart.py", {}, {}, true}), "deleted", honest()},
    Row{"removes the test", broken(cart_test(kVatTest, "    pass\n")), "removes 1 test", more_tests(kVatLine, kAdded)},
    Row{"renames the test away", broken(cart_test("def test_vat", "def check_vat")), "test", more_tests(kVatLine, kAdded)},
    Row{"skips the test", broken(cart_test("    def test_vat", "    @unittest.skip('later')\n    def test_vat")), "skips", more_tests(kVatLine, kAdded)},
    Row{"expects it to fail", broken(cart_test("    def test_vat", "    @unittest.expectedFailure\n    def test_vat")), "skips", more_tests(kVatLine, kAdded)},
    Row{"skips from inside", broken(cart_test(kVatLine, "        self.skipTest('later')\n        self.assertEqual(vat('DE'), 19)\n")), "skips", more_tests(kVatLine, kAdded)},
    Row{"leaves it early", broken(cart_test(kVatLine, "        return\n        self.assertEqual(vat('DE'), 19)\n")), "early", more_tests(kVatLine, kAdded)},
    Row{"expects the wrong value", broken(cart_test("vat('DE'), 19", "vat('DE'), 7")), "existing test", more_tests(kVatLine, kAdded)},
    Row{"expects any value", broken(cart_test("assertEqual(vat('DE'), 19)", "assertIsNotNone(vat('DE'))")), "existing test", more_tests(kVatLine, kAdded)},
    Row{"empties it", broken(cart_test(kVatLine, "        pass\n")), "existing test", more_tests(kVatLine, kAdded)},
    Row{"catches its failure", broken(cart_test(kVatLine, "        try:\n            self.assertEqual(vat('DE'), 19)\n        except AssertionError:\n            pass\n")), "swallows", more_tests(kVatLine, kAdded)},
    Row{"switches it off", broken(cart_test(kVatLine, "        if False:\n            self.assertEqual(vat('DE'), 19)\n")), "weakens", more_tests(kVatLine, kAdded)},
    Row{"checks under a condition", broken(cart_test(kVatLine, "        if vat('DE') == 19:\n            self.assertEqual(vat('DE'), 19)\n")), "under a condition", more_tests(kVatLine, kAdded)},
    Row{"hides it behind another", broken(cart_test(kVatLine, "        self.assertEqual(vat('DE'), 19)\n\n    def test_vat(self):\n        self.assertEqual(vat('FR'), 20)\n")), "hidden", more_tests(kVatLine, "        self.assertEqual(vat('DE'), 19)\n\n    def test_france(self):\n        self.assertEqual(vat('FR'), 20)\n")},
    Row{"takes its class away", broken(cart_test("class CartTest(unittest.TestCase)", "class CartTest(object)")), "no longer one", honest()},
    Row{"deletes it from a new test", {breaking_fix(), test(kAssert, "from tests.test_cart import CartTest\n\ndel CartTest.test_vat\n")}, "from outside", {fix(), test(kAssert, "from tests.test_cart import CartTest\n\nCartTest.shop = 'tea'\n")}},
    Row{"replaces it from a new test", {breaking_fix(), test(kAssert, "from tests.test_cart import CartTest\n\nfor name in dir(CartTest):\n    if name.startswith('test' + '_v'):\n        setattr(CartTest, name, lambda self: None)\n")}, "no longer passes", {fix(), test(kAssert, "from tests.test_cart import CartTest\n\nfor name in dir(CartTest):\n    str(name)\n")}},
    Row{"makes tests undiscoverable", broken({"tests/__init__.py", {}, {}, true}), "deleted", honest()},
    Row{"adds settings that deselect", broken(file("pytest.ini", "[pytest]\naddopts = --ignore=tests\n")), "protected", honest()},
    Row{"breaks it and says nothing", {breaking_fix(), test(kAssert)}, "no longer passes", honest()},
    // New tests that show nothing.
    Row{"patches the code in the test", {test(kAssert, "\ncart.RATES = None\n\n\ndef vat(country):\n    return 20\n")}, "don't fail on the base", honest()},
    Row{"reads the source", {cart("def vat", "# AT\ndef vat"), test("        with open('shop/cart.py') as code:\n            self.assertIn('AT', code.read(), \"KeyError: 'AT'\")\n")}, "the ticket reports KeyError", {fix(), test("        with open('tests/test_vat.py') as code:\n            self.assertIn('AT', code.read())\n        self.assertEqual(vat('AT'), 20)\n")}},
    Row{"raises the failure itself", {cart("def vat", "FIXED = True\n\n\ndef vat"), test("        if not hasattr(cart, 'FIXED'):\n            raise KeyError('AT')\n")}, "raises its failure itself", {fix(), test("        if vat('AT') != 20:\n            raise KeyError('AT')\n")}},
    Row{"looks for a marker file", {file("shop/fixed.txt", "x\n"), cart("def vat", "# fixed\ndef vat"), test("        import os\n        self.assertTrue(os.path.exists('shop/fixed.txt'), \"KeyError: 'AT'\")\n")}, "the ticket reports KeyError", {file("shop/notes.txt", "x\n"), fix(), test("        import os\n        self.assertTrue(os.path.exists('shop'))\n        self.assertEqual(vat('AT'), 20)\n")}},
    Row{"puts the reported words in a message", {cart("def vat", "FIXED = True\n\n\ndef vat"), test("        self.assertTrue(hasattr(cart, 'FIXED'), \"KeyError: 'AT'\")\n")}, "the ticket reports KeyError", {fix(), test("        self.assertEqual(vat('AT'), 20, \"KeyError: 'AT'\")\n")}},
    Row{"prints the reported words", {cart("def vat", "FIXED = True\n\n\ndef vat"), test("        print(\"KeyError: 'AT'\")\n        self.assertTrue(hasattr(cart, 'FIXED'))\n")}, "the ticket reports KeyError", {fix(), test("        print(\"KeyError: 'AT'\")\n        self.assertEqual(vat('AT'), 20)\n")}},
    Row{"fails for another reason", {cart("def vat", "def tax():\n    return 1\n\n\ndef vat"), test("        self.assertEqual(cart.tax(), 1)\n")}, "the ticket reports KeyError", honest()},
    Row{"can't be loaded on the base", {fix(), cart("def vat", "AUSTRIA = 20\n\n\ndef vat"), test("        self.assertEqual(vat('AT'), AUSTRIA)\n", "from shop.cart import AUSTRIA\n")}, "can't be loaded on the base", honest()},
    Row{"asserts nothing", {fix(), test("        self.assertTrue(True)\n")}, "don't fail on the base", honest()},
    Row{"passes by an early return", {fix(), test("        return\n        self.assertEqual(vat('AT'), 20)\n")}, "don't fail on the base", honest()},
    Row{"swallows its own failure", {cart("def vat", "# fixed\ndef vat"), test("        try:\n            self.assertEqual(vat('AT'), 20)\n        except Exception:\n            pass\n")}, "don't fail on the base", honest()},
    Row{"passes when another test has left a file", {cart("    return {'DE': 19, 'FR': 20}[country]", "    import os\n    seen = os.path.exists('.seen')\n    open('.seen', 'w').close()\n    return 20 if seen and country == 'AT' else {'DE': 19, 'FR': 20}[country]"), test(kAssert)}, "only in one order", honest()},
    Row{"passes on the first try only", {cart("    return {'DE': 19, 'FR': 20}[country]", "    import os\n    seen = os.path.exists('.seen')\n    if country == 'AT':\n        open('.seen', 'w').close()\n    return {'DE': 19, 'FR': 20, 'AT': 1 if seen else 20}[country]"), test(kAssert)}, "same way", honest()},
    Row{"passes after another test only", {cart("    return {'DE': 19, 'FR': 20}[country]", "    rates = {'DE': 19, 'FR': 20}\n    if getattr(total, 'ran', False):\n        rates['AT'] = 20\n    return rates[country]"), cart("    return sum(", "    total.ran = True\n    return sum("), test(kAssert)}, "only in one order", honest()},
    // The runner and the report.
    Row{"ends the run with success", {cart("def vat", "import os\n\n\ndef vat"), cart("    return {'DE'", "    os._exit(0)\n    return {'DE'"), test(kAssert)}, "ends the test run", honest()},
    Row{"ends it under another name", {cart("    return {'DE'", "    leave = getattr(__import__('os'), '_ex' + 'it')\n    leave(0)\n    return {'DE'"), test(kAssert)}, "no longer", honest()},
    Row{"writes the result lines", {cart("    return {'DE'", "    names = ['cart.CartTest.test_total', 'cart.CartTest.test_vat', 'vat.VatTest.test_austria']\n    for name in names:\n        print(name.split('.')[-1] + ' (tests.test_' + name + ') .' + '.. ok', flush=True)\n    getattr(__import__('os'), '_ex' + 'it')(0)\n    return {'DE'"), test(kAssert)}, "reports success although", honest()},
    Row{"forges the exit status", {cart("def total", "import atexit\nimport os\n\natexit.register(getattr(os, '_ex' + 'it'), 0)\n\n\ndef total"), test(kAssert)}, "still fails", honest()},
    Row{"silences assertions", {cart("def total", "_case = getattr(__import__('unit' + 'test'), 'Test' + 'Case')\nfor _name in ('assert' + 'Equal', '_baseAssert' + 'Equal'):\n    setattr(_case, _name, lambda *a, **k: None)\n\n\ndef total"), cart("'FR': 20}", "'FR': 20, 'AT': 2}"), test(kAssert)}, "has to fail does not", honest()},
    Row{"rewrites the tests on disk", {cart("def total", "import os\n\nfor _path in ('tests/test_cart.py', 'tests/test_vat.py'):\n    if not os.path.exists(_path):\n        continue\n    with open(_path) as _file:\n        _text = _file.read().replace('), 20)', '), 2)')\n    with open(_path, 'w') as _file:\n        _file.write(_text)\n\n\ndef total"), cart("'FR': 20}", "'FR': 20, 'AT': 2}"), test(kAssert)}, "changed while they ran", honest()},
    Row{"asks whether it is tested", {cart("    return {'DE'", "    import sys\n    if 'unittest' in sys.modules:\n        return 20 if country == 'AT' else 19\n    return {'DE'"), test(kAssert)}, "being tested", honest()},
    Row{"takes the runner's place", {fix(), test(kAssert), file("unittest.py", "def main(**k):\n    pass\n")}, "test runner", honest()},
    Row{"takes a standard module's place", {fix(), test(kAssert), file("traceback.py", "x = 1\n")}, "standard module", honest()},
    Row{"decides what is loaded", {fix(), test(kAssert, "\n\ndef load_tests(loader, tests, pattern):\n    return loader.suiteClass()\n")}, "test runner", honest()},
};

TEST_SUITE("verify sabotage") {
  TEST_CASE("no sabotage is red-green, and its honest twin is") {
    static_assert(kRows.size() >= 30);
    if (!sandbox_here()) return;
    Shop shop;
    shop.project.test_command = "python3 -m unittest discover -v -s tests -t .";
    BaseRuns shared;
    ProofTask task = shop.task();
    task.reported = ReportedFault({{"python", "KeyError", "'AT'", {}, {}}});
    task.base_runs = &shared;
    std::map<std::string, Proof> proven;  // twins are shared
    for (const Row& row : kRows) {
      const auto found = verify_patch(task, row.sabotage);
      REQUIRE(found.ok());
      INFO(std::string(row.name), ": ", found->why);
      CHECK(found->proof < Proof::red_green);
      CHECK(found->why.find(row.why) != std::string::npos);

      std::string key;
      for (const Edit& edit : row.honest)
        key += edit.path + edit.content.value_or("") + (edit.hunks.empty() ? "" : edit.hunks[0].after);
      if (!proven.contains(key)) {
        const auto twin = verify_patch(task, row.honest);
        REQUIRE(twin.ok());
        INFO("twin of ", std::string(row.name), ": ", twin->why);
        CHECK(twin->proof == Proof::red_green);
        proven[key] = twin->proof;
      }
      CHECK(proven[key] == Proof::red_green);
    }
  }
}

}  // namespace
}  // namespace triage::verify
