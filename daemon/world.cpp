#include "daemon/world.h"

#include "connectors/registry.h"

namespace triage::daemon {
namespace {

template <class Map>
auto* find_in(const Map& map, const std::string& name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

const config::SourceSettings* World::source(const std::string& name) const {
  return find_in(settings.sources, name);
}

const config::ProjectSettings* World::project(const std::string& name) const {
  return find_in(settings.projects, name);
}

const connectors::Connector* World::connector(const std::string& source) const {
  const auto* found = find_in(connectors, source);
  return found == nullptr ? nullptr : found->get();
}

const config::ProjectSettings* World::project_of(const std::string& name) const {
  const auto* found = source(name);
  return found == nullptr ? nullptr : project(found->project);
}

Result<std::shared_ptr<const World>> make_world(config::Settings settings,
                                                const std::string& spec_directory) {
  const auto registry = TRY(connectors::Registry::load(spec_directory));
  auto world = std::make_shared<World>();
  std::string problems;
  for (const auto& [name, source] : settings.sources) {
    connectors::Account account{name, source.settings, {}};
    for (const auto& [key, secret] : source.secrets) account.secrets[key] = secret.reveal();
    auto connector = registry.make(source.connector, std::move(account));
    if (connector) {
      world->connectors[name] = std::move(*connector);
    } else {
      problems += (problems.empty() ? "" : "\n") + ("sources." + name + ": ") +
                  connector.error().message;
    }
  }
  if (!problems.empty()) return invalid_input(problems);
  world->settings = std::move(settings);
  return std::shared_ptr<const World>(std::move(world));
}

std::string base_url(const config::ServerSettings& server, std::uint16_t port) {
  if (!server.public_url.empty()) return server.public_url;
  const bool v6 = server.address.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + server.address + "]" : server.address) + ":" + std::to_string(port);
}

std::shared_ptr<const World> WorldHolder::get() const {
  const std::lock_guard lock(mutex_);
  return world_;
}

void WorldHolder::set(std::shared_ptr<const World> world) {
  const std::lock_guard lock(mutex_);
  world_ = std::move(world);
}

}  // namespace triage::daemon
