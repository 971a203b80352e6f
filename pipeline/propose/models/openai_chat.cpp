// OpenAI's chat completions: what OpenAI, Azure, proxies, vLLM, Ollama, llama.cpp and most local
// servers speak, each a little differently. Known differences that are read: arguments as an object,
// calls without an id or all under index 0, "content": null or in parts, thoughts in
// reasoning_content or between <think> tags, no usage, a whole message in place of a delta, a stream
// without [DONE].
#include <utility>

#include "pipeline/propose/models/dialect_internal.h"

namespace triage::propose {
namespace {

Json call_json(const ToolCall& call) {
  return Json::object()
      .set("id", call.id)
      .set("type", "function")
      .set("function", Json::object()
                           .set("name", call.name)
                           .set("arguments", arguments_object(call).dump()));
}

// A conversation with calls, for a server that knows no tools.
std::string calls_in_words(const Message& message) {
  std::string text = message.content.str();
  for (const ToolCall& call : message.calls) {
    text += (text.empty() ? "" : "\n") + ("[called " + call.name) + " with " + call.arguments + "]";
  }
  return text;
}

Json message_json(const Message& message, const Shape& shape, const std::string& more) {
  const std::string text = message.content.str() + more;
  switch (message.role) {
    case Role::system: return Json::object().set("role", "system").set("content", text);
    case Role::user: return Json::object().set("role", "user").set("content", text);
    case Role::assistant: break;
    case Role::tool:
      if (!shape.tools) {
        return Json::object().set("role", "user").set("content", "[result of the call]\n" + text);
      }
      return Json::object()
          .set("role", "tool")
          .set("tool_call_id", message.call_id)
          .set("content", text);
  }
  Json json = Json::object().set("role", "assistant");
  if (!shape.tools) return json.set("content", calls_in_words(message));
  json.set("content", text.empty() && !message.calls.empty() ? Json() : Json(text));
  if (message.calls.empty()) return json;
  Json calls = Json::array();
  for (const ToolCall& call : message.calls) calls.push(call_json(call));
  return json.set("tool_calls", std::move(calls));
}

Json tools_json(const ModelRequest& request) {
  Json tools = Json::array();
  for (const ToolSpec& tool : request.tools) {
    tools.push(Json::object()
                   .set("type", "function")
                   .set("function", Json::object()
                                        .set("name", tool.name)
                                        .set("description", tool.description)
                                        .set("parameters", tool.parameters)));
  }
  return tools;
}

void set_schema(Json& body, const ModelRequest& request, const Shape& shape) {
  if (!request.schema || shape.schema == SchemaForm::words) return;
  if (shape.schema == SchemaForm::second) {
    body.set("response_format", Json::object().set("type", "json_object"));
    return;
  }
  const auto& [name, schema] = *request.schema;
  body.set("response_format", Json::object()
                                  .set("type", "json_schema")
                                  .set("json_schema", Json::object()
                                                          .set("name", name)
                                                          .set("strict", is_strict(schema))
                                                          .set("schema", schema)));
}

Json chat_body(const config::ModelSettings& endpoint, const ModelRequest& request,
               const Shape& shape) {
  const bool in_words = request.schema && shape.schema != SchemaForm::native;
  const size_t last = last_user_message(request);
  Json messages = Json::array();
  for (size_t i = 0; i < request.messages.size(); ++i) {
    messages.push(message_json(request.messages[i], shape,
                               in_words && i == last ? schema_words(request) : ""));
  }
  Json body = Json::object();
  body.set("model", endpoint.name);
  if (shape.tools && !request.tools.empty()) body.set("tools", tools_json(request));
  body.set("messages", std::move(messages));
  set_schema(body, request, shape);
  body.set(shape.completion_tokens ? "max_completion_tokens" : "max_tokens",
           request.max_output_tokens);
  if (shape.temperature) body.set("temperature", 0);
  body.set("stream", shape.stream);
  if (shape.stream && shape.stream_usage) {
    body.set("stream_options", Json::object().set("include_usage", true));
  }
  return body;
}

std::string content_text(const Json& content) {
  if (content.is_string()) return content.as_string();
  std::string text;
  for (const Json& part : content.items()) text += part["text"].as_string();
  return text;
}

TokenUsage usage_in(const Json& usage) {
  TokenUsage out;
  out.input = count_of(usage["prompt_tokens"]);
  out.output = count_of(usage["completion_tokens"]);
  const Json& details = usage["prompt_tokens_details"];
  out.cached = std::min(out.input, count_of(details["cached_tokens"]));
  out.written = std::min(out.input - out.cached, count_of(details["cache_write_tokens"]));
  return out;
}

// Puts a stream's pieces together into the message that the same server sends without streaming.
class ChatStream {
 public:
  Result<void> add(const Json& piece) {
    if (piece["model"].is_string()) model_ = piece["model"];
    if (piece["usage"].is_object()) usage_ = piece["usage"];
    const Json::Array& choices = piece["choices"].items();
    if (choices.empty()) return {};
    const Json& choice = choices.front();
    const Json& delta = choice["delta"].is_object() ? choice["delta"] : choice["message"];
    text_ += content_text(delta["content"]);
    refusal_ += delta["refusal"].as_string();
    for (const Json& call : delta["tool_calls"].items()) TRY(add_call(call));
    if (!choice["finish_reason"].as_string().empty()) finish_ = choice["finish_reason"];
    began_ = true;
    return {};
  }
  void done() { done_ = true; }
  bool whole() const { return began_ && (done_ || !finish_.is_null()); }

  TokenUsage used() const {
    TokenUsage used = usage_in(usage_);
    if (used.output == 0) {
      std::string written = text_;
      for (const Call& call : calls_) written += call.arguments;
      used.output = tokens_of(written);
    }
    return used;
  }
  Json document() const {
    Json calls = Json::array();
    for (const Call& call : calls_) {
      calls.push(Json::object().set("id", call.id).set(
          "function", Json::object().set("name", call.name).set("arguments", call.arguments)));
    }
    const Json message =
        Json::object().set("content", text_).set("refusal", refusal_).set("tool_calls", calls);
    const Json choice = Json::object().set("message", message).set("finish_reason", finish_);
    return Json::object()
        .set("model", model_)
        .set("choices", Json::array().push(choice))
        .set("usage", usage_);
  }

 private:
  struct Call {
    std::int64_t index;
    std::string id, name, arguments;
  };

  Result<void> add_call(const Json& piece) {
    const std::string& id = piece["id"].as_string();
    Call* call = nullptr;
    const std::int64_t fallback = calls_.empty() ? 0 : calls_.back().index;
    const std::int64_t index = piece["index"].as_integer(fallback);
    for (Call& known : calls_) {
      // Some servers number every call 0: another id is another call.
      if (known.index == index && (id.empty() || known.id.empty() || known.id == id)) call = &known;
    }
    if (call == nullptr) {
      if (calls_.size() >= kMaxParts) return invalid_input("the model's answer holds too many calls");
      call = &calls_.emplace_back(Call{index, {}, {}, {}});
    }
    if (call->id.empty()) call->id = id;
    const Json& function = piece["function"];
    if (call->name.empty()) call->name = function["name"].as_string();
    if (!function["arguments"].is_null()) call->arguments += arguments_text(function["arguments"]);
    return {};
  }

  Json model_, usage_, finish_;
  std::string text_, refusal_;
  std::vector<Call> calls_;
  bool began_ = false;
  bool done_ = false;
};

Result<Json> assemble_chat(const std::vector<Json>& events, TokenUsage& used) {
  ChatStream stream;
  for (const Json& event : events) {
    if (event.is_string()) {
      stream.done();
      break;
    }
    const Json& error = event["error"];
    if (error.is_object() || !error.as_string().empty()) {
      used = stream.used();
      return error_in(event);
    }
    TRY(stream.add(event));
  }
  if (stream.whole()) return stream.document();
  used = stream.used();
  return cut_off_stream();
}

// Local servers leave a reasoning model's thoughts before its answer.
std::string without_thoughts(std::string text) {
  const size_t start = text.find_first_not_of(" \n");
  if (start == std::string::npos || text.compare(start, 7, "<think>") != 0) return text;
  const size_t end = text.find("</think>", start);
  if (end == std::string::npos) return text;
  text.erase(0, end + 8);
  text.erase(0, std::min(text.find_first_not_of(" \n"), text.size()));
  return text;
}

Reading read_chat(const Json& document, const ModelRequest&) {
  const TokenUsage used = usage_in(document["usage"]);
  const Json::Array& choices = document["choices"].items();
  if (choices.empty()) {
    return {invalid_input("the model endpoint's answer holds no choices: check that model.base_url "
                          "speaks chat completions"),
            used};
  }
  const Json& choice = choices.front();
  const Json& message = choice["message"];
  const std::string& finish = choice["finish_reason"].as_string();
  ModelAnswer answer;
  answer.text = without_thoughts(content_text(message["content"]));
  answer.model = document["model"].as_string();
  answer.cut_off = finish == "length";
  answer.usage = used;
  for (const Json& call : message["tool_calls"].items()) {
    if (answer.calls.size() >= kMaxParts) break;
    const Json& function = call["function"];
    std::string id = call["id"].as_string();
    if (id.empty()) id = "call_" + std::to_string(answer.calls.size());
    answer.calls.push_back(
        {std::move(id), function["name"].as_string(), arguments_text(function["arguments"])});
  }
  if (finish == "content_filter") return {declined(), used};
  if (!answer.text.empty() || !answer.calls.empty()) return {std::move(answer), used};
  if (!message["refusal"].as_string().empty()) return {declined(), used};
  return {empty_answer(answer.cut_off), used};
}

}  // namespace

HttpRequest build_chat(const config::ModelSettings& endpoint, const ModelRequest& request,
                       const Shape& shape) {
  return post(endpoint, "/chat/completions", chat_body(endpoint, request, shape));
}

// Azure's v1 API, which needs no api-version; a base_url that names a deployment is taken as it is.
HttpRequest build_azure(const config::ModelSettings& endpoint, const ModelRequest& request,
                        const Shape& shape) {
  const bool has_path = endpoint.base_url.find("/openai/") != std::string::npos;
  return post(endpoint, has_path ? "/chat/completions" : "/openai/v1/chat/completions",
              chat_body(endpoint, request, shape));
}

Reading parse_chat(const HttpResponse& response, const ModelRequest& asked) {
  return read_response(response, asked, assemble_chat, read_chat);
}

}  // namespace triage::propose
