// AgentGateway: what an agent in the sandbox finds where it expects its model's endpoint.
//
// Only questions to the one configured model pass, rebuilt and sealed by wire.h, and only through
// Gateway::send, which guards, reserves, adds the key and records. The agent's own credentials, other
// fields and other paths end here. What is refused is answered with a 4xx in the agent's dialect, so
// that it gives up rather than tries again, and is kept for the receipt. handle() is thread-safe and
// blocks its thread for the model's answer; references outlive the object.
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "config/settings.h"
#include "pipeline/propose/agents/wire.h"
#include "pipeline/propose/gateway.h"
#include "pipeline/redact/redact.h"

namespace triage::propose {

class AgentGateway {
 public:
  struct Report {
    std::uint32_t calls = 0;            // that reached the gateway, refused ones too
    std::uint32_t answered = 0;
    std::vector<std::string> refusals;  // in words, each once, at most kMaxRefusals
    std::optional<Error> last_error;    // of the last call, where it failed
  };
  static constexpr size_t kMaxRefusals = 20;

  AgentGateway(Gateway& gateway, redact::Redactor& redactor, const config::ModelSettings& endpoint,
               AgentDialect dialect, Deadline deadline, std::stop_token stop);

  HttpResponse handle(const HttpRequest& request);
  Report report() const;

 private:
  HttpResponse ask(const HttpRequest& request);
  Result<HttpResponse> forward(const HttpRequest& request);
  HttpResponse refuse(int status, const Error& error);
  void note(const std::string& refusal);

  Gateway& gateway_;
  redact::Redactor& redactor_;
  const config::ModelSettings& endpoint_;
  const AgentDialect dialect_;
  const Deadline deadline_;
  const std::stop_token stop_;
  mutable std::mutex mutex_;  // report_
  Report report_;
};

}  // namespace triage::propose
