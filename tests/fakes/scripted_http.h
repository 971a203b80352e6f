// An HttpClient that answers from a script and keeps what it was asked.
//
//   ScriptedHttp http;
//   http.expect("GET", "/issues/7/comments", answer(200, "[]"));       // once, in this order
//   http.whenever("POST", "/chat", [](const HttpRequest&) {…});        // any number of times
//
// A request is compared by method and by a part of its URL. What nobody expected is answered with an
// internal error and counted, so a test ends with CHECK(http.done()). Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/base/http.h"

namespace triage::testing {

inline HttpResponse answer(int status, std::string body = "", Headers headers = {}) {
  return HttpResponse{status, std::move(headers), std::move(body)};
}

class ScriptedHttp final : public HttpClient {
 public:
  using Handler = std::function<Result<HttpResponse>(const HttpRequest&)>;

  ScriptedHttp& expect(std::string method, std::string url_part, Handler handler) {
    script_.push_back({std::move(method), std::move(url_part), std::move(handler)});
    return *this;
  }
  ScriptedHttp& expect(std::string method, std::string url_part, Result<HttpResponse> result) {
    return expect(std::move(method), std::move(url_part), always(std::move(result)));
  }
  ScriptedHttp& whenever(std::string method, std::string url_part, Handler handler) {
    standing_.push_back({std::move(method), std::move(url_part), std::move(handler)});
    return *this;
  }
  ScriptedHttp& whenever(std::string method, std::string url_part, Result<HttpResponse> result) {
    return whenever(std::move(method), std::move(url_part), always(std::move(result)));
  }

  Result<HttpResponse> send(const HttpRequest& request, Deadline, std::stop_token) override {
    Handler handler;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      handler = take(request);
      if (!handler) unexpected_.push_back(request.method + " " + request.url);
    }
    if (!handler) return internal_error("nobody expected " + request.method + " " + request.url);
    return handler(request);
  }

  // Read these after the calls under test have returned.
  const std::vector<HttpRequest>& requests() const { return requests_; }
  const std::vector<std::string>& unexpected() const { return unexpected_; }
  bool done() const { return script_.empty() && unexpected_.empty(); }

 private:
  struct Line {
    std::string method, url_part;
    Handler handler;
    bool matches(const HttpRequest& request) const {
      return request.method == method && request.url.find(url_part) != std::string::npos;
    }
  };

  static Handler always(Result<HttpResponse> result) {
    return [result = std::move(result)](const HttpRequest&) { return result; };
  }

  Handler take(const HttpRequest& request) {
    if (!script_.empty() && script_.front().matches(request)) {
      Handler handler = std::move(script_.front().handler);
      script_.pop_front();
      return handler;
    }
    for (const Line& line : standing_) {
      if (line.matches(request)) return line.handler;
    }
    return nullptr;
  }

  std::mutex mutex_;
  std::deque<Line> script_;
  std::vector<Line> standing_;
  std::vector<HttpRequest> requests_;
  std::vector<std::string> unexpected_;
};

}  // namespace triage::testing
