// Poller: asks every source with a poll interval for what changed, one thread a source, so that a
// peer that hangs holds up nobody else. Events and the cursor that follows them are stored in one
// transaction; after an error the wait doubles, up to a quarter of an hour, or until the peer said.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/log.h"
#include "daemon/service.h"
#include "daemon/store.h"
#include "daemon/world.h"
#include "pipeline/base/http.h"

namespace triage::daemon {

// How long to wait after a failure: twice as long as before, up to a quarter of an hour (or the
// interval, where that is longer); as long as the peer asked for, but never over an hour.
Milliseconds back_off(Milliseconds last, Milliseconds interval, std::optional<TimePoint> retry_at,
                      TimePoint now);

class Poller final : public Service {
 public:
  // All of them outlive the poller; it polls the sources that `world` has at start().
  Poller(const WorldHolder& world, Store& store, HttpClient& http, const Clock& clock, Log& log);
  ~Poller() override;
  Status start() override;
  void stop() override;
  // One poll of one source, all pages, on the caller's thread. Returns how many runs were started.
  Result<size_t> poll(const std::string& source, std::stop_token stop = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::daemon
