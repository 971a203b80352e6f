#include <CLI/CLI.hpp>
#include <csignal>

#include "config/load.h"
#include "daemon/commands/command.h"
#include "daemon/commands/setup.h"
#include "daemon/daemon.h"

namespace triage::commands {
namespace {

int serve(const std::string& config_path, const std::string& port_file) {
  auto settings = load_settings(config_path);
  if (!settings) return report(settings.error());
  std::signal(SIGPIPE, SIG_IGN);  // a reader of the log that goes away does not end the daemon
  daemon::Log log(settings->log);
  auto world = daemon::make_world(std::move(*settings));
  if (!world) return report(world.error());
  auto http = make_http_client();
  if (!http) return report(http.error());

  daemon::Daemon daemon(std::move(*world), [config_path] { return load_settings(config_path); },
                        std::move(*http), log);
  if (const Status started = daemon.start(); !started) return report(started.error());
  if (!port_file.empty()) {
    const std::string temporary = port_file + ".new";
    if (FILE* file = std::fopen(temporary.c_str(), "w")) {
      std::fprintf(file, "%u\n", daemon.port());
      std::fclose(file);
      std::rename(temporary.c_str(), port_file.c_str());
    }
  }
  daemon.serve();
  return kDone;
}

}  // namespace

void add_serve(CLI::App& app, Action& action) {
  struct Options {
    std::string config{config::kDefaultPath};
    std::string port_file;
  };
  auto* command = app.add_subcommand("serve", "Run the daemon in the foreground");
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "Configuration file")->capture_default_str();
  command->add_option("--port-file", options->port_file,
                      "Write the bound port here once serving (for server.port: 0)");
  command->footer("SIGTERM finishes what is running and ends; SIGHUP reloads the configuration.");
  command->callback([&action, options] {
    action = [options] { return serve(options->config, options->port_file); };
  });
}

}  // namespace triage::commands
