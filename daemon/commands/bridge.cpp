// `triaged bridge`: how an agent in the sandbox reaches the gateway. Started by us, not by people.
#include "daemon/bridge.h"

#include <CLI/CLI.hpp>

#include "daemon/commands/command.h"

namespace triage::commands {

void add_bridge(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("bridge", "Internal: carries an agent's calls out of the sandbox");
  auto options = std::make_shared<daemon::BridgeOptions>();
  command->group("");  // not in the overview
  command->add_option("--socket", options->socket, "Unix socket of the gateway")->required();
  command->add_option("--port", options->port, "Port to listen on, on loopback")->required();
  command->add_option("command", options->command, "Command to run, after --")->required();
  command->callback([&action, options] {
    action = [options] {
      const auto status = daemon::run_bridge(*options);
      return status ? *status : report(status.error());
    };
  });
}

}  // namespace triage::commands
