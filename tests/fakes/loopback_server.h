// An HTTP server on a free loopback port, for tests: answers from a script or a function and keeps
// every request. Built on the daemon's own server, so what it speaks is what triaged speaks.
//
//   LoopbackServer server;
//   server.answer_next({200, {}, "first"});            // one answer for one request, in order
//   server.answer_with([](const HttpRequest&) {...});  // once the script is used up (default: 404)
//   client.send({"GET", server.url("/x")}, …);
//   server.requests()[0].url == "/x"
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/http_server.h"

namespace triage::testing {

class LoopbackServer {
 public:
  using Answer = std::function<HttpResponse(const HttpRequest&)>;

  explicit LoopbackServer(daemon::ServerOptions options = {})
      : server_(io_, std::move(options),
                [this](HttpRequest request, const std::string&, const auto& reply) {
                  reply(record(std::move(request)));
                }) {
    started_ = io_.start().ok() && server_.start().ok();
  }
  ~LoopbackServer() { stop(); }

  bool started() const { return started_; }
  void stop() {
    server_.stop();
    io_.stop();
  }

  std::uint16_t port() const { return server_.port(); }
  std::string url(const std::string& target = "/") const {
    return "http://127.0.0.1:" + std::to_string(port()) + target;
  }

  void answer_next(HttpResponse response) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(response));
  }
  void answer_with(Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  HttpResponse record(HttpRequest request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    if (script_.empty()) return answer_ ? answer_(requests_.back()) : HttpResponse{404, {}, {}};
    HttpResponse next = std::move(script_.front());
    script_.pop_front();
    return next;
  }

  mutable std::mutex mutex_;
  std::deque<HttpResponse> script_;
  Answer answer_;
  std::vector<HttpRequest> requests_;
  bool started_ = false;
  daemon::IoThread io_;
  daemon::HttpServer server_;
};

}  // namespace triage::testing
