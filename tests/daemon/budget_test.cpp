#include "daemon/store_budget.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "daemon/store_schema.h"
#include "tests/fakes/store_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

constexpr BudgetLimits kWide{100, 100, 100, 0, 0};
constexpr Milliseconds kDay{86'400'000};

struct BudgetFixture : StoreFixture {
  config::Settings settings;

  explicit BudgetFixture(std::string_view now = "2026-11-21T08:00:00Z") {
    clock.advance(*parse_rfc3339(now) - clock.now());
    settings.projects["shop"].name = "shop";
  }
  // One call, settled; false where a limit was in its way.
  bool spend(const std::string& run, double usd, const BudgetLimits& limits = kWide,
             const std::string& project = "shop") {
    StoreBudget budget(*store, run, project, limits);
    if (!budget.reserve(usd).ok()) return false;
    budget.settle(usd, usd);
    return true;
  }
  Spending today() {
    const auto states = store->limit_states(settings);
    REQUIRE(states.ok());
    return states->front().used;
  }
};

}  // namespace

TEST_SUITE("budget") {
  TEST_CASE("budget: each limit stops what would cross it, says which and when it opens") {
    struct Row {
      const char* name;
      BudgetLimits limits;
      const char* says;   // empty: goes through
      const char* opens;  // RFC 3339; empty: never by itself
    };
    // 1.5 was spent earlier this month and 1 today by this run; 0.5 more is asked for.
    for (const Row& row : std::vector<Row>{
             {"control: all are wide", {10, 10, 10, 10, 10}, "", ""},
             {"control: exactly what is left", {1.5, 1.5, 3.0, 1.5, 3.0}, "", ""},
             {"control: a project without limits of its own", {10, 10, 10, 0, 0}, "", ""},
             {"run", {1.4, 10, 10, 10, 10}, "budget.per_run", ""},
             {"day", {10, 1.4, 10, 10, 10}, "budget.per_day", "2026-11-22T00:00:00.000Z"},
             {"month", {10, 10, 2.9, 10, 10}, "budget.per_month", "2026-12-01T00:00:00.000Z"},
             {"day of the project", {10, 10, 10, 1.4, 10}, "projects.shop.budget_per_day",
              "2026-11-22T00:00:00.000Z"},
             {"month of the project", {10, 10, 10, 10, 2.9}, "projects.shop.budget_per_month",
              "2026-12-01T00:00:00.000Z"},
             {"the one that opens last is named", {10, 1.4, 2.9, 10, 10}, "budget.per_month",
              "2026-12-01T00:00:00.000Z"},
             {"nothing may be spent", {10, 0, 10, 0, 0}, "budget.per_day", "2026-11-22T00:00:00.000Z"},
         }) {
      CAPTURE(row.name);
      BudgetFixture f("2026-11-03T08:00:00Z");
      REQUIRE(f.spend("EARLIER", 1.5));
      f.clock.advance(18 * kDay);
      REQUIRE(f.spend("RUN", 1.0));
      StoreBudget budget(*f.store, "RUN", "shop", row.limits);
      const auto reserved = budget.reserve(0.5);
      CHECK(reserved.ok() == std::string_view(row.says).empty());
      if (reserved) continue;
      CHECK(reserved.error().kind == ErrorKind::exhausted);
      INFO(reserved.error().message);
      CHECK(reserved.error().message.find(std::string("of ") + row.says + " ") != std::string::npos);
      CHECK(reserved.error().retry_at.has_value() == !std::string_view(row.opens).empty());
      if (reserved.error().retry_at) CHECK(to_rfc3339(*reserved.error().retry_at) == row.opens);
      CHECK(f.today().reserved == 0);
    }
  }

  TEST_CASE("budget: the next day and the next month open again, in UTC") {
    struct Row {
      const char *now, *day, *month;
    };
    for (const Row& row : std::vector<Row>{
             {"2026-11-21T08:00:00Z", "2026-11-22", "2026-12-01"},
             {"2026-12-31T23:59:59.999Z", "2027-01-01", "2027-01-01"},
             {"2028-02-28T00:00:00Z", "2028-02-29", "2028-03-01"},
             {"2027-02-28T12:00:00Z", "2027-03-01", "2027-03-01"},
         }) {
      const TimePoint now = *parse_rfc3339(row.now);
      CHECK(to_rfc3339(next_day(now)).substr(0, 10) == row.day);
      CHECK(to_rfc3339(next_month(now)).substr(0, 10) == row.month);
    }
    BudgetFixture f;
    const BudgetLimits one{100, 1, 1.5, 0, 0};
    CHECK(f.spend("A", 1.0, one));
    CHECK_FALSE(f.spend("B", 0.1, one));
    f.clock.advance(kDay);
    CHECK(f.spend("B", 0.5, one));
    CHECK_FALSE(f.spend("C", 0.1, one));  // the month is used up now
    f.clock.advance(10 * kDay);
    CHECK(f.spend("C", 0.1, one));
  }

  TEST_CASE("budget: what a project spends is not another's, and counts for all together") {
    BudgetFixture f;
    const BudgetLimits own{100, 2.0, 100, 1.0, 0};
    CHECK(f.spend("A", 1.0, own, "shop"));
    CHECK_FALSE(f.spend("B", 0.1, own, "shop"));
    CHECK(f.spend("C", 1.0, own, "billing"));
    CHECK_FALSE(f.spend("D", 0.1, {100, 2.0, 100, 0, 0}, "third"));
  }

  TEST_CASE("budget: a reservation counts until it is settled, then what was spent") {
    BudgetFixture f;
    StoreBudget budget(*f.store, "RUN", "shop", kWide);
    REQUIRE(budget.reserve(0.8).ok());
    CHECK(f.today().reserved == 0.8);
    CHECK_FALSE(f.spend("OTHER", 0.3, {100, 1.0, 100, 0, 0}));
    budget.settle(0.8, 0.2);
    CHECK(f.today().spent == 0.2);
    CHECK(f.today().reserved == 0);
    CHECK(f.spend("OTHER", 0.3, {100, 1.0, 100, 0, 0}));
    REQUIRE(budget.reserve(0.1).ok());
    budget.settle(0.1, 0.4);  // it cost more than was thought: that counts
    CHECK(f.today().spent == doctest::Approx(0.9));
    budget.settle(0.7, 0.7);  // was never reserved: nothing to settle
    CHECK(f.today().spent == doctest::Approx(0.9));
  }

  TEST_CASE("budget: what is not settled is charged in full when the budget goes away") {
    BudgetFixture f;
    {
      StoreBudget budget(*f.store, "RUN", "shop", kWide);
      REQUIRE(budget.reserve(0.8).ok());
    }
    CHECK(f.today().spent == 0.8);
    CHECK(f.today().charged == 0.8);
    CHECK(f.today().reserved == 0);
  }

  TEST_CASE("budget: a process that died leaves its reservations counted, and recovery charges them") {
    BudgetFixture f;
    REQUIRE(f.store->reserve("RUN", "shop", 0.8, kWide).ok());
    f.restart();
    CHECK(f.today().reserved == 0.8);
    CHECK_FALSE(f.spend("OTHER", 0.3, {100, 1.0, 100, 0, 0}));
    const auto ours = f.store->reserve("SECOND", "shop", 0.1, kWide);
    REQUIRE(f.store->recover().ok());
    CHECK(f.today().spent == 0.8);
    CHECK(f.today().charged == 0.8);
    CHECK(f.today().reserved == 0.1);  // of the process that is alive: left alone
    // The run that is resumed may spend what is left of its own limit.
    StoreBudget resumed(*f.store, "RUN", "shop", {1.0, 100, 100, 0, 0});
    CHECK_FALSE(resumed.reserve(0.3).ok());
    CHECK(resumed.reserve(0.2).ok());
    resumed.settle(0.2, 0.15);
    const auto account = resumed.account();
    REQUIRE(account.ok());
    CHECK(account->spent == doctest::Approx(0.95));
    CHECK(account->charged == 0.8);
    CHECK(account->limit == 1.0);
    REQUIRE(f.store->settle_reservation(*ours, 0.05).ok());
    REQUIRE(f.store->settle_reservation(*ours, 9).ok());  // the first settlement holds
    CHECK(f.today().counted() == doctest::Approx(1.0));
  }

  TEST_CASE("budget: runs side by side never spend more than the day has, to the last cent") {
    BudgetFixture f;
    const BudgetLimits limits{100, 1.0, 100, 0, 0};
    std::vector<std::jthread> workers;
    std::atomic<int> went{0};
    for (int n = 0; n < 8; ++n) {
      workers.emplace_back([&, n] {
        for (int call = 0; call < 10; ++call) {
          StoreBudget budget(*f.store, "RUN" + std::to_string(n), "shop", limits);
          if (!budget.reserve(0.1).ok()) continue;
          budget.settle(0.1, 0.1);
          ++went;
        }
      });
    }
    workers.clear();
    CHECK(went == 10);
    CHECK(f.today().spent == 1.0);
  }

  TEST_CASE("budget: run, overview and limits tell the same sum") {
    BudgetFixture f;
    const std::string run = f.file("1", "a");
    for (int call = 0; call < 30; ++call) REQUIRE(f.spend(run, 0.1));
    CHECK(f.row(run).cost == 3.0);
    CHECK(f.today().spent == 3.0);
    CHECK(*f.store->spent_today() == 3.0);
    CHECK(*f.store->spent_today("other") == 0);
    const auto overview = f.store->overview();
    CHECK(overview->spent_today == 3.0);
    CHECK(overview->spent_month == 3.0);
  }

  TEST_CASE("budget: what runs of the first version cost moves to the ledger") {
    TemporaryDirectory directory;
    {
      SQLite::Database db(directory / "triaged.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      db.exec(schema_migrations()[0]);
      db.exec("PRAGMA user_version = 1");
      db.exec("INSERT INTO run(id, source, external_id, revision, ticket, subject, project, state, "
              "depth, created, finished, cost) VALUES"
              "('A', 'desk', '1', 'r', '{}', 's', 'shop', 'done', 'diagnose', 1795248000000, "
              "1795252000000, 0.25), ('B', 'desk', '2', 'r', '{}', 's', 'shop', 'done', 'diagnose', "
              "1795248000000, 1795252000000, 0)");
      db.exec("INSERT INTO stage_result VALUES('A', 'propose', '{}', 1, 1795251000000)");
      db.exec("INSERT INTO spend VALUES('2026-11-21', 'shop', 0.25)");
    }
    const ManualClock clock;
    const auto store = Store::open(directory.path(), clock);
    REQUIRE_MESSAGE(store.ok(), (store.ok() ? "" : store.error().message));
    CHECK(*(*store)->spent_today() == 0.25);
    CHECK((*(*store)->spending_of("A")).spent == 0.25);
    CHECK((*(*store)->spending_of("B")).spent == 0);
    const auto rows = (*store)->runs({});
    REQUIRE(rows->size() == 2);
    CHECK(rows->at(1).cost == 0.25);
  }

  TEST_CASE("budget: costs of runs that are over come with kind and whether a model was asked") {
    BudgetFixture f;
    const std::string run = f.file("1", "a");
    auto claimed = f.claim();
    StageOutcome classified;
    classified.stage = Stage::classify;
    classified.result = Json::object().set("kind", "bug");
    REQUIRE(f.store->finish_stage(run, claimed.run.fence, classified).ok());
    REQUIRE(f.spend(run, 0.5));
    PublishOutcome published;
    published.stage.stage = Stage::publish;
    published.stage.ending = RunState::done;
    REQUIRE(f.store->finish_publish(run, claimed.run.fence, published).ok());
    f.file("2", "b");
    f.publish({});
    f.file("3", "still queued");
    const auto costs = f.store->run_costs(f.clock.now() - kDay);
    REQUIRE(costs->size() == 2);
    CHECK(costs->at(0).kind == "bug");
    CHECK(costs->at(0).usd == 0.5);
    CHECK(costs->at(0).asked_model);
    CHECK(costs->at(1).kind.empty());
    CHECK_FALSE(costs->at(1).asked_model);
    CHECK(f.store->run_costs(f.clock.now() + kDay)->empty());
    CHECK(f.store->run_costs(f.clock.now() - kDay, "other")->empty());
  }
}
