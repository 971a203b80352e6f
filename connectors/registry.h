// The list of what can be connected: the built-in specs, and those an operator laid beside them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/connector.h"
#include "pipeline/base/result.h"

namespace triage::connectors {

struct SettingInfo {
  std::string name;
  std::string help;
  std::string fallback;  // default; empty: none
  bool required = false;
  bool secret = false;
};

struct ConnectorInfo {
  std::string name;
  std::string title;       // "GitHub"
  std::string description; // one line
  std::vector<SettingInfo> settings;
  std::vector<std::string> capabilities;
};

class Registry {
 public:
  // Reads the embedded specs, then every *.yaml in `directory` (same name: replaces), if given.
  // Errors: invalid_input naming file, line and reason.
  static Result<Registry> load(const std::string& directory = "");

  // One spec file, read and checked as load() does.
  static Result<ConnectorInfo> check_file(const std::string& path);

  std::vector<ConnectorInfo> list() const;  // by name
  // Errors: not_found with the nearest name; invalid_input naming the setting that is missing,
  // unknown or malformed. All problems at once, one per line.
  Result<std::unique_ptr<Connector>> make(const std::string& connector, Account account) const;

  // What a payload would become, without proof: for people who look at one, never for deliveries.
  // event: its name as the sender's header would have it.
  Result<Event> preview(const std::string& connector, Account account, const std::string& event,
                        std::string body) const;

 private:
  struct Entry;
  Result<std::shared_ptr<const Entry>> find(const std::string& connector) const;
  void put(std::shared_ptr<const Entry> entry);
  std::vector<std::shared_ptr<const Entry>> entries_;
};

}  // namespace triage::connectors
