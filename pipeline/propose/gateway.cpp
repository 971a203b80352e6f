#include "pipeline/propose/gateway.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "pipeline/base/digest.h"
#include "pipeline/base/json.h"
#include "retrieval/pack.h"

namespace triage::propose {
namespace {

constexpr double kTokensPerPrice = 1e6;

std::string dollars(double amount) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "$%.4f", amount);
  return std::string(text.data(), static_cast<size_t>(size));
}

bool below(const Url& endpoint, const Url& url) {
  std::string prefix = endpoint.target;
  if (!prefix.ends_with('/')) prefix += '/';
  return url.scheme == endpoint.scheme && url.host == endpoint.host && url.port == endpoint.port &&
         url.target.starts_with(prefix) && url.target.find("..") == std::string::npos;
}

// Guards the text itself: in the JSON form a line break followed by "@app.route" would read as an
// address, and an escaped one as nothing.
Result<void> guard_strings(const redact::Redactor& redactor, const Json& json) {
  if (json.is_string()) return redactor.guard(json.as_string());
  for (const Json& item : json.items()) TRY(guard_strings(redactor, item));
  for (const auto& member : json.members()) TRY(guard_strings(redactor, member.second));
  return {};
}

// Retry-After in seconds or as a date (RFC 9110 §10.2.3).
std::optional<TimePoint> retry_after(const HttpResponse& response, TimePoint now) {
  const std::string_view text = response.headers.get("Retry-After");
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size()) {
    return now + std::chrono::seconds(seconds);
  }
  return parse_http_date(text);
}

void pause(Milliseconds span, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, span, [&] { return stop.stop_requested(); });
}

}  // namespace

Gateway::Gateway(const config::ModelSettings& settings, HttpClient& http, const Clock& clock,
                 const redact::Redactor& redactor, double budget, Milliseconds retry_pause)
    : settings_(settings),
      http_(http),
      clock_(clock),
      redactor_(redactor),
      budget_(budget),
      retry_pause_(retry_pause) {}

double Gateway::price(std::uint64_t input, std::uint64_t output) const {
  return (static_cast<double>(input) * settings_.input_price +
          static_cast<double>(output) * settings_.output_price) /
         kTokensPerPrice;
}

double Gateway::spent() const {
  double sum = 0;
  for (const ModelExchange& exchange : exchanges_) sum += exchange.cost;
  return sum;
}

Result<void> Gateway::admit(const HttpRequest& request, std::uint32_t max_output_tokens) const {
  const Url endpoint = TRY_CTX(parse_url(settings_.base_url), "model.base_url");
  const Url url = TRY_CTX(parse_url(request.url), "model request");
  if (!below(endpoint, url)) {
    return Error{ErrorKind::denied,
                 "model traffic may only go to model.base_url, not to " + url.host};
  }
  const double left = budget_ - spent();
  const double worst = price(retrieval::estimate_tokens(request.body), max_output_tokens);
  if (left <= 0 || worst > left) {
    return Error{ErrorKind::exhausted, "asking the model could cost up to " + dollars(worst) +
                                           ", and " + dollars(std::max(left, 0.0)) +
                                           " of the budget is left"};
  }
  const Json body = TRY_CTX(parse_json(request.body), "model request");
  return guard_strings(redactor_, body);
}

Result<HttpResponse> Gateway::attempt(const HttpRequest& request, Deadline deadline,
                                      std::stop_token stop) {
  HttpResponse response = TRY(http_.send(request, deadline, stop));
  const std::string said = "the model endpoint answered " + std::to_string(response.status);
  if (response.status == 429) {
    return Error{ErrorKind::rate_limited, said + ": its rate limit is reached",
                 retry_after(response, clock_.now())};
  }
  if (response.status >= 500) {
    return Error{ErrorKind::unavailable,
                 said + ": it has a problem of its own; see its status page"};
  }
  return response;
}

Result<HttpResponse> Gateway::send(HttpRequest request, std::uint32_t max_output_tokens,
                                   Deadline deadline, std::stop_token stop) {
  TRY(admit(request, max_output_tokens));
  ModelExchange exchange;
  exchange.model = settings_.name;
  exchange.endpoint = request.url;
  exchange.request_sha256 = sha256_hex(request.body);
  exchange.input_tokens = retrieval::estimate_tokens(request.body);
  if (!settings_.api_key.empty()) {
    request.headers.set("Authorization", "Bearer " + settings_.api_key.reveal());
  }

  const TimePoint started = clock_.now();
  auto response = attempt(request, deadline, stop);
  if (!response && (response.error().kind == ErrorKind::unavailable ||
                    response.error().kind == ErrorKind::rate_limited)) {
    const Milliseconds wait =
        response.error().retry_at
            ? std::max(*response.error().retry_at - clock_.now(), Milliseconds{0})
            : retry_pause_;
    const Milliseconds left =
        std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (wait < left && !stop.stop_requested()) {
      pause(wait, stop);
      response = attempt(request, deadline, stop);
    }
  }
  exchange.took = clock_.now() - started;
  if (response) {
    exchange.answer_sha256 = sha256_hex(response->body);
  } else {
    exchange.input_tokens = 0;
    exchange.error = response.error().message;
  }
  exchanges_.push_back(std::move(exchange));
  return response;
}

void Gateway::settle(const Result<ModelAnswer>& answer) {
  if (exchanges_.empty()) return;
  ModelExchange& last = exchanges_.back();
  if (!answer) {
    last.error = answer.error().message;
    last.input_tokens = 0;
    return;
  }
  const TokenUsage& usage = answer->usage;
  if (usage.input > 0) last.input_tokens = usage.input;
  last.output_tokens = usage.output > 0 ? usage.output : retrieval::estimate_tokens(answer->text);
  last.cost = price(last.input_tokens, last.output_tokens);
}

}  // namespace triage::propose
