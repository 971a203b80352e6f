#include "pipeline/verify/proof.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "pipeline/verify/reproduction.h"
#include "tests/pipeline/verify/sandbox_here.h"
#include "tests/pipeline/verify/small_shop.h"

namespace triage::verify {
namespace {

TEST_SUITE("verify proof") {
  TEST_CASE("a test that fails on the base and passes with the patch is red-green") {
    if (!sandbox_here()) return;
    const Shop shop;
    const Verification found = shop.verify({fix(), new_test()});
    INFO(found.why);
    CHECK(found.proof == Proof::red_green);
    CHECK(found.red == "KeyError: 'AT'");
    CHECK(found.tests.fixed == std::vector<std::string>{"tests.test_vat.VatTest.test_austria"});
    CHECK(found.tests.broken.empty());
    CHECK(found.tests.passed_before == 2);
    CHECK(found.tests.passed_after == 3);
    CHECK(found.changes.size() == 2);
    std::vector<std::string> names;
    for (const StepResult& step : found.steps) names.push_back(step.name);
    CHECK(names == std::vector<std::string>{"apply", "base tests", "base tests again", "new tests on base",
                                            "tests with the patch 1/2", "tests with the patch 2/2",
                                            "tests with the patch in another order",
                                            "control: tests that have to fail",
                                            "existing tests with the patch"});
  }

  TEST_CASE("no other patch is red-green, and each says why") {
    if (!sandbox_here()) return;
    struct Row {
      const char* name;
      std::vector<Edit> edits;
      Proof proof;
      const char* why;
    };
    const std::array rows{
        Row{"no test", {fix()}, Proof::regression_free, "no test shows the fault"},
        Row{"test only", {new_test()}, Proof::applies, "still fails"},
        Row{"wrong fix", {{"shop/cart.py", {{"'FR': 20}", "'FR': 20, 'AT': 2}", 0}}, {}, false}, new_test()},
            Proof::applies, "still fails"},
        Row{"breaks another test", {{"shop/cart.py", {{"'DE': 19, 'FR': 20}", "'AT': 20}", 0}}, {}, false}, new_test()},
            Proof::applies, "no longer passes"},
        Row{"test passes on the base too",
            {fix(), new_test("import unittest\n\n\nclass T(unittest.TestCase):\n    def test_x(self):\n        self.assertTrue(True)\n")},
            Proof::regression_free, "don't fail on the base"},
        Row{"test can't be loaded on the base",
            {fix(), {"shop/extra.py", {}, "x = 1\n", false},
             new_test("import unittest\nimport shop.extra\n\n\nclass T(unittest.TestCase):\n    def test_x(self):\n        self.assertTrue(shop.extra.x)\n")},
            Proof::regression_free, "can't be loaded"},
        Row{"changes nothing", {{"shop/cart.py", {{"'FR': 20}", "'FR': 20}", 0}}, {}, false}}, Proof::none, "changes nothing"},
        Row{"does not apply", {{"shop/cart.py", {{"def tax(", "def taxes(", 0}}, {}, false}}, Proof::none, "does not apply"},
        Row{"deletes the tests", {fix(), {"tests/test_cart.py", {}, {}, true}}, Proof::applies, "policy"},
        Row{"touches CI", {fix(), {".github/workflows/ci.yml", {}, "x\n", false}}, Proof::applies, "policy"},
        Row{"syntax error", {{"shop/cart.py", {{"'FR': 20}", "'FR': 20", 0}}, {}, false}}, Proof::applies, "no longer passes"},
    };
    const Shop shop;
    for (const Row& row : rows) {
      const Verification found = shop.verify(row.edits);
      INFO(row.name, ": ", found.why);
      CHECK(found.proof == row.proof);
      CHECK(found.why.find(row.why) != std::string::npos);
      CHECK(found.policy.empty() == (std::string_view(row.why) != "policy"));
    }
  }

  TEST_CASE("a flaky fix is not a proof") {
    if (!sandbox_here()) return;
    const Shop shop;
    const Verification found = shop.verify(
        {{"shop/cart.py",
          {{"    return {'DE': 19, 'FR': 20}[country]\n",
            "    import os\n    first = not os.path.exists('/w/.ran')\n    open('/w/.ran', 'w').close()\n"
            "    return {'DE': 19, 'FR': 20, 'AT': 20 if first else 0}[country]\n", 0}},
          {}, false},
         new_test()});
    INFO(found.why);
    CHECK(found.proof < Proof::red_green);
  }

  TEST_CASE("a test that fails for another reason than the reported one does not count") {
    if (!sandbox_here()) return;
    const Shop shop;
    ProofTask task = shop.task();
    const retrieval::Trace other{"python", "ZeroDivisionError", "division by zero", {}, {}};
    task.reported = ReportedFault({other});
    const auto found = verify_patch(task, {fix(), new_test()});
    REQUIRE(found.ok());
    CHECK(found->proof == Proof::regression_free);
    CHECK(found->why.find("the ticket reports ZeroDivisionError") != std::string::npos);
    retrieval::Trace same_place = other;
    same_place.frames = {{"/srv/app/shop/cart.py", 6, "vat", true}};
    const retrieval::Trace same_exception{"python", "KeyError", "'AT'", {}, {}};
    for (const retrieval::Trace& trace : {same_place, same_exception}) {
      task.reported = ReportedFault({trace});
      CHECK(verify_patch(task, {fix(), new_test()})->proof == Proof::red_green);
    }
  }

  TEST_CASE("a test that is flaky on the base is left out, and named") {
    if (!sandbox_here()) return;
    Shop shop;
    shop.commit = shop.git.commit(
        "flaky", {{"tests/test_flaky.py",
                   "import os\nimport unittest\n\n\nclass FlakyTest(unittest.TestCase):\n"
                   "    def test_every_other_time(self):\n        seen = os.path.exists('/w/.seen')\n"
                   "        os.unlink('/w/.seen') if seen else open('/w/.seen', 'w').close()\n"
                   "        self.assertFalse(seen)\n"}});
    const Verification found = shop.verify({fix(), new_test()});
    INFO(found.why);
    CHECK(found.proof == Proof::red_green);
    CHECK(found.why.find("FlakyTest.test_every_other_time") != std::string::npos);
    CHECK(found.flaky == std::vector<std::string>{"tests.test_flaky.FlakyTest.test_every_other_time"});
    CHECK(found.tests.passed_before == 2);
    CHECK(found.tests.broken.empty());

    shop.project.test_command += " >/tmp/log 2>&1";
    const Verification silent = shop.verify({fix(), new_test()});
    CHECK(silent.proof == Proof::applies);
    CHECK(silent.why.find("ends differently") != std::string::npos);
  }

  TEST_CASE("a test that flips between the runs with the patch is named") {
    if (!sandbox_here()) return;
    Shop shop;
    shop.project.proof_runs = 3;
    const char* second_fails =
        "import os\nimport unittest\nfrom shop.cart import vat\n\n\nclass VatTest(unittest.TestCase):\n"
        "    def test_austria(self):\n        self.assertEqual(vat('AT'), 20)\n"
        "        seen = os.path.exists('.seen')\n        open('.seen', 'w').close()\n"
        "        self.assertFalse(seen)\n";
    const Verification found = shop.verify({fix(), new_test(second_fails)});
    INFO(found.why);
    CHECK(found.proof == Proof::applies);
    CHECK(found.why.find("VatTest.test_austria` does not end the same way in 2 runs") != std::string::npos);
  }

  TEST_CASE("a test that passes in one order only is named, unless the base's own do so") {
    if (!sandbox_here()) return;
    Shop shop;
    const char* needs_another =
        "import unittest\nfrom shop import cart\n\n\nclass VatTest(unittest.TestCase):\n"
        "    def test_a(self):\n        cart.ready = True\n\n"
        "    def test_b(self):\n        self.assertTrue(cart.vat('AT') and getattr(cart, 'ready', False))\n";
    const Verification found = shop.verify({fix(), new_test(needs_another)});
    INFO(found.why);
    CHECK(found.proof == Proof::regression_free);
    CHECK(found.why.find("test_vat.VatTest.test_b` passes only in one order") != std::string::npos);

    std::string old_fault = needs_another;
    old_fault.replace(old_fault.find("cart.vat('AT')"), 14, "cart.vat('DE')");
    shop.commit = shop.git.commit("order", {{"tests/test_order.py", old_fault}});
    const Verification forgiven = shop.verify({fix(), new_test()});
    INFO(forgiven.why);
    CHECK(forgiven.proof == Proof::red_green);
    CHECK(forgiven.why.find("in another order too") != std::string::npos);
  }

  TEST_CASE("a patch that changes an existing test is held to the base's version of it") {
    if (!sandbox_here()) return;
    const Shop shop;
    // Sets up another answer before an assertion that stays as it is: no heuristic has to see it.
    const Edit eased{"tests/test_cart.py",
                     {{"from shop.cart import total, vat\n", "from shop.cart import total, vat as rate\n\n\ndef vat(country):\n    return 19 if country == 'DE' else rate(country)\n", 0}}, {}, false};
    const Edit breaking{"shop/cart.py", {{"'DE': 19, 'FR': 20}", "'DE': 7, 'FR': 20, 'AT': 20}", 0}}, {}, false};
    const Verification found = shop.verify({breaking, new_test(), eased});
    INFO(found.why);
    CHECK(found.proof == Proof::applies);
    CHECK(found.tests.broken == std::vector<std::string>{"tests.test_cart.CartTest.test_vat"});
    CHECK(found.why.find("as they are on the base") != std::string::npos);
    CHECK(shop.verify({fix(), new_test(), eased}).proof == Proof::red_green);
  }

  TEST_CASE("what makes the failure the reported one is said") {
    if (!sandbox_here()) return;
    const Shop shop;
    ProofTask task = shop.task();
    struct Row {
      const char* ticket;
      const char* reason;
    };
    static constexpr std::array<Row, 4> kRows{{
        {"VAT fails with KeyError", "the ticket reports KeyError"},
        {"VAT of 'AT' is missing", "the ticket mentions AT"},
        {"The total is 53.96", "nothing in it is quoted in the ticket"},
        {"VAT is wrong", "no trace, error name or quoted text"},
    }};
    for (const Row& row : kRows) {
      task.reported = ReportedFault({}, row.ticket);
      const auto found = verify_patch(task, {fix(), new_test()});
      REQUIRE(found.ok());
      CHECK(found->proof == Proof::red_green);
      INFO(found->why);
      CHECK(found->red_reason.find(row.reason) != std::string::npos);
      CHECK(found->why.find(row.reason) != std::string::npos);
    }
    const char* smoke = "import unittest\nfrom shop.cart import vat\n\n\nclass T(unittest.TestCase):\n    def test_x(self):\n        vat('AT')\n";
    CHECK(shop.verify({fix(), new_test(smoke)}).red_reason.find("checks nothing but") != std::string::npos);
  }

  TEST_CASE("JUnit files name the tests of a runner that prints nothing") {
    if (!sandbox_here()) return;
    Shop shop;
    shop.project.test_command = "python3 -m pytest -q -p no:cacheprovider --junitxml=out/junit.xml tests >/dev/null";
    const Verification found = shop.verify({fix(), new_test()});
    INFO(found.why);
    if (found.why.find("no test passed") != std::string::npos) {
      MESSAGE("SKIPPED, no pytest in the sandbox");
      return;
    }
    CHECK(found.proof == Proof::red_green);
    CHECK(found.tests.fixed == std::vector<std::string>{"tests.test_vat.VatTest.test_austria"});
    CHECK(found.tests.passed_before == 2);
  }

  TEST_CASE("a suite that only has an exit status is enough for red-green") {
    if (!sandbox_here()) return;
    Shop shop;
    shop.project.test_command = "python3 -m unittest discover -q -s tests -t . >/tmp/log 2>&1";
    const Verification found = shop.verify({fix()}, {new_test()});
    INFO(found.why);
    CHECK(found.proof == Proof::red_green);
    CHECK(found.tests.fixed == std::vector<std::string>{"test command"});
  }

  TEST_CASE("a build command is run first") {
    if (!sandbox_here()) return;
    Shop shop;
    shop.project.build_command = "python3 -m compileall -q shop";
    CHECK(shop.verify({fix(), new_test()}).proof == Proof::red_green);
    const Verification broken =
        shop.verify({{"shop/cart.py", {{"'FR': 20}", "'FR': 20", 0}}, {}, false}});
    CHECK(broken.proof == Proof::applies);
    CHECK(broken.why.find("does not build") != std::string::npos);
    shop.project.test_command.clear();
    CHECK(shop.verify({fix()}).proof == Proof::builds);
  }

  TEST_CASE("without a test command or a sandbox a patch applies at most") {
    Shop shop;
    if (::geteuid() == 0) {
      config::SandboxSettings settings;
      settings.user = "no-such-user";
      shop.sandbox = Sandbox(settings);
      const Verification found = shop.verify({fix(), new_test()});
      CHECK(found.proof == Proof::applies);
      CHECK(found.why.starts_with("sandbox: "));
      CHECK(found.steps.size() == 1);
    }
    shop.project.test_command.clear();
    const Verification found = shop.verify({fix()});
    CHECK(found.proof == Proof::applies);
    CHECK(found.why.find("test_command") != std::string::npos);
  }

  TEST_CASE("a ticket's script is run and kept as a failing test") {
    if (!sandbox_here()) return;
    const Shop shop;
    Reproduction script{"python", "from shop.cart import vat\nassert vat('AT') == 20\n", "tests/test_reported.py"};
    const auto outcome = reproduce(shop.task(), script);
    REQUIRE(outcome.ok());
    CHECK(outcome->reproduced == true);
    CHECK(outcome->red == "KeyError: 'AT'");
    CHECK(outcome->steps.size() == 2);

    for (const bool indented : {true, false}) {
      if (!indented) script.code += "TEXT = \"\"\"a\nb\"\"\"\n";
      const auto test = as_test_file(script);
      REQUIRE(test.has_value());
      CHECK((test->content->find("subprocess") == std::string::npos) == indented);
      const Verification found = shop.verify({fix()}, {{test->path, {}, test->content, false}});
      INFO(found.why);
      CHECK(found.proof == Proof::red_green);
    }
  }

  TEST_CASE("a script that shows nothing, or can't be run, is reported as such") {
    if (!sandbox_here()) return;
    struct Row {
      const char* language;
      const char* code;
      std::optional<bool> reproduced;
      const char* why;
    };
    static const std::array kRows{
        Row{"python", "print('fine')\n", false, "without an error"},
        Row{"python", "import nowhere\n", std::nullopt, "can't be loaded"},
        Row{"python", "import time\nraise ValueError(time.monotonic_ns())\n", std::nullopt, "same way twice"},
        Row{"cobol", "STOP RUN.\n", std::nullopt, "not run here"},
    };
    const Shop shop;
    for (const Row& row : kRows) {
      const auto outcome = reproduce(shop.task(), {row.language, row.code, ""});
      REQUIRE(outcome.ok());
      INFO(outcome->why);
      CHECK(outcome->reproduced == row.reproduced);
      CHECK(outcome->why.find(row.why) != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace triage::verify
