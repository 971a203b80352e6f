#include "pipeline/propose/models/dialect.h"

#include <algorithm>
#include <array>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/models/dialect_internal.h"
#include "retrieval/pack.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxReason = 200;
constexpr size_t kMaxRefusal = 8192;  // of a refusal's body that is looked at for what it refuses

constexpr std::array kDialects{
    Dialect{"chat", "Authorization", "Bearer ", build_chat, parse_chat},
    Dialect{"responses", "Authorization", "Bearer ", build_responses, parse_responses},
    Dialect{"anthropic", "x-api-key", "", build_anthropic, parse_anthropic},
    Dialect{"azure", "api-key", "", build_azure, parse_chat},
    Dialect{"codex", "Authorization", "Bearer ", build_responses, parse_responses},
    Dialect{"claude", "x-api-key", "", build_anthropic, parse_anthropic},
};

// The endpoint's own words, on one line.
std::string reason_in(const Json& document) {
  const Json& error = document["error"];
  for (const Json* text :
       {&error["message"], &error, &document["message"], &document["detail"]}) {
    if (text->as_string().empty()) continue;
    std::string line(truncate_utf8(text->as_string(), kMaxReason));
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
    StatusAdvice{402, ErrorKind::denied, "the account has no credit left", true},
    StatusAdvice{403, ErrorKind::denied, "the key in model.api_key may not use this model", false},
    StatusAdvice{404, ErrorKind::not_found, "check model.base_url and model.name", true},
    StatusAdvice{408, ErrorKind::unavailable, "it took too long", true},
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
  const std::string reason = reason_in(parse_json(response.body).value_or(Json()));
  if (found.quote && !reason.empty()) message += " (" + reason + ")";
  return {found.kind, std::move(message)};
}

// What endpoints call their errors, in error.type or error.code.
struct ErrorName {
  std::string_view part;
  ErrorKind kind;
};
constexpr std::array kErrorNames{
    ErrorName{"quota", ErrorKind::denied},
    ErrorName{"billing", ErrorKind::denied},
    ErrorName{"rate_limit", ErrorKind::rate_limited},
    ErrorName{"authentication", ErrorKind::denied},
    ErrorName{"permission", ErrorKind::denied},
    ErrorName{"api_key", ErrorKind::denied},
    ErrorName{"not_found", ErrorKind::not_found},
    ErrorName{"overloaded", ErrorKind::unavailable},
    ErrorName{"server_error", ErrorKind::unavailable},
    ErrorName{"api_error", ErrorKind::unavailable},
    ErrorName{"unavailable", ErrorKind::unavailable},
    ErrorName{"timeout", ErrorKind::unavailable},
};

Result<std::vector<Json>> documents_of(std::string_view body) {
  std::vector<Json> documents;
  for (const SseEvent& event : TRY(parse_sse(body))) {
    if (event.data == "[DONE]") {
      documents.push_back(Json("[DONE]"));
      continue;
    }
    auto document = parse_json(event.data);
    if (!document || !document->is_object()) {
      return invalid_input("the model endpoint's stream holds an event that is no JSON object");
    }
    if (document->operator[]("type").is_null() && !event.name.empty()) {
      document->set("type", event.name);
    }
    documents.push_back(std::move(*document));
  }
  return documents;
}

Result<Json> document_in(const HttpResponse& response, Assemble assemble, TokenUsage& used) {
  if (is_event_stream(response.body, response.headers.get("Content-Type"))) {
    return assemble(TRY(documents_of(response.body)), used);
  }
  auto document = parse_json(response.body);
  if (document && document->is_object()) return document;
  return invalid_input(
      "the model endpoint did not answer in JSON: check that model.base_url is the API's address "
      "(it often ends in /v1)");
}

// The word alone: not a part of another, like "stream" in "upstream" or "stream_options".
bool has_word(std::string_view text, std::string_view word) {
  const auto inside = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !inside(text[at - 1])) && (end >= text.size() || !inside(text[end]))) {
      return true;
    }
  }
  return false;
}

// What a refusal names, and the shape without it. The first row that fits and changes something is
// taken, so narrow names stand before wide ones.
struct Refusal {
  std::string_view word;
  void (*leave)(Shape&);
};
constexpr auto kLeaveTools = [](Shape& shape) { shape.tools = false; };
constexpr auto kLeaveSchema = [](Shape& shape) {
  shape.schema = shape.schema == SchemaForm::native ? SchemaForm::second : SchemaForm::words;
};
constexpr std::array kRefusals{
    Refusal{"stream_options", [](Shape& shape) { shape.stream_usage = false; }},
    Refusal{"max_tokens", [](Shape& shape) { shape.completion_tokens = true; }},
    Refusal{"temperature", [](Shape& shape) { shape.temperature = false; }},
    Refusal{"cache_control", [](Shape& shape) { shape.cache_marks = false; }},
    Refusal{"encrypted", [](Shape& shape) { shape.sealed_reasoning = false; }},
    Refusal{"include", [](Shape& shape) { shape.sealed_reasoning = false; }},
    Refusal{"response_format", kLeaveSchema},
    Refusal{"json_schema", kLeaveSchema},
    Refusal{"json_object", kLeaveSchema},
    Refusal{"output_config", kLeaveSchema},
    Refusal{"format", kLeaveSchema},
    Refusal{"schema", kLeaveSchema},
    Refusal{"structured", kLeaveSchema},
    Refusal{"tool_choice", kLeaveSchema},
    Refusal{"forced", kLeaveSchema},
    Refusal{"tools", kLeaveTools},
    Refusal{"tool", kLeaveTools},
    Refusal{"functions", kLeaveTools},
    Refusal{"jinja", kLeaveTools},
    Refusal{"stream", [](Shape& shape) { shape.stream = false; }},
    Refusal{"streaming", [](Shape& shape) { shape.stream = false; }},
};

}  // namespace

const Dialect& dialect_for(std::string_view api) {
  const auto* found = std::ranges::find(kDialects, api, &Dialect::api);
  return found == kDialects.end() ? kDialects.front() : *found;
}

std::optional<Shape> other_shape(const HttpResponse& response, const ModelRequest& request,
                                 const Shape& tried) {
  if (response.status != 400 && response.status != 422 && response.status != 501) {
    return std::nullopt;
  }
  const std::string text = lower_ascii(std::string_view(response.body).substr(0, kMaxRefusal));
  for (const Refusal& refusal : kRefusals) {
    if (!has_word(text, refusal.word)) continue;
    Shape next = tried;
    refusal.leave(next);
    if (!request.schema) next.schema = tried.schema;
    if (request.tools.empty()) next.tools = tried.tools;
    if (next != tried) return next;
  }
  return std::nullopt;
}

HttpRequest post(const config::ModelSettings& endpoint, std::string_view path, const Json& body) {
  HttpRequest http;
  http.method = "POST";
  std::string_view base = endpoint.base_url;
  const size_t query = std::min(base.find('?'), base.size());
  http.url = base.substr(0, query);
  while (http.url.ends_with('/')) http.url.pop_back();
  http.url.append(path).append(base.substr(query));
  http.headers.set("Content-Type", "application/json");
  http.headers.set("Accept", "application/json, text/event-stream");
  http.body = body.dump();
  return http;
}

Reading read_response(const HttpResponse& response, const ModelRequest& asked, Assemble assemble,
                      Read read) {
  if (response.status < 200 || response.status > 299) return {status_error(response), {}};
  TokenUsage used;
  auto document = document_in(response, assemble, used);
  if (!document) return {std::move(document).error(), used};
  const Json& error = (*document)["error"];
  if (error.is_object() || !error.as_string().empty()) return {error_in(*document), used};
  return read(*document, asked);
}

Error error_in(const Json& holder) {
  const Json& error = holder["error"];
  const std::string name = lower_ascii(error["type"].as_string() + " " + error["code"].as_string());
  ErrorKind kind = ErrorKind::invalid_input;
  const std::int64_t status = error["code"].as_integer();
  if (status == 429) kind = ErrorKind::rate_limited;
  if (status >= 500) kind = ErrorKind::unavailable;
  for (const ErrorName& row : kErrorNames) {
    if (name.find(row.part) == std::string::npos) continue;
    kind = row.kind;
    break;
  }
  std::string message = "the model endpoint reports an error";
  if (kind == ErrorKind::denied) {
    message += ": check model.api_key and its account";
  } else if (const std::string reason = reason_in(holder); !reason.empty()) {
    message += " (" + reason + ")";
  }
  return {kind, std::move(message)};
}

Error cut_off_stream() {
  return {ErrorKind::unavailable, "the model endpoint's stream ended before its answer was complete"};
}

Error declined() { return invalid_input("the model declined to answer"); }

Error empty_answer(bool cut_off) {
  return invalid_input(
      cut_off ? "the model used up model.max_output_tokens before it answered: raise it"
              : "the model's answer is empty");
}

std::uint64_t count_of(const Json& number) {
  const std::int64_t value = number.as_integer();
  return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

std::uint64_t tokens_of(std::string_view text) { return retrieval::estimate_tokens(text); }

Json arguments_object(const ToolCall& call) {
  if (call.arguments.empty()) return Json::object();
  auto parsed = parse_json(call.arguments);
  if (parsed && parsed->is_object()) return std::move(*parsed);
  return Json::object().set("unreadable", call.arguments);
}

std::string arguments_text(const Json& arguments) {
  if (arguments.is_string()) return arguments.as_string();
  return arguments.is_null() ? "{}" : arguments.dump();
}

bool is_strict(const Json& schema) {
  if (schema.is_array()) return std::ranges::all_of(schema.items(), is_strict);
  if (!schema.is_object()) return true;
  if (schema["type"].as_string() == "object") {
    if (!schema["additionalProperties"].is_bool() || schema["additionalProperties"].as_bool()) {
      return false;
    }
    const Json::Array& required = schema["required"].items();
    for (const auto& member : schema["properties"].members()) {
      if (std::ranges::find(required, Json(member.first)) == required.end()) return false;
    }
  }
  return std::ranges::all_of(schema.members(),
                             [](const auto& member) { return is_strict(member.second); });
}

std::string schema_words(const ModelRequest& request) {
  return "\n\nAnswer with one JSON object and nothing else. Its JSON schema:\n" +
         request.schema->second.dump();
}

size_t last_user_message(const ModelRequest& request) {
  for (size_t i = request.messages.size(); i-- > 0;) {
    if (request.messages[i].role == Role::user) return i;
  }
  return request.messages.size();
}

}  // namespace triage::propose
