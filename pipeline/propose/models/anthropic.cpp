// Anthropic's Messages: the instructions apart, turns as lists of blocks, results of tools as blocks
// of the user's next turn. Marks for the cache stand behind tools, instructions, the first question
// and the conversation so far, so the next turn and the next candidate read what this one wrote.
// Thinking blocks go back as they came. A schema is asked for by output_config; older models get a
// tool that they are made to call, whose arguments are then the answer.
#include <algorithm>
#include <utility>

#include "pipeline/propose/models/dialect_internal.h"

namespace triage::propose {
namespace {

constexpr std::string_view kVersion = "2023-06-01";

Json text_block(const std::string& text) {
  return Json::object().set("type", "text").set("text", text);
}

// Other dialects' ids may hold what this one refuses.
std::string clean_id(std::string id) {
  for (char& c : id) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
    if (!fine) c = '_';
  }
  return id.empty() ? "call" : id;
}

Json::Array blocks_of(const Message& message, const std::string& more) {
  const std::string text = message.content.str() + more;
  Json::Array blocks;
  if (message.role == Role::tool) {
    Json block = Json::object().set("type", "tool_result");
    block.set("tool_use_id", clean_id(message.call_id));
    if (!text.empty()) block.set("content", text);
    blocks.push_back(std::move(block));
    return blocks;
  }
  if (message.role == Role::assistant && !message.verbatim.items().empty()) {
    return message.verbatim.items();
  }
  if (!text.empty()) blocks.push_back(text_block(text));
  for (const ToolCall& call : message.calls) {
    blocks.push_back(Json::object()
                         .set("type", "tool_use")
                         .set("id", clean_id(call.id))
                         .set("name", call.name)
                         .set("input", arguments_object(call)));
  }
  return blocks;
}

void mark(Json& block) {
  const std::string& type = block["type"].as_string();
  if (type == "thinking" || type == "redacted_thinking") return;
  block.set("cache_control", Json::object().set("type", "ephemeral"));
}

struct Turn {
  std::string_view role;
  Json::Array blocks;
};

// Messages of one side that follow each other are one turn here.
std::vector<Turn> turns_of(const ModelRequest& request, size_t first, const Shape& shape) {
  const bool in_words = request.schema && shape.schema == SchemaForm::words;
  const size_t last = last_user_message(request);
  std::vector<Turn> turns;
  for (size_t i = first; i < request.messages.size(); ++i) {
    const Message& message = request.messages[i];
    const std::string_view role = message.role == Role::assistant ? "assistant" : "user";
    Json::Array blocks = blocks_of(message, in_words && i == last ? schema_words(request) : "");
    if (turns.empty() || turns.back().role != role) turns.push_back({role, {}});
    std::ranges::move(blocks, std::back_inserter(turns.back().blocks));
  }
  std::erase_if(turns, [](const Turn& turn) { return turn.blocks.empty(); });
  return turns;
}

Json messages_json(std::vector<Turn> turns, const Shape& shape) {
  if (shape.cache_marks && !turns.empty()) {
    mark(turns.front().blocks.back());
    mark(turns.back().blocks.back());
  }
  Json messages = Json::array();
  for (Turn& turn : turns) {
    messages.push(
        Json::object().set("role", turn.role).set("content", Json(std::move(turn.blocks))));
  }
  return messages;
}

Json tools_json(const ModelRequest& request, const Shape& shape) {
  Json::Array tools;
  const auto add = [&](const std::string& name, const std::string& about, const Json& schema) {
    tools.push_back(
        Json::object().set("name", name).set("description", about).set("input_schema", schema));
  };
  if (shape.tools) {
    for (const ToolSpec& tool : request.tools) add(tool.name, tool.description, tool.parameters);
  }
  if (request.schema && shape.schema == SchemaForm::second) {
    add(request.schema->first, "Gives the answer.", request.schema->second);
  }
  if (shape.cache_marks && !tools.empty()) mark(tools.back());
  return Json(std::move(tools));
}

TokenUsage usage_in(const Json& usage) {
  TokenUsage out;
  out.cached = count_of(usage["cache_read_input_tokens"]);
  out.written = count_of(usage["cache_creation_input_tokens"]);
  out.input = count_of(usage["input_tokens"]) + out.cached + out.written;
  out.output = count_of(usage["output_tokens"]);
  return out;
}

// Puts a stream's events together into the message that the endpoint sends without streaming.
class MessageStream {
 public:
  Result<void> add(const Json& event) {
    const std::string& type = event["type"].as_string();
    if (type == "message_start") message_ = event["message"];
    if (type == "content_block_start") return start(event);
    if (type == "content_block_delta") return grow(event["delta"]);
    if (type == "content_block_stop") stop();
    if (type == "message_delta") {
      for (const auto& [name, value] : event["delta"].members()) message_.set(name, value);
      Json usage = message_["usage"];  // counts are totals so far
      for (const auto& [name, value] : event["usage"].members()) usage.set(name, value);
      message_.set("usage", std::move(usage));
    }
    if (type == "message_stop") whole_ = message_.is_object();
    return {};
  }
  bool whole() const { return whole_; }
  TokenUsage used() const {
    TokenUsage used = usage_in(message_["usage"]);
    used.output = std::max(used.output, tokens_of(written_));
    return used;
  }
  Json document() {
    stop();
    return message_.set("content", Json(std::move(blocks_)));
  }

 private:
  Result<void> start(const Json& event) {
    stop();
    if (blocks_.size() >= kMaxParts) {
      return invalid_input("the model's answer holds too many blocks");
    }
    blocks_.push_back(event["content_block"].is_object() ? event["content_block"] : Json::object());
    open_ = true;
    return {};
  }
  Result<void> grow(const Json& delta) {
    if (!open_) return invalid_input("the model endpoint's stream is out of order");
    for (const std::string_view part : {"text", "thinking", "signature"}) {
      if (!delta[part].is_string()) continue;
      parts_[part == "text" ? 0 : part == "thinking" ? 1 : 2] += delta[part].as_string();
      written_ += delta[part].as_string();
    }
    input_ += delta["partial_json"].as_string();
    written_ += delta["partial_json"].as_string();
    return {};
  }
  // A block is complete: its pieces become its members.
  void stop() {
    if (!std::exchange(open_, false)) return;
    Json& block = blocks_.back();
    constexpr std::array<std::string_view, 3> kNames = {"text", "thinking", "signature"};
    for (size_t i = 0; i < kNames.size(); ++i) {
      std::string piece = std::exchange(parts_[i], {});
      if (!piece.empty()) block.set(kNames[i], block[kNames[i]].as_string() + piece);
    }
    if (std::string input = std::exchange(input_, {}); !input.empty()) {
      auto parsed = parse_json(input);
      block.set("input", parsed ? std::move(*parsed) : Json(std::move(input)));
    }
  }

  Json message_;
  Json::Array blocks_;
  std::array<std::string, 3> parts_;
  std::string input_, written_;
  bool open_ = false;
  bool whole_ = false;
};

Result<Json> assemble_anthropic(const std::vector<Json>& events, TokenUsage& used) {
  MessageStream stream;
  for (const Json& event : events) {
    if (event["type"].as_string() == "error") {
      used = stream.used();
      return error_in(event);
    }
    TRY(stream.add(event));
    if (stream.whole()) return stream.document();
  }
  used = stream.used();
  return cut_off_stream();
}

Reading read_anthropic(const Json& document, const ModelRequest& asked) {
  const TokenUsage used = usage_in(document["usage"]);
  const Json& content = document["content"];
  if (!content.is_array()) {
    return {invalid_input("the model endpoint's answer holds no content: check that model.base_url "
                          "speaks Anthropic's Messages (model.api)"),
            used};
  }
  const std::string& stopped = document["stop_reason"].as_string();
  ModelAnswer answer;
  answer.model = document["model"].as_string();
  answer.usage = used;
  answer.cut_off = stopped == "max_tokens" || stopped == "model_context_window_exceeded";
  bool thought = false;
  for (const Json& block : content.items()) {
    const std::string& type = block["type"].as_string();
    thought = thought || type == "thinking" || type == "redacted_thinking";
    if (type == "text") answer.text += block["text"].as_string();
    if (type != "tool_use" || answer.calls.size() >= kMaxParts) continue;
    const std::string& name = block["name"].as_string();
    std::string input = arguments_text(block["input"]);
    if (asked.schema && asked.schema->first == name) {
      answer.text = std::move(input);
      continue;
    }
    std::string id = block["id"].as_string();
    if (id.empty()) id = "call_" + std::to_string(answer.calls.size());
    answer.calls.push_back({std::move(id), name, std::move(input)});
  }
  if (thought) answer.verbatim = content;
  if (stopped == "refusal") return {declined(), used};
  if (answer.text.empty() && answer.calls.empty()) return {empty_answer(answer.cut_off), used};
  return {std::move(answer), used};
}

}  // namespace

HttpRequest build_anthropic(const config::ModelSettings& endpoint, const ModelRequest& request,
                            const Shape& shape) {
  Json body = Json::object();
  body.set("model", endpoint.name).set("max_tokens", request.max_output_tokens);
  Json tools = tools_json(request, shape);
  if (!tools.items().empty()) body.set("tools", std::move(tools));
  Json::Array system;
  size_t first = 0;
  for (; first < request.messages.size() && request.messages[first].role == Role::system; ++first) {
    if (!request.messages[first].content.empty())
      system.push_back(text_block(request.messages[first].content.str()));
  }
  if (!system.empty() && shape.cache_marks) mark(system.back());
  if (!system.empty()) body.set("system", Json(std::move(system)));
  body.set("messages", messages_json(turns_of(request, first, shape), shape));
  if (request.schema && shape.schema == SchemaForm::second) {
    const bool only = request.tools.empty() || !shape.tools;
    Json choice = Json::object().set("type", only ? "tool" : "any");
    if (only) choice.set("name", request.schema->first);
    body.set("tool_choice", std::move(choice));
  } else if (request.schema && shape.schema == SchemaForm::native) {
    Json format = Json::object().set("type", "json_schema").set("schema", request.schema->second);
    body.set("output_config", Json::object().set("format", std::move(format)));
  }
  body.set("stream", shape.stream);
  const Url url = parse_url(endpoint.base_url).value_or(Url{});
  HttpRequest http = post(endpoint, url.target == "/" ? "/v1/messages" : "/messages", body);
  http.headers.set("anthropic-version", std::string(kVersion));
  return http;
}

Reading parse_anthropic(const HttpResponse& response, const ModelRequest& asked) {
  return read_response(response, asked, assemble_anthropic, read_anthropic);
}

}  // namespace triage::propose
