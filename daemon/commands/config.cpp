// triaged config show|check|reference|schema|example: everything about settings, without a daemon.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "config/documents.h"
#include "config/load.h"
#include "daemon/commands/command.h"

namespace triage::commands {

namespace {

struct Options {
  std::string file{config::kDefaultPath};
  bool json = false;
};

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return kDone;
}

int print(const Json& json) { return print(json.pretty() + "\n"); }

Result<config::Settings> load(const Options& options, std::vector<std::string>& warnings) {
  return config::load_file(options.file, config::system_environment(), &warnings);
}

int show(const Options& options) {
  std::vector<std::string> warnings;
  const auto settings = load(options, warnings);
  if (!settings) return report(settings.error());
  return options.json ? print(effective(*settings)) : print(effective_yaml(*settings));
}

// The problems in an error of load_file(): its lines, but for the one that counts them.
std::vector<std::string> problems_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  if (lines.size() > 1) lines.erase(lines.begin());
  return lines;
}

Json as_json(const std::vector<std::string>& lines) {
  Json list = Json::array();
  for (const std::string& line : lines) list.push(line);
  return list;
}

int check(const Options& options) {
  std::vector<std::string> warnings;
  const auto settings = load(options, warnings);
  if (options.json) {
    print(Json::object()
              .set("ok", settings.ok())
              .set("problems",
                   settings ? Json::array() : as_json(problems_of(settings.error().message)))
              .set("warnings", as_json(warnings)));
    return settings ? kDone : kBadUsage;
  }
  if (!settings) return report(settings.error());
  for (const std::string& warning : warnings) std::printf("warn  %s\n", warning.c_str());
  std::printf("ok    %s: %zu projects, %zu sources, model %s\n", options.file.c_str(),
              settings->projects.size(), settings->sources.size(), settings->model.name.c_str());
  return kDone;
}

}  // namespace

void add_config(CLI::App& app, Action& action) {
  CLI::App* group = app.add_subcommand("config", "Show, check and explain the settings");
  group->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* help, auto run) {
    CLI::App* command = group->add_subcommand(name, help);
    command->callback(
        [&action, options, run] { action = [options, run] { return run(*options); }; });
    return command;
  };
  for (CLI::App* command :
       {add("show", "The effective values; secrets are masked", show),
        add("check", "Whether the configuration can be used, and every problem if not", check)}) {
    command->add_option("--config", options->file, "The configuration")->capture_default_str();
    command->add_flag("--json", options->json, "One JSON document");
  }
  add("reference", "Every key as a Markdown table", [](const Options& chosen) {
    return chosen.json ? print(config::reference_json()) : print(config::reference());
  })->add_flag("--json", options->json, "One JSON document");
  add("schema", "JSON Schema for editors", [](const Options&) { return print(config::schema()); });
  add("example", "A commented file with every key and its default",
      [](const Options&) { return print(config::example()); });
}

}  // namespace triage::commands
