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
    Row{"TAP", "TAP version 13\n1..4\nok 1 - adds\nnot ok 2 - rounds\nok 3 - db # SKIP none\nnot ok 4 - later # TODO\nok 5 # SKIP no name\nnot ok 6 # TODO no name\n",
        {"adds"}, {"rounds"}, {"5", "6", "db", "later"}},
    Row{"go test -v", "=== RUN   TestA\n--- PASS: TestA (0.00s)\n    --- FAIL: TestB/x (0.01s)\n--- SKIP: TestC (0.00s)\nFAIL\n",
        {"TestA"}, {"TestB/x"}, {"TestC"}},
    Row{"CTest",
        "    1/3 Test #1: base .............................   Passed    0.10 sec\n"
        "    2/3 Test #2: cart .............................***Failed    0.01 sec\n"
        "    3/3 Test #3: slow .............................***Timeout   1.50 sec\n",
        {"base"}, {"cart", "slow"}, {}},
    Row{"cargo test", "running 3 tests\ntest cart::adds ... ok\ntest cart::rounds ... FAILED\ntest db ... ignored\n",
        {"cart::adds"}, {"cart::rounds"}, {"db"}},
    Row{"unittest with docstrings, prints and subtests",
        "test_a (t.T.test_a)\nAdds up. ... ok\ntest_b (t.T.test_b) ... one\ntwo\nFAIL\n"
        "test_c (t.T.test_c) ... expected failure\ntest_d (t.T.test_d) ... \n"
        "FAIL: test_d (t.T.test_d) [case] (i=1)\nFAILED (failures=2)\n",
        {"t.T.test_a"}, {"t.T.test_b", "t.T.test_d"}, {"t.T.test_c"}},
    Row{"pytest -rA with xdist",
        "[gw0] [ 50%] PASSED tests/test_a.py::test_x \n[gw1] [100%] FAILED tests/test_a.py::test_y \n"
        "SKIPPED [1] tests/test_a.py:9: slow\nPASSED tests/test_a.py::test_x\nFAILED tests/test_a.py::test_y - assert 0\n",
        {"tests/test_a.py::test_x"}, {"tests/test_a.py::test_y"}, {}},
    Row{"TAP with subtests and times",
        "TAP version 13\n# Subtest: cart\n    ok 1 - adds # time=1.2ms\n    not ok 2 - rounds\nok 1 - cart\n",
        {"adds", "cart"}, {"rounds"}, {}},
    Row{"go test -json",
        "{\"Time\":\"x\",\"Action\":\"pass\",\"Package\":\"shop\",\"Test\":\"TestA\",\"Elapsed\":0.01}\n"
        "{\"Action\":\"output\",\"Package\":\"shop\",\"Test\":\"TestB\",\"Output\":\"--- FAIL: TestB\\n\"}\n"
        "{\"Action\":\"fail\",\"Package\":\"shop\",\"Test\":\"TestB\"}\n"
        "{\"Action\":\"skip\",\"Package\":\"shop\",\"Test\":\"TestC\"}\n{\"Action\":\"fail\",\"Package\":\"shop\"}\n",
        {"shop.TestA"}, {"shop.TestB"}, {"shop.TestC"}},
    Row{"node --test, spec", "▶ cart\n  ✔ adds up (1.25ms)\n  ✖ rounds (0.5ms)\n  ﹣ later (0.1ms) # SKIP\n✖ failing tests:\n",
        {"adds up"}, {"rounds"}, {"later"}},
    Row{"mocha", "  cart\n    ✔ adds up (12ms)\n    1) rounds\n\n  1 passing (34ms)\n  1 failing\n\n  1) cart\n       rounds:\n",
        {"adds up"}, {"rounds"}, {}},
    Row{"numbered lines of no mocha", "1) first\n2) second\ntest a ... ok\n", {"a"}, {}, {}},
    Row{"colours", "\x1b[32mtest a ... ok\x1b[0m\n  \x1b[31m✕\x1b[39m \x1b[2mb (3 ms)\x1b[22m\n", {"a"}, {"b"}, {}},
    Row{"JUnit, printed",
        "noise < & noise\n<?xml version=\"1.0\"?>\n<testsuites><testsuite name='s'>\n"
        "<testcase classname=\"t.T\" name=\"a &lt;1&gt; &#228;\" time=\"0.1\"/>"
        "<testcase classname='t.T' name='b'><failure message='x'>1 &lt; 2</failure></testcase>"
        "<testcase name='c'><skipped/></testcase><testcase name='d' status='notrun'/>"
        "<testcase name='e'><error/><system-out><![CDATA[</testcase>]]></system-out></testcase>"
        "</testsuite></testsuites>\nmore noise </x>\n",
        {"t.T.a <1> ä"}, {"e", "t.T.b"}, {"c", "d"}},
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
    CHECK(read_test_report("ok  \tshop/a\t0.01s\nok  \tshop/b\t(cached)\n", true).passed == 2);
    CHECK(read_test_report("# tests 3\n# pass 2\n# fail 1\n", false).passed == 2);
    CHECK(read_test_report("Tests:       1 skipped, 5 passed, 6 total\n", true).passed == 5);
  }

  TEST_CASE("skipped tests are counted where they are not named") {
    struct Count {
      const char* output;
      std::uint32_t skipped;
    };
    static constexpr std::array<Count, 9> kCounts{{
        {"== 3 passed, 2 skipped, 1 xfailed in 0.1s ==\n", 3},
        {"Ran 5 tests in 0.1s\n\nOK (skipped=2, expected failures=1)\n", 3},
        {"Tests:       1 skipped, 1 todo, 5 passed, 7 total\n", 2},
        {"  5 passing (3ms)\n  2 pending\n", 2},
        {"test result: ok. 3 passed; 0 failed; 2 ignored; 0 measured\n", 2},
        {"# pass 1\n# skipped 2\n", 2},
        {"test_a (t.T.test_a) ... skipped 'x'\n", 1},
        {"5 passed in 1s\n", 0},
        {"2 skipped stones\n", 0},
    }};
    for (const Count& row : kCounts) CHECK_MESSAGE(read_test_report(row.output, true).skipped == row.skipped, row.output);
  }

  TEST_CASE("documents name what the output does not, and no more") {
    const std::vector<std::string> document{
        "<testsuite><testcase name='a'/><testcase name='b'><failure/></testcase></testsuite>"};
    const TestReport quiet = read_test_report("1 passed, 1 failed\n", false, document);
    CHECK(quiet.names_passes);
    CHECK(quiet.has_passed("a"));
    CHECK(quiet.has_failed("b"));
    const TestReport loud = read_test_report("test x ... ok\n", true, document);
    CHECK(loud.tests.size() == 1);
    // The exit code stays what it is, whatever a document says.
    CHECK_FALSE(read_test_report("", false, {"<testsuite><testcase name='a'/></testsuite>"}).exit_ok);
  }

  TEST_CASE("what is no whole, plain document is no report") {
    std::string deep = "<testsuite>";
    for (int i = 0; i < 100; ++i) deep += "<a>";
    for (int i = 0; i < 100; ++i) deep += "</a>";
    const std::array<std::string, 12> bad{
        "<testsuite><testcase name='a'/>", "<testsuite><testcase name='a'></testsuite>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite><testcase name='a'/></testsuite>",
        "<testsuite><!DOCTYPE x><testcase name='a'/></testsuite>",
        "<testsuite><testcase name='&a;'/></testsuite>", "<testsuite><testcase name='a' /x></testsuite>",
        "<testsuite><testcase name=a/></testsuite>", "<testsuite><testcase name='a<b'/></testsuite>",
        "<testsuite><testcase name='&#x110000;'/></testsuite>", "<testsuite><![CDATA[", "<html><testcase/></html>",
        deep + "<testcase name='a'/></testsuite>"};
    for (const std::string& document : bad) {
      INFO(document.substr(0, 60));
      CHECK_FALSE(read_test_report("", true, {document}).has_passed("a"));
    }
    CHECK(read_test_report("", true, {"<testsuite><testcase name='a'/></testsuite>"}).has_passed("a"));
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
    CHECK(failure_line("E       Failed: DID NOT RAISE\n1 failed in 0.1s\n") == "Failed: DID NOT RAISE");
    CHECK(failure_line("panic: index out of range [-1]\n/w/a_test.go:9 +0x3\n") == "panic: index out of range [-1]");
    CHECK(failure_line("ok 1 a\nnot ok 2 b\nfin\n") == "not ok 2 b");
    CHECK(failure_line("1/2 Test #1: a ....***Timeout 5.00 sec\nUse --rerun\n") == "1/2 Test #1: a ....***Timeout 5.00 sec");
    const std::string noise = "a_test.go:3: only a log line\n";
    CHECK(failure_line(noise + "a_test.go:9: got 1\n") == "a_test.go:3: only a log line");
    CHECK(failure_line(noise + "a_test.go:9: got 1\n", noise) == "a_test.go:9: got 1");
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
