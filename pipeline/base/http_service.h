// UnixHttpHost: serves HTTP on a Unix socket for somebody who must not have a network.
//
// The gateway is reached this way from inside the sandbox. A port, because sockets are the daemon's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pipeline/base/http.h"

namespace triage {

// Called on threads of the service, several at a time; request.url is in origin-form ("/v1/x").
using HttpHandler = std::function<HttpResponse(const HttpRequest& request)>;

// Serves as long as it lives; the destructor stops, waits for running handlers and takes the socket away.
class HttpService {
 public:
  virtual ~HttpService() = default;
};

class UnixHttpHost {
 public:
  virtual ~UnixHttpHost() = default;
  // `path`: the socket, made anew, mode 0666 (who may reach it is its folder's matter). Errors:
  // denied, exhausted, invalid_input (over 107 bytes).
  virtual Result<std::unique_ptr<HttpService>> serve(const std::string& path,
                                                     HttpHandler handler) = 0;
};

}  // namespace triage
