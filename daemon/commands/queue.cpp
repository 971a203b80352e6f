// `triaged queue`: what waits, runs, needs a person or was given up; and trying such a run again.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "config/load.h"
#include "daemon/commands/command.h"
#include "daemon/commands/setup.h"
#include "daemon/store.h"

namespace triage::commands {
namespace {

struct Options {
  std::string config{config::kDefaultPath};
  std::string retry;
  std::string state;
  std::size_t limit = 50;
  bool json = false;
};

// A line for a terminal: what a customer wrote must not move the cursor.
std::string printable(std::string_view text, size_t width) {
  std::string out(text.substr(0, width));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = ' ';
  }
  return out;
}

void print(const daemon::Overview& overview, const std::vector<daemon::RunRow>& runs, TimePoint now) {
  for (const auto& [state, count] : overview.runs)
    std::printf("%s %llu  ", state.c_str(), static_cast<unsigned long long>(count));
  std::printf("spent today $%.2f\n", overview.spent_today);
  if (overview.oldest_waiting)
    std::printf("oldest waiting: %s\n", human_duration(*overview.oldest_waiting).c_str());
  for (const daemon::RunRow& run : runs) {
    const std::string what = run.reason.empty() ? run.subject : run.reason;
    std::printf("%s  %-12s %-9s %-20s %8s ago  %s\n", run.id.c_str(),
                std::string(name_of(run.state)).c_str(), run.stage.c_str(),
                printable(run.ticket.str(), 20).c_str(), human_duration(now - run.created).c_str(),
                printable(what, 80).c_str());
  }
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
    if (!filter.state) return invalid_input("there is no state \"" + options.state + "\"");
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
  command->add_option("-n,--limit", options->limit, "At most this many runs, newest first");
  command->add_flag("--json", options->json, "One JSON document on standard output");
  command->callback([options, &action] {
    action = [options] {
      const auto status = queue(*options);
      return status ? *status : report(status.error());
    };
  });
}

}  // namespace triage::commands
