#include "pipeline/propose/gateway.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "pipeline/base/digest.h"
#include "pipeline/base/json.h"
#include "retrieval/pack.h"

namespace triage::propose {
namespace {

constexpr double kTokensPerPrice = 1e6;

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

double price_of(const config::ModelSettings& endpoint, const TokenUsage& usage) {
  const std::uint64_t cached = std::min(usage.cached, usage.input);
  const double cached_price =
      endpoint.cached_price > 0 ? endpoint.cached_price : endpoint.input_price;
  return (static_cast<double>(usage.input - cached) * endpoint.input_price +
          static_cast<double>(cached) * cached_price +
          static_cast<double>(usage.output) * endpoint.output_price) /
         kTokensPerPrice;
}

// How each dialect takes its key.
void add_key(HttpRequest& request, const config::ModelSettings& endpoint) {
  if (endpoint.api_key.empty()) return;
  const std::string& key = endpoint.api_key.reveal();
  if (endpoint.api == "anthropic" || endpoint.api == "claude") {
    request.headers.set("x-api-key", key);
  } else if (endpoint.api == "azure") {
    request.headers.set("api-key", key);
  } else {
    request.headers.set("Authorization", "Bearer " + key);
  }
}

}  // namespace

Gateway::Gateway(HttpClient& http, const Clock& clock, const redact::Redactor& redactor,
                 Budget& budget, std::uint64_t max_tokens, Milliseconds retry_pause)
    : http_(http),
      clock_(clock),
      redactor_(redactor),
      budget_(budget),
      max_tokens_(max_tokens),
      retry_pause_(retry_pause) {}

std::vector<ModelExchange> Gateway::exchanges() const {
  const std::lock_guard lock(mutex_);
  return exchanges_;
}

double Gateway::spent() const {
  const std::lock_guard lock(mutex_);
  double sum = 0;
  for (const ModelExchange& exchange : exchanges_) sum += exchange.cost;
  return sum;
}

// What was set aside for the call.
Result<double> Gateway::admit(const config::ModelSettings& endpoint, const HttpRequest& request,
                              std::uint32_t max_output_tokens) {
  const Url allowed = TRY_CTX(parse_url(endpoint.base_url), "model.base_url");
  const Url url = TRY_CTX(parse_url(request.url), "model request");
  if (!below(allowed, url)) {
    return Error{ErrorKind::denied,
                 "model traffic may only go to model.base_url, not to " + url.host};
  }
  const Json body = TRY_CTX(parse_json(request.body), "model request");
  if (const std::string model = body["model"].as_string();
      !model.empty() && model != endpoint.name) {
    return Error{ErrorKind::denied, "only the model " + endpoint.name + " may be asked"};
  }
  TRY(guard_strings(redactor_, body));
  const std::uint64_t input = retrieval::estimate_tokens(request.body);
  std::uint64_t used = input + max_output_tokens;
  for (const ModelExchange& exchange : exchanges()) {
    used += exchange.input_tokens + exchange.output_tokens;
  }
  if (used > max_tokens_) {
    return Error{ErrorKind::exhausted, "this call could take the run to " + std::to_string(used) +
                                           " tokens, and model.max_tokens is " +
                                           std::to_string(max_tokens_)};
  }
  const double worst = price_of(endpoint, {input, max_output_tokens, 0});
  TRY(budget_.reserve(worst));
  return worst;
}

Result<HttpResponse> Gateway::attempt(const HttpRequest& request, Deadline deadline,
                                      std::stop_token stop) {
  auto sent = http_.send(request, deadline, stop);
  // Too large is the endpoint's fault; exhausted means our budget to those who ask.
  if (!sent && sent.error().kind == ErrorKind::exhausted) return invalid_input(sent.error().message);
  if (!sent) return sent.error();
  HttpResponse response = std::move(*sent);
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

size_t Gateway::record(ModelExchange exchange, Open open) {
  const std::lock_guard lock(mutex_);
  exchanges_.push_back(std::move(exchange));
  open_.push_back(open);
  return exchanges_.size() - 1;
}

Result<GatewayAnswer> Gateway::send(const config::ModelSettings& endpoint, HttpRequest request,
                                    std::uint32_t max_output_tokens, Deadline deadline,
                                    std::stop_token stop) {
  const double reserved = TRY(admit(endpoint, request, max_output_tokens));
  ModelExchange exchange;
  exchange.model = endpoint.name;
  exchange.endpoint = request.url;
  exchange.request_sha256 = sha256_hex(request.body);
  exchange.input_tokens = retrieval::estimate_tokens(request.body);
  add_key(request, endpoint);
  request.idle_timeout = endpoint.idle_timeout;

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
  if (!response) {
    exchange.input_tokens = 0;
    exchange.error = response.error().message;
    record(std::move(exchange), {});
    budget_.settle(reserved, 0);
    return response.error();
  }
  exchange.answer_sha256 = sha256_hex(response->body);
  const size_t number = record(std::move(exchange), {&endpoint, reserved});
  return GatewayAnswer{std::move(response).value(), number};
}

void Gateway::settle(size_t number, const Result<ModelAnswer>& answer) {
  Open open;
  double cost = 0;
  {
    const std::lock_guard lock(mutex_);
    if (number >= exchanges_.size() || open_[number].endpoint == nullptr) return;
    open = std::exchange(open_[number], {});
    ModelExchange& exchange = exchanges_[number];
    if (answer) {
      const TokenUsage& usage = answer->usage;
      if (usage.input > 0) exchange.input_tokens = usage.input;
      exchange.cached_tokens = usage.cached;
      exchange.output_tokens =
          usage.output > 0 ? usage.output : retrieval::estimate_tokens(answer->text);
      cost = price_of(*open.endpoint,
                      {exchange.input_tokens, exchange.output_tokens, exchange.cached_tokens});
    } else {
      exchange.error = answer.error().message;
      exchange.input_tokens = 0;
    }
    exchange.cost = cost;
  }
  budget_.settle(open.reserved, cost);
}

}  // namespace triage::propose
