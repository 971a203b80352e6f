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

  std::vector<ConnectorInfo> list() const;  // by name
  // Errors: not_found with the nearest name; invalid_input naming the setting that is missing,
  // unknown or malformed. All problems at once, one per line.
  Result<std::unique_ptr<Connector>> make(const std::string& connector, Account account) const;

 private:
  struct Entry;
  std::vector<std::shared_ptr<const Entry>> entries_;
};

}  // namespace triage::connectors
