// Gateway: the one way out for model traffic.
//
// It adds the key, lets requests go to the endpoint they are meant for and to its model only, sets
// what a call could cost aside in the budget before it is made, and refuses a body in which
// redaction still finds something private (what the endpoint itself sealed may go back to it).
// Every call leaves a ModelExchange: digests of both bodies, tokens, cost, time. Serves one run;
// thread-safe (candidates and agents call it side by side, and together never pass the budget or
// the tokens).
// Errors: denied (other endpoint or model, private value), exhausted (budget, tokens),
// invalid_input (an answer too large), and those of HttpClient. A 429 or 5xx answer is an error
// (rate_limited, unavailable) and is tried once more within the deadline; other answers are the
// caller's to read.
#pragma once

#include <mutex>
#include <set>
#include <stop_token>
#include <vector>

#include "config/settings.h"
#include "pipeline/base/http.h"
#include "pipeline/budget.h"
#include "pipeline/propose/models/model.h"
#include "pipeline/redact/redact.h"
#include "pipeline/run.h"

namespace triage::propose {

// The endpoint's key, in the field that its dialect wants it in.
void add_key(HttpRequest& request, const config::ModelSettings& endpoint);

// An answer and the exchange that it belongs to, for settle().
struct GatewayAnswer {
  HttpResponse response;
  size_t exchange = 0;
};

class Gateway {
 public:
  // References outlive the gateway. `max_tokens`: of all calls together.
  Gateway(HttpClient& http, const Clock& clock, const redact::Redactor& redactor, Budget& budget,
          std::uint64_t max_tokens, Milliseconds retry_pause = Milliseconds{2'000});

  // Each answer must be settled, or what was reserved for it stays spent.
  Result<GatewayAnswer> send(const config::ModelSettings& endpoint, HttpRequest request,
                             std::uint32_t max_output_tokens, Deadline deadline,
                             std::stop_token stop);
  // What the answer turned out to be: its own token counts replace our estimate, or its error is
  // noted. `used`: what the endpoint counts for an answer that is an error; it is spent all the same.
  void settle(size_t exchange, const Result<ModelAnswer>& answer, const TokenUsage& used = {});

  std::vector<ModelExchange> exchanges() const;
  double spent() const;

 private:
  // What is set aside for a call until it is settled.
  struct Open {
    const config::ModelSettings* endpoint = nullptr;
    double reserved = 0;
    std::uint64_t input = 0;   // our estimate
    std::uint64_t tokens = 0;  // with the longest answer
  };

  Result<Open> admit(const config::ModelSettings& endpoint, const HttpRequest& request,
                     std::uint32_t max_output_tokens);
  Result<void> guard(const Json& json) const;
  Result<void> take_tokens(std::uint64_t tokens);
  Result<HttpResponse> attempt(const HttpRequest& request, Deadline deadline, std::stop_token stop);
  Result<HttpResponse> persist(const HttpRequest& request, Deadline deadline, std::stop_token stop);
  void remember_seals(const Json& json);
  void book(ModelExchange& exchange, const Open& open, const TokenUsage& used);
  void close(const Open& open, double cost, std::uint64_t tokens);
  size_t record(ModelExchange exchange, Open open);

  HttpClient& http_;
  const Clock& clock_;
  const redact::Redactor& redactor_;
  Budget& budget_;
  std::uint64_t max_tokens_;
  Milliseconds retry_pause_;
  mutable std::mutex mutex_;  // all below
  std::uint64_t tokens_ = 0;  // used or set aside
  std::set<std::string> seals_;  // digests of what endpoints sealed
  std::vector<ModelExchange> exchanges_;
  std::vector<Open> open_;
};

}  // namespace triage::propose
