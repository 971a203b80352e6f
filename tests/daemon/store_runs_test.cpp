#include <doctest/doctest.h>

#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "tests/fakes/store_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

using Step = std::pair<RunState, RunState>;

StageOutcome outcome_of(Stage stage, Json result = Json::object()) {
  StageOutcome outcome;
  outcome.stage = stage;
  outcome.result = std::move(result);
  return outcome;
}

// Does something to a run and notes where that took it.
struct Walk {
  StoreFixture f;
  std::set<Step> steps = {};
  int tickets = 0;
  std::string id = {};  // of the ticket

  std::string file() { return f.file(id = std::to_string(++tickets), "words"); }
  void step(const std::string& run, const std::function<void()>& action) {
    const RunState before = f.state(run);
    action();
    steps.emplace(before, f.state(run));
  }
  Claim claim(const std::string& run) {
    Claim claimed;
    step(run, [&] { claimed = f.claim(); });
    REQUIRE(claimed.run.id == run);
    return claimed;
  }
};

}  // namespace

TEST_SUITE("store") {
  TEST_CASE("runs: every transition of the table happens, and no other") {
    Walk w;
    Store& store = *w.f.store;
    const TimePoint later = w.f.clock.now() + Milliseconds(5000);

    std::string run = w.file();
    w.step(run, [&] { w.f.file(w.id, "newer words"); });  // superseded while queued
    w.f.publish({});
    run = w.file();
    auto held = w.claim(run);
    w.step(run, [&] { CHECK(store.release(run, held.run.fence).ok()); });
    held = w.claim(run);
    w.step(run, [&] { CHECK(store.park(run, held.run.fence, "wait", later).ok()); });
    w.step(run, [&] { CHECK(store.retry(run).ok()); });
    held = w.claim(run);
    w.step(run, [&] { CHECK(store.park(run, held.run.fence, "wait", later).ok()); });
    w.f.clock.advance(Milliseconds(6000));
    held = w.claim(run);
    w.step(run, [&] { CHECK(store.quarantine(run, held.run.fence, "bug").ok()); });
    w.step(run, [&] { CHECK(store.retry(run).ok()); });
    held = w.claim(run);
    w.step(run, [&] {
      CHECK(store.park(run, held.run.fence, "wait", w.f.clock.now() + kLease).ok());
    });
    w.step(run, [&] { w.f.file(w.id, "newer words"); });  // superseded while parked
    w.f.publish({});

    run = w.file();  // stopped by a person
    held = w.claim(run);
    Arrival stop = arrival_of(ticket_of(w.id, "words"));
    Comment comment;
    comment.body = RawText("/triage stop");
    comment.staff = true;
    std::get<connectors::TicketEvent>(stop.delivery.event).commands = {comment};
    REQUIRE(store.ingest(stop).ok());
    w.step(run, [&] { CHECK(store.release(run, held.run.fence).ok()); });

    run = w.file();  // started too often
    for (std::uint32_t n = 0; n < kAttempts; ++n) {
      w.claim(run);
      REQUIRE(StoreProbe::write(store, [](SQLite::Database& db) -> Status {
                db.exec("UPDATE run SET owner = 'dead/w' WHERE state = 'running'");
                return {};
              }).ok());
      w.step(run, [&] { CHECK(*store.recover() == 1); });
    }
    w.step(run, [&] { CHECK(w.f.nothing_to_claim()); });

    for (const RunState ending : {RunState::done, RunState::skipped, RunState::needs_person}) {
      run = w.file();
      w.step(run, [&] {
        CHECK(w.f.state(run) == RunState::queued);
        w.claim(run);
        REQUIRE(store.release(run, w.f.row(run).fence).ok());
      });
      w.claim(run);
      w.step(run, [&] {
        PublishOutcome nothing;
        nothing.stage = outcome_of(Stage::publish);
        nothing.stage.ending = ending;
        CHECK(store.finish_publish(run, w.f.row(run).fence, nothing).ok());
      });
      CHECK(w.f.state(run) == ending);
      run = w.file();
      const std::string op = "op" + run;
      w.claim(run);
      w.step(run, [&] {
        PublishOutcome one;
        one.stage = outcome_of(Stage::publish);
        one.stage.ending = ending;
        one.effects = {effect_of(op, EffectKind::post_note)};
        CHECK(store.finish_publish(run, w.f.row(run).fence, one).ok());
      });
      CHECK(w.f.state(run) == RunState::delivering);
      w.step(run, [&] {
        CHECK(store.settle_effect(op, {.state = EffectState::failed, .error = "no"}).ok());
      });
      w.step(run, [&] { CHECK(store.retry(run).ok()); });
    }

    w.steps.erase({RunState::queued, RunState::queued});  // the claim and release above
    std::set<Step> table;
    for (const RunTransition& t : kRunTransitions) table.emplace(t.from, t.to);
    for (const auto& [from, to] : table)
      CHECK_MESSAGE(w.steps.contains({from, to}), name_of(from), " -> ", name_of(to), " unseen");
    for (const auto& [from, to] : w.steps)
      CHECK_MESSAGE(may_follow(from, to), name_of(from), " -> ", name_of(to), " not in the table");
  }

  TEST_CASE("runs: the README explains every state") {
    std::ifstream file(std::string(TRIAGED_SOURCE_DIR) + "/daemon/README.md");
    std::stringstream text;
    text << file.rdbuf();
    for (const std::string_view state : kRunStateNames)
      CHECK_MESSAGE(text.str().find("| `" + std::string(state) + "` |") != std::string::npos, state);
  }

  TEST_CASE("runs: oldest first, attempt and fence written before the work") {
    StoreFixture f;
    const std::string first = f.file("1", "a"), second = f.file("2", "b");
    const Claim claim = f.claim();
    CHECK(claim.run.id == first);
    CHECK(claim.run.attempts == 1);
    CHECK(claim.run.fence == 1);
    CHECK(claim.ticket.subject.raw() == "a");
    CHECK(f.row(first).lease_until == f.clock.now() + kLease);
    CHECK(f.claim().run.id == second);
    CHECK(f.nothing_to_claim());
  }

  TEST_CASE("runs: a stage's result is there for whoever claims next, with the ticket as it was") {
    StoreFixture f;
    f.file("1", "a");
    Claim claim = f.claim();
    StageOutcome outcome = outcome_of(Stage::classify, Json::object().set("kind", "bug"));
    outcome.took = Milliseconds(12);
    REQUIRE(f.store->finish_stage(claim.run.id, claim.run.fence, outcome).ok());
    f.file("1", "newer words");
    f.restart();
    CHECK(*f.store->recover() == 1);
    claim = f.claim();
    REQUIRE(claim.stages.size() == 1);
    CHECK(claim.stages[0].stage == Stage::classify);
    CHECK(claim.stages[0].result["kind"].as_string() == "bug");
    CHECK(claim.stages[0].took == Milliseconds(12));
    CHECK(claim.ticket.subject.raw() == "a");
  }

  TEST_CASE("runs: a worker that lost its lease can write nothing") {
    StoreFixture f;
    const std::string run = f.file("1", "a");
    const std::uint64_t stale = f.claim().run.fence;
    f.clock.advance(kLease + Milliseconds(1));
    const Claim fresh = f.claim();  // taken over
    CHECK(fresh.run.id == run);
    const std::vector<Status> written{
        f.store->heartbeat(run, stale, kLease),
        f.store->begin_stage(run, stale, Stage::classify),
        f.store->finish_stage(run, stale, outcome_of(Stage::classify)),
        f.store->finish_publish(run, stale, {outcome_of(Stage::publish), {}, {}}),
        f.store->park(run, stale, "", f.clock.now()),
        f.store->retry_later(run, stale, "", f.clock.now()),
        f.store->quarantine(run, stale, ""),
        f.store->release(run, stale)};
    for (const Status& status : written) {
      REQUIRE(!status.ok());
      CHECK(status.error().kind == ErrorKind::conflict);
    }
    CHECK(f.state(run) == RunState::running);
    CHECK(f.store->run(run)->stages.empty());
    CHECK(f.store->heartbeat(run, fresh.run.fence, kLease).ok());
  }

  TEST_CASE("runs: a heartbeat keeps the lease") {
    StoreFixture f;
    const std::string run = f.file("1", "a");
    const Claim claim = f.claim();
    f.clock.advance(kLease - Milliseconds(1));
    REQUIRE(f.store->heartbeat(run, claim.run.fence, kLease).ok());
    f.clock.advance(kLease - Milliseconds(1));
    CHECK(f.nothing_to_claim());
  }

  TEST_CASE("runs: a restart frees the dead daemon's leases at once, and only those") {
    StoreFixture f;
    const std::string run = f.file("1", "a");
    f.claim();
    CHECK(*f.store->recover() == 0);
    f.restart();
    CHECK(f.nothing_to_claim());
    CHECK(*f.store->recover() == 1);
    const Claim again = f.claim();
    CHECK(again.run.id == run);
    CHECK(again.run.attempts == 2);
    CHECK(again.run.fence == 2);
  }

  TEST_CASE("runs: one that kills the daemon every time is quarantined with the stage it was in") {
    StoreFixture f;
    const std::string run = f.file("1", "poison");
    for (std::uint32_t n = 0; n < kAttempts; ++n) {
      const Claim claim = f.claim();
      REQUIRE(f.store->begin_stage(run, claim.run.fence, Stage::verify).ok());
      f.restart();
      REQUIRE(f.store->recover().ok());
    }
    CHECK(f.nothing_to_claim());
    CHECK(f.state(run) == RunState::failed);
    CHECK(f.row(run).reason.find("\"verify\" was started 3 times") != std::string::npos);
  }

  TEST_CASE("runs: attempts count since the last progress") {
    StoreFixture f;
    const std::string run = f.file("1", "a");
    for (const Stage stage : {Stage::classify, Stage::redact, Stage::retrieve, Stage::propose}) {
      const Claim claim = f.claim();
      CHECK(claim.run.attempts <= 2);
      REQUIRE(f.store->finish_stage(run, claim.run.fence, outcome_of(stage)).ok());
      f.restart();
      REQUIRE(f.store->recover().ok());
    }
    CHECK(f.claim().stages.size() == 4);
  }

  TEST_CASE("runs: a person retries what failed, and is told where there is nothing to retry") {
    StoreFixture f;
    CHECK(f.store->retry("NOSUCHRUN0").error().kind == ErrorKind::not_found);
    const std::string run = f.file("1", "a");
    CHECK(f.store->retry(run).error().kind == ErrorKind::conflict);
    const Claim claim = f.claim();
    REQUIRE(f.store->quarantine(run, claim.run.fence, "bug").ok());
    CHECK(f.row(run).finished.has_value());
    // Beside a running daemon, as `triaged queue --retry` does.
    auto beside = Store::open(f.directory.path(), f.clock, Store::Access::read_only);
    REQUIRE((*beside)->retry(run).ok());
    CHECK(f.claim().run.attempts == 1);
  }

  TEST_CASE("runs: lists by state and project, in pages, and the overview adds up") {
    StoreFixture f;
    for (int n = 1; n <= 5; ++n) f.file(std::to_string(n), "words");
    f.claim();
    f.clock.advance(Milliseconds(90'000));
    RunFilter filter;
    filter.limit = 2;
    const auto page = f.store->runs(filter);
    REQUIRE(page->size() == 2);
    CHECK((*page)[0].ticket.external_id == "5");
    filter.before = (*page)[1].id;
    CHECK((*f.store->runs(filter))[0].ticket.external_id == "3");
    CHECK(f.store->runs({.state = RunState::running, .project = "", .before = ""})->size() == 1);
    CHECK(f.store->runs({.state = std::nullopt, .project = "none", .before = ""})->empty());
    const auto overview = f.store->overview();
    CHECK(overview->runs.at("queued") == 4);
    CHECK(overview->runs.at("running") == 1);
    CHECK(overview->oldest_waiting == Milliseconds(90'000));
    CHECK(overview->tickets == 5);
  }
}
