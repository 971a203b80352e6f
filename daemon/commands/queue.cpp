// `triaged queue`: what waits, runs, needs a person or was given up; and trying such a run again.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "config/load.h"
#include "daemon/commands/command.h"
#include "daemon/commands/setup.h"
#include "daemon/store.h"
#include "pipeline/base/utf8.h"

namespace triage::commands {
namespace {

struct Options {
  std::string config{config::kDefaultPath};
  std::string retry;
  std::string state;
  std::size_t limit = 50;
  bool json = false;
};

std::string column(std::string_view text, size_t width) {
  std::string out(truncate_utf8(printable(text), width));
  return out + std::string(width - std::min(out.size(), width), ' ');
}

// Whole seconds: nobody looks at a queue for less.
std::string age(Milliseconds span) {
  return human_duration(std::max(std::chrono::floor<std::chrono::seconds>(span), std::chrono::seconds(1)));
}

std::string what_of(const daemon::RunRow& run, TimePoint now) {
  std::string out = run.reason.empty() ? run.subject : run.reason;
  if (run.state == daemon::RunState::parked && run.next_at)
    out = "again in " + age(*run.next_at - now) + ": " + out;
  return out;
}

void print(const daemon::Overview& overview, const std::vector<daemon::RunRow>& runs, TimePoint now) {
  for (const auto& [state, count] : overview.runs)
    std::printf("%s %llu · ", state.c_str(), static_cast<unsigned long long>(count));
  std::printf("spent today $%.2f\n", overview.spent_today);
  if (overview.oldest_waiting)
    std::printf("oldest waiting: %s\n", age(*overview.oldest_waiting).c_str());
  for (const daemon::RunRow& run : runs)
    std::printf("%s  %s  %s  %s  %8s ago  %s\n", run.id.c_str(), column(name_of(run.state), 12).c_str(),
                column(run.stage, 8).c_str(), column(run.ticket.str(), 20).c_str(),
                age(now - run.created).c_str(),
                std::string(truncate_utf8(printable(what_of(run, now)), 120)).c_str());
  const auto failed = overview.effects.find("failed");
  if (failed != overview.effects.end())
    std::printf("%llu writes were given up: `triaged queue --retry RUN` sends those of a run again\n",
                static_cast<unsigned long long>(failed->second));
}

Result<int> queue(const Options& options) {
  const SystemClock clock;
  const auto settings = TRY(load_settings(options.config));
  const auto store =
      TRY(daemon::Store::open(settings.state_dir, clock, daemon::Store::Access::read_only));
  if (!options.retry.empty()) {
    TRY(store->retry(options.retry));
    std::fprintf(stderr, "run %s is queued again\n", options.retry.c_str());
  }
  daemon::RunFilter filter;
  filter.limit = options.limit;
  if (!options.state.empty()) {
    filter.state = enum_of<daemon::RunState>(options.state);
    if (!filter.state) {
      std::string known;
      for (const std::string_view name : daemon::kRunStateNames) known += " " + std::string(name);
      return invalid_input("there is no state \"" + options.state + "\"; there are:" + known);
    }
  }
  const auto overview = TRY(store->overview());
  const auto runs = TRY(store->runs(filter));
  if (options.json)
    std::printf("%s\n", to_json(overview).set("list", to_json(runs)).dump().c_str());
  else
    print(overview, runs, clock.now());
  return kDone;
}

}  // namespace

void add_queue(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "queue", "Runs that wait, run, need a person or were given up; and try one again");
  command->add_option("--config", options->config, "Configuration file")->capture_default_str();
  command->add_option("--retry", options->retry, "Try this run, or its failed effects, again");
  command->add_option("--state", options->state, "Only runs in this state");
  command->add_option("-n,--limit", options->limit, "At most this many runs, newest first")
      ->check(CLI::Range(1, 10'000));
  command->add_flag("--json", options->json, "One JSON document on standard output");
  command->callback([options, &action] {
    action = [options] {
      const auto status = queue(*options);
      return status ? *status : report(status.error());
    };
  });
}

}  // namespace triage::commands
