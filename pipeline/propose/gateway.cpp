#include "pipeline/propose/gateway.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "pipeline/base/digest.h"
#include "pipeline/base/json.h"
#include "pipeline/propose/models/dialect.h"
#include "pipeline/propose/models/prices.h"
#include "retrieval/pack.h"

namespace triage::propose {
namespace {

// Members of answers that only their endpoint can read, and wants back.
constexpr std::array<std::string_view, 3> kSealed = {"encrypted_content", "signature", "data"};

bool below(const Url& endpoint, const Url& url) {
  std::string prefix = endpoint.target.substr(0, endpoint.target.find('?'));
  if (!prefix.ends_with('/')) prefix += '/';
  return url.scheme == endpoint.scheme && url.host == endpoint.host && url.port == endpoint.port &&
         url.target.starts_with(prefix) && url.target.find("..") == std::string::npos;
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

// Names of members as protocols and schemas have them; others can hold what a value can.
bool is_plain_name(std::string_view name) {
  return name.size() <= 32 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || c == '_';
         });
}

// llama.cpp refuses what it does not support with 500, which would look like a fault of its own.
bool is_refusal(const HttpResponse& response) {
  const std::string_view head = std::string_view(response.body).substr(0, 4096);
  return response.status == 501 ||
         (response.status == 500 && (head.find("Unsupported param") != std::string_view::npos ||
                                     head.find("--jinja") != std::string_view::npos));
}

// Every body names its model, but for an address that does it.
bool names_model(const config::ModelSettings& endpoint, const Json& body, const Url& url) {
  const Json& model = body["model"];
  if (!model.is_null()) return model.as_string() == endpoint.name;
  return url.target.find("/deployments/" + endpoint.name + "/") != std::string::npos;
}

}  // namespace

void add_key(HttpRequest& request, const config::ModelSettings& endpoint) {
  if (endpoint.api_key.empty()) return;
  const Dialect& dialect = dialect_for(endpoint.api);
  request.headers.set(std::string(dialect.key_field),
                      std::string(dialect.key_scheme) + endpoint.api_key.reveal());
}

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

// Guards the text itself: in the JSON form a line break followed by "@app.route" would read as an
// address, and an escaped one as nothing.
Result<void> Gateway::guard(const Json& json) const {
  if (json.is_string()) return redactor_.guard(json.as_string());
  for (const Json& item : json.items()) TRY(guard(item));
  for (const auto& [name, value] : json.members()) {
    if (std::ranges::find(kSealed, name) != kSealed.end() && value.is_string()) {
      const std::lock_guard lock(mutex_);
      if (seals_.contains(sha256_hex(value.as_string()))) continue;
    }
    if (!is_plain_name(name)) TRY(redactor_.guard(name));
    TRY(guard(value));
  }
  return {};
}

void Gateway::remember_seals(const Json& json) {
  for (const Json& item : json.items()) remember_seals(item);
  for (const auto& [name, value] : json.members()) {
    if (!value.is_string()) {
      remember_seals(value);
    } else if (std::ranges::find(kSealed, name) != kSealed.end()) {
      const std::lock_guard lock(mutex_);
      seals_.insert(sha256_hex(value.as_string()));
    }
  }
}

Result<void> Gateway::take_tokens(std::uint64_t tokens) {
  const std::lock_guard lock(mutex_);
  if (tokens_ + tokens > max_tokens_) {
    return Error{ErrorKind::exhausted,
                 "this call could take the run to " + std::to_string(tokens_ + tokens) +
                     " tokens, and model.max_tokens is " + std::to_string(max_tokens_)};
  }
  tokens_ += tokens;
  return {};
}

// What was set aside for the call.
Result<Gateway::Open> Gateway::admit(const config::ModelSettings& endpoint,
                                     const HttpRequest& request,
                                     std::uint32_t max_output_tokens) {
  const Url allowed = TRY_CTX(parse_url(endpoint.base_url), "model.base_url");
  const Url url = TRY_CTX(parse_url(request.url), "model request");
  if (!below(allowed, url)) {
    return Error{ErrorKind::denied,
                 "model traffic may only go to model.base_url, not to " + url.host};
  }
  const Json body = TRY_CTX(parse_json(request.body), "model request");
  if (!names_model(endpoint, body, url)) {
    return Error{ErrorKind::denied, "only the model " + endpoint.name + " may be asked"};
  }
  TRY(guard(body));
  Open open{&endpoint, 0, retrieval::estimate_tokens(request.body), 0};
  open.tokens = open.input + max_output_tokens;
  TRY(take_tokens(open.tokens));
  if (const auto price = price_for(endpoint)) {
    open.reserved = worst_cost_of(*price, open.input, max_output_tokens);
  }
  auto reserved = budget_.reserve(open.reserved);
  if (reserved) return open;
  const std::lock_guard lock(mutex_);
  tokens_ -= open.tokens;
  return std::move(reserved).error();
}

Result<HttpResponse> Gateway::attempt(const HttpRequest& request, Deadline deadline,
                                      std::stop_token stop) {
  auto sent = http_.send(request, deadline, stop);
  // Too large is the endpoint's fault; exhausted means our budget to those who ask.
  if (!sent && sent.error().kind == ErrorKind::exhausted) {
    return invalid_input("the model endpoint's answer is too large: " + sent.error().message);
  }
  HttpResponse response = TRY(std::move(sent));
  const std::string said = "the model endpoint answered " + std::to_string(response.status);
  if (response.status == 429) {
    return Error{ErrorKind::rate_limited, said + ": its rate limit is reached",
                 retry_after(response, clock_.now())};
  }
  if (is_refusal(response)) {
    response.status = 400;
  } else if (response.status >= 500) {
    return Error{ErrorKind::unavailable,
                 said + ": it has a problem of its own; see its status page"};
  }
  return response;
}

// Once more where that may help.
Result<HttpResponse> Gateway::persist(const HttpRequest& request, Deadline deadline,
                                      std::stop_token stop) {
  auto response = attempt(request, deadline, stop);
  if (response || (response.error().kind != ErrorKind::unavailable &&
                   response.error().kind != ErrorKind::rate_limited)) {
    return response;
  }
  Milliseconds wait = retry_pause_;
  if (const auto at = response.error().retry_at) wait = std::max(*at - clock_.now(), Milliseconds{0});
  const auto left =
      std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
  if (wait >= left || stop.stop_requested()) return response;
  pause(wait, stop);
  return stop.stop_requested() ? std::move(response) : attempt(request, deadline, stop);
}

size_t Gateway::record(ModelExchange exchange, Open open) {
  const std::lock_guard lock(mutex_);
  exchanges_.push_back(std::move(exchange));
  open_.push_back(open);
  return exchanges_.size() - 1;
}

// The exchange's figures, once it is known what was used.
void Gateway::book(ModelExchange& exchange, const Open& open, const TokenUsage& used) {
  exchange.input_tokens = used.input;
  exchange.cached_tokens = used.cached;
  exchange.output_tokens = used.output;
  const auto price = price_for(*open.endpoint);
  exchange.cost = price ? cost_of(*price, used) : 0;
}

// What was used takes the place of what was set aside.
void Gateway::close(const Open& open, double cost, std::uint64_t tokens) {
  {
    const std::lock_guard lock(mutex_);
    tokens_ = tokens_ - open.tokens + tokens;
  }
  budget_.settle(open.reserved, cost);
}

Result<GatewayAnswer> Gateway::send(const config::ModelSettings& endpoint, HttpRequest request,
                                    std::uint32_t max_output_tokens, Deadline deadline,
                                    std::stop_token stop) {
  const Open open = TRY(admit(endpoint, request, max_output_tokens));
  ModelExchange exchange;
  exchange.model = endpoint.name;
  exchange.endpoint = request.url;
  exchange.request_sha256 = sha256_hex(request.body);
  exchange.priced = price_for(endpoint).has_value();
  add_key(request, endpoint);
  request.idle_timeout = endpoint.idle_timeout;

  const TimePoint started = clock_.now();
  auto response = persist(request, deadline, stop);
  exchange.took = clock_.now() - started;
  if (!response) {
    // Whoever stopped listening may have to pay for the question all the same.
    TokenUsage used;
    if (response.error().kind == ErrorKind::timeout) used.input = open.input;
    book(exchange, open, used);
    exchange.error = response.error().message;
    const double cost = exchange.cost;
    record(std::move(exchange), {});
    close(open, cost, used.input);
    return response.error();
  }
  exchange.input_tokens = open.input;
  exchange.answer_sha256 = sha256_hex(response->body);
  const size_t number = record(std::move(exchange), open);
  return GatewayAnswer{std::move(response).value(), number};
}

void Gateway::settle(size_t number, const Result<ModelAnswer>& answer, const TokenUsage& used) {
  if (answer) remember_seals(answer->verbatim);
  Open open;
  double cost = 0;
  TokenUsage counted = answer ? answer->usage : used;
  {
    const std::lock_guard lock(mutex_);
    if (number >= exchanges_.size() || open_[number].endpoint == nullptr) return;
    open = std::exchange(open_[number], {});
    if (answer && counted.output == 0) counted.output = retrieval::estimate_tokens(answer->text);
    // A stream that was cut has used its question, whatever it got to count.
    if (counted.input == 0 && (answer || counted.output > 0)) counted.input = open.input;
    book(exchanges_[number], open, counted);
    if (!answer) exchanges_[number].error = answer.error().message;
    cost = exchanges_[number].cost;
  }
  close(open, cost, counted.input + counted.output);
}

}  // namespace triage::propose
