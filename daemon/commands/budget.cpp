// `triaged budget`: what models have cost against every limit; and what a number of tickets would.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "config/load.h"
#include "daemon/commands/command.h"
#include "daemon/commands/setup.h"
#include "daemon/forecast.h"
#include "daemon/store.h"
#include "pipeline/base/json.h"

namespace triage::commands {
namespace {

struct Options {
  std::string config{config::kDefaultPath};
  std::string project;
  double per_week = 0;
  std::uint32_t days = 90;
  bool json = false;
};

const SystemClock kClock;

Result<std::unique_ptr<daemon::Store>> open_store(const config::Settings& settings) {
  return daemon::Store::open(settings.state_dir, kClock, daemon::Store::Access::read_only);
}

void print_limits(const std::vector<daemon::LimitState>& limits) {
  std::printf("%-36s  %10s  %10s  %10s  %10s  %s\n", "limit (USD, UTC)", "limit", "spent", "set aside",
              "left", "starts anew");
  for (const auto& limit : limits) {
    std::printf("%-36s  %10.2f  %10.2f  %10.2f  %10.2f  %s\n", printable(limit.name).c_str(),
                limit.limit, limit.used.spent, limit.used.reserved, limit.left(),
                to_rfc3339(limit.opens).substr(0, 16).c_str());
    if (limit.used.charged > 0)
      std::printf("%36s  of what was spent, $%.2f was charged in full: the daemon died or the answer "
                  "was lost before the price was known\n",
                  "", limit.used.charged);
  }
}

Result<int> show(const Options& options) {
  const auto settings = TRY(load_settings(options.config));
  const auto store = TRY(open_store(settings));
  const auto limits = TRY(store->limit_states(settings));
  if (!options.json) {
    print_limits(limits);
    std::printf("each run: at most $%.2f (budget.per_run)\n", settings.budget.per_run);
    return kDone;
  }
  Json rows = Json::array();
  for (const auto& limit : limits) rows.push(to_json(limit).set("left", limit.left()));
  Json answer = Json::object();
  answer.set("per_run", settings.budget.per_run).set("limits", std::move(rows));
  std::printf("%s\n", answer.dump().c_str());
  return kDone;
}

void print_forecast(const daemon::Forecast& f) {
  std::printf("%.0f tickets a week, judged by %llu recorded runs; %.0f %% of them asked a model\n",
              f.per_week, static_cast<unsigned long long>(f.runs), f.model_share * 100);
  if (!f.enough)
    std::printf("Too few: %zu runs at least are needed to plan with. What follows is a guess.\n",
                daemon::kEnoughRuns);
  std::printf("one run costs $%.4f on average (90 %% interval $%.4f to $%.4f)\n\n", f.mean, f.mean_low,
              f.mean_high);
  std::printf("%-16s  %6s  %6s  %9s  %9s  %9s\n", "kind", "runs", "model", "mean", "median", "p90");
  for (const auto& kind : f.kinds)
    std::printf("%-16s  %6llu  %6llu  %9.4f  %9.4f  %9.4f\n", printable(kind.kind).c_str(),
                static_cast<unsigned long long>(kind.runs),
                static_cast<unsigned long long>(kind.asked_model), kind.mean, kind.median, kind.p90);
  std::printf("\n%-16s  %10s  %22s  %14s\n", "USD a …", "expected", "between", "1 in 20 above");
  for (const auto& period : f.periods)
    std::printf("%-16s  %10.2f  %10.2f – %9.2f  %14.2f\n", period.period.c_str(), period.expected,
                period.low, period.high, period.busy);
  std::printf("\n");
  for (const auto& limit : f.limits) {
    std::printf("%-36s  $%.2f: %s%s", printable(limit.name).c_str(), limit.limit,
                limit.verdict.c_str(), limit.when.empty() ? "" : (" " + limit.when).c_str());
    limit.verdict == "holds" ? std::printf("\n") : std::printf("; $%.2f would do\n", limit.needed);
  }
}

Result<int> predict(const Options& options) {
  const auto settings = TRY(load_settings(options.config));
  if (!options.project.empty() && !settings.projects.contains(options.project))
    return Error{ErrorKind::not_found, "there is no project \"" + options.project + "\""};
  const auto store = TRY(open_store(settings));
  const auto runs = TRY(store->run_costs(kClock.now() - std::chrono::days(options.days), options.project));
  const auto answer = daemon::forecast(runs, options.per_week, settings, options.project);
  if (options.json)
    std::printf("%s\n", to_json(answer).dump().c_str());
  else
    print_forecast(answer);
  return answer.enough ? kDone : kAnswerIsNo;
}

}  // namespace

void add_budget(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("budget", "What models cost, against every limit; and a forecast");
  command->add_option("--config", options->config, "Configuration file")->capture_default_str();
  command->add_flag("--json", options->json, "One JSON document on standard output");
  CLI::App* forecast = command->add_subcommand(
      "forecast", "What a number of tickets a week would cost, from recorded runs; exit status 1 where "
                  "there are too few of them");
  forecast->add_option("--per-week", options->per_week, "Tickets a week")
      ->required()
      ->check(CLI::Range(0.0, 1e7));
  forecast->add_option("--days", options->days, "Judge by the runs of so many days")
      ->capture_default_str()
      ->check(CLI::Range(1, 3660));
  forecast->add_option("--project", options->project, "Only this project's runs and limits");
  forecast->add_option("--config", options->config, "Configuration file")->capture_default_str();
  forecast->add_flag("--json", options->json, "One JSON document on standard output");
  const auto run = [&action, options](Result<int> (*verb)(const Options&)) {
    action = [options, verb] {
      const auto status = verb(*options);
      return status ? *status : report(status.error());
    };
  };
  command->callback([run, forecast] { forecast->parsed() ? run(predict) : run(show); });
}

}  // namespace triage::commands
