// triaged classify: what kind of ticket a text is, by the rules of the pipeline.
#include "pipeline/classify/classify.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

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

// Subject and body of a ticket file: JSON, or text whose first line is the subject.
std::pair<std::string, std::string> ticket_of(const std::string& text) {
  if (const auto json = parse_json(text); json && json->is_object())
    return {(*json)["subject"].as_string(), (*json)["body"].as_string()};
  const std::size_t newline = std::min(text.find('\n'), text.size());
  return {text.substr(0, newline), text.substr(std::min(newline + 1, text.size()))};
}

Json answer(std::string_view subject, std::string_view body) {
  const Classification c = classify::classify(subject, body);
  std::vector<std::pair<std::string, double>> shares(c.labels.begin(), c.labels.end());
  std::stable_sort(shares.begin(), shares.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  Json labels = Json::array();
  for (const auto& [name, p] : shares) labels.push(Json::object().set("name", name).set("p", p));
  Json why = Json::array();
  for (const std::string& reason : c.why) why.push(reason);
  return Json::object()
      .set("label", name_of(c.kind))
      .set("p", c.p)
      .set("labels", std::move(labels))
      .set("why", std::move(why));
}

Result<Json> classify_row(const Json& row) {
  if (!row["subject"].is_string() && !row["body"].is_string())
    return invalid_input("expected {\"id\",\"subject\",\"body\"}");
  return answer(row["subject"].as_string(), row["body"].as_string());
}

int run(const Options& options) {
  if (options.batch) return for_each_row(options.file, classify_row);
  const auto input = read_input(options.file);
  if (!input) return report(input.error());
  const auto [subject, body] = ticket_of(*input);
  const Json label = answer(subject, body);
  if (options.json) {
    print(label.dump() + "\n");
  } else {
    std::printf("%s %.2f\n", label["label"].as_string().c_str(), label["p"].as_double());
    for (const Json& reason : label["why"].items())
      std::printf("  %s\n", reason.as_string().c_str());
  }
  return kDone;
}

}  // namespace

void add_classify(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("classify", "Say what kind of ticket a text is");
  command
      ->add_option(
          "file", options->file,
          "Ticket file (JSON, or text whose first line is the subject); - is standard input")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON document: label, shares, reasons");
  command->add_flag("--batch", options->batch,
                    "Rows {\"id\",\"subject\",\"body\"} in, one answer per row");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace triage::commands
