// Runs one child process to its end, with every limit set from outside.
//
// Blocks the calling worker. The child gets its own process group; when the deadline, its silence,
// the stop token or the output limit ends it, the whole group is killed. The environment is exactly
// `env`: nothing of ours is inherited. Output is kept head and tail. POSIX only.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/result.h"

namespace triage {

struct ProcessSpec {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH of `env`
  std::vector<std::pair<std::string, std::string>> env;
  std::string directory;          // working directory; empty: ours
  std::string input;              // written to standard input, then closed
  std::vector<std::pair<int, int>> descriptors;  // {ours, the child's number}, besides 0-2
  Milliseconds time_limit{60'000};
  Milliseconds idle_limit{0};     // longest time without a byte on either stream; 0: none
  size_t keep_output = 128 * 1024;      // bytes kept of each stream, half head and half tail
  size_t output_limit = 16 * 1024 * 1024;  // bytes of both streams after which the child is killed
  // Standard output as it comes, in pieces of any length, on the calling thread; may be empty.
  std::function<void(std::string_view)> on_output = {};
  // Asked some 50 times a second; false ends the child as a stop request does. May be empty.
  std::function<bool()> go_on = {};
};

struct ProcessResult {
  int exit_code = -1;  // 128 + signal where a signal ended it
  bool timed_out = false;
  bool fell_silent = false;
  bool stopped = false;
  bool too_much_output = false;
  std::string out;
  std::string err;
  Milliseconds took{0};
  bool cut_off() const { return timed_out || fell_silent || stopped || too_much_output; }
  bool success() const { return exit_code == 0 && !cut_off(); }
};

// Errors: not_found (no such program), exhausted (no process or pipe to be had).
Result<ProcessResult> run_process(const ProcessSpec& spec, std::stop_token stop = {});

}  // namespace triage
