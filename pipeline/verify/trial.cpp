#include "pipeline/verify/trial.h"

#include "pipeline/verify/edits.h"
#include "pipeline/verify/policy.h"
#include "pipeline/verify/steps_internal.h"

namespace triage::verify {

Result<Trial> try_edits(const ProofTask& task, const std::vector<Edit>& edits) {
  const BaseTree base = TRY(BaseTree::load(task.repository, task.commit));
  const std::vector<FileChange> changes = TRY(apply_edits(base, edits));
  const auto refused = TRY(check_policy(base, changes, task.project));
  if (!refused.empty())
    return Error{ErrorKind::denied, "not run, policy refuses the changes: " + refused.front()};
  const auto owner = TRY(task.sandbox.owner());
  Workspace workspace = TRY(Workspace::create(owner));
  TRY(workspace.check_out(task.repository, task.commit));
  TRY(workspace.apply(changes));

  Trial trial;
  std::vector<StepResult> steps;
  const auto run = [&](const std::string& name, const std::string& command) {
    return run_step(task.sandbox, workspace, name, command, steps, task.stop);
  };
  if (!task.project.build_command.empty()) {
    const ProcessResult built = TRY(run("build", task.project.build_command));
    trial.built = built.success();
    trial.exit = built.exit_code;
  }
  if (trial.built) {
    const ProcessResult ran = TRY(run("tests", task.project.test_command));
    trial.exit = ran.exit_code;
    trial.report = read_test_report(ran);
  }
  trial.log = steps.back().log;
  return trial;
}

}  // namespace triage::verify
