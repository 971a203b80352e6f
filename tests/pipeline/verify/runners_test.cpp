#include "pipeline/verify/runners.h"

#include <doctest/doctest.h>

#include <array>

#include "pipeline/verify/workspace.h"
#include "tests/pipeline/verify/sandbox_here.h"

namespace triage::verify {
namespace {

TEST_SUITE("verify runners") {
  TEST_CASE("a command's runner is recognised where it is called, and nowhere else") {
    struct Row {
      const char* command;
      const char* runner;
      const char* shuffled;  // part of the command; empty: none
    };
    static constexpr std::array<Row, 34> kRows{{
        {"python3 -m unittest discover -v -s tests", "unittest", "-c 'import unittest"},
        {"cd app && python -m unittest", "unittest", "cd app && python -c 'import"},
        {"python3 -m pytest -q", "pytest", "python3 -m pytest -p triage_order -q"},
        {"pytest", "pytest", "pytest -p triage_order"},
        {"venv/bin/pytest tests", "pytest", "venv/bin/pytest -p triage_order tests"},
        {"PYTHONPATH=src pytest -x", "pytest", "PYTHONPATH=src pytest -p triage_order -x"},
        {"cd api; pytest -q | tee log", "pytest", "pytest -p triage_order -q | tee log"},
        {"py.test", "pytest", "py.test -p triage_order"},
        {"go test ./...", "go test", "go test -shuffle=20240229 ./..."},
        {"go vet ./... && go test -race ./...", "go test", "go test -shuffle=20240229 -race"},
        {"ctest --test-dir build", "ctest", "ctest --schedule-random --test-dir build"},
        {"npx jest --ci", "jest", "npx jest --randomize --seed=20240229 --ci"},
        {"node_modules/.bin/jest", "jest", "node_modules/.bin/jest --randomize"},
        {"npx vitest run", "vitest", "vitest run --sequence.shuffle"},
        {"bundle exec rspec", "rspec", "rspec --order rand:20240229"},
        {"vendor/bin/phpunit tests", "phpunit", "vendor/bin/phpunit --order-by=reverse tests"},
        {"mvn test", "maven", "-Dsurefire.runOrder=reversealphabetical"},
        {"cargo test --all", "cargo test", ""},
        {"node --test", "node --test", ""},
        {"npx mocha", "mocha", ""},
        {"dotnet test", "dotnet", ""},
        // Not called here, or not to be rewritten.
        {"make check", "", ""},
        {"npm test", "", ""},
        {"pip install pytest && make check", "", ""},
        {"echo pytest", "", ""},
        {"bash -c 'pytest -q'", "", ""},
        {"bash -c \"python3 -m unittest\"", "", ""},
        {"python3 -m unittests", "", ""},
        {"./pytest.sh", "", ""},
        {"go build ./test", "", ""},
        {"go run test", "", ""},
        {"cat jest", "", ""},
        {"", "", ""},
        {";;|&", "", ""},
    }};
    for (const Row& row : kRows) {
      INFO(row.command);
      CHECK(runner_of(row.command) == row.runner);
      const auto other = shuffled(row.command);
      CHECK(other.has_value() == (*row.shuffled != '\0'));
      if (other) CHECK_MESSAGE(other->find(row.shuffled) != std::string::npos, *other);
    }
  }

  TEST_CASE("some tests are selected by their names") {
    struct Row {
      const char* command;
      std::vector<std::string> names;
      const char* selected;  // empty: not possible
    };
    const std::array rows{
        Row{"python3 -m unittest discover -v -s tests -t .", {"tests.test_a.T.test_x"}, "python3 -m unittest -v 'tests.test_a.T.test_x' "},
        Row{"pytest -q -p no:cacheprovider tests/ | cat", {"tests/test_a.py::test_x[1 2]"}, "pytest -q -p no:cacheprovider 'tests/test_a.py::test_x[1 2]' | cat"},
        Row{"go test ./...", {"TestA", "TestB"}, "go test -run '^(TestA|TestB)$' ./..."},
        Row{"ctest", {"cart.total"}, "ctest -R '^(cart\\.total)$'"},
        Row{"npx jest --ci", {"adds (up)"}, "npx jest -t 'adds \\(up\\)' --ci"},
        Row{"cargo test", {"cart::adds"}, "cargo test -- --exact 'cart::adds' "},
        Row{"make check", {"x"}, ""},
        Row{"pytest", {}, ""},
        Row{"pytest", {"a'; rm -rf /; '"}, ""},
        Row{"pytest", {"a\nb"}, ""},
        Row{"pytest", {"--rootdir=/"}, ""},
        Row{"dotnet test", {"x"}, ""},
    };
    for (const Row& row : rows) {
      INFO(row.command);
      const auto selected = selecting(row.command, row.names);
      CHECK(selected.value_or("") == row.selected);
    }
  }

  TEST_CASE("the other order and the selection do what they say") {
    if (!sandbox_here()) return;
    const Sandbox sandbox{config::SandboxSettings{}};
    const auto owner = sandbox.owner();
    REQUIRE(owner.ok());
    auto workspace = Workspace::create(*owner);
    REQUIRE(workspace.ok());
    REQUIRE(workspace->apply({{"tests/__init__.py", "", false},
                              {"tests/test_a.py",
                               "import unittest\n\n\nclass T(unittest.TestCase):\n"
                               "    def test_1(self):\n        pass\n\n    def test_2(self):\n        pass\n",
                               false},
                              {"tests/test_b.py",
                               "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_3(self):\n        pass\n",
                               false}}).ok());
    // The names in the order of their result lines.
    const auto order = [&](const std::string& command) {
      const auto ran = sandbox.run(workspace->path(), command, Milliseconds(60'000));
      REQUIRE(ran.ok());
      INFO(ran->out, ran->err);
      CHECK(ran->success());
      std::string names;
      const std::string log = ran->out + ran->err;
      for (size_t at = log.find("test_"); at != std::string::npos; at = log.find("test_", at + 1)) {
        const char digit = log[at + 5];
        if (digit >= '1' && digit <= '3' && (names.empty() || names.back() != digit)) names += digit;
      }
      return names;
    };
    const std::string unittest = "python3 -m unittest discover -v -s tests -t .";
    CHECK(order(unittest) == "123");
    CHECK(order(shuffled(unittest).value()) == "321");
    CHECK(order(selecting(unittest, {"tests.test_a.T.test_2"}).value()) == "2");
    const auto pytest = sandbox.run(workspace->path(), "python3 -m pytest --version", Milliseconds(60'000));
    if (!pytest.ok() || !pytest->success()) {
      MESSAGE("SKIPPED, no pytest in the sandbox");
      return;
    }
    const std::string command = "python3 -m pytest -v -p no:cacheprovider";
    CHECK(order(command) == "123");
    CHECK(order(shuffled(command).value()) == "321");
    CHECK(order(selecting(command, {"tests/test_a.py::T::test_2"}).value()) == "2");
  }

  TEST_CASE("a runner that does not know the option is told from tests that fail") {
    const auto refuses = [](const char* log, bool exit_ok = false) {
      return refuses_options(read_test_report(log, exit_ok), log);
    };
    CHECK(refuses("● Unrecognized CLI Parameter:\n  Unrecognized option \"randomize\".\n"));
    CHECK(refuses("pytest: error: unrecognized arguments: --x\n"));
    CHECK_FALSE(refuses("ok 1 - a\nnot ok 2 - says unknown option\n"));
    CHECK_FALSE(refuses("FAILED tests/test_a.py::x - 1\n"));
    CHECK_FALSE(refuses("unknown option", true));
  }
}

}  // namespace
}  // namespace triage::verify
