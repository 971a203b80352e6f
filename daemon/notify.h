// Tells systemd how the daemon is (sd_notify protocol over an AF_UNIX datagram; no library needed).
#pragma once

#include <optional>
#include <string_view>

#include "pipeline/base/clock.h"

namespace triage::daemon {

// "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…". Nothing happens without $NOTIFY_SOCKET.
void notify_systemd(std::string_view state);

// How often systemd wants to hear WATCHDOG=1 (half of $WATCHDOG_USEC), if it does.
std::optional<Milliseconds> watchdog_interval();

}  // namespace triage::daemon
