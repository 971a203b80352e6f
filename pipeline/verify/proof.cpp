#include "pipeline/verify/proof.h"

#include <algorithm>
#include <random>

#include "pipeline/base/utf8.h"
#include "pipeline/verify/base_runs.h"
#include "pipeline/verify/control_internal.h"
#include "pipeline/verify/edits.h"
#include "pipeline/verify/policy.h"
#include "pipeline/verify/runners.h"
#include "pipeline/verify/test_code_internal.h"
#include "pipeline/verify/test_weakening.h"
#include "pipeline/verify/verdict_internal.h"

namespace triage::verify {
namespace {

class Prover {
 public:
  Prover(const ProofTask& task, BaseRuns& base_runs, Verification& result)
      : task_(task), base_runs_(base_runs), result_(result) {}

  Result<void> prove(const std::vector<Edit>& edits, const std::vector<Edit>& test_edits) {
    const BaseTree base = TRY(BaseTree::load(task_.repository, task_.commit));
    if (!TRY(applies(base, edits, test_edits))) return {};
    result_.policy = TRY(check_policy(base, result_.changes, task_.project));
    for (std::string& line : TRY(weakened_tests(base, result_.changes)))
      result_.policy.push_back(std::move(line));
    if (!result_.policy.empty())
      return because("policy refuses the patch: " + result_.policy.front());
    doubt_ = TRY(doubt_about_tests(base, test_changes_, result_.changes));
    test_files_ = TRY(resulting_tests(base));
    for (const FileChange& change : test_changes_) {
      const bool known = base.find(change.path) != nullptr;
      base_tests_.push_back({change.path,
                             known ? std::optional(TRY(base.read(change.path))) : std::nullopt,
                             change.executable});
    }
    if (task_.project.test_command.empty() && task_.project.build_command.empty())
      return because("the project has no test_command, so nothing was run");
    if (auto there = base_runs_.probe(task_); !there) {
      if (there.error().kind == ErrorKind::exhausted) return there.error();  // passes by
      return because(there.error().message.starts_with("sandbox: ")
                         ? there.error().message
                         : "sandbox: " + there.error().message);
    }
    return run();
  }

 private:
  Result<void> because(std::string why) {
    result_.why = std::move(why);
    return {};
  }

  // Fills the changes; false where the patch can't be applied or changes nothing.
  Result<bool> applies(const BaseTree& base, const std::vector<Edit>& edits,
                       const std::vector<Edit>& test_edits) {
    std::vector<Edit> tests = test_edits, code;
    for (const Edit& edit : edits) {
      const bool with_tests = std::any_of(test_edits.begin(), test_edits.end(),
                                          [&](const Edit& test) { return test.path == edit.path; });
      (with_tests || is_test_path(edit.path) ? tests : code).push_back(edit);
    }
    std::vector<Edit> all = tests;
    all.insert(all.end(), code.begin(), code.end());
    auto changes = apply_edits(base, all);
    StepResult step{"apply", "", changes.ok() ? 0 : 1, Milliseconds(0),
                    changes.ok() ? std::to_string(changes->size()) + " file" +
                                       (changes->size() == 1 ? "" : "s") + " changed"
                                 : changes.error().message};
    step.log = repair_utf8(step.log);
    result_.steps.push_back(step);
    if (!changes || changes->empty()) {
      result_.why = changes ? "the patch changes nothing" : "the patch does not apply: " + step.log;
      return false;
    }
    result_.changes = std::move(*changes);
    result_.proof = Proof::applies;
    test_changes_ = TRY(apply_edits(base, tests));
    code_changes_ = TRY(apply_edits(base, code));
    std::copy_if(test_changes_.begin(), test_changes_.end(), std::back_inserter(own_tests_),
                 [&](const FileChange& change) {
                   return std::none_of(test_edits.begin(), test_edits.end(),
                                       [&](const Edit& test) { return test.path == change.path; });
                 });
    return true;
  }

  // The test files as they have to be while the patch runs.
  Result<std::vector<FileChange>> resulting_tests(const BaseTree& base) {
    std::vector<FileChange> files = test_changes_;
    for (const retrieval::TreeFile& file : TRY(task_.repository.files(task_.commit))) {
      const bool plain = file.kind == retrieval::TreeFile::Kind::regular && is_test_path(file.path);
      const bool changed = std::any_of(files.begin(), files.end(), [&](const FileChange& change) {
        return change.path == file.path;
      });
      if (!plain || changed || family_of(file.path) == Family::none) continue;
      auto content = base.read(file.path);
      if (content) files.push_back({file.path, std::move(*content), false});
    }
    return files;
  }

  Result<SuiteRun> suite(const Workspace& workspace, const std::string& name,
                         const std::string& command) {
    SuiteRun run = TRY(run_suite(task_, workspace, name, command, result_.steps));
    leave_out(run.report, runs_.flaky);
    return run;
  }

  Result<void> run() {
    const auto base = TRY(base_runs_.find(task_));
    result_.steps.insert(result_.steps.end(), base->steps.begin(), base->steps.end());
    if (!base->built) return because("the base itself does not build here");
    if (base->suite) {
      runs_.base = *base->suite;
      runs_.flaky = base->flaky;
    }
    if (runs_.flaky.contains(std::string(kWholeCommand)))
      return because("the test command ends differently on the same base, so it shows nothing");
    if (base->suite && !test_changes_.empty()) TRY(run_red());
    return run_patch(base->suite != nullptr);
  }

  // The base with the patch's tests only.
  Result<void> run_red() {
    std::optional<Workspace> workspace = base_runs_.take_workspace(task_);
    if (!workspace) workspace.emplace(TRY(check_out_base(task_)));
    TRY(workspace->apply(test_changes_));
    if (TRY(run_build(task_, *workspace, "base with the new tests", result_.steps))) {
      runs_.red = TRY(suite(*workspace, "new tests on base", task_.project.test_command));
    } else {
      runs_.red = runs_.base;
      runs_.red->built = false;
    }
    return {};
  }

  // The whole patch several times, in another order and beside tests that must fail; then the
  // patched code with the base's own tests.
  Result<void> run_patch(bool has_tests) {
    Workspace workspace = TRY(check_out_base(task_));
    TRY(workspace.apply(result_.changes));
    if (!TRY(run_build(task_, workspace, "with the patch", result_.steps)))
      return because("it does not build with the patch");
    if (!task_.project.build_command.empty()) result_.proof = Proof::builds;
    if (!has_tests) return because("the project has no test_command, so no test was run");

    const std::string runs = std::to_string(std::max(1U, task_.project.proof_runs));
    for (std::uint32_t i = 1; i <= std::max(1U, task_.project.proof_runs); ++i) {
      runs_.green.push_back(
          TRY(suite(workspace, "tests with the patch " + std::to_string(i) + "/" + runs,
                    task_.project.test_command)));
      if (!runs_.green.back().report.exit_ok) break;  // one failure decides
    }
    conclude();
    if (result_.proof == Proof::red_green) TRY(check_tests_unaltered(workspace));
    if (result_.proof == Proof::red_green) {
      TRY(renew(workspace, result_.changes));
      TRY(shuffle(workspace));
    }
    if (result_.proof == Proof::red_green) TRY(control(workspace));
    const bool in_two_steps = !test_changes_.empty() && !code_changes_.empty();
    if (in_two_steps && result_.proof >= Proof::regression_free)
      TRY(run_existing(std::move(workspace)));
    return {};
  }

  void conclude() {
    result_.proof = unproven();
    judge(runs_, task_.reported, {test_changes_, own_tests_, doubt_}, result_);
  }
  Proof unproven() const {
    return task_.project.build_command.empty() ? Proof::applies : Proof::builds;
  }

  // Files laid out afresh, so that nothing that earlier runs left helps the code. What takes a
  // build goes on where it was built.
  Result<void> renew(Workspace& workspace, const std::vector<FileChange>& changes) {
    if (!task_.project.build_command.empty()) return {};
    workspace = TRY(check_out_base(task_));
    return workspace.apply(changes);
  }

  Result<void> run_existing(Workspace workspace) {
    TRY(renew(workspace, code_changes_));
    if (!task_.project.build_command.empty()) TRY(workspace.apply(base_tests_));
    const std::string what = "with the patch and the tests of the base";
    if (!TRY(run_build(task_, workspace, what, result_.steps)))
      return take_back("it does not build " + what);
    runs_.existing =
        TRY(suite(workspace, "existing tests with the patch", task_.project.test_command));
    const Proof proven = result_.proof;
    const std::string why = result_.why;
    conclude();
    if (result_.proof < Proof::regression_free) {
      result_.red.clear();
      result_.red_reason.clear();
    } else {
      result_.proof = proven;
      result_.why = why;
    }
    return {};
  }

  // A proof has to survive another order, where the runner has one.
  Result<void> shuffle(const Workspace& workspace) {
    const auto command = shuffled(task_.project.test_command);
    if (!command) {
      result_.why += "; not run in another order, as this test command has none";
      return {};
    }
    const SuiteRun run = TRY(suite(workspace, "tests with the patch in another order", *command));
    if (refuses_options(run.report, run.log)) {
      result_.why += "; not run in another order, as the runner does not know how";
      return {};
    }
    std::set<std::string> names = order_dependent(runs_.green.front(), run);
    if (!names.empty()) TRY(forgive_base(names));
    if (names.empty()) {
      result_.why += "; in another order too";
      return {};
    }
    result_.proof = Proof::regression_free;
    return because("with the patch " + listed({names.begin(), names.end()}) +
                   " passes only in one order of the tests");
  }

  Result<void> check_tests_unaltered(const Workspace& workspace) {
    const std::vector<std::string> altered = altered_files(workspace, test_files_);
    return altered.empty() ? Result<void>()
                           : take_back("the tests were changed while they ran: " + listed(altered));
  }

  // Could these runs have failed? Tests of ours that have to fail are run beside the patch's.
  Result<void> control(Workspace& workspace) {
    const auto beside =
        std::find_if(test_changes_.begin(), test_changes_.end(), [](const auto& change) {
          return change.content && family_of(change.path) != Family::none;
        });
    if (beside == test_changes_.end()) return {};
    const std::string& command = task_.project.test_command;
    const auto control =
        control_test(command, *beside, "ctl" + std::to_string(std::random_device{}()));
    if (!control) return {};
    TRY(workspace.apply({control->file}));
    base_tests_.push_back({control->file.path, std::nullopt, false});
    const std::string name = "control: tests that have to fail";
    std::vector<std::string> names = result_.tests.fixed;
    names.push_back(control->selector);
    const auto some = control->selector.empty() ? std::nullopt : selecting(command, names);
    if (some) {
      const SuiteRun run = TRY(suite(workspace, name, *some));
      if (shows_failures(*control, run)) return {};
    }
    const std::string why = broken_control(*control, TRY(suite(workspace, name, command)));
    return why.empty() ? Result<void>() : take_back("the runs with the patch show nothing: " + why);
  }

  // What was believed of runs that are not to be believed.
  Result<void> take_back(std::string why) {
    result_.proof = unproven();
    result_.tests = {};
    result_.red.clear();
    result_.red_reason.clear();
    return because(std::move(why));
  }

  // Tests that depend on their order on the base already are not the patch's fault.
  Result<void> forgive_base(std::set<std::string>& names) {
    const bool known = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return runs_.base.report.tests.contains(name) || !runs_.base.report.names_passes;
    });
    if (!known) return {};
    const auto base = TRY(base_runs_.find(task_, BaseRuns::Order::shuffled));
    result_.steps.insert(result_.steps.end(), base->steps.begin(), base->steps.end());
    if (!base->suite) return {};
    for (const std::string& name : order_dependent(runs_.base, *base->suite)) names.erase(name);
    return {};
  }

  const ProofTask& task_;
  BaseRuns& base_runs_;
  Verification& result_;
  std::vector<FileChange> test_changes_, code_changes_;
  std::vector<FileChange> own_tests_;  // of the patch itself: nobody vouches for them
  std::vector<FileChange> test_files_;
  std::vector<FileChange> base_tests_;  // takes the patch's tests back
  std::string doubt_;
  SuiteRuns runs_;
};

}  // namespace

Result<Verification> verify_patch(const ProofTask& task, const std::vector<Edit>& edits,
                                  const std::vector<Edit>& test_edits, Verification into) {
  BaseRuns own;
  Prover prover(task, task.base_runs == nullptr ? own : *task.base_runs, into);
  TRY(prover.prove(edits, test_edits));
  return into;
}

}  // namespace triage::verify
