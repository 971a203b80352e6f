// The test runners that a command may call: how to run its tests in another order, or only some.
//
// One table (runners.cpp) says by which words a command is recognised. Only the call of the runner
// is rewritten; what a shell does around it stays. A runner inside quotes or behind a script is not
// seen: then there is no other order and no selection, and the caller says so. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/verify/test_report.h"

namespace triage::verify {

// "pytest", "unittest", "go test" …; empty where none is recognised.
std::string_view runner_of(std::string_view command);

// The same tests in another order, the same one each time where the runner can; nothing where it
// can't.
std::optional<std::string> shuffled(std::string_view command);

// Only these tests, by their names in a TestReport; nothing where the runner or a name does not
// allow.
std::optional<std::string> selecting(std::string_view command,
                                     const std::vector<std::string>& tests);

// Did the runner end at once because it does not know an option of ours?
bool refuses_options(const TestReport& report, std::string_view log);

}  // namespace triage::verify
