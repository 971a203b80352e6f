#include "pipeline/verify/base_runs.h"

#include <algorithm>

#include "pipeline/verify/runners.h"
#include "pipeline/verify/suite_internal.h"

namespace triage::verify {
namespace {

// Everything that what a suite does on a base depends on.
std::string key_of(const ProofTask& task, BaseRuns::Order order) {
  const config::SandboxSettings& limits = task.sandbox.settings();
  std::string key;
  for (const std::string& part :
       {task.repository.directory(), task.commit, task.project.build_command,
        task.project.test_command, limits.user, std::to_string(limits.time_limit.count()),
        std::to_string(limits.memory), std::to_string(limits.processes),
        std::to_string(limits.file_size), std::to_string(limits.output)})
    key.append(part) += '\0';
  return key + (order == BaseRuns::Order::shuffled ? "shuffled" : "");
}

Result<BaseRun> run_twice(const ProofTask& task, std::optional<Workspace>& kept) {
  BaseRun run;
  Workspace workspace = TRY(check_out_base(task));
  run.built = TRY(run_build(task, workspace, "base", run.steps));
  if (!run.built || task.project.test_command.empty()) return run;
  const std::string& command = task.project.test_command;
  SuiteRun first = TRY(run_suite(task, workspace, "base tests", command, run.steps));
  SuiteRun again = TRY(run_suite(task, workspace, "base tests again", command, run.steps));
  run.flaky = different(first.report, again.report);
  leave_out(first.report, run.flaky);
  leave_out(again.report, run.flaky);
  first.report.passed = std::min(first.report.passed, again.report.passed);
  run.suite = std::make_shared<const SuiteRun>(std::move(first));
  // Only a build is worth keeping: files are laid out in no time.
  if (!task.project.build_command.empty()) kept = std::move(workspace);
  return run;
}

Result<BaseRun> run_shuffled(const ProofTask& task) {
  BaseRun run;
  const auto command = shuffled(task.project.test_command);
  if (!command) return run;
  const Workspace workspace = TRY(check_out_base(task));
  run.built = TRY(run_build(task, workspace, "base", run.steps));
  if (!run.built) return run;
  run.suite = std::make_shared<const SuiteRun>(
      TRY(run_suite(task, workspace, "base tests in another order", *command, run.steps)));
  return run;
}

}  // namespace

std::shared_ptr<BaseRuns::Slot> BaseRuns::slot(const ProofTask& task, Order order) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Slot>& found = slots_[key_of(task, order)];
  if (!found) found = std::make_shared<Slot>();
  return found;
}

Result<void> BaseRuns::probe(const ProofTask& task) {
  const std::string key = key_of(task, Order::as_written);
  {
    const std::lock_guard lock(mutex_);
    if (probed_.contains(key)) return {};
  }
  TRY(task.sandbox.probe(task.stop));
  const std::lock_guard lock(mutex_);
  probed_.insert(key);
  return {};
}

Result<std::shared_ptr<const BaseRun>> BaseRuns::find(const ProofTask& task, Order order) {
  const std::shared_ptr<Slot> place = slot(task, order);
  const std::lock_guard busy(place->busy);
  if (!place->run) {
    place->run = std::make_shared<const BaseRun>(
        TRY(order == Order::shuffled ? run_shuffled(task) : run_twice(task, place->workspace)));
  }
  return place->run;
}

std::optional<Workspace> BaseRuns::take_workspace(const ProofTask& task) {
  const std::shared_ptr<Slot> place = slot(task, Order::as_written);
  const std::lock_guard busy(place->busy);
  return std::exchange(place->workspace, std::nullopt);
}

}  // namespace triage::verify
