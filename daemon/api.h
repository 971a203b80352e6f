// What the daemon answers over HTTP: webhooks, the JSON API under /api/v1, health, metrics, console.
//
// Routes are one table in api.cpp. Requests are dispatched on the I/O thread and worked on by the
// pool; a webhook or a filed ticket is answered after it is durably stored, never before. Errors are
// RFC 9457 problem documents that say what to do.
//
// Who may ask: webhooks prove themselves to their connector; everything else but health needs
// server.api_token (Bearer, or Basic with it as the password). Without a token only loopback
// addresses are served (configuration insists on that), and only under a loopback Host name, so that
// a web page in somebody's browser can't reach it by rebinding a name. With or without a token, what
// another site's page sends (Origin) is refused: a browser adds Basic credentials by itself.
#pragma once

#include <functional>
#include <string>

#include "daemon/http_server.h"
#include "daemon/log.h"
#include "daemon/store.h"
#include "daemon/worker_pool.h"
#include "daemon/world.h"

namespace triage::daemon {

struct ApiParts {
  const WorldHolder& world;
  Store& store;
  WorkerPool& pool;
  const Clock& clock;
  Log& log;
  std::function<bool()> accepting;  // false while draining: /readyz says so
  std::string public_key;           // of the receipts, PEM
};

class Api {
 public:
  explicit Api(ApiParts parts) : parts_(std::move(parts)) {}
  // HttpServer::Handler. Thread-safe; does not block.
  void handle(HttpRequest request, const std::string& peer, const HttpServer::Reply& reply);

 private:
  ApiParts parts_;
};

}  // namespace triage::daemon
