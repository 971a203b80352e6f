// The HTTP/1.1 server: accepts, frames, limits and answers; what a request means is the handler's.
//
// The handler runs on the I/O thread and must not block: it hands the work to a worker, which calls
// Reply once, from any thread, whenever it is done (later calls are ignored; a Reply that is dropped
// uncalled answers 500; one that outlives its connection or the server does nothing).
// A request reaches the handler only whole and unambiguous (http_framing.h). Everything else is
// answered here with 4xx or 503 and its connection closed. Deadlines are absolute: a client that
// sends a byte now and then is cut all the same. Runs on the IoThread given, which must outlive the
// server and be running from before start() until after stop().
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/io_thread.h"
#include "daemon/service.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/http.h"

namespace triage::daemon {

struct ServerOptions {
  std::string address = "127.0.0.1";  // numeric, IPv4 or IPv6
  std::uint16_t port = 0;             // 0: any free one
  std::optional<int> inherited_fd;    // a listening TCP socket instead of address and port
  std::uint64_t max_body = 1'048'576;
  std::uint64_t max_bodies = 268'435'456;  // of all requests at work together; more get 503
  std::uint32_t max_connections = 1024;
  std::uint32_t max_per_peer = 0;  // 0: no cap of its own, as behind a proxy all peers are one
  std::uint32_t max_requests = 100;  // per connection
  Milliseconds header_timeout{5'000};
  Milliseconds body_timeout{30'000};  // for reading a body, and for writing an answer
  Milliseconds idle_timeout{15'000};
  Milliseconds drain_timeout{10'000};
};

// The socket that systemd passed in (LISTEN_PID, LISTEN_FDS: the first one), if any.
// Clears the variables, so that child processes do not take the socket for theirs.
std::optional<int> take_inherited_socket();

class HttpServer final : public Service {
 public:
  using Reply = std::function<void(HttpResponse)>;
  using Handler = std::function<void(HttpRequest, std::string peer, Reply)>;

  HttpServer(IoThread& io, ServerOptions options, Handler handler);
  ~HttpServer() override;
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  Result<void> start() override;
  // Stops accepting, lets running requests finish for up to drain_timeout, closes the rest.
  void stop() override;
  // The bound port; 0 before start().
  std::uint16_t port() const { return port_; }

 private:
  struct Core;
  class Session;
  struct PendingReply;

  std::shared_ptr<Core> core_;
  std::atomic<bool> running_{false};
  std::atomic<std::uint16_t> port_{0};
};

}  // namespace triage::daemon
