// Gateway: the one way out for model traffic.
//
// It adds the key, lets requests go to the configured endpoint only, refuses a call that could cost
// more than is left, and refuses a body in which redaction still finds something private. Every
// call leaves a ModelExchange: digests of both bodies, tokens, cost, time. Serves one run on one
// worker; not thread-safe. Errors: denied (other endpoint, private value), exhausted (budget),
// and those of HttpClient. A 429 or 5xx answer is an error (rate_limited, unavailable) and is
// tried once more within the deadline; other answers are the caller's to read.
#pragma once

#include <stop_token>
#include <vector>

#include "config/settings.h"
#include "pipeline/base/http.h"
#include "pipeline/propose/models/model.h"
#include "pipeline/redact/redact.h"
#include "pipeline/run.h"

namespace triage::propose {

class Gateway {
 public:
  // `budget` is what may still be spent, in USD. References outlive the gateway.
  Gateway(const config::ModelSettings& settings, HttpClient& http, const Clock& clock,
          const redact::Redactor& redactor, double budget,
          Milliseconds retry_pause = Milliseconds{2'000});

  Result<HttpResponse> send(HttpRequest request, std::uint32_t max_output_tokens, Deadline deadline,
                            std::stop_token stop);
  // What the last answer turned out to be: its own token counts replace our estimate, or its
  // error is noted.
  void settle(const Result<ModelAnswer>& answer);

  const std::vector<ModelExchange>& exchanges() const { return exchanges_; }
  double spent() const;

 private:
  Result<void> admit(const HttpRequest& request, std::uint32_t max_output_tokens) const;
  Result<HttpResponse> attempt(const HttpRequest& request, Deadline deadline, std::stop_token stop);
  double price(std::uint64_t input, std::uint64_t output) const;

  const config::ModelSettings& settings_;
  HttpClient& http_;
  const Clock& clock_;
  const redact::Redactor& redactor_;
  double budget_;
  Milliseconds retry_pause_;
  std::vector<ModelExchange> exchanges_;
};

}  // namespace triage::propose
