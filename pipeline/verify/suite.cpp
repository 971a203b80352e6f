#include "pipeline/verify/report_files_internal.h"
#include "pipeline/verify/steps_internal.h"
#include "pipeline/verify/suite_internal.h"

namespace triage::verify {

Result<Workspace> check_out_base(const ProofTask& task) {
  const auto owner = TRY(task.sandbox.owner());
  Workspace workspace = TRY(Workspace::create(owner));
  TRY(workspace.check_out(task.repository, task.commit));
  return workspace;
}

Result<bool> run_build(const ProofTask& task, const Workspace& workspace, const std::string& where,
                       std::vector<StepResult>& steps) {
  if (task.project.build_command.empty()) return true;
  const ProcessResult built = TRY(run_step(task.sandbox, workspace, "build " + where,
                                           task.project.build_command, steps, task.stop));
  return built.success();
}

Result<SuiteRun> run_suite(const ProofTask& task, const Workspace& workspace,
                           const std::string& name, const std::string& command,
                           std::vector<StepResult>& steps) {
  const TimePoint start = SystemClock().now();  // compared with times of files, the kernel's own
  const ProcessResult ran = TRY(run_step(task.sandbox, workspace, name, command, steps, task.stop));
  SuiteRun run{read_test_report(ran), full_log(ran), true};
  if (!run.report.names_passes) {
    const std::vector<std::string> documents = written_reports(workspace.path(), start);
    if (!documents.empty()) run.report = read_test_report(ran, documents);
  }
  return run;
}

std::set<std::string> different(const TestReport& first, const TestReport& second) {
  std::set<std::string> names;
  for (const auto& [one, other] : {std::pair(&first, &second), std::pair(&second, &first)}) {
    for (const auto& [name, status] : one->tests) {
      const auto found = other->tests.find(name);
      // Where passes are not named, a test that is not there has passed.
      const bool differs = found == other->tests.end()
                               ? other->names_passes || status == TestStatus::failed
                               : found->second != status;
      if (differs) names.insert(name);
    }
  }
  return names;
}

void leave_out(TestReport& report, const std::set<std::string>& tests) {
  const bool failed = !report.failed().empty();
  for (const std::string& name : tests) {
    if (report.has_passed(name)) --report.passed;
    report.tests.erase(name);
  }
  // The exit status was theirs where nothing else failed.
  if (failed && report.failed().empty()) report.exit_ok = true;
}

}  // namespace triage::verify
