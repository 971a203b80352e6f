#include "pipeline/verify/test_report.h"

#include <doctest/doctest.h>

#include <array>

namespace triage::verify {
namespace {

struct Row {
  const char* runner;
  const char* output;
  std::vector<std::string> passed, failed, skipped;
};

const std::array kRows{
    Row{"unittest -v",
        "test_a (tests.test_cart.CartTest.test_a) ... ok\n"
        "test_b (tests.test_cart.CartTest.test_b) ... FAIL\n"
        "test_c (tests.test_cart.CartTest.test_c) ... skipped 'slow'\n"
        "======\nFAIL: test_b (tests.test_cart.CartTest.test_b)\nRan 3 tests in 0.1s\n",
        {"tests.test_cart.CartTest.test_a"},
        {"tests.test_cart.CartTest.test_b"},
        {"tests.test_cart.CartTest.test_c"}},
    Row{"older unittest", "test_a (tests.CartTest) ... ok\ntest_b (tests.CartTest) ... ERROR\n",
        {"tests.CartTest.test_a"}, {"tests.CartTest.test_b"}, {}},
    Row{"pytest -v",
        "tests/test_a.py::test_x PASSED      [ 50%]\ntests/test_a.py::test_y[1] FAILED  [100%]\n"
        "FAILED tests/test_a.py::test_y[1] - AssertionError: 1 != 2\n== 1 failed, 1 passed in 0.1s ==\n",
        {"tests/test_a.py::test_x"}, {"tests/test_a.py::test_y[1]"}, {}},
    Row{"pytest collection error", "ERROR tests/test_b.py - ImportError: no\n", {}, {"tests/test_b.py"}, {}},
    Row{"TAP", "TAP version 13\n1..4\nok 1 - adds\nnot ok 2 - rounds\nok 3 - db # SKIP none\nnot ok 4 - later # TODO\n",
        {"adds"}, {"rounds"}, {"db", "later"}},
    Row{"go test -v", "=== RUN   TestA\n--- PASS: TestA (0.00s)\n    --- FAIL: TestB/x (0.01s)\n--- SKIP: TestC (0.00s)\nFAIL\n",
        {"TestA"}, {"TestB/x"}, {"TestC"}},
    Row{"CTest",
        "    1/3 Test #1: base .............................   Passed    0.10 sec\n"
        "    2/3 Test #2: cart .............................***Failed    0.01 sec\n"
        "    3/3 Test #3: slow .............................***Timeout   1.50 sec\n",
        {"base"}, {"cart", "slow"}, {}},
    Row{"cargo test", "running 3 tests\ntest cart::adds ... ok\ntest cart::rounds ... FAILED\ntest db ... ignored\n",
        {"cart::adds"}, {"cart::rounds"}, {"db"}},
    Row{"jest", "PASS src/cart.test.js\n  cart\n    ✓ adds up (5 ms)\n    ✕ rounds (1 ms)\n    ○ skipped later\n",
        {"adds up"}, {"rounds"}, {"skipped later"}},
};

TEST_SUITE("verify test report") {
  TEST_CASE("the result lines of every runner are understood") {
    for (const Row& row : kRows) {
      INFO(row.runner);
      const TestReport report = read_test_report(row.output, false);
      CHECK(report.tests.size() == row.passed.size() + row.failed.size() + row.skipped.size());
      for (const auto& name : row.passed) CHECK_MESSAGE(report.has_passed(name), name);
      CHECK(report.failed() == row.failed);
      for (const auto& name : row.skipped)
        CHECK_MESSAGE((report.tests.contains(name) && !report.has_passed(name) && !report.has_failed(name)), name);
    }
  }

  TEST_CASE("quiet runs are counted from their summary") {
    CHECK(read_test_report("....\nRan 4 tests in 0.1s\n\nOK\n", true).passed == 4);
    CHECK(read_test_report("..F.\nFAIL: test_b (t.T.test_b)\nRan 4 tests in 0.1s\n", false).passed == 3);
    CHECK(read_test_report("12 passed in 0.3s\n", true).passed == 12);
  }

  TEST_CASE("an unknown runner is one test that is its exit code") {
    CHECK(read_test_report("all fine\n", true).has_passed(std::string(kWholeCommand)));
    CHECK(read_test_report("boom\n", false).has_failed(std::string(kWholeCommand)));
  }

  TEST_CASE("a run without tests has not passed") {
    const TestReport report = read_test_report("Ran 0 tests in 0.000s\n\nOK\n", true);
    CHECK(report.passed == 0);
    CHECK(report.tests.empty());
  }

  TEST_CASE("a failure is not painted over by a later line of the same name") {
    const TestReport report = read_test_report("test a ... FAILED\ntest a ... ok\n", false);
    CHECK(report.has_failed("a"));
  }

  TEST_CASE("hostile output is bounded") {
    std::string flood(1 << 20, 'x');
    flood += " ... ok\n";
    for (int i = 0; i < 60'000; ++i) flood += "ok " + std::to_string(i) + "\n";
    flood += std::string("\xff\xfe\0 ... ok\n", 10);
    CHECK(read_test_report(flood, true).tests.size() == 50'000);
  }

  TEST_CASE("the line that says why is found") {
    CHECK(failure_line("Traceback\n  File \"x\"\nAssertionError: 53.96 != 53.97\n\nFAILED (failures=1)\n") ==
          "AssertionError: 53.96 != 53.97");
    CHECK(failure_line("E       assert 1 == 2\nE   KeyError: 'vat'\n") == "KeyError: 'vat'");
    CHECK(failure_line("    cart_test.go:12: got 3, want 4\nFAIL\n") == "cart_test.go:12: got 3, want 4");
    CHECK(failure_line("something else\n") == "something else");
    CHECK(failure_line("") == "");
  }

  TEST_CASE("a test that can't be loaded is told from one that fails") {
    CHECK(load_failure("ModuleNotFoundError: No module named 'shop'") == "ModuleNotFoundError");
    CHECK(load_failure("FAIL\tshop [build failed]") == "[build failed]");
    CHECK(load_failure("AssertionError: 1 != 2").empty());
  }
}

}  // namespace
}  // namespace triage::verify
