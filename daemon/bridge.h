// The bridge inside a sandbox: a loopback port there, a Unix socket to the host, nothing between.
//
// Agents speak HTTP to a TCP address; the sandbox has no network, only one socket that was put into
// it. The bridge copies bytes between the two, one connection each, starts the agent, and ends with
// it. It neither reads nor changes what passes: what may pass is decided on the other side. One thread
// and poll(); connections and buffers are bounded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/base/result.h"

namespace triage::daemon {

struct BridgeOptions {
  std::string socket;                // of the host, as seen from here
  std::uint16_t port = 0;            // on 127.0.0.1
  std::vector<std::string> command;  // looked up in PATH; inherits environment and streams
};

// The command's exit status; 128 + signal where a signal ended it.
// Errors: invalid_input (no command, socket path), unavailable (port taken), not_found (no program).
Result<int> run_bridge(const BridgeOptions& options);

}  // namespace triage::daemon
