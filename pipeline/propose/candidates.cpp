#include "pipeline/propose/candidates.h"

#include <algorithm>
#include <mutex>
#include <thread>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/claims.h"
#include "pipeline/propose/compose.h"
#include "pipeline/redact/redact.h"
#include "pipeline/verify/verify.h"

namespace triage::propose {
namespace {

constexpr size_t kDiffBytes = 16 * 1024;
constexpr size_t kLogBytes = 4 * 1024;
constexpr size_t kLogs = 4;

// What one candidate came to.
struct Entry {
  std::optional<Draft> best;  // on top of the offline draft
  std::vector<AgentEvent> events;
  std::vector<std::string> problems;
  std::string stopped_by;
};

bool is_proven(const Draft& draft) {
  return draft.verified && draft.verified->proof == Proof::red_green &&
         draft.verified->policy.empty();
}

// Proof first; what policy refuses is worth nothing; later rounds know more than earlier ones.
int worth(const Draft& draft) {
  if (!draft.verified) return draft.edits.empty() ? 1 : 2;
  if (!draft.verified->policy.empty()) return 0;
  return 2 + static_cast<int>(draft.verified->proof);
}

bool same_edits(const std::vector<Edit>& a, const std::vector<Edit>& b) {
  return std::ranges::equal(a, b, [](const Edit& one, const Edit& other) {
    return one.path == other.path && one.content == other.content && one.remove == other.remove &&
           std::ranges::equal(one.hunks, other.hunks, [](const Hunk& x, const Hunk& y) {
             return x.before == y.before && x.after == y.after;
           });
  });
}

std::string report_of(const Verification& v) {
  std::string text = "Your proposal was verified. It is not proven yet.\n\nProof: " +
                     std::string(name_of(v.proof)) + "\nWhy not further: " + v.why + "\n";
  for (const std::string& line : v.policy) text += "Policy refuses: " + line + "\n";
  for (const std::string& name : v.tests.broken) text += "Broken: " + name + "\n";
  for (const std::string& name : v.tests.still_failing) text += "Still failing: " + name + "\n";
  size_t shown = 0;
  for (const StepResult& step : v.steps) {
    if (step.exit == 0 || shown == kLogs) continue;
    ++shown;
    text += "\n--- " + step.name + ", exit " + std::to_string(step.exit) + "\n" +
            head_and_tail(step.log, kLogBytes) + "\n";
  }
  if (!v.diff.empty()) text += "\n--- your changes so far\n" + head_and_tail(v.diff, kDiffBytes) + "\n";
  return text +
         "\nYour changes are in the working copy. Find out why, mend them, and answer again. A fix "
         "counts as proven when a new test fails on the old code for the reported reason, passes "
         "with your change, and everything that passed still does.";
}

class Work {
 public:
  Work(const Contest& contest, const Draft& offline, std::stop_token stop)
      : contest_(contest), offline_(offline), stop_(std::move(stop)) {}

  Entry carry_out(std::uint32_t number) {
    auto candidate = contest_.enter(number, stop_);
    if (!candidate) {
      entry_.problems.push_back(candidate.error().message);
      return std::move(entry_);
    }
    std::optional<Feedback> last;
    for (std::uint32_t round = 1; round <= contest_.settings.rounds; ++round) {
      if (!one_round(*candidate, round, last)) break;
    }
    return std::move(entry_);
  }

 private:
  // Whether another round can help.
  bool one_round(Candidate& candidate, std::uint32_t round, std::optional<Feedback>& last) {
    auto written = candidate.author->write(last ? &*last : nullptr, contest_.deadline, stop_);
    std::ranges::move(candidate.author->take_events(), std::back_inserter(entry_.events));
    if (!written) {
      const Error& error = written.error();
      if (error.kind == ErrorKind::exhausted) {
        entry_.stopped_by = "at a budget: " + error.message;
      } else if (!stop_.stop_requested()) {
        entry_.problems.push_back(error.message);
      }
      return false;
    }
    entry_.stopped_by = written->stopped_by;
    const bool repeated = last && same_edits(last->edits, written->edits);
    Draft draft = merge_drafts(offline_, std::move(*written));
    check_claims(draft, contest_.run, contest_.code);
    draft.rounds = round;
    if (repeated || draft.edits.empty() || contest_.run.depth < config::Depth::patch ||
        candidate.proof->project.test_command.empty()) {
      if (!repeated) keep(std::move(draft));
      return false;
    }
    auto verified = verify::verify_draft(*candidate.proof, draft, contest_.run.depth);
    if (!verified) {
      if (!stop_.stop_requested()) entry_.problems.push_back(verified.error().message);
      keep(std::move(draft));
      return false;
    }
    draft.verified = std::move(*verified);
    const bool proven = is_proven(draft);
    last = Feedback{draft.edits, candidate.redactor->seal_code(report_of(*draft.verified))};
    const bool stopped = !draft.stopped_by.empty();
    keep(std::move(draft));
    return !proven && !stopped && !stop_.stop_requested();
  }

  void keep(Draft draft) {
    if (!entry_.best || worth(draft) >= worth(*entry_.best)) entry_.best = std::move(draft);
  }

  const Contest& contest_;
  const Draft& offline_;
  std::stop_token stop_;
  Entry entry_;
};

std::vector<Entry> run_all(const Contest& contest, const Draft& offline) {
  const std::uint32_t number = contest.run.depth < config::Depth::patch ? 1 : contest.settings.candidates;
  std::vector<Entry> entries(std::max(1U, number));
  std::stop_source won;
  const std::stop_callback passed_on(contest.stop, [&] { won.request_stop(); });
  const auto work = [&](std::uint32_t i) {
    entries[i] = Work(contest, offline, won.get_token()).carry_out(i);
    if (entries[i].best && is_proven(*entries[i].best)) won.request_stop();
  };
  {
    std::vector<std::jthread> others;
    for (std::uint32_t i = 1; i < entries.size(); ++i) others.emplace_back([&work, i] { work(i); });
    work(0);
  }
  return entries;
}

}  // namespace

Draft best_draft(const Contest& contest, const Draft& offline) {
  std::vector<Entry> entries = run_all(contest, offline);
  const auto worth_of = [](const Entry& e) { return e.best ? worth(*e.best) : -1; };
  const auto best = std::ranges::max_element(entries, {}, worth_of);
  Draft draft = best->best ? *best->best : offline;
  if (draft.stopped_by.empty()) draft.stopped_by = best->stopped_by;
  for (Entry& entry : entries) {
    std::ranges::move(entry.events, std::back_inserter(draft.events));
    for (std::string& problem : entry.problems) {
      if (std::ranges::find(draft.problems, problem) == draft.problems.end())
        draft.problems.push_back(std::move(problem));
    }
  }
  return draft;
}

}  // namespace triage::propose
