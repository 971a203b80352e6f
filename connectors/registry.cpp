#include "connectors/registry.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "connectors/embedded_specs.h"
#include "connectors/engine_internal.h"
#include "connectors/suggestion.h"
#include "connectors/spec.h"

namespace triage::connectors {

struct Registry::Entry {
  std::shared_ptr<const Spec> spec;
};

namespace {

ConnectorInfo info_of(const Spec& spec) {
  ConnectorInfo out{spec.name, spec.title, spec.description, {}, spec.capabilities()};
  for (const Setting& setting : spec.settings)
    out.settings.push_back(
        {setting.name, setting.help, setting.fallback, setting.required, setting.secret});
  return out;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    return Error{ErrorKind::not_found, "cannot read the connector spec " + path};
  return std::move(text).str();
}

Result<std::vector<std::string>> spec_files(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> out;
  for (auto file = std::filesystem::directory_iterator(directory, error);
       !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    if (file->path().extension() == ".yaml") out.push_back(file->path().string());
  }
  if (error)
    return invalid_input("cannot list the connector specs in " + directory + ": " +
                         error.message());
  std::ranges::sort(out);
  return out;
}

// Every problem of one kind of value, settings or secrets, with what the spec declares.
void check_values(const Spec& spec, const std::map<std::string, std::string>& given, bool secret,
                  std::string_view place, std::vector<std::string>& problems) {
  std::vector<std::string> declared;
  for (const Setting& setting : spec.settings) {
    if (setting.secret != secret) continue;
    declared.push_back(setting.name);
    const auto value = given.find(setting.name);
    const bool empty = value == given.end() || value->second.empty();
    if (empty && setting.required)
      problems.push_back(std::string(place) + "." + setting.name + " is missing: " + setting.help);
    if (empty) continue;
    const std::string wrong = problem_with_value(setting, value->second);
    if (!wrong.empty()) problems.push_back(std::string(place) + "." + wrong);
  }
  for (const auto& [name, value] : given) {
    if (std::ranges::find(declared, name) == declared.end())
      problems.push_back(std::string(place) + "." + name + " is not known to " + spec.title +
                         suggestion(name, declared));
  }
}

enum class Part { settings, settings_and_secrets };

Result<void> check_account(const Spec& spec, const Account& account, Part part) {
  std::vector<std::string> problems;
  check_values(spec, account.settings, false, "settings", problems);
  if (part == Part::settings_and_secrets)
    check_values(spec, account.secrets, true, "secrets", problems);
  if (problems.empty()) return {};
  std::string text;
  for (const std::string& problem : problems)
    text += (text.empty() ? "" : "\n") + ("source " + account.source + ": " + problem);
  return invalid_input(std::move(text));
}

}  // namespace

void Registry::put(std::shared_ptr<const Entry> entry) {
  std::erase_if(entries_,
                [&](const auto& known) { return known->spec->name == entry->spec->name; });
  entries_.push_back(std::move(entry));
  std::ranges::sort(entries_, {}, [](const auto& known) { return known->spec->name; });
}

Result<Registry> Registry::load(const std::string& directory) {
  Registry out;
  for (const EmbeddedSpec& embedded : embedded_specs())
    out.put(std::make_shared<const Entry>(
        Entry{TRY(read_spec(embedded.yaml, std::string(embedded.file)))}));
  if (directory.empty()) return out;
  const std::vector<std::string> files = TRY(spec_files(directory));
  for (const std::string& path : files) {
    const std::string yaml = TRY(read_file(path));
    out.put(std::make_shared<const Entry>(Entry{TRY(read_spec(yaml, path))}));
  }
  return out;
}

Result<ConnectorInfo> Registry::check_file(const std::string& path) {
  const std::string yaml = TRY(read_file(path));
  const auto spec = TRY(read_spec(yaml, path));
  return info_of(*spec);
}

std::vector<ConnectorInfo> Registry::list() const {
  std::vector<ConnectorInfo> out;
  for (const auto& entry : entries_) out.push_back(info_of(*entry->spec));
  return out;
}

Result<std::shared_ptr<const Registry::Entry>> Registry::find(const std::string& connector) const {
  std::vector<std::string> names;
  for (const auto& entry : entries_) {
    if (entry->spec->name == connector) return entry;
    names.push_back(entry->spec->name);
  }
  return Error{ErrorKind::not_found,
               "there is no connector \"" + connector + "\"" + suggestion(connector, names)};
}

Result<std::unique_ptr<Connector>> Registry::make(const std::string& connector,
                                                  Account account) const {
  const auto entry = TRY(find(connector));
  TRY(check_account(*entry->spec, account, Part::settings_and_secrets));
  return std::unique_ptr<Connector>(std::make_unique<Engine>(entry->spec, std::move(account)));
}

Result<Event> Registry::preview(const std::string& connector, Account account,
                                const std::string& event, std::string body) const {
  const auto entry = TRY(find(connector));
  TRY(check_account(*entry->spec, account, Part::settings));
  HttpRequest request{"POST", "/", {}, std::move(body)};
  const auto& webhook = entry->spec->webhook;
  if (webhook && !webhook->event_header.empty()) request.headers.set(webhook->event_header, event);
  Delivery delivery = TRY(Engine(entry->spec, std::move(account)).map_delivery(request));
  return std::move(delivery.event);
}

}  // namespace triage::connectors
