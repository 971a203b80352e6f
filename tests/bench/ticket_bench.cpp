// How long one ticket takes on a large repository, without the model and the tests it runs: stage by
// stage, with a cold and a warm index, beside what git alone needs for the same words and work trees.
// Beside the time stands the processor time of this process, which a busy machine does not stretch.
//
// usage: ticket_bench [FILES [ROUNDS [ACCOUNT]]]      2,000 files, 9 rounds and nobody unless told
// otherwise; the account is the sandbox's when run as root
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "pipeline/run_json.h"
#include "pipeline/stage.h"
#include "pipeline/verify/sandbox.h"
#include "tests/bench/generated_repository.h"
#include "tests/fakes/scripted_http.h"

namespace triage::bench {
namespace {

using testing::ScriptedHttp;
using Ms = double;

constexpr Ms kGoal = 150;

// Of all threads; with their children's where asked.
Ms processor_time(int whose) {
  rusage used{};
  ::getrusage(whose, &used);
  const auto ms = [](const timeval& time) {
    return static_cast<Ms>(time.tv_sec) * 1000 + static_cast<Ms>(time.tv_usec) / 1000;
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

template <class Work>
Ms took(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<Ms, std::milli>(std::chrono::steady_clock::now() - start).count();
}

Ms median(std::vector<Ms> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

class NoMemory final : public TicketMemory {
 public:
  std::vector<SimilarTicket> similar(const SafeText&, const TicketKey&, size_t) override {
    return {};
  }
};

// A chat completion with that text, at once.
std::string completion(const std::string& text) {
  const Json message = Json::object().set("role", "assistant").set("content", text);
  const Json choice = Json::object().set("index", 0).set("message", message).set("finish_reason", "stop");
  return Json::object()
      .set("id", "1").set("object", "chat.completion").set("model", "scripted")
      .set("choices", Json::array().push(choice))
      .set("usage", Json::object().set("prompt_tokens", 1200).set("completion_tokens", 300))
      .dump();
}

// Everything that a stage is given, for one repository. The library keeps its indexes from run to run.
struct Desk {
  Desk(const GeneratedRepository& repository, bool with_model, const std::string& account,
       const std::string& mirrors)
      : code(mirrors) {
    settings.sandbox.user = account;
    project.name = "bench";
    project.repository = repository.path();
    project.test_command = kTestCommand;
    project.depth = config::Depth::draft_pull_request;
    settings.model.name = with_model ? "scripted" : "offline";
    settings.model.base_url = "http://model.invalid/v1";
    http.whenever("POST", "/chat/completions", testing::answer(200, completion(kAnswer)));
  }

  // Each stage's time, and under "tests" what ran in the sandbox. Errors: those of the stages.
  Result<std::map<std::string, Ms>> file_ticket() {
    LimitedBudget budget(1.0);
    const StageContext context{settings, project, clock, http, code, memory, budget, "", "", {}, false, nullptr};
    Run run;
    const std::string text = kTicket;
    run.ticket.key = {"bench", std::to_string(++tickets)};
    run.ticket.subject = RawText(text.substr(0, text.find('\n')));
    run.ticket.body = RawText(text.substr(text.find('\n') + 2));
    run.ticket.revision = "1";
    run.id = "BENCH" + std::to_string(tickets);
    run.project = project.name;
    run.depth = project.depth;
    run.started = clock.now();
    std::map<std::string, Ms> times;
    for (const StageEntry& stage : stages()) {
      Result<Advance> advance = Advance{};
      const std::string name(name_of(stage.stage));
      const Ms used = processor_time(RUSAGE_SELF);
      times[name] = took([&] { advance = run_stage(stage, context, run); });
      times["cpu " + name] = processor_time(RUSAGE_SELF) - used;
      if (!advance) return advance.error();
      // The sandbox works where a proposal is first verified.
      const std::optional<Verification>& verified =
          stage.stage == Stage::propose ? run.draft->verified : run.verification;
      if (times.contains("tests") || stage.stage < Stage::propose || !verified) continue;
      for (const StepResult& step : verified->steps)
        times["tests"] += static_cast<Ms>(step.took.count());
      times[name] -= times["tests"];
    }
    proof = run.verification->proof;
    return times;
  }

  config::Settings settings;
  config::ProjectSettings project;
  SystemClock clock;
  ScriptedHttp http;
  retrieval::CodeLibrary code;
  NoMemory memory;
  Proof proof = Proof::none;
  int tickets = 0;
};

struct Rows {
  std::map<std::string, std::vector<Ms>> times;  // by stage, and "total"
  void add(const std::map<std::string, Ms>& run) {
    Ms total = 0, used = 0;
    for (const auto& [stage, time] : run) {
      times[stage].push_back(time);
      (stage.starts_with("cpu ") ? used : total) += stage == "tests" ? 0 : time;
    }
    times["total"].push_back(total);
    times["cpu total"].push_back(used);
  }
  Ms at(const std::string& stage) const {
    const auto found = times.find(stage);
    return found == times.end() ? 0 : median(found->second);
  }
};

void print(const char* title, const Rows& cold, const Rows& warm) {
  std::printf("\n%-34s %12s %12s %12s %12s\n", title, "cold", "its cpu", "warm", "its cpu");
  std::vector<std::string> names(kStageNames.begin(), kStageNames.end());
  names.emplace_back("total");
  for (const std::string& name : names)
    std::printf("  %-32s %10.1fms %10.1fms %10.1fms %10.1fms\n", name.c_str(), cold.at(name),
                cold.at("cpu " + name), warm.at(name), warm.at("cpu " + name));
  std::printf("  goal %.0f ms, warm: %s\n", kGoal, warm.at("total") < kGoal ? "met" : "missed");
  if (warm.at("tests") > 0)
    std::printf("  left out: %.1f ms of commands in the sandbox\n", warm.at("tests"));
}

Result<std::pair<Rows, Rows>> measure(const GeneratedRepository& repository, bool with_model,
                                      const std::string& account, int rounds) {
  Rows cold, warm;
  for (int round = 0; round < std::max(1, rounds / 3); ++round) {
    Desk desk(repository, with_model, account,
              repository.scratch("mirrors-" + std::to_string(with_model) + std::to_string(round)));
    cold.add(TRY(desk.file_ticket()));
    for (int i = 0; i < 3; ++i) warm.add(TRY(desk.file_ticket()));
    if (with_model && desk.proof != Proof::red_green)
      return internal_error("the fix was not proven but " + std::string(name_of(desk.proof)));
  }
  return std::pair(cold, warm);
}

// The least that git needs for a mirror, for finding the ticket's words and for a work tree.
struct Baseline {
  std::vector<Ms> mirror, words, work_trees;
  Ms used = 0;  // processor time of one round
};

Result<Baseline> measure_git(const GeneratedRepository& repository, int rounds) {
  Baseline out;
  Result<void> done;
  const auto timed = [&](std::vector<Ms>& into, std::vector<std::string> words) {
    if (done) into.push_back(took([&] { done = git(repository.path(), std::move(words)); }));
  };
  const Ms before = processor_time(RUSAGE_CHILDREN);
  for (int i = 0; i < rounds; ++i) {
    const std::string clone = repository.scratch("clone" + std::to_string(i));
    const std::string tree = repository.scratch("tree" + std::to_string(i));
    timed(out.mirror, {"clone", "--quiet", "--mirror", "--no-local", repository.path(), clone});
    timed(out.words, {"grep", "-n", "-i", "-w", "-e", "checkout", "-e", "code", "-e", "letters", "-e",
                      "customers", "-e", "save10", "-e", "apply_discount", "-e", "RATES", "main"});
    timed(out.work_trees, {"worktree", "add", "--quiet", "--detach", tree, "main"});
    if (done) done = git(repository.path(), {"worktree", "remove", "--force", tree});
    TRY(done);
  }
  out.used = (processor_time(RUSAGE_CHILDREN) - before) / rounds;
  return out;
}

// One empty command in the sandbox and without.
Result<void> measure_sandbox(const std::string& account, int rounds) {
  config::SandboxSettings settings;
  settings.user = account;
  const verify::Sandbox sandbox{settings};
  std::vector<Ms> inside, plain;
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "true"};
  spec.env = {{"PATH", "/usr/bin:/bin"}};
  for (int i = 0; i < rounds; ++i) {
    Result<ProcessResult> ran = ProcessResult{};
    inside.push_back(took([&] { ran = sandbox.run("", "true", Milliseconds(10'000)); }));
    TRY(std::move(ran));
    plain.push_back(took([&] { ran = run_process(spec); }));
    TRY(std::move(ran));
  }
  std::printf("\nsandbox start %.1f ms (goal 50 ms: %s), plain process %.1f ms\n", median(inside),
              median(inside) < 50 ? "met" : "missed", median(plain));
  return {};
}

Result<void> run(unsigned files, int rounds, const std::string& account) {
  const GeneratedRepository repository = TRY(GeneratedRepository::make(files));
  std::printf("%u files, 30 commits, medians of %d rounds\n", files, rounds);
  const auto [cold, warm] = TRY(measure(repository, true, account, rounds));
  print("a fix by a scripted model, proven", cold, warm);
  const auto [offline_cold, offline_warm] = TRY(measure(repository, false, account, rounds));
  print("without a model", offline_cold, offline_warm);
  const Baseline git = TRY(measure_git(repository, rounds));
  const Ms cold_git = median(git.mirror) + median(git.words) + 2 * median(git.work_trees);
  const Ms warm_git = median(git.words) + 2 * median(git.work_trees);
  std::printf("\ngit alone: mirror %.1f ms, grep for the words %.1f ms, one work tree %.1f ms; cpu of the three and a removal %.1f ms\n",
              median(git.mirror), median(git.words), median(git.work_trees), git.used);
  std::printf("ratio to git's mirror, grep and two work trees: cold %.2f\n", cold.at("total") / cold_git);
  std::printf("ratio to git's grep and two work trees:         warm %.2f\n", warm.at("total") / warm_git);
  return measure_sandbox(account, rounds);
}

}  // namespace
}  // namespace triage::bench

int main(int count, char** words) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  const unsigned files = count > 1 ? static_cast<unsigned>(std::strtoul(words[1], nullptr, 10)) : 2000;
  const int rounds = count > 2 ? std::atoi(words[2]) : 9;
  const auto done = triage::bench::run(files, std::max(1, rounds), count > 3 ? words[3] : "nobody");
  if (!done) std::fprintf(stderr, "ticket_bench: %s\n", done.error().message.c_str());
  return done ? 0 : 3;
}
