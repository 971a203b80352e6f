// Where the ticket's own script failed when it was run: the line of the project's code that raised,
// or the script's own check with what it expected and what it got.
//
// Read from the log of the first reproduction step; empty where the log doesn't tell. Pure.
#pragma once

#include <string>

#include "pipeline/run.h"

namespace triage::publish {

struct FailurePlace {
  std::string path;             // in the repository, empty where the script itself raised
  std::uint32_t line = 0;
  std::string function;
  std::string check;            // the script's line that failed: "assert total(cart) == 5, total(cart)"
  std::string expected, got;    // of such a check, where both are told
};

FailurePlace failure_place(const Verification& verification);

}  // namespace triage::publish
