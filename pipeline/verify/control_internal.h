// Tests that must fail: run beside a patch, they show that its runs can fail at all.
//
// Code under test runs in the same process as the tests that judge it. One that silences
// assertions, prints result lines of its own or ends the run with success would pass every test; it
// passes these as well, and is found out. Written for the runners that load a file of tests by
// itself. Private.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/effect.h"
#include "pipeline/verify/suite_internal.h"

namespace triage::verify {

struct ControlTest {
  FileChange file;
  std::vector<std::string> words;  // each is part of the name of a test that has to fail
  std::string selector;            // how selecting() names the file; empty: it can't
};

// Beside one of the patch's tests and with what that one imports; `salt` makes its names unknown to
// the patch. Nothing for runners without such files.
std::optional<ControlTest> control_test(std::string_view command, const FileChange& beside,
                                        std::string_view salt);

// Has every one of them failed, by name?
bool shows_failures(const ControlTest& control, const SuiteRun& run);

// Why a run with the control in it shows that failures don't count here; empty where each counts.
std::string broken_control(const ControlTest& control, const SuiteRun& run);

// Test files that are no longer what they were laid out as: code under test wrote to them.
std::vector<std::string> altered_files(const Workspace& workspace,
                                       const std::vector<FileChange>& expected);

}  // namespace triage::verify
