// World: one loaded configuration and the connectors made from it, immutable and shared.
//
// A reload builds a new World and swaps it in whole, or keeps the old one: a run in progress goes on
// with the World it began with. WorldHolder is the one place where the current one is.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/settings.h"
#include "connectors/connector.h"
#include "pipeline/base/result.h"

namespace triage::daemon {

struct World {
  config::Settings settings;
  std::map<std::string, std::shared_ptr<const connectors::Connector>> connectors;  // by source

  // Null where there is none of that name.
  const config::SourceSettings* source(const std::string& name) const;
  const config::ProjectSettings* project(const std::string& name) const;
  const connectors::Connector* connector(const std::string& source) const;
  // The project a source's tickets belong to, or null.
  const config::ProjectSettings* project_of(const std::string& source) const;
};

// Makes every source's connector. Errors: invalid_input with all problems, one a line.
Result<std::shared_ptr<const World>> make_world(config::Settings settings,
                                                const std::string& spec_directory = "");

// Where people and commands reach the daemon: server.public_url, else the bound address and port.
std::string base_url(const config::ServerSettings& server, std::uint16_t port);

class WorldHolder {
 public:
  explicit WorldHolder(std::shared_ptr<const World> world) : world_(std::move(world)) {}
  std::shared_ptr<const World> get() const;
  void set(std::shared_ptr<const World> world);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const World> world_;
};

}  // namespace triage::daemon
