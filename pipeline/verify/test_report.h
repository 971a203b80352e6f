// What the output of a test run says: which tests passed, which failed, and with which words.
//
// Reads unittest, pytest, TAP, go test, CTest, cargo test, jest, mocha and node by their result lines,
// whichever occur, and JUnit documents (printed, or files that the run wrote) where those don't name
// what passed; anything else is one pseudo test that passed when the command exited with 0. All of it
// is written by the code under test, so this is a reading, never more trusted than the exit code.
// Names are the same from run to run: times are left out. Linear and bounded: at most 50,000 tests,
// names of 300 bytes. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/process.h"

namespace triage::verify {

enum class TestStatus { passed, failed, skipped };

struct TestReport {
  std::map<std::string, TestStatus> tests;
  bool names_passes = false;  // passing tests are listed too, not only failures and a count
  bool exit_ok = false;
  std::uint32_t passed = 0;   // named, or from the summary
  std::uint32_t skipped = 0;  // likewise

  std::vector<std::string> failed() const;
  bool has_failed(const std::string& test) const;
  bool has_passed(const std::string& test) const;
};

inline constexpr std::string_view kWholeCommand = "test command";

// `documents` are JUnit files of the same run.
TestReport read_test_report(std::string_view output, bool exit_ok,
                            const std::vector<std::string>& documents = {});
TestReport read_test_report(const ProcessResult& result,
                            const std::vector<std::string>& documents = {});

// The line that says why it failed ("AssertionError: 53.96 != 53.97"), at most 300 bytes. Lines that
// stand in `before`, the log of a run that passed, are not the reason.
std::string failure_line(std::string_view output, std::string_view before = {});

// The sign that a test could not even be loaded ("ModuleNotFoundError", "SyntaxError", "[build
// failed]"), or an empty view. Such a failure proves nothing about the fault.
std::string_view load_failure(std::string_view output);

}  // namespace triage::verify
