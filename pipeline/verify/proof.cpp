#include "pipeline/verify/proof.h"

#include <algorithm>
#include <set>

#include "pipeline/verify/edits.h"
#include "pipeline/verify/policy.h"
#include "pipeline/verify/steps_internal.h"
#include "pipeline/verify/test_report.h"

namespace triage::verify {
namespace {

struct SuiteRun {
  TestReport report;
  std::string log;
  bool built = true;
};

std::string counted(size_t n, std::string_view noun) {
  return std::to_string(n) + " " + std::string(noun) + (n == 1 ? "" : "s");
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min<size_t>(names.size(), 3); ++i)
    text += (i == 0 ? "`" : ", `") + names[i] + "`";
  return names.size() > 3 ? text + " and " + std::to_string(names.size() - 3) + " more" : text;
}

// Why the red run's failure does not count, or nothing.
std::string unusable_red(const SuiteRun& base, const SuiteRun& red, const std::string& line,
                         const ReportedFault& reported) {
  if (!red.built) return "the new test does not build on the base";
  const std::string_view sign = load_failure(red.log);
  if (!sign.empty() && base.log.find(sign) == std::string::npos && !reported.is_shown_by(sign))
    return "the new test can't be loaded on the base (" + std::string(sign) + ")";
  if (!reported.empty() && !reported.is_shown_by(red.log, base.log))
    return "the new test fails with \"" + line + "\", the ticket reports " +
           (reported.name().empty() ? "another place" : reported.name());
  return "";
}

// Tests that did not end the same way in two runs of the same code.
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

void leave_out(TestReport& report, const std::set<std::string>& flaky) {
  const bool failed = !report.failed().empty();
  for (const std::string& name : flaky) {
    if (report.has_passed(name)) --report.passed;
    report.tests.erase(name);
  }
  // The exit status was theirs where nothing else failed.
  if (failed && report.failed().empty()) report.exit_ok = true;
}

class Prover {
 public:
  Prover(const ProofTask& task, Verification& result) : task_(task), result_(result) {}

  Result<void> prove(const std::vector<Edit>& edits, const std::vector<Edit>& test_edits) {
    const BaseTree base = TRY(BaseTree::load(task_.repository, task_.commit));
    if (!TRY(applies(base, edits, test_edits))) return {};
    result_.policy = TRY(check_policy(base, result_.changes, task_.project));
    if (!result_.policy.empty())
      return because("policy refuses the patch: " + result_.policy.front());
    if (task_.project.test_command.empty() && task_.project.build_command.empty())
      return because("the project has no test_command, so nothing was run");
    if (auto there = task_.sandbox.probe(task_.stop); !there) {
      if (there.error().kind == ErrorKind::exhausted) return there.error();  // passes by
      return because(there.error().message.starts_with("sandbox: ")
                         ? there.error().message
                         : "sandbox: " + there.error().message);
    }
    return run(test_changes_);
  }

 private:
  Result<void> because(std::string why) {
    result_.why = std::move(why);
    return {};
  }

  // Fills the changes; false where the patch can't be applied or changes nothing.
  Result<bool> applies(const BaseTree& base, const std::vector<Edit>& edits,
                       const std::vector<Edit>& test_edits) {
    std::vector<Edit> tests = test_edits;
    std::copy_if(edits.begin(), edits.end(), std::back_inserter(tests),
                 [](const Edit& edit) { return is_test_path(edit.path); });
    std::vector<Edit> all = tests;
    std::copy_if(edits.begin(), edits.end(), std::back_inserter(all),
                 [](const Edit& edit) { return !is_test_path(edit.path); });
    auto changes = apply_edits(base, all);
    StepResult step{"apply", "", changes.ok() ? 0 : 1, Milliseconds(0),
                    changes.ok() ? counted(changes->size(), "file") + " changed"
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
    return true;
  }

  Result<Workspace> check_out() {
    const auto owner = TRY(task_.sandbox.owner());
    Workspace workspace = TRY(Workspace::create(owner));
    TRY(workspace.check_out(task_.repository, task_.commit));
    return workspace;
  }

  Result<bool> build(const Workspace& workspace, const std::string& where) {
    if (task_.project.build_command.empty()) return true;
    const ProcessResult built =
        TRY(run_step(task_.sandbox, workspace, "build " + where, task_.project.build_command,
                     result_.steps, task_.stop));
    return built.success();
  }

  Result<SuiteRun> suite(const Workspace& workspace, const std::string& name) {
    const ProcessResult ran = TRY(run_step(task_.sandbox, workspace, name,
                                           task_.project.test_command, result_.steps, task_.stop));
    SuiteRun run{read_test_report(ran), full_log(ran), true};
    leave_out(run.report, flaky_);
    return run;
  }

  // The suite on the base, twice.
  Result<SuiteRun> base_suite(const Workspace& workspace) {
    SuiteRun base = TRY(suite(workspace, "base tests"));
    SuiteRun again = TRY(suite(workspace, "base tests again"));
    flaky_ = different(base.report, again.report);
    leave_out(base.report, flaky_);
    leave_out(again.report, flaky_);
    base.report.passed = std::min(base.report.passed, again.report.passed);
    return base;
  }

  Result<void> run(const std::vector<FileChange>& tests) {
    const bool has_tests = !task_.project.test_command.empty();
    SuiteRun base, red;
    {
      Workspace workspace = TRY(check_out());
      if (!TRY(build(workspace, "base"))) return because("the base itself does not build here");
      if (has_tests) {
        base = TRY(base_suite(workspace));
        red = base;
      }
      if (flaky_.contains(std::string(kWholeCommand)))
        return because("the test command ends differently on the same base, so it shows nothing");
      if (has_tests && !tests.empty()) {
        TRY(workspace.apply(tests));
        if (TRY(build(workspace, "base with the new tests"))) {
          red = TRY(suite(workspace, "new tests on base"));
        } else {
          red.built = false;
        }
      }
    }
    Workspace workspace = TRY(check_out());
    TRY(workspace.apply(result_.changes));
    if (!TRY(build(workspace, "with the patch")))
      return because("it does not build with the patch");
    if (!task_.project.build_command.empty()) result_.proof = Proof::builds;
    if (!has_tests) return because("the project has no test_command, so no test was run");

    std::vector<SuiteRun> green;
    const std::uint32_t runs = std::max(1U, task_.project.proof_runs);
    for (std::uint32_t i = 1; i <= runs; ++i) {
      green.push_back(TRY(suite(workspace, "tests with the patch " + std::to_string(i) + "/" +
                                               std::to_string(runs))));
      if (!green.back().report.exit_ok) break;  // one failure decides
    }
    TRY(judge(base, red, green, tests.empty()));
    if (!flaky_.empty())
      result_.why += "; left out, as they don't end the same way twice on the base: " +
                     listed({flaky_.begin(), flaky_.end()});
    return {};
  }

  // Tests that the patch breaks or no longer runs, compared with the base.
  static void compare(const TestReport& before, const TestReport& red, const TestReport& after,
                      std::set<std::string>& broken, std::set<std::string>& still) {
    for (const std::string& name : after.failed()) {
      const bool failed_before = before.has_failed(name) || red.has_failed(name);
      (failed_before ? still : broken).insert(name);
    }
    if (before.names_passes && (after.names_passes || after.exit_ok)) {
      for (const auto& [name, status] : before.tests) {
        if (status == TestStatus::passed && !after.has_passed(name)) broken.insert(name);
      }
    }
    const bool understood = !after.failed().empty();
    if (!after.exit_ok && before.exit_ok && !understood) broken.insert(std::string(kWholeCommand));
    if (after.passed < before.passed && broken.empty())
      broken.insert(std::to_string(before.passed - after.passed) + " tests no longer run");
  }

  Result<void> judge(const SuiteRun& base, const SuiteRun& red, const std::vector<SuiteRun>& green,
                     bool no_new_tests) {
    std::set<std::string> broken, still, fixed;
    for (const std::string& name : red.report.failed()) fixed.insert(name);
    std::uint32_t passed_after = green.front().report.passed;
    for (const SuiteRun& run : green) {
      compare(base.report, red.report, run.report, broken, still);
      passed_after = std::min(passed_after, run.report.passed);
      std::erase_if(fixed, [&](const std::string& name) {
        return run.report.names_passes ? !run.report.has_passed(name)
                                       : !run.report.exit_ok || run.report.has_failed(name);
      });
    }
    result_.tests = {{fixed.begin(), fixed.end()},
                     {broken.begin(), broken.end()},
                     {still.begin(), still.end()},
                     base.report.passed,
                     passed_after};
    return conclude(base, red, green, no_new_tests);
  }

  Result<void> conclude(const SuiteRun& base, const SuiteRun& red,
                        const std::vector<SuiteRun>& green, bool no_new_tests) {
    const TestChanges& tests = result_.tests;
    if (!tests.broken.empty())
      return because("with the patch " + listed(tests.broken) + " no longer passes");
    const bool ended_well = std::all_of(green.begin(), green.end(), [](const SuiteRun& run) {
      return run.report.exit_ok;
    });
    if (!ended_well && base.report.exit_ok)
      return because("with the patch " + listed(tests.still_failing) + " still fails");
    if (base.report.passed == 0 && tests.passed_after == 0)
      return because("no test passed, with the patch or without");
    if (!ended_well && tests.still_failing == std::vector<std::string>{std::string(kWholeCommand)})
      return because("the test command fails on the base already");
    result_.proof = Proof::regression_free;

    const bool own_test_fails = std::any_of(
        tests.still_failing.begin(), tests.still_failing.end(),
        [&](const std::string& name) { return !base.report.has_failed(name); });
    if (own_test_fails)
      return because("with the patch " + listed(tests.still_failing) + " still fails");
    std::vector<std::string> turned;  // fail on the base, pass with the patch
    for (const std::string& name : tests.fixed) {
      if (no_new_tests || !base.report.has_failed(name)) turned.push_back(name);
    }
    const std::string line = failure_line(red.log);
    const std::string passing = counted(base.report.passed, "test") + " passed before";
    const std::string reason = unusable_red(base, red, line, task_.reported);
    if (!reason.empty() && (!turned.empty() || !no_new_tests)) return because(reason);
    if (turned.empty())
      return because(no_new_tests ? "no test shows the fault; " + passing + " and still do"
                                  : "the new tests don't fail on the base, so they show nothing");
    result_.proof = Proof::red_green;
    result_.red = line;
    return because(listed(turned) + " fails on the base with \"" + line +
                   "\" and passes with the patch " + std::to_string(green.size()) + " of " +
                   std::to_string(green.size()) + " times; " + passing + ", " +
                   std::to_string(tests.passed_after) + " after");
  }

  const ProofTask& task_;
  Verification& result_;
  std::vector<FileChange> test_changes_;
  std::set<std::string> flaky_;
};

}  // namespace

Result<Verification> verify_patch(const ProofTask& task, const std::vector<Edit>& edits,
                                  const std::vector<Edit>& test_edits, Verification into) {
  Prover prover(task, into);
  TRY(prover.prove(edits, test_edits));
  return into;
}

}  // namespace triage::verify
