// OpenAI's Responses: instructions and a list of items instead of messages. Nothing is stored at the
// endpoint, so a reasoning model's thoughts travel with the conversation, sealed by the endpoint, and
// each turn's items go back as they came.
#include <algorithm>
#include <utility>

#include "pipeline/propose/models/dialect_internal.h"

namespace triage::propose {
namespace {

Json text_item(std::string_view role, const std::string& text) {
  return Json::object().set("type", "message").set("role", role).set("content", text);
}

void add_items(Json& input, const Message& message, const Shape& shape, const std::string& more) {
  const std::string text = message.content.str() + more;
  switch (message.role) {
    case Role::system: input.push(text_item("developer", text)); return;
    case Role::user: input.push(text_item("user", text)); return;
    case Role::tool:
      input.push(Json::object()
                     .set("type", "function_call_output")
                     .set("call_id", message.call_id)
                     .set("output", text));
      return;
    case Role::assistant: break;
  }
  if (shape.sealed_reasoning && !message.verbatim.items().empty()) {
    for (const Json& item : message.verbatim.items()) input.push(item);
    return;
  }
  if (!text.empty()) input.push(text_item("assistant", text));
  for (const ToolCall& call : message.calls) {
    input.push(Json::object()
                   .set("type", "function_call")
                   .set("call_id", call.id)
                   .set("name", call.name)
                   .set("arguments", arguments_object(call).dump()));
  }
}

Json tools_json(const ModelRequest& request) {
  Json tools = Json::array();
  for (const ToolSpec& tool : request.tools) {
    tools.push(Json::object()
                   .set("type", "function")
                   .set("name", tool.name)
                   .set("description", tool.description)
                   .set("parameters", tool.parameters)
                   .set("strict", false));
  }
  return tools;
}

Json format_json(const ModelRequest& request, const Shape& shape) {
  if (shape.schema == SchemaForm::second) return Json::object().set("type", "json_object");
  const auto& [name, schema] = *request.schema;
  return Json::object()
      .set("type", "json_schema")
      .set("name", name)
      .set("strict", is_strict(schema))
      .set("schema", schema);
}

TokenUsage usage_in(const Json& usage) {
  TokenUsage out;
  out.input = count_of(usage["input_tokens"]);
  out.output = count_of(usage["output_tokens"]);
  const Json& details = usage["input_tokens_details"];
  out.cached = std::min(out.input, count_of(details["cached_tokens"]));
  out.written = std::min(out.input - out.cached, count_of(details["cache_write_tokens"]));
  return out;
}

// The last event holds the whole response; servers that leave its output empty sent each item.
Result<Json> assemble_responses(const std::vector<Json>& events, TokenUsage& used) {
  Json items = Json::array();
  std::string written;
  for (const Json& event : events) {
    const std::string& type = event["type"].as_string();
    const Json& response = event["response"];
    if (type.ends_with(".delta")) written += event["delta"].as_string();
    if (type == "response.output_item.done") items.push(event["item"]);
    if (items.items().size() > kMaxParts) {
      return invalid_input("the model's answer holds too many items");
    }
    if (type == "error" || type == "response.failed") {
      used = usage_in(response["usage"]);
      if (used.output == 0) used.output = tokens_of(written);
      if (response["error"].is_object()) return error_in(response);
      return error_in(event["error"].is_object() ? event : Json::object().set("error", event));
    }
    if (type != "response.completed" && type != "response.incomplete") continue;
    Json whole = response;
    if (whole["output"].items().empty()) whole.set("output", std::move(items));
    if (!whole["status"].is_string()) whole.set("status", type.substr(9));
    return whole;
  }
  used.output = tokens_of(written);
  return cut_off_stream();
}

// Items that can go back: without its seal a thought is unknown to the endpoint.
Json verbatim_in(const Json& output) {
  Json items = Json::array();
  bool sealed = false;
  for (const Json& item : output.items()) {
    const bool thought = item["type"].as_string() == "reasoning";
    if (thought && item["encrypted_content"].as_string().empty()) continue;
    sealed = sealed || thought;
    items.push(item);
  }
  return sealed ? items : Json();
}

Reading read_responses(const Json& document, const ModelRequest&) {
  const TokenUsage used = usage_in(document["usage"]);
  const Json& output = document["output"];
  if (!output.is_array()) {
    return {invalid_input("the model endpoint's answer holds no output: check that model.base_url "
                          "speaks Responses (model.api)"),
            used};
  }
  ModelAnswer answer;
  answer.model = document["model"].as_string();
  answer.usage = used;
  const std::string& reason = document["incomplete_details"]["reason"].as_string();
  answer.cut_off = document["status"].as_string() == "incomplete" && reason != "content_filter";
  bool refused = reason == "content_filter";
  for (const Json& item : output.items()) {
    const std::string& type = item["type"].as_string();
    if (type == "function_call" && answer.calls.size() < kMaxParts) {
      std::string id = item["call_id"].as_string();
      if (id.empty()) id = "call_" + std::to_string(answer.calls.size());
      answer.calls.push_back(
          {std::move(id), item["name"].as_string(), arguments_text(item["arguments"])});
    }
    if (type != "message") continue;
    for (const Json& part : item["content"].items()) {
      if (part["type"].as_string() == "output_text") answer.text += part["text"].as_string();
      refused = refused || part["type"].as_string() == "refusal";
    }
  }
  answer.verbatim = verbatim_in(output);
  if (refused) return {declined(), used};
  if (answer.text.empty() && answer.calls.empty()) return {empty_answer(answer.cut_off), used};
  return {std::move(answer), used};
}

}  // namespace

HttpRequest build_responses(const config::ModelSettings& endpoint, const ModelRequest& request,
                            const Shape& shape) {
  const bool in_words = request.schema && shape.schema != SchemaForm::native;
  const size_t last = last_user_message(request);
  std::string instructions;
  size_t first = 0;
  for (; first < request.messages.size() && request.messages[first].role == Role::system; ++first) {
    instructions += (first == 0 ? "" : "\n\n") + request.messages[first].content.str();
  }
  Json input = Json::array();
  for (size_t i = first; i < request.messages.size(); ++i) {
    add_items(input, request.messages[i], shape,
              in_words && i == last ? schema_words(request) : "");
  }
  Json body = Json::object();
  body.set("model", endpoint.name).set("instructions", instructions);
  if (shape.tools && !request.tools.empty()) body.set("tools", tools_json(request));
  body.set("input", std::move(input));
  if (request.schema && shape.schema != SchemaForm::words) {
    body.set("text", Json::object().set("format", format_json(request, shape)));
  }
  body.set("max_output_tokens", request.max_output_tokens).set("store", false);
  if (shape.sealed_reasoning) {
    body.set("include", Json::array().push("reasoning.encrypted_content"));
  }
  body.set("stream", shape.stream);
  return post(endpoint, "/responses", body);
}

Reading parse_responses(const HttpResponse& response, const ModelRequest& asked) {
  return read_response(response, asked, assemble_responses, read_responses);
}

}  // namespace triage::propose
