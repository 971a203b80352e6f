// How long one ticket takes on a large repository, without the model and the tests it runs: stage by
// stage, with a cold and a warm index, beside what git alone needs for the same words and work trees.
//
// usage: ticket_bench [FILES [ROUNDS]]      2,000 files and 9 rounds unless told otherwise
#include <unistd.h>

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
  Desk(const GeneratedRepository& repository, bool with_model, const std::string& mirrors)
      : code(mirrors) {
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
      times[std::string(name_of(stage.stage))] = took([&] { advance = run_stage(stage, context, run); });
      if (!advance) return advance.error();
    }
    const auto& verified = run.verification;
    for (const StepResult& step : verified->steps) times["tests"] += static_cast<Ms>(step.took.count());
    proof = verified->proof;
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
    Ms total = 0;
    for (const auto& [stage, time] : run) {
      times[stage].push_back(time);
      total += stage == "tests" ? -time : time;
    }
    times["total"].push_back(total);
  }
  Ms at(const std::string& stage) const {
    const auto found = times.find(stage);
    return found == times.end() ? 0 : median(found->second);
  }
};

void print(const char* title, const Rows& cold, const Rows& warm) {
  std::printf("\n%-34s %10s %10s\n", title, "cold", "warm");
  for (const std::string_view name : kStageNames) {
    const std::string stage(name);
    const bool tested = stage == "verify" && warm.at("tests") > 0;
    std::printf("  %-32s %8.1fms %8.1fms%s\n", stage.c_str(),
                cold.at(stage) - (stage == "verify" ? cold.at("tests") : 0),
                warm.at(stage) - (stage == "verify" ? warm.at("tests") : 0),
                tested ? "   (without the commands in the sandbox)" : "");
  }
  std::printf("  %-32s %8.1fms %8.1fms   goal %.0f ms warm: %s\n", "total", cold.at("total"),
              warm.at("total"), kGoal, warm.at("total") < kGoal ? "met" : "missed");
  if (warm.at("tests") > 0)
    std::printf("  %-32s %8.1fms %8.1fms\n", "beside it: commands in the sandbox", cold.at("tests"),
                warm.at("tests"));
}

Result<std::pair<Rows, Rows>> measure(const GeneratedRepository& repository, bool with_model,
                                      int rounds) {
  Rows cold, warm;
  for (int round = 0; round < std::max(1, rounds / 3); ++round) {
    Desk desk(repository, with_model, repository.scratch("mirrors-" + std::to_string(with_model) + std::to_string(round)));
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
};

Result<Baseline> measure_git(const GeneratedRepository& repository, int rounds) {
  Baseline out;
  Result<void> done;
  const auto timed = [&](std::vector<Ms>& into, std::vector<std::string> words) {
    if (done) into.push_back(took([&] { done = git(repository.path(), std::move(words)); }));
  };
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
  return out;
}

// One empty command in the sandbox and without.
Result<void> measure_sandbox(int rounds) {
  const verify::Sandbox sandbox{config::SandboxSettings{}};
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

Result<void> run(unsigned files, int rounds) {
  const GeneratedRepository repository = TRY(GeneratedRepository::make(files));
  std::printf("%u files, 30 commits, medians of %d rounds\n", files, rounds);
  const auto [cold, warm] = TRY(measure(repository, true, rounds));
  print("a fix by a scripted model, proven", cold, warm);
  const auto [offline_cold, offline_warm] = TRY(measure(repository, false, rounds));
  print("without a model", offline_cold, offline_warm);
  const Baseline git = TRY(measure_git(repository, rounds));
  const Ms cold_git = median(git.mirror) + median(git.words) + 2 * median(git.work_trees);
  const Ms warm_git = median(git.words) + 2 * median(git.work_trees);
  std::printf("\ngit alone: mirror %.1f ms, grep for the words %.1f ms, one work tree %.1f ms\n",
              median(git.mirror), median(git.words), median(git.work_trees));
  std::printf("ratio to git's mirror, grep and two work trees: cold %.2f\n", cold.at("total") / cold_git);
  std::printf("ratio to git's grep and two work trees:         warm %.2f\n", warm.at("total") / warm_git);
  return measure_sandbox(rounds);
}

}  // namespace
}  // namespace triage::bench

int main(int count, char** words) {
  const unsigned files = count > 1 ? static_cast<unsigned>(std::strtoul(words[1], nullptr, 10)) : 2000;
  const int rounds = count > 2 ? std::atoi(words[2]) : 9;
  const auto done = triage::bench::run(files, std::max(1, rounds));
  if (!done) std::fprintf(stderr, "ticket_bench: %s\n", done.error().message.c_str());
  return done ? 0 : 3;
}
