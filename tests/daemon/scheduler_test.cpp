#include "daemon/scheduler.h"

#include <doctest/doctest.h>

#include <map>
#include <mutex>
#include <stdexcept>

#include "daemon/run_passage_internal.h"
#include "daemon/store_budget.h"
#include "pipeline/receipt/receipt.h"
#include "tests/fakes/scripted_http.h"
#include "tests/fakes/store_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

// Stages are plain functions, so what they do in a test is looked up here.
struct Script {
  using Act = std::function<Result<Advance>(const StageContext&, Run&)>;
  std::mutex mutex;
  std::map<Stage, Act> acts;
  std::vector<std::string> ran;  // stage names, in order

  Result<Advance> run(Stage stage, const StageContext& context, Run& run) {
    Act act;
    {
      const std::scoped_lock lock(mutex);
      ran.emplace_back(name_of(stage));
      if (acts.contains(stage)) act = acts.at(stage);
    }
    return act ? act(context, run) : Advance{};
  }
};

Script* script = nullptr;

template <Stage kStage>
Result<Advance> scripted(const StageContext& context, Run& run) {
  return script->run(kStage, context, run);
}

constexpr std::array<StageEntry, 4> kStages{{{Stage::classify, scripted<Stage::classify>},
                                             {Stage::propose, scripted<Stage::propose>},
                                             {Stage::verify, scripted<Stage::verify>},
                                             {Stage::publish, scripted<Stage::publish>}}};

struct SchedulerFixture : StoreFixture {
  Script played;
  testing::ScriptedHttp http;
  retrieval::CodeLibrary code{directory / "code"};
  std::shared_ptr<config::Settings> settings = std::make_shared<config::Settings>();
  SchedulerOptions options;
  SchedulerHooks hooks;

  SchedulerFixture() {
    script = &played;
    settings->projects["shop"].name = "shop";
    options.workers = 2;
    options.max_attempts = kAttempts;
    hooks.environment = [this](const RunRow& row) -> Result<RunEnvironment> {
      const auto project = settings->projects.find(row.project);
      if (project == settings->projects.end())
        return Error{ErrorKind::not_found, "project " + row.project + " is not configured"};
      return RunEnvironment{settings, &project->second, &http, &code, store.get(),
                            std::make_shared<StoreBudget>(*store, row.id, row.project,
                                                          BudgetLimits{2.0, 50, 1000, 0, 0}),
                            ""};
    };
    on(Stage::publish, [](const StageContext&, Run& run) -> Result<Advance> {
      run.publication.emplace();
      run.publication->effects = {effect_of("op" + run.id, EffectKind::post_note)};
      return Advance{};
    });
  }
  void on(Stage stage, Script::Act act) { played.acts[stage] = std::move(act); }
  void fail_in(Stage stage, Error error) {
    on(stage, [error](const StageContext&, Run&) -> Result<Advance> { return error; });
  }
  // Claims the oldest run and takes it as far as it goes, on this thread.
  void pass(std::stop_token stop = {}, std::stop_token draining = {}) {
    const PassageContext context{*store, clock, options, hooks, kStages, stop, draining};
    RunPassage(context, claim()).go();
  }
  std::vector<std::string> ran() {
    const std::scoped_lock lock(played.mutex);
    return std::exchange(played.ran, {});
  }
  void wait_for(const std::string& run, RunState wanted) {
    for (;;) {
      const auto seen = store->work_version();
      if (state(run) == wanted) return;
      store->wait_for_work(seen, {});
    }
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_SUITE("scheduler") {
  TEST_CASE("scheduler: a run goes through every stage and ends with effects and a receipt") {
    SchedulerFixture f;
    f.hooks.seal = [](const Run& run, std::string_view) -> Result<std::string> {
      return "receipt of " + run.id;
    };
    f.on(Stage::propose, [](const StageContext& context, Run& run) -> Result<Advance> {
      CHECK(context.project.name == "shop");
      CHECK(context.budget.reserve(2.0).ok());
      CHECK_FALSE(context.budget.reserve(0.1).ok());
      context.budget.settle(2.0, 0.5);
      run.draft.emplace();
      return Advance{};
    });
    const std::string run = f.file("1", "a");
    f.pass();
    CHECK(f.ran() == Names{"classify", "propose", "verify", "publish"});
    const auto detail = f.store->run(run);
    CHECK(detail->run.state == RunState::delivering);
    CHECK(detail->run.cost == 0.5);
    CHECK(detail->stages.size() == 4);
    REQUIRE(detail->effects.size() == 1);
    REQUIRE(detail->receipts.size() == 1);
    CHECK(detail->receipts[0].envelope == "receipt of " + run);
  }

  TEST_CASE("scheduler: after a crash it resumes at the stage that was running") {
    SchedulerFixture f;
    f.on(Stage::classify, [](const StageContext&, Run& run) -> Result<Advance> {
      run.classification.emplace().kind = TicketKind::bug;
      return Advance{};
    });
    f.fail_in(Stage::verify, {ErrorKind::unavailable, "sandbox is busy"});
    const std::string run = f.file("1", "a");
    f.pass();
    f.restart();
    REQUIRE(f.store->recover().ok());
    CHECK(f.state(run) == RunState::parked);
    CHECK(f.row(run).reason.find("sandbox is busy") != std::string::npos);
    CHECK(f.nothing_to_claim());
    f.clock.advance(f.options.first_delay);
    f.on(Stage::verify, [](const StageContext&, Run& restored) -> Result<Advance> {
      REQUIRE(restored.classification.has_value());
      CHECK(restored.classification->kind == TicketKind::bug);
      return Advance{};
    });
    f.ran();
    f.pass();
    CHECK(f.ran() == Names{"verify", "publish"});
    CHECK(f.state(run) == RunState::delivering);
  }

  TEST_CASE("scheduler: errors that can pass are tried again with growing delays, then go to a person") {
    for (const ErrorKind kind : {ErrorKind::unavailable, ErrorKind::timeout,
                                 ErrorKind::rate_limited, ErrorKind::exhausted}) {
      SchedulerFixture f;
      f.fail_in(Stage::classify, {kind, "not now"});
      const std::string run = f.file("1", "a");
      f.pass();
      CHECK(f.row(run).next_at == f.clock.now() + f.options.first_delay);
      f.clock.advance(f.options.first_delay);
      f.pass();
      CHECK(f.row(run).next_at == f.clock.now() + 2 * f.options.first_delay);
      f.clock.advance(2 * f.options.first_delay);
      f.pass();
      CHECK(f.ran().back() == "publish");  // with what there is
      CHECK(f.row(run).ending == "needs_person");
      CHECK(f.row(run).reason.find("not now") != std::string::npos);
    }
  }

  TEST_CASE("scheduler: the moment that a server named is honoured") {
    SchedulerFixture f;
    const TimePoint named = f.clock.now() + Milliseconds(3'600'000);
    f.fail_in(Stage::classify, {ErrorKind::rate_limited, "slow down", named});
    const std::string run = f.file("1", "a");
    f.pass();
    CHECK(f.row(run).next_at == named);
  }

  TEST_CASE("scheduler: errors that stay go to a person at once, with their words") {
    for (const ErrorKind kind : {ErrorKind::invalid_input, ErrorKind::not_found, ErrorKind::denied,
                                 ErrorKind::conflict, ErrorKind::corrupt}) {
      SchedulerFixture f;
      f.fail_in(Stage::classify, {kind, "the token may not read"});
      const std::string run = f.file("1", "a");
      f.pass();
      CHECK(f.ran() == Names{"classify", "publish"});
      CHECK(f.row(run).ending == "needs_person");
      CHECK(f.row(run).reason == "classify: the token may not read");
    }
  }

  TEST_CASE("scheduler: a stage that throws is a failed attempt, not the end of the daemon") {
    SchedulerFixture f;
    f.on(Stage::classify, [](const StageContext&, Run&) -> Result<Advance> {
      throw std::runtime_error("vector::at");
    });
    const std::string run = f.file("1", "a");
    for (std::uint32_t n = 0; n < kAttempts; ++n) {
      f.pass();
      f.clock.advance(f.options.longest_delay);
    }
    CHECK(f.row(run).ending == "needs_person");
    CHECK(f.row(run).reason.find("exception: vector::at") != std::string::npos);
  }

  TEST_CASE("scheduler: finish and needs_person go straight to publish, also after a crash") {
    struct Row {
      Advance::Kind kind;
      Ending published;
      RunState ends;
    };
    for (const auto& [kind, published, ends] :
         {Row{Advance::Kind::finish, Ending::skipped, RunState::skipped},
          Row{Advance::Kind::finish, Ending::diagnosis, RunState::done},
          Row{Advance::Kind::needs_person, Ending::diagnosis, RunState::needs_person}}) {
      SchedulerFixture f;
      f.on(Stage::classify, [kind = kind](const StageContext&, Run&) -> Result<Advance> {
        return Advance{kind, "it is spam", {}};
      });
      f.fail_in(Stage::publish, {ErrorKind::unavailable, "later"});
      const std::string run = f.file("1", "a");
      f.pass();
      f.restart();
      f.clock.advance(f.options.longest_delay);
      f.on(Stage::publish, [published = published](const StageContext&, Run& r) -> Result<Advance> {
        r.publication.emplace().ending = published;
        return Advance{};
      });
      f.pass();
      CHECK(f.ran() == Names{"classify", "publish", "publish"});
      CHECK(f.state(run) == ends);
    }
  }

  TEST_CASE("scheduler: the reason of a decided run stays visible") {
    SchedulerFixture f;
    f.on(Stage::classify, [](const StageContext&, Run&) -> Result<Advance> {
      return Advance{Advance::Kind::needs_person, "over the budget", {}};
    });
    const std::string run = f.file("1", "a");
    f.pass();
    CHECK(f.row(run).reason == "over the budget");
  }

  TEST_CASE("scheduler: a stage may wait, and waiting is not a failure") {
    SchedulerFixture f;
    f.on(Stage::verify, [&](const StageContext&, Run&) -> Result<Advance> {
      return Advance{Advance::Kind::park, "budget is used up until tomorrow",
                     f.clock.now() + Milliseconds(1000)};
    });
    const std::string run = f.file("1", "a");
    for (std::uint32_t n = 0; n < 2 * kAttempts; ++n) {
      f.pass();
      CHECK(f.state(run) == RunState::parked);
      CHECK(f.row(run).reason == "budget is used up until tomorrow");
      f.clock.advance(Milliseconds(1000));
    }
  }

  TEST_CASE("scheduler: a project that is gone from the configuration is told") {
    SchedulerFixture f;
    const std::string run = f.file("1", "a");
    f.settings->projects.clear();
    f.pass();
    CHECK(f.state(run) == RunState::failed);
    CHECK(f.row(run).reason == "project shop is not configured");
  }

  TEST_CASE("scheduler: a run keeps the settings it began with") {
    SchedulerFixture f;
    f.file("1", "a");
    f.on(Stage::classify, [&](const StageContext&, Run&) -> Result<Advance> {
      f.settings = std::make_shared<config::Settings>();  // a reload
      return Advance{};
    });
    f.on(Stage::verify, [](const StageContext& context, Run&) -> Result<Advance> {
      CHECK(context.settings.projects.contains("shop"));
      return Advance{};
    });
    f.pass();
    CHECK(f.ran().size() == 4);
  }

  TEST_CASE("scheduler: told to stop, it hands the run back uncounted; draining ends after a stage") {
    SchedulerFixture f;
    std::stop_source stop, draining;
    f.on(Stage::propose, [&](const StageContext& context, Run&) -> Result<Advance> {
      stop.request_stop();
      CHECK(context.stop.stop_requested());
      return Error{ErrorKind::timeout, "stopped"};
    });
    const std::string run = f.file("1", "a");
    f.pass(stop.get_token());
    CHECK(f.state(run) == RunState::queued);
    CHECK(f.row(run).attempts == 0);
    f.on(Stage::propose, [&](const StageContext&, Run&) -> Result<Advance> {
      draining.request_stop();
      return Advance{};
    });
    f.pass({}, draining.get_token());
    CHECK(f.state(run) == RunState::queued);
    CHECK(f.store->run(run)->stages.size() == 2);
  }

  TEST_CASE("scheduler: a worker that lost its lease leaves no trace") {
    SchedulerFixture f;
    const std::string run = f.file("1", "a");
    f.on(Stage::propose, [&](const StageContext&, Run&) -> Result<Advance> {
      f.clock.advance(kLease + Milliseconds(1));
      f.claim();
      return Advance{};
    });
    f.pass();
    CHECK(f.ran() == Names{"classify", "propose"});
    CHECK(f.state(run) == RunState::running);
    CHECK(f.store->run(run)->stages.size() == 1);
  }

  TEST_CASE("scheduler: its threads wake for new tickets and take them all") {
    SchedulerFixture f;
    Scheduler scheduler(*f.store, f.clock, f.options, f.hooks, kStages);
    REQUIRE(scheduler.start().ok());
    std::vector<std::string> runs;
    for (int n = 1; n <= 8; ++n) runs.push_back(f.file(std::to_string(n), "words"));
    for (const std::string& run : runs) f.wait_for(run, RunState::delivering);
    CHECK(scheduler.drain(Milliseconds(60'000)));
    scheduler.stop();
  }

  TEST_CASE("scheduler: stop cancels the stage that runs, and a new start resumes it") {
    SchedulerFixture f;
    std::promise<void> entered;
    f.on(Stage::verify, [&](const StageContext& context, Run&) -> Result<Advance> {
      std::promise<void> cancelled;
      const std::stop_callback on_stop(context.stop, [&] { cancelled.set_value(); });
      entered.set_value();
      cancelled.get_future().wait();
      return Error{ErrorKind::timeout, "stopped"};
    });
    const std::string run = f.file("1", "a");
    {
      Scheduler scheduler(*f.store, f.clock, f.options, f.hooks, kStages);
      scheduler.stop();  // before start: nothing
      REQUIRE(scheduler.start().ok());
      entered.get_future().wait();
      CHECK(!scheduler.drain(Milliseconds(1)));
    }
    CHECK(f.state(run) == RunState::queued);
    f.on(Stage::verify, {});
    f.ran();
    Scheduler next(*f.store, f.clock, f.options, f.hooks, kStages);
    REQUIRE(next.start().ok());
    f.wait_for(run, RunState::delivering);
    next.stop();
    CHECK(f.ran() == Names{"verify", "publish"});
  }

  TEST_CASE("scheduler: a person's stop reaches the stage that runs, and the run ends there") {
    SchedulerFixture f;
    std::promise<void> entered;
    f.on(Stage::verify, [&](const StageContext& context, Run& r) -> Result<Advance> {
      if (r.ticket.key.external_id != "1") return Advance{};
      std::promise<void> cancelled;
      const std::stop_callback on_stop(context.stop, [&] { cancelled.set_value(); });
      entered.set_value();
      cancelled.get_future().wait();
      return Error{ErrorKind::timeout, "stopped"};
    });
    const std::string run = f.file("1", "a");
    const std::string other = f.file("2", "b");
    Scheduler scheduler(*f.store, f.clock, f.options, f.hooks, kStages);
    REQUIRE(scheduler.start().ok());
    entered.get_future().wait();
    Arrival stop = arrival_of(ticket_of("1", "a"));
    Comment comment;
    comment.id = "c1";
    comment.body = RawText("/triage stop");
    comment.staff = true;
    std::get<connectors::TicketEvent>(stop.delivery.event).commands = {comment};
    REQUIRE(f.store->ingest(stop).ok());
    f.wait_for(run, RunState::superseded);
    CHECK(f.row(run).reason == "stopped by somebody");
    CHECK(f.store->effects_of(run)->size() == 1);  // the answer to the command
    f.wait_for(other, RunState::delivering);
    scheduler.stop();
  }

  TEST_CASE("scheduler: what a person asked for and the draft's number reach the stages") {
    SchedulerFixture f;
    f.file("1", "a");
    f.pass();
    Arrival refine = arrival_of(ticket_of("1", "a"));
    Comment comment;
    comment.id = "c1";
    comment.body = RawText("/triage refine the other table");
    comment.staff = true;
    std::get<connectors::TicketEvent>(refine.delivery.event).commands = {comment};
    REQUIRE(f.store->ingest(refine).ok());
    std::string seen;
    f.on(Stage::propose, [&](const StageContext& context, Run& run) -> Result<Advance> {
      seen = run.instruction.raw() + "|" + std::to_string(run.draft_number) + "|" +
             std::to_string(context.open_drafts);
      return Advance{};
    });
    f.pass();
    CHECK(seen == "the other table|1|0");
  }

  TEST_CASE("scheduler: delays double up to the longest") {
    for (const auto& [attempts, expected] :
         std::map<std::uint32_t, int>{{0, 2}, {1, 2}, {2, 4}, {3, 8}, {4, 10}, {4'000'000, 10}})
      CHECK(back_off(Milliseconds(2), Milliseconds(10), attempts) == Milliseconds(expected));
  }
}
