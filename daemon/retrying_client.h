// An HttpClient that sends safe requests again when the other side is briefly unwell.
//
// Only GET, HEAD and OPTIONS are repeated: whether a write may be repeated is for the outbox to find
// out. Repeated are: unavailable errors, 429, 500, 502, 503, 504, and 403 with an exhausted rate
// limit. The wait is what the server asks for (Retry-After, or x-ratelimit-reset when nothing
// remains), else exponential with full jitter. A wait that would pass the deadline is not begun:
// the last answer is returned as it is. Thread-safe as the inner client is; owns nothing.
#pragma once

#include <functional>

#include "pipeline/base/http.h"

namespace triage::daemon {

struct RetryOptions {
  int attempts = 4;  // in all
  Milliseconds first_wait{500};
  Milliseconds max_wait{30'000};  // of our own choice; the server may ask for more
};

// Time and chance, replaced in tests.
struct RetryHooks {
  std::function<TimePoint()> now;
  std::function<Deadline()> steady_now;
  std::function<bool(Milliseconds, const std::stop_token&)> sleep;  // false: stopped
  std::function<double()> chance;                                   // in [0, 1)
  static RetryHooks real();
};

class RetryingClient final : public HttpClient {
 public:
  explicit RetryingClient(HttpClient& inner, RetryOptions options = {},
                          RetryHooks hooks = RetryHooks::real());
  Result<HttpResponse> send(const HttpRequest& request, Deadline deadline,
                            std::stop_token stop) override;

 private:
  Milliseconds wait_before(int attempt, const Result<HttpResponse>& outcome) const;

  HttpClient& inner_;
  RetryOptions options_;
  RetryHooks hooks_;
};

// When the server says that it will listen again; nothing if it does not say.
std::optional<TimePoint> asked_to_wait_until(const HttpResponse& response, TimePoint now);

}  // namespace triage::daemon
