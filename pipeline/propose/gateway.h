// Gateway: the one way out for model traffic.
//
// It adds the key, lets requests go to the endpoint they are meant for and to its model only, sets
// what a call could cost aside in the budget before it is made, and refuses a body in which redaction
// still finds something private. Every call leaves a ModelExchange: digests of both bodies, tokens,
// cost, time. Serves one run; thread-safe (candidates and agents call it side by side).
// Errors: denied (other endpoint or model, private value), exhausted (budget, tokens), and those of
// HttpClient. A 429 or 5xx answer is an error (rate_limited, unavailable) and is tried once more within
// the deadline; other answers are the caller's to read.
#pragma once

#include <mutex>
#include <stop_token>
#include <vector>

#include "config/settings.h"
#include "pipeline/base/http.h"
#include "pipeline/budget.h"
#include "pipeline/propose/models/model.h"
#include "pipeline/redact/redact.h"
#include "pipeline/run.h"

namespace triage::propose {

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
  // noted.
  void settle(size_t exchange, const Result<ModelAnswer>& answer);

  std::vector<ModelExchange> exchanges() const;
  double spent() const;

 private:
  // What is kept for an exchange until it is settled.
  struct Open {
    const config::ModelSettings* endpoint = nullptr;
    double reserved = 0;
  };

  Result<double> admit(const config::ModelSettings& endpoint, const HttpRequest& request,
                       std::uint32_t max_output_tokens);
  Result<HttpResponse> attempt(const HttpRequest& request, Deadline deadline, std::stop_token stop);
  size_t record(ModelExchange exchange, Open open);

  HttpClient& http_;
  const Clock& clock_;
  const redact::Redactor& redactor_;
  Budget& budget_;
  std::uint64_t max_tokens_;
  Milliseconds retry_pause_;
  mutable std::mutex mutex_;  // exchanges_, open_
  std::vector<ModelExchange> exchanges_;
  std::vector<Open> open_;
};

}  // namespace triage::propose
