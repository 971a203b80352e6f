// triaged: daemon and command line in one. This file is the list of what exists.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "daemon/commands/command.h"

int main(int argc, char** argv) {
  namespace commands = triage::commands;
  CLI::App app{"triaged turns a support ticket into a diagnosis and a proven draft change.\n"
               "Everything it makes is a draft for a person to decide on."};
  app.name("triaged");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of every command");
  commands::Action action;

  commands::add_serve(app, action);
  commands::add_check(app, action);
  commands::add_file(app, action);
  commands::add_run(app, action);
  commands::add_verify(app, action);
  commands::add_index(app, action);
  commands::add_search(app, action);
  commands::add_traces(app, action);
  commands::add_redact(app, action);
  commands::add_classify(app, action);
  commands::add_queue(app, action);
  commands::add_receipt(app, action);
  commands::add_budget(app, action);
  commands::add_connectors(app, action);
  commands::add_config(app, action);
  commands::add_version(app, action);
  commands::add_bridge(app, action);

  try {
    app.parse(argc, argv);
    return action ? action() : commands::kBadUsage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? commands::kDone : commands::kBadUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "triaged: unexpected failure: %s\n", error.what());
    return commands::kOutsideFailed;
  }
}
