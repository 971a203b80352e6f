#include <algorithm>
#include <map>

#include "pipeline/base/utf8.h"
#include "pipeline/base/phrases.h"
#include "pipeline/verify/test_weakening.h"
#include "pipeline/verify/verdict_internal.h"

namespace triage::verify {
namespace {

// Test names to how they no longer pass: "fails", "is skipped", "no longer runs".
using Broken = std::map<std::string, std::string>;

// Tests that pass before and not after. `before` and `red` ran without the patch.
void compare(const TestReport& before, const TestReport* red, const TestReport& after,
             Broken& broken, std::set<std::string>& still) {
  for (const std::string& name : after.failed()) {
    if (before.has_failed(name) || (red != nullptr && red->has_failed(name))) {
      still.insert(name);
    } else {
      broken.emplace(name, "fails");
    }
  }
  if (before.names_passes && (after.names_passes || after.exit_ok)) {
    for (const auto& [name, status] : before.tests) {
      if (status != TestStatus::passed || after.has_passed(name)) continue;
      broken.emplace(name, after.tests.contains(name) ? "is skipped" : "no longer runs");
    }
  }
  const bool understood = !after.failed().empty();
  if (!after.exit_ok && before.exit_ok && !understood)
    broken.emplace(std::string(kWholeCommand), "fails");
  if (after.passed < before.passed && broken.empty())
    broken.emplace(std::to_string(before.passed - after.passed) + " tests", "no longer run");
}

// Fewer skips are nobody's loss; more of them, with the tests as they were, are tests switched off.
void compare_skips(const TestReport& before, const TestReport& after, Broken& broken) {
  if (after.skipped > before.skipped && broken.empty())
    broken.emplace(std::to_string(after.skipped - before.skipped) + " tests", "are skipped");
}

// Tests that passed with the patch in one run and not in another of the same files.
std::set<std::string> flipping(const std::vector<SuiteRun>& green) {
  std::set<std::string> names;
  for (size_t i = 1; i < green.size(); ++i)
    names.merge(different(green[0].report, green[i].report));
  return names;
}

// Why the red run's failure does not count, or nothing.
std::string unusable_red(const SuiteRuns& runs, const SuiteRun& red, const std::string& line,
                         const ReportedFault& reported, const std::vector<FileChange>& own_tests) {
  if (!red.built) return "the new test does not build on the base";
  const std::string_view sign = load_failure(red.log);
  if (!sign.empty() && runs.base.log.find(sign) == std::string::npos && !reported.is_shown_by(sign))
    return "the new test can't be loaded on the base (" + std::string(sign) + ")";
  if (const std::string place = raised_by_test(red.log, runs.base.log, own_tests); !place.empty())
    return "the new test raises its failure itself (" + place +
           "), so it does not come from the "
           "code under test";
  if (!reported.empty() &&
      !reported.is_shown_by(without_own_words(red.log, own_tests), runs.base.log))
    return "the new test fails with \"" + line + "\", the ticket reports " +
           (reported.name().empty() ? "another place" : reported.name());
  return "";
}

class Judge {
 public:
  Judge(const SuiteRuns& runs, const ReportedFault& reported, const NewTests& tests,
        Verification& result)
      : runs_(runs),
        reported_(reported),
        new_tests_(tests),
        result_(result),
        red_(runs.red ? *runs.red : runs.base) {}

  void judge() {
    fill_tests();
    if (still_stands()) {
      result_.proof = Proof::regression_free;
      find_red_green();
    }
    result_.flaky = {runs_.flaky.begin(), runs_.flaky.end()};
    if (!runs_.flaky.empty())
      result_.why += "; left out, as they don't end the same way twice on the base: " +
                     listed({runs_.flaky.begin(), runs_.flaky.end()});
  }

 private:
  void because(std::string why) { result_.why = std::move(why); }

  void fill_tests() {
    std::set<std::string> still, fixed;
    for (const std::string& name : red_.report.failed()) fixed.insert(name);
    // A run that fails and names nobody (a panic in Go) is the command's failure.
    if (fixed.empty() && runs_.red && runs_.base.report.exit_ok && !red_.report.exit_ok)
      fixed.insert(std::string(kWholeCommand));
    if (runs_.existing) {
      std::set<std::string> ignored;
      compare(runs_.base.report, nullptr, runs_.existing->report, broken_, ignored);
      compare_skips(runs_.base.report, runs_.existing->report, broken_);
      as_they_were_ = !broken_.empty();
    }
    std::uint32_t passed_after = runs_.green.front().report.passed;
    for (const SuiteRun& run : runs_.green) {
      compare(runs_.base.report, &red_.report, run.report, broken_, still);
      passed_after = std::min(passed_after, run.report.passed);
      std::erase_if(fixed, [&](const std::string& name) {
        if (name == kWholeCommand) return !run.report.exit_ok;
        return run.report.names_passes ? !run.report.has_passed(name)
                                       : !run.report.exit_ok || run.report.has_failed(name);
      });
    }
    std::vector<std::string> broken;
    for (const auto& [name, how] : broken_) broken.push_back(name);
    result_.tests = {{fixed.begin(), fixed.end()},
                     std::move(broken),
                     {still.begin(), still.end()},
                     runs_.base.report.passed,
                     passed_after};
  }

  // Do the tests that passed before still pass?
  bool still_stands() {
    const TestChanges& tests = result_.tests;
    if (const auto flips = flipping(runs_.green); !flips.empty()) {
      because(listed({flips.begin(), flips.end()}) + " does not end the same way in " +
              counted(runs_.green.size(), "run", "runs") + " with the patch");
      return false;
    }
    if (!broken_.empty()) {
      because("with the patch " + listed(tests.broken) + " no longer passes (it " +
              broken_.begin()->second +
              (as_they_were_ ? ", with the tests as they are on the base)" : ")"));
      return false;
    }
    const bool ended_well = std::all_of(runs_.green.begin(), runs_.green.end(),
                                        [](const SuiteRun& run) { return run.report.exit_ok; });
    if (!ended_well && runs_.base.report.exit_ok) {
      because("with the patch " + listed(tests.still_failing) + " still fails");
      return false;
    }
    if (runs_.base.report.passed == 0 && tests.passed_after == 0) {
      because("no test passed, with the patch or without");
      return false;
    }
    if (!ended_well && tests.still_failing == std::vector{std::string(kWholeCommand)}) {
      because("the test command fails on the base already");
      return false;
    }
    return true;
  }

  void find_red_green() {
    const TestChanges& tests = result_.tests;
    const bool own_test_fails =
        std::any_of(tests.still_failing.begin(), tests.still_failing.end(),
                    [&](const std::string& name) { return !runs_.base.report.has_failed(name); });
    if (own_test_fails)
      return because("with the patch " + listed(tests.still_failing) + " still fails");
    std::vector<std::string> turned;  // fail on the base, pass with the patch
    for (const std::string& name : tests.fixed) {
      if (!runs_.red || !runs_.base.report.has_failed(name)) turned.push_back(name);
    }
    if (runs_.red && !fails_on_base())
      return because("the new tests don't fail on the base, so they show nothing");
    const std::string line =
        failure_line(without_own_words(red_.log, new_tests_.changes),
                     runs_.red ? std::string_view(runs_.base.log) : std::string_view());
    const std::string reason = unusable_red(runs_, red_, line, reported_, new_tests_.own);
    if (!reason.empty() && (!turned.empty() || runs_.red)) return because(reason);
    if (turned.empty())
      return because(runs_.red ? "the new tests don't fail on the base, so they show nothing"
                               : "no test shows the fault; " + passed_before() + " and still do");
    if (!new_tests_.doubt.empty())
      return because("the new test shows nothing: " + new_tests_.doubt);
    result_.proof = Proof::red_green;
    result_.red = line;
    result_.red_reason =
        reported_.reason(without_own_words(red_.log, new_tests_.own), runs_.base.log);
    if (assert_nothing(new_tests_.changes))
      result_.red_reason += "; the new test checks nothing but that no error is raised";
    const std::string times = std::to_string(runs_.green.size());
    because(listed(turned) + " fails on the base with \"" + line + "\" (" + result_.red_reason +
            ") and passes with the patch " + times + " of " + times + " times; " + passed_before() +
            ", " + std::to_string(tests.passed_after) + " after");
  }

  bool fails_on_base() const {
    const std::vector<std::string> failed = red_.report.failed();
    return !red_.built || (runs_.base.report.exit_ok && !red_.report.exit_ok) ||
           std::any_of(failed.begin(), failed.end(), [&](const std::string& name) {
             return !runs_.base.report.has_failed(name);
           });
  }

  std::string passed_before() const {
    return counted(runs_.base.report.passed, "test", "tests") + " passed before";
  }

  const SuiteRuns& runs_;
  const ReportedFault& reported_;
  const NewTests& new_tests_;
  Verification& result_;
  const SuiteRun& red_;
  Broken broken_;
  bool as_they_were_ = false;
};

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min<size_t>(names.size(), 3); ++i)
    text += (i == 0 ? "`" : ", `") + names[i] + "`";
  return names.size() > 3 ? text + " and " + std::to_string(names.size() - 3) + " more" : text;
}

void judge(const SuiteRuns& runs, const ReportedFault& reported, const NewTests& tests,
           Verification& result) {
  Judge(runs, reported, tests, result).judge();
}

std::set<std::string> order_dependent(const SuiteRun& as_written, const SuiteRun& shuffled) {
  std::set<std::string> names;
  for (const std::string& name : shuffled.report.failed()) {
    if (!as_written.report.has_failed(name)) names.insert(name);
  }
  if (as_written.report.names_passes && shuffled.report.names_passes) {
    for (const auto& [name, status] : as_written.report.tests) {
      if (status == TestStatus::passed && !shuffled.report.has_passed(name)) names.insert(name);
    }
  }
  if (names.empty() && !shuffled.report.exit_ok && as_written.report.exit_ok)
    names.insert(std::string(kWholeCommand));
  return names;
}

}  // namespace triage::verify
