// Daemon: builds every service in order, connects them, and stops them in reverse.
//
// The store, connectors, HTTP server, scheduler, outbox, pollers and watched folders are made here
// and nowhere else. One instance a process; all methods are for the thread that owns it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/log.h"
#include "daemon/service.h"
#include "daemon/world.h"
#include "pipeline/base/http.h"

namespace triage::daemon {

class Daemon final : public Service {
 public:
  // Loads the configuration again, for reload().
  using Load = std::function<Result<config::Settings>()>;

  // `http` is what everything outward goes through; it is not retried or proxied further here.
  Daemon(std::shared_ptr<const World> world, Load load, std::unique_ptr<HttpClient> http, Log& log);
  ~Daemon() override;

  // Errors: conflict (another daemon runs here), denied (directories, port), with what to do.
  Status start() override;
  // Lets running stages and requests finish for up to settings.drain, then stops everything.
  void stop() override;
  // Serves until SIGTERM or SIGINT; SIGHUP reloads. Tells systemd READY, STOPPING and WATCHDOG.
  void serve();
  // All or nothing: an error leaves the configuration as it was. Keys that need a restart are named
  // in the log.
  Status reload();

  std::uint16_t port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::daemon
