#include "daemon/forecast.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace triage;
using namespace triage::daemon;

namespace {

std::vector<RunCost> runs_of(std::initializer_list<double> costs, int times, const char* kind = "bug",
                             const char* project = "shop") {
  std::vector<RunCost> out;
  for (int n = 0; n < times; ++n) {
    for (const double usd : costs) out.push_back({project, kind, usd, usd > 0, {}});
  }
  return out;
}

config::Settings settings_of(double run, double day, double month) {
  config::Settings settings;
  settings.budget.per_run = run;
  settings.budget.per_day = day;
  settings.budget.per_month = month;
  return settings;
}

const LimitForecast& limit_of(const Forecast& f, std::string_view name) {
  const auto found = std::ranges::find(f.limits, name, &LimitForecast::name);
  REQUIRE(found != f.limits.end());
  return *found;
}

}  // namespace

TEST_SUITE("forecast") {
  TEST_CASE("forecast: mean, spread, kinds and periods follow from the runs") {
    auto runs = runs_of({0, 0.1, 0.2, 0.1, 0.6}, 20);
    for (const RunCost& more : runs_of({0.5}, 10, "feature")) runs.push_back(more);
    const Forecast f = forecast(runs, 700, settings_of(2, 50, 1000));
    CHECK(f.enough);
    CHECK(f.runs == 110);
    CHECK(f.mean == doctest::Approx(25.0 / 110));
    CHECK(f.mean_low < f.mean);
    CHECK(f.mean < f.mean_high);
    CHECK(f.mean_high - f.mean_low < 0.1);
    CHECK(f.model_share == doctest::Approx(90.0 / 110));
    REQUIRE(f.kinds.size() == 3);
    CHECK(f.kinds[0].kind == "all");
    CHECK(f.kinds[1].kind == "bug");
    CHECK(f.kinds[1].median == 0.1);
    CHECK(f.kinds[1].p90 == 0.6);
    CHECK(f.kinds[2].kind == "feature");
    CHECK(f.kinds[2].asked_model == 10);
    REQUIRE(f.periods.size() == 3);
    CHECK(f.periods[0].expected == doctest::Approx(100 * 25.0 / 110));
    CHECK(f.periods[1].expected == doctest::Approx(700 * 25.0 / 110));
    CHECK(f.periods[2].expected == doctest::Approx(700 / 7.0 * 30.4375 * 25.0 / 110));
    for (const PeriodCost& period : f.periods) {
      CHECK(period.low < period.expected);
      CHECK(period.expected < period.high);
      CHECK(period.expected < period.busy);
    }
    // The same runs give the same answer.
    CHECK(forecast(runs, 700, settings_of(2, 50, 1000)).mean_low == f.mean_low);
  }

  TEST_CASE("forecast: which limit is hit, when, and what would do") {
    // Every run costs 0.5: 70 a week are 5 a day (busy day 6.9…) and 152 a month.
    const auto runs = runs_of({0.5}, 50);
    struct Row {
      const char* name;
      double run, day, month;
      const char *limit, *verdict, *when;
    };
    for (const Row& row : std::vector<Row>{
             {"all hold", 2, 50, 1000, "budget.per_day", "holds", ""},
             {"all hold, month", 2, 50, 1000, "budget.per_month", "holds", ""},
             {"day, always", 2, 2.5, 1000, "budget.per_day", "hit on an ordinary day",
              "from 12:00 UTC on"},
             {"day, when it is busy", 2, 6, 1000, "budget.per_day", "hit on a busy day",
              "from 18:"},
             {"month, always", 2, 50, 76.1, "budget.per_month", "hit on an ordinary month",
              "from day 16 on"},
             {"month, when it is busy", 2, 50, 160, "budget.per_month", "hit on a busy month",
              "from day 30 on"},
             {"run", 0.5, 50, 1000, "budget.per_run", "reached by 50 of 50 recorded runs", ""},
             {"run, not", 0.6, 50, 1000, "budget.per_run", "holds", ""},
         }) {
      CAPTURE(row.name);
      const Forecast f = forecast(runs, 70, settings_of(row.run, row.day, row.month));
      const LimitForecast& limit = limit_of(f, row.limit);
      CHECK(limit.verdict == row.verdict);
      CHECK_MESSAGE(limit.when.starts_with(row.when), limit.when);
      CHECK(limit.when.empty() == std::string_view(row.when).empty());
      if (limit.name == "budget.per_run") continue;
      // With what it says would do, it holds.
      auto enough = settings_of(row.run, row.day, row.month);
      (limit.name == "budget.per_day" ? enough.budget.per_day : enough.budget.per_month) =
          limit.needed;
      CHECK(limit_of(forecast(runs, 70, enough), row.limit).verdict == "holds");
    }
  }

  TEST_CASE("forecast: a project is judged by its own share of runs") {
    auto runs = runs_of({1.0}, 30, "bug", "shop");
    for (const RunCost& more : runs_of({0.1}, 10, "bug", "billing")) runs.push_back(more);
    auto settings = settings_of(2, 500, 10'000);
    settings.projects["shop"].budget_per_day = 5;
    settings.projects["billing"].budget_per_day = 5;
    settings.projects["quiet"].budget_per_month = 1;
    const Forecast f = forecast(runs, 70, settings);
    CHECK(limit_of(f, "projects.shop.budget_per_day").expected == doctest::Approx(7.5));
    CHECK(limit_of(f, "projects.shop.budget_per_day").verdict == "hit on an ordinary day");
    CHECK(limit_of(f, "projects.billing.budget_per_day").expected == doctest::Approx(0.25));
    CHECK(limit_of(f, "projects.billing.budget_per_day").verdict == "holds");
    CHECK(limit_of(f, "projects.quiet.budget_per_month").verdict == "holds");
    CHECK(std::ranges::count(f.limits, "projects.shop.budget_per_month", &LimitForecast::name) == 0);
  }

  TEST_CASE("forecast: too few runs are told, and none are no division by zero") {
    CHECK_FALSE(forecast(runs_of({0.5}, 19), 70, settings_of(2, 50, 1000)).enough);
    CHECK(forecast(runs_of({0.5}, 20), 70, settings_of(2, 50, 1000)).enough);
    const Forecast none = forecast({}, 70, settings_of(2, 50, 1000));
    CHECK_FALSE(none.enough);
    CHECK(none.mean == 0);
    CHECK(none.model_share == 0);
    CHECK(none.periods[2].busy == 0);
    CHECK(limit_of(none, "budget.per_day").verdict == "holds");
  }
}
