// UnixSocketHost: HTTP/1.1 on a Unix socket, for the few connections that a sandboxed agent makes.
//
// Plain blocking threads, one for each connection and one that accepts: no Asio, so that a run's
// worker can open and close a service without the I/O thread. http_framing.h judges every head; bodies
// need a Content-Length (chunked: 411). Everything is bounded: connections (one more gets 503), head,
// body and their times; nothing after a refused head is read. A handler that throws answers 500.
// The service's destructor returns when its threads are gone, which is as soon as running handlers
// are done.
#pragma once

#include <cstdint>

#include "pipeline/base/clock.h"
#include "pipeline/base/http_service.h"

namespace triage::daemon {

struct UnixHttpOptions {
  size_t max_head = 65'536;
  std::uint64_t max_body = 16'777'216;
  size_t max_connections = 16;
  Milliseconds idle_timeout{600'000};  // between requests of a connection
  Milliseconds head_timeout{10'000};   // from a head's first byte to its last
  Milliseconds body_timeout{60'000};   // for reading a body, and for writing an answer
};

// Stateless but for its options; thread-safe. Services may outlive it.
class UnixSocketHost final : public UnixHttpHost {
 public:
  explicit UnixSocketHost(UnixHttpOptions options = {}) : options_(options) {}
  Result<std::unique_ptr<HttpService>> serve(const std::string& path, HttpHandler handler) override;

 private:
  UnixHttpOptions options_;
};

}  // namespace triage::daemon
