// `triaged run`: one ticket through all stages, here and now, nothing posted.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "config/load.h"
#include "daemon/commands/code_input_internal.h"
#include "daemon/commands/command.h"
#include "daemon/commands/setup.h"
#include "daemon/unix_http_host.h"
#include "pipeline/base/digest.h"
#include "pipeline/stage.h"

namespace triage::commands {
namespace {

struct Options {
  std::string config, repository, revision, ticket, model, test, depth = "draft-pull-request";
  bool json = false;
};

// No daemon, no store: nothing earlier is known.
class NoMemory final : public TicketMemory {
 public:
  std::vector<SimilarTicket> similar(const SafeText&, const TicketKey&, size_t) override {
    return {};
  }
};

// Mirrors of repositories looked at by hand; taken away afterwards.
struct ScratchDirectory {
  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("triaged-run-" + to_hex(random_bytes(8)));
  ScratchDirectory() { std::filesystem::create_directories(path); }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
};

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<config::Settings> settings_for(const Options& options) {
  config::Settings settings;
  if (!options.config.empty()) settings = TRY(load_settings(options.config));
  if (!options.model.empty() && options.model != "offline") {
    if (settings.model.base_url.empty()) settings.model.base_url = from_environment("OPENAI_BASE_URL");
    if (settings.model.base_url.empty())
      return invalid_input("--model needs an endpoint: set OPENAI_BASE_URL (and OPENAI_API_KEY), or "
                           "model.base_url in --config");
    if (settings.model.api_key.empty())
      settings.model.api_key = config::Secret(from_environment("OPENAI_API_KEY"));
  }
  if (!options.model.empty()) settings.model.name = options.model;
  return settings;
}

Result<Run> carry_out(const Options& options, const config::Settings& settings) {
  config::ProjectSettings project;
  project.name = "run";
  project.repository = std::filesystem::absolute(options.repository).string();
  project.test_command = options.test;
  const auto depth = enum_of<config::Depth>(options.depth);
  if (!depth) return invalid_input("--depth is one of classify, diagnose, spec, patch, draft-pull-request");
  project.depth = *depth;

  const SystemClock clock;
  const auto http = TRY(make_http_client());
  daemon::UnixSocketHost sockets;
  const ScratchDirectory scratch;
  retrieval::CodeLibrary code((scratch.path / "mirrors").string(), default_index_directory());
  NoMemory memory;
  Run run;
  const std::string content = TRY(read_input(options.ticket));
  run.ticket = TRY(read_ticket(content, clock.now()));
  run.ticket.revision = content_revision(run.ticket);
  run.id = run_id_for(run.ticket.key, run.ticket.revision);
  run.project = project.name;
  run.depth = project.depth;
  run.started = clock.now();
  LimitedBudget budget(settings.budget.per_run);
  const StageContext context{settings, project, clock,           *http, code, memory,
                             budget,   "",      options.revision, {},    false, &sockets};
  for (size_t i = 0; i < stages().size(); ++i) {
    const Advance advance = TRY(run_stage(stages()[i], context, run));
    const bool ends_early = advance.kind != Advance::Kind::next;
    if (ends_early && i + 1 < stages().size()) i = stages().size() - 2;  // straight to publish
  }
  return run;
}

void print_for_people(const Run& run) {
  for (const Effect& effect : run.publication->effects) {
    if (effect.kind == EffectKind::post_note) std::printf("%s\n", printable(effect.body.str(), true).c_str());
    if (effect.kind == EffectKind::push_branch)
      std::printf("would push %s:\n%s\n", effect.branch.c_str(),
                  printable(run.verification->diff, true).c_str());
  }
  std::printf("nothing was posted; ending: %s\n",
              std::string(name_of(run.publication->ending)).c_str());
}

int run_once(const Options& options) {
  const auto settings = settings_for(options);
  if (!settings) return report(settings.error());
  const auto run = carry_out(options, *settings);
  if (!run) return report(run.error());
  if (options.json)
    std::printf("%s\n", run->publication->statement.dump().c_str());
  else
    print_for_people(*run);
  return run->publication->ending == Ending::skipped ? kAnswerIsNo : kDone;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("run", "Take one ticket through all stages; post nothing");
  auto options = std::make_shared<Options>();
  command->add_option("--repo", options->repository, "Git repository")->required();
  command->add_option("--rev", options->revision, "Revision; default: the default branch");
  command->add_option("--ticket", options->ticket, "Ticket file (JSON or text), - for standard input")
      ->required();
  command->add_option("--config", options->config, "Configuration file, for model and sandbox");
  command->add_option("--model", options->model,
                      "offline (default), or a model at OPENAI_BASE_URL with OPENAI_API_KEY");
  command->add_option("--test", options->test, "Command that runs the tests, in the sandbox");
  command->add_option("--depth", options->depth, "How far to go")->capture_default_str();
  command->add_flag("--json", options->json, "The receipt's statement as JSON");
  command->callback([&action, options] { action = [options] { return run_once(*options); }; });
}

}  // namespace triage::commands
