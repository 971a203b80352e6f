// The result lines of test runners, one at a time. Private to this folder.
//
// A reader remembers what a runner spreads over lines (unittest's docstrings and printed output,
// mocha's numbered failures) and adds up the summaries. Whichever runners' lines occur are read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/verify/test_report.h"

namespace triage::verify {

struct FoundTest {
  std::string name;
  TestStatus status = TestStatus::passed;
};

class ResultLines {
 public:
  // Appends what the line tells.
  void read(std::string_view line, std::vector<FoundTest>& found);

  // By the summaries; `failed` tests were named.
  std::uint32_t passed(std::uint32_t failed) const;
  std::uint32_t skipped() const { return skipped_; }

 private:
  void count(std::string_view line);
  bool read_unittest(std::string_view line, std::vector<FoundTest>& found);
  bool read_go_json(std::string_view line, std::vector<FoundTest>& found);
  void read_mocha(std::string_view line, std::vector<FoundTest>& found);

  std::string previous_;  // a line that may be the name of the next one's docstring
  std::string open_;      // a test that prints before its verdict
  std::vector<std::string> numbered_;
  std::uint32_t ran_ = 0, failed_ = 0, passed_ = 0, packages_ = 0, skipped_ = 0;
};

}  // namespace triage::verify
