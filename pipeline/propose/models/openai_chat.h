// The OpenAI-compatible chat-completions dialect: what OpenAI, Azure-style proxies, vLLM, Ollama,
// llama.cpp and most local servers speak.
//
// The builder and the parser do no I/O and never see the key; OpenAiChat joins them to the Gateway.
// Servers differ in two parameters, so a 400 that names one of them is answered once by the other
// form (max_completion_tokens for max_tokens, no temperature). Error texts quote the endpoint's
// own message, shortened, except where it could repeat the key (401, 403).
#pragma once

#include <optional>

#include "config/settings.h"
#include "pipeline/base/http.h"
#include "pipeline/propose/gateway.h"
#include "pipeline/propose/models/model.h"

namespace triage::propose {

// What one server accepts; starts with what most of them do.
struct ChatShape {
  bool completion_tokens = false;  // "max_completion_tokens" instead of "max_tokens"
  bool temperature = true;
  bool operator==(const ChatShape&) const = default;
};

HttpRequest build_chat_request(const config::ModelSettings& settings, const ModelRequest& request,
                               ChatShape shape);
// Errors: as in Model; every text names what to check.
Result<ModelAnswer> parse_chat_answer(const HttpResponse& response);
// The other form to try after this refusal, or nothing.
std::optional<ChatShape> other_shape(const HttpResponse& response, ChatShape tried);

class OpenAiChat final : public Model {
 public:
  // Both outlive this.
  OpenAiChat(const config::ModelSettings& settings, Gateway& gateway)
      : settings_(settings), gateway_(gateway) {}
  Result<ModelAnswer> ask(const ModelRequest& request, Deadline deadline,
                          std::stop_token stop) override;

 private:
  const config::ModelSettings& settings_;
  Gateway& gateway_;
};

}  // namespace triage::propose
