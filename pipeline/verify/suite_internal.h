// One run of a project's tests in the sandbox, and what came of it. Private to this folder.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "pipeline/verify/proof.h"
#include "pipeline/verify/test_report.h"
#include "pipeline/verify/workspace.h"

namespace triage::verify {

struct SuiteRun {
  TestReport report;
  std::string log;
  bool built = true;
};

// A fresh workspace with the files of the task's commit.
Result<Workspace> check_out_base(const ProofTask& task);

// The build command, where there is one; false when it fails.
Result<bool> run_build(const ProofTask& task, const Workspace& workspace, const std::string& where,
                       std::vector<StepResult>& steps);

// `command` is the project's, or a form of it that runs the same tests.
Result<SuiteRun> run_suite(const ProofTask& task, const Workspace& workspace,
                           const std::string& name, const std::string& command,
                           std::vector<StepResult>& steps);

// Tests that did not end the same way in two runs of the same code.
std::set<std::string> different(const TestReport& first, const TestReport& second);

// As if these tests were not there.
void leave_out(TestReport& report, const std::set<std::string>& tests);

}  // namespace triage::verify
