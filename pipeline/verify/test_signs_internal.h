// The words by which test_weakening.cpp knows a test that is switched off, a runner that is
// tampered with, code that asks whether it is being tested, and settings that leave tests out.
// Private to this folder. A word counts where it starts one; what counts is that a patch brings
// more of it.
#pragma once

#include <array>
#include <string_view>

namespace triage::verify {

struct Sign {
  std::string_view words, reason;
};

inline constexpr std::string_view kSkips = "skips or focuses tests";
inline constexpr std::string_view kTampers = "reaches into the test runner";
inline constexpr std::string_view kOff = "switches code off";
inline constexpr std::string_view kSwallows = "swallows failures";
inline constexpr std::string_view kEnds = "ends the test run";

// More of them in a test file than on the base weakens it. What strings hold does not count.
inline constexpr std::array<Sign, 85> kTestSigns{{
    {"unittest.skip", kSkips},
    {"skipTest(", kSkips},
    {"SkipTest", kSkips},
    {"expectedFailure", kSkips},
    {"pytest.skip", kSkips},
    {"mark.skip", kSkips},
    {"mark.xfail", kSkips},
    {"pytest.xfail", kSkips},
    {"importorskip", kSkips},
    {"__test__", kSkips},
    {"collect_ignore", kSkips},
    {"@skip", kSkips},
    {"skipIf(", kSkips},
    {"skipUnless(", kSkips},
    {"__unittest_skip__", kSkips},
    {"it.skip", kSkips},
    {"test.skip", kSkips},
    {"describe.skip", kSkips},
    {"context.skip", kSkips},
    {"suite.skip", kSkips},
    {"t.skip(", kSkips},
    {"this.skip(", kSkips},
    {"it.only", kSkips},
    {"test.only", kSkips},
    {"describe.only", kSkips},
    {"context.only", kSkips},
    {"it.todo", kSkips},
    {"test.todo", kSkips},
    {"it.failing", kSkips},
    {"test.failing", kSkips},
    {"xit(", kSkips},
    {"xit \"", kSkips},
    {"xtest(", kSkips},
    {"xdescribe", kSkips},
    {"xcontext", kSkips},
    {"fdescribe(", kSkips},
    {"skip: true", kSkips},
    {"todo: true", kSkips},
    {"only: true", kSkips},
    {"pending \"", kSkips},
    {"skip \"", kSkips},
    {"t.Skip", kSkips},
    {"testing.Short(", kSkips},
    {"#[ignore", kSkips},
    {"#[cfg(not(test", kSkips},
    {"@Disabled", kSkips},
    {"@Ignore", kSkips},
    {"@EnabledIf", kSkips},
    {"@DisabledIf", kSkips},
    {"assumeTrue(", kSkips},
    {"assumeFalse(", kSkips},
    {"Assume.", kSkips},
    {"[Ignore", kSkips},
    {"Skip =", kSkips},
    {"markTestSkipped", kSkips},
    {"markTestIncomplete", kSkips},
    {"GTEST_SKIP", kSkips},
    {"DISABLED_", kSkips},
    {"XCTSkip", kSkips},
    {"#if 0", kOff},
    {"if False:", kOff},
    {"if 0:", kOff},
    {"if (false)", kOff},
    {"if (0)", kOff},
    {"if false", kOff},
    {"while False", kOff},
    {"suppress(Exception", kSwallows},
    {"suppress(BaseException", kSwallows},
    {"suppress(AssertionError", kSwallows},
    {"raises(AssertionError", kSwallows},
    {"assertRaises(AssertionError", kSwallows},
    {"except AssertionError", kSwallows},
    {"os._exit(", kEnds},
    {"sys.exit(", kEnds},
    {"process.exit(", kEnds},
    {"os.Exit(", kEnds},
    {"atexit.", kTampers},
    {"sys.modules[", kTampers},
    {"builtins.", kTampers},
    {"sys.excepthook", kTampers},
    {"TestCase.assert", kTampers},
    {"failureException", kTampers},
    {"load_tests", kTampers},
    {"global.expect", kTampers},
    {"globalThis.expect", kTampers},
}};

// More of them in code that is no test: it can tell a test from a customer.
inline constexpr std::string_view kAware = "asks whether it is being tested";
inline constexpr std::array<Sign, 18> kCodeSigns{{
    {"== 'test'", kAware},
    {"== \"test\"", kAware},
    {"PYTEST_CURRENT_TEST", kAware},
    {"JEST_WORKER_ID", kAware},
    {"VITEST", kAware},
    {"testing.Testing(", kAware},
    {"Lookup(\"test.", kAware},
    {"cfg!(test)", kAware},
    {"#[cfg(not(test", kAware},
    {"\"unittest\"", kAware},
    {"'unittest'", kAware},
    {"\"pytest\"", kAware},
    {"'pytest'", kAware},
    {"sys._getframe", kAware},
    {"inspect.stack", kAware},
    {"extract_stack", kAware},
    {"unittest.TestCase", kTampers},
    {"sys.settrace", kTampers},
}};

// Lines of settings that leave tests out, wherever a project keeps such settings.
inline constexpr std::array<std::string_view, 17> kConfigs{
    "pytest.ini",    "tox.ini",        "setup.cfg",     "pyproject.toml",  "conftest.py",
    "noxfile.py",    "package.json",   "jest.config.*", "vitest.config.*", ".mocharc*",
    "karma.conf.*",  "CMakeLists.txt", "*.cmake",       "phpunit.xml*",    "Makefile*",
    "build.gradle*", "pom.xml"};
inline constexpr std::array<std::string_view, 26> kDeselecting{"--deselect",
                                                               "--ignore",
                                                               "not ",
                                                               "norecursedirs",
                                                               "testpaths",
                                                               "python_files",
                                                               "python_functions",
                                                               "python_classes",
                                                               "collect_ignore",
                                                               "pytest_collection",
                                                               "testPathIgnore",
                                                               "testMatch",
                                                               "testRegex",
                                                               "testNamePattern",
                                                               "exclude",
                                                               "passWithNoTests",
                                                               "WILL_FAIL",
                                                               "DISABLED",
                                                               "|| true",
                                                               "|| :",
                                                               "exit 0",
                                                               "skipTests",
                                                               "maven.test.skip",
                                                               "enabled = false",
                                                               "--grep",
                                                               "ignoreFailures"};
inline constexpr std::array<std::string_view, 5> kRegistering{
    "add_test(", "gtest_discover_tests(", "doctest_discover_tests(", "catch_discover_tests(",
    "add_subdirectory("};

}  // namespace triage::verify
