// What every long-lived part of the daemon is: something that starts and stops.
//
// start() either leaves the service running or reports why not, and then holds nothing open.
// stop() returns when the service's threads and sockets are gone. It may be called twice, and before
// start(). Both are called by the thread that owns the service, never by a thread of the service.
// main starts services in order and stops them in reverse, so each may use those started before it.
#pragma once

#include "pipeline/base/result.h"

namespace triage::daemon {

class Service {
 public:
  virtual ~Service() = default;
  virtual Result<void> start() = 0;
  virtual void stop() = 0;
};

}  // namespace triage::daemon
