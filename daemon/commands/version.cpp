#include <CLI/CLI.hpp>
#include <cstdio>

#include "daemon/commands/command.h"
#include "pipeline/base/json.h"

namespace triage::commands {

void add_version(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("version", "Print the version");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "One JSON document");
  command->callback([&action, json] {
    action = [json] {
      if (*json)
        std::printf("%s\n", Json::object().set("version", TRIAGED_VERSION).dump().c_str());
      else
        std::printf("triaged %s\n", TRIAGED_VERSION);
      return kDone;
    };
  });
}

}  // namespace triage::commands
