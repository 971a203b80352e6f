// triaged connectors: what can be connected, and a dry look at what a spec makes of a payload.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connectors/registry.h"
#include "daemon/commands/command.h"

namespace triage::commands {
namespace {

using connectors::ConnectorInfo;
using connectors::Registry;

struct Options {
  std::string specs;  // directory with further specs
  std::string name;
  std::string payload;
  std::string event;
  std::vector<std::string> settings;  // "name=value"
  bool json = false;
};

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

Json to_json(const ConnectorInfo& info) {
  Json settings = Json::array();
  for (const auto& setting : info.settings)
    settings.push(Json::object()
                      .set("name", setting.name)
                      .set("help", setting.help)
                      .set("default", setting.fallback)
                      .set("required", setting.required)
                      .set("secret", setting.secret));
  Json capabilities = Json::array();
  for (const std::string& capability : info.capabilities) capabilities.push(capability);
  return Json::object()
      .set("name", info.name)
      .set("title", info.title)
      .set("description", info.description)
      .set("capabilities", std::move(capabilities))
      .set("settings", std::move(settings));
}

void print_details(const ConnectorInfo& info) {
  print(info.title + " (" + info.name + ")\n" + info.description + "\n\nIt can: " +
        joined(info.capabilities) + "\n");
  for (const bool secret : {false, true}) {
    bool first = true;
    for (const auto& setting : info.settings) {
      if (setting.secret != secret) continue;
      if (std::exchange(first, false)) print(secret ? "\nSecrets:\n" : "\nSettings:\n");
      print("  " + setting.name + (setting.required ? " (required)" : "") + "\n      " +
            setting.help +
            (setting.fallback.empty() ? "" : "\n      default: " + setting.fallback) + "\n");
    }
  }
}

int list(const Options& options) {
  const auto registry = Registry::load(options.specs);
  if (!registry) return report(registry.error());
  Json all = Json::array();
  for (const ConnectorInfo& info : registry->list()) {
    if (options.json)
      all.push(to_json(info));
    else
      print(info.name + "\t" + info.title + "\t" + joined(info.capabilities) + "\n");
  }
  if (options.json) print(Json::object().set("connectors", std::move(all)).pretty() + "\n");
  return kDone;
}

// A built-in spec by name, or a file that holds one.
Result<ConnectorInfo> look_up(const Options& options) {
  if (options.name.ends_with(".yaml") || options.name.find('/') != std::string::npos)
    return Registry::check_file(options.name);
  const Registry registry = TRY(Registry::load(options.specs));
  for (ConnectorInfo& info : registry.list()) {
    if (info.name == options.name) return std::move(info);
  }
  // Says which names there are.
  return registry.make(options.name, {}).error();
}

int show(const Options& options) {
  const auto info = look_up(options);
  if (!info) return report(info.error());
  if (options.json)
    print(to_json(*info).pretty() + "\n");
  else
    print_details(*info);
  return kDone;
}

int check(const Options& options) {
  const auto info = look_up(options);
  if (options.json) {
    print(Json::object()
              .set("ok", info.ok())
              .set("problems", info ? Json() : Json(info.error().message))
              .pretty() +
          "\n");
  } else if (info) {
    print(info->name + ": the spec is fine; it can: " + joined(info->capabilities) + "\n");
  }
  if (info) return kDone;
  return options.json ? kBadUsage : report(info.error());
}

Json describe_event(const connectors::Event& event) {
  if (const auto* ticket = std::get_if<connectors::TicketEvent>(&event))
    return Json::object().set("event", "ticket").set("ticket", triage::to_json(ticket->ticket));
  if (const auto* outcome = std::get_if<connectors::OutcomeEvent>(&event))
    return Json::object()
        .set("event", "outcome")
        .set("what", outcome->what)
        .set("ticket", triage::to_json(outcome->ticket))
        .set("reference", outcome->reference)
        .set("actor", outcome->actor)
        .set("text", outcome->text);
  return Json::object()
      .set("event", "ignored")
      .set("reason", std::get<connectors::Ignored>(event).reason);
}

Result<std::map<std::string, std::string>> parse_settings(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> out;
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) return invalid_input("--set needs name=value");
    out[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return out;
}

Result<connectors::Event> preview(const Options& options) {
  const Registry registry = TRY(Registry::load(options.specs));
  std::string body = TRY(read_input(options.payload));
  const auto settings = TRY(parse_settings(options.settings));
  return registry.preview(options.name, {"try", settings, {}}, options.event, std::move(body));
}

int try_payload(const Options& options) {
  const auto event = preview(options);
  if (!event) return report(event.error());
  print(describe_event(*event).pretty() + "\n");
  return kDone;
}

}  // namespace

void add_connectors(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("connectors", "What can be connected, and how");
  command->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* help, int (*run)(const Options&)) {
    auto* sub = command->add_subcommand(name, help);
    sub->add_option("--specs", options->specs, "Directory with further specs (*.yaml)");
    sub->add_flag("--json", options->json, "One JSON document on stdout");
    sub->callback([options, run, &action] { action = [options, run] { return run(*options); }; });
    return sub;
  };
  add("list", "Every connector and what it can do", list);
  add("show", "Settings, secrets and abilities of one connector", show)
      ->add_option("NAME", options->name, "Name, or a spec file")
      ->required();
  add("check", "Check a spec; every problem with file and line", check)
      ->add_option("FILE-or-NAME", options->name, "Spec file, or the name of a connector")
      ->required();
  auto* attempt = add("try", "What a payload would become (nothing is stored or sent)", try_payload);
  attempt->add_option("NAME", options->name, "Connector")->required();
  attempt->add_option("--payload", options->payload, "File with the body, - for stdin")->required();
  attempt->add_option("--event", options->event, "The event's name, as the sender's header has it");
  attempt->add_option("--set", options->settings, "A setting of the source: name=value");
}

}  // namespace triage::commands
