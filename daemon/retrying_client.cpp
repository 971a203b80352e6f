#include "daemon/retrying_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <random>

namespace triage::daemon {
namespace {

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool limit_used_up(const HttpResponse& response) {
  return response.headers.get("x-ratelimit-remaining") == "0";
}

bool worth_repeating(const Result<HttpResponse>& outcome) {
  if (!outcome) return outcome.error().kind == ErrorKind::unavailable;
  static constexpr std::array kStatuses = {429, 500, 502, 503, 504};
  if (std::ranges::find(kStatuses, outcome->status) != kStatuses.end()) return true;
  return outcome->status == 403 &&
         (limit_used_up(*outcome) || outcome->headers.count("Retry-After") > 0);
}

std::optional<std::chrono::seconds> parse_seconds(std::string_view text) {
  std::int64_t value = 0;
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  // A hundred thousand years: enough for an epoch, too little to overflow milliseconds.
  constexpr std::int64_t kMax = 3'155'760'000'000;
  if (parsed.ec != std::errc{} || parsed.ptr != end || value < 0 || value > kMax)
    return std::nullopt;
  return std::chrono::seconds(value);
}

}  // namespace

RetryHooks RetryHooks::real() {
  return {[] { return SystemClock{}.now(); }, [] { return std::chrono::steady_clock::now(); },
          [](Milliseconds span, const std::stop_token& stop) {
            std::mutex mutex;
            std::condition_variable_any never;
            std::unique_lock lock(mutex);
            never.wait_for(lock, stop, span, [] { return false; });
            return !stop.stop_requested();
          },
          [] {
            thread_local std::minstd_rand generator{std::random_device{}()};
            return std::uniform_real_distribution<double>{0.0, 1.0}(generator);
          }};
}

std::optional<TimePoint> asked_to_wait_until(const HttpResponse& response, TimePoint now) {
  if (const auto text = response.headers.get("Retry-After"); !text.empty()) {
    if (const auto span = parse_seconds(text)) return now + *span;
    if (const auto date = parse_http_date(text)) return std::max(*date, now);
  }
  if (limit_used_up(response)) {
    if (const auto epoch = parse_seconds(response.headers.get("x-ratelimit-reset")))
      return std::max(TimePoint{*epoch}, now);
  }
  return std::nullopt;
}

RetryingClient::RetryingClient(HttpClient& inner, RetryOptions options, RetryHooks hooks)
    : inner_(inner), options_(options), hooks_(std::move(hooks)) {}

Milliseconds RetryingClient::wait_before(int attempt, const Result<HttpResponse>& outcome) const {
  const TimePoint now = hooks_.now();
  if (outcome) {
    if (const auto until = asked_to_wait_until(*outcome, now)) return *until - now;
  }
  const auto doubled = options_.first_wait * (std::int64_t{1} << std::min(attempt - 1, 16));
  const auto longest = std::min(doubled, options_.max_wait);
  return Milliseconds(static_cast<Milliseconds::rep>(static_cast<double>(longest.count()) *
                                                     hooks_.chance()));
}

Result<HttpResponse> RetryingClient::send(const HttpRequest& request, Deadline deadline,
                                          std::stop_token stop) {
  for (int attempt = 1;; ++attempt) {
    auto outcome = inner_.send(request, deadline, stop);
    if (!is_safe(request.method) || attempt >= options_.attempts || !worth_repeating(outcome))
      return outcome;
    const Milliseconds wait = wait_before(attempt, outcome);
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - hooks_.steady_now());
    if (wait >= left || !hooks_.sleep(wait, stop)) return outcome;
  }
}

}  // namespace triage::daemon
