// triaged redact: hides what is private in a text, as the pipeline does it.
#include "pipeline/redact/redact.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "daemon/commands/command.h"
#include "daemon/commands/rows_internal.h"
#include "pipeline/base/json.h"

namespace triage::commands {
namespace {

struct Options {
  bool json = false;
  bool batch = false;
  std::string file = "-";
};

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// Every text is a ticket of its own: numbering starts anew.
Json answer(std::string_view text) {
  redact::Redactor redactor;
  redact::Redacted redacted = redactor.redact(text);
  Json::Array spans;
  for (const redact::Span& span : redacted.spans) {
    spans.push_back(Json::object()
                        .set("start", span.start)
                        .set("end", span.end)
                        .set("kind", span.kind)
                        .set("rule", span.rule)
                        .set("placeholder", span.placeholder));
  }
  return Json::object().set("text", redacted.text.str()).set("spans", std::move(spans));
}

Result<Json> redact_row(const Json& row) {
  if (!row["text"].is_string()) return invalid_input("expected {\"id\",\"text\"}");
  return answer(row["text"].as_string());
}

int run(const Options& options) {
  if (options.batch) return for_each_row(options.file, redact_row);
  const auto input = read_input(options.file);
  if (!input) return report(input.error());
  if (options.json) {
    print(answer(*input).dump() + "\n");
  } else {
    print(redact::Redactor().redact(*input).text.str());
  }
  return kDone;
}

}  // namespace

void add_redact(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("redact", "Hide private data in a text (a filter)");
  command->add_option("file", options->file, "File to read; - is standard input")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON document: text and spans");
  command->add_flag("--batch", options->batch, "Rows {\"id\",\"text\"} in, one answer per row");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace triage::commands
