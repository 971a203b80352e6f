// triaged traces: the stack traces in a text, read and sorted into the application's and others'.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "daemon/commands/code_input_internal.h"
#include "daemon/commands/command.h"
#include "daemon/commands/rows_internal.h"
#include "retrieval/traces.h"

namespace triage::commands {

namespace {

struct Options {
  std::string file = "-", batch;
  bool json = false;
};

void print_trace(const retrieval::Trace& trace, const char* prefix) {
  std::printf("%s%s: %s: %s\n", prefix, trace.language.c_str(), trace.exception.c_str(),
              trace.message.c_str());
  for (const auto& frame : trace.frames)
    std::printf("  %s %s:%u %s\n", frame.in_app ? "*" : " ", frame.path.c_str(), frame.line,
                frame.function.c_str());
  for (const auto& cause : trace.cause) print_trace(cause, "caused by ");
}

int read_traces(const Options& options) {
  if (!options.batch.empty())
    return for_each_row(options.batch, [](const Json& row) -> Result<Json> {
      return to_json(retrieval::parse_traces(row["text"].as_string()));
    });
  const auto input = read_input(options.file);
  if (!input.ok()) return report(input.error());
  const auto traces = retrieval::parse_traces(*input);
  if (options.json) std::printf("%s\n", to_json(traces).dump().c_str());
  else if (traces.empty()) std::printf("There is no stack trace in this text.\n");
  else
    for (const auto& trace : traces) print_trace(trace, "");
  return kDone;
}

}  // namespace

void add_traces(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("traces", "Read the stack traces in a text");
  command->add_option("file", options->file, "Text file; - reads stdin");
  command->add_option("--batch", options->batch,
                      "JSON lines {\"id\",\"text\"}: one answer per line, in order");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->callback([options, &action] { action = [options] { return read_traces(*options); }; });
}

}  // namespace triage::commands
