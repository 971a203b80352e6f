#include "pipeline/propose/models/openai_chat.h"

#include <array>

#include "pipeline/base/json.h"
#include "pipeline/base/utf8.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxReason = 200;

// The endpoint's own words, on one line.
std::string reason_in(const HttpResponse& response) {
  const auto parsed = parse_json(response.body);
  if (!parsed) return "";
  const Json& error = (*parsed)["error"];
  for (const std::string& text :
       {error["message"].as_string(), error.as_string(), (*parsed)["message"].as_string(),
        (*parsed)["detail"].as_string()}) {
    if (text.empty()) continue;
    std::string line(truncate_utf8(text, kMaxReason));
    for (char& c : line) {
      if (static_cast<unsigned char>(c) < ' ') c = ' ';
    }
    return line;
  }
  return "";
}

struct StatusAdvice {
  int status;
  ErrorKind kind;
  std::string_view advice;
  bool quote;  // whether the endpoint's own message is safe to repeat
};
constexpr std::array kAdvice{
    StatusAdvice{400, ErrorKind::invalid_input, "it does not accept the request", true},
    StatusAdvice{401, ErrorKind::denied, "check model.api_key", false},
    StatusAdvice{402, ErrorKind::exhausted, "the account has no credit left", true},
    StatusAdvice{403, ErrorKind::denied, "the key in model.api_key may not use this model", false},
    StatusAdvice{404, ErrorKind::not_found, "check model.base_url and model.name", true},
    StatusAdvice{413, ErrorKind::invalid_input, "lower model.context_tokens", true},
    StatusAdvice{422, ErrorKind::invalid_input, "it does not accept the request", true},
};

Error status_error(const HttpResponse& response) {
  StatusAdvice found{response.status, ErrorKind::invalid_input, "check model.base_url", true};
  for (const StatusAdvice& row : kAdvice) {
    if (row.status == response.status) found = row;
  }
  std::string message = "the model endpoint answered " + std::to_string(response.status) + ": " +
                        std::string(found.advice);
  if (const std::string reason = reason_in(response); found.quote && !reason.empty()) {
    message += " (" + reason + ")";
  }
  return {found.kind, std::move(message)};
}

std::string content_text(const Json& content) {
  if (content.is_string()) return content.as_string();
  std::string text;
  for (const Json& part : content.items()) text += part["text"].as_string();
  return text;
}

std::uint64_t count_of(const Json& number) {
  const std::int64_t value = number.as_integer();
  return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

std::string_view role_name(Role role) {
  switch (role) {
    case Role::system: return "system";
    case Role::user: return "user";
    case Role::assistant: return "assistant";
    case Role::tool: return "tool";
  }
  return "user";
}

}  // namespace

HttpRequest build_chat_request(const config::ModelSettings& settings, const ModelRequest& request,
                               ChatShape shape) {
  Json messages = Json::array();
  for (const Message& message : request.messages) {
    messages.push(Json::object().set("role", role_name(message.role)).set("content", message.content.str()));
  }
  Json body = Json::object();
  body.set("model", settings.name).set("messages", std::move(messages));
  body.set(shape.completion_tokens ? "max_completion_tokens" : "max_tokens",
           request.max_output_tokens);
  if (shape.temperature) body.set("temperature", 0);
  body.set("stream", false);

  HttpRequest http;
  http.method = "POST";
  std::string_view base = settings.base_url;
  while (base.ends_with('/')) base.remove_suffix(1);
  http.url = std::string(base) + "/chat/completions";
  http.headers.set("Content-Type", "application/json");
  http.headers.set("Accept", "application/json");
  http.body = body.dump();
  return http;
}

Result<ModelAnswer> parse_chat_answer(const HttpResponse& response) {
  if (response.status < 200 || response.status > 299) return status_error(response);
  const auto parsed = parse_json(response.body);
  if (!parsed || !parsed->is_object()) {
    return invalid_input(
        "the model endpoint did not answer in JSON: check that model.base_url is the API's address "
        "(it often ends in /v1)");
  }
  const Json& choices = (*parsed)["choices"];
  if (choices.items().empty()) {
    return invalid_input("the model endpoint's answer holds no choices: " +
                         std::string("check that model.base_url speaks chat completions"));
  }
  const Json& choice = choices.items().front();
  ModelAnswer answer;
  answer.text = content_text(choice["message"]["content"]);
  answer.model = (*parsed)["model"].as_string();
  answer.cut_off = choice["finish_reason"].as_string() == "length";
  answer.usage.input = count_of((*parsed)["usage"]["prompt_tokens"]);
  answer.usage.output = count_of((*parsed)["usage"]["completion_tokens"]);
  if (!answer.text.empty()) return answer;
  if (!choice["message"]["refusal"].as_string().empty() ||
      choice["finish_reason"].as_string() == "content_filter") {
    return invalid_input("the model declined to answer");
  }
  return invalid_input(
      answer.cut_off ? "the model used up model.max_output_tokens before it answered: raise it"
                     : "the model's answer is empty");
}

std::optional<ChatShape> other_shape(const HttpResponse& response, ChatShape tried) {
  if (response.status != 400 && response.status != 422) return std::nullopt;
  ChatShape next = tried;
  if (response.body.find("max_tokens") != std::string::npos) next.completion_tokens = true;
  if (response.body.find("temperature") != std::string::npos) next.temperature = false;
  return next == tried ? std::nullopt : std::optional(next);
}

Result<ModelAnswer> OpenAiChat::ask(const ModelRequest& request, Deadline deadline,
                                    std::stop_token stop) {
  ChatShape shape;
  while (true) {
    const GatewayAnswer sent =
        TRY(gateway_.send(settings_, build_chat_request(settings_, request, shape),
                          request.max_output_tokens, deadline, stop));
    auto answer = parse_chat_answer(sent.response);
    gateway_.settle(sent.exchange, answer);
    // Each turn changes the shape for good, so there are at most three.
    const auto next = other_shape(sent.response, shape);
    if (answer || !next) return answer;
    shape = *next;
  }
}

}  // namespace triage::propose
