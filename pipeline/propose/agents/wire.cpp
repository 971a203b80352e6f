#include "pipeline/propose/agents/wire.h"

#include <algorithm>
#include <array>
#include <span>

namespace triage::propose {
namespace {

constexpr std::array<std::string_view, 16> kResponsesFields{
    "model", "instructions", "input", "tools", "tool_choice", "parallel_tool_calls", "reasoning",
    "stream", "include", "prompt_cache_key", "text", "truncation", "temperature", "top_p",
    "max_output_tokens", "stream_options"};
constexpr std::array<std::string_view, 15> kMessagesFields{
    "model", "messages", "system", "tools", "tool_choice", "max_tokens", "stream", "thinking",
    "temperature", "top_p", "top_k", "stop_sequences", "context_management", "output_config",
    "output_format"};
// Tools that the agent runs itself, inside.
constexpr std::array<std::string_view, 3> kResponsesTools{"function", "custom", "local_shell"};
constexpr std::array<std::string_view, 2> kMessagesTools{"custom", ""};
// Members whose strings are written by people, programs or models, not by the protocol.
constexpr std::array<std::string_view, 7> kTextMembers{"text",         "content", "output", "input",
                                                       "instructions", "system",  "arguments"};
constexpr std::array<std::string_view, 4> kFetched{"image_url", "file_url", "url", "server_url"};

bool holds(std::span<const std::string_view> list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

// Does anything here make the endpoint call somebody? Data in place ("data:…") does not.
bool makes_fetch(const Json& json) {
  for (const Json& item : json.items()) {
    if (makes_fetch(item)) return true;
  }
  for (const auto& [name, value] : json.members()) {
    if (value.is_string() && holds(kFetched, name) && !value.as_string().empty() &&
        !value.as_string().starts_with("data:"))
      return true;
    if (makes_fetch(value)) return true;
  }
  return false;
}

// Seals strings; which ones follows from the member they are in. Below `everything` all are text.
class Sealer {
 public:
  explicit Sealer(const SealText& seal) : seal_(seal) {}

  Json sealed(const Json& json, bool is_text, bool everything) const {
    if (json.is_string()) return is_text || everything ? Json(sealed_text(json.as_string())) : json;
    if (json.is_array()) {
      Json out = Json::array();
      for (const Json& item : json.items()) out.push(sealed(item, is_text, everything));
      return out;
    }
    if (!json.is_object()) return json;
    Json::Object out;
    for (const auto& [name, value] : json.members()) {
      const bool arguments = (name == "input" || name == "arguments") && value.is_object();
      out.emplace_back(name, sealed(value, holds(kTextMembers, name), everything || arguments));
    }
    return Json(std::move(out));
  }

 private:
  // A string that is JSON itself is sealed string by string, as its reader will see it.
  std::string sealed_text(const std::string& text) const {
    const size_t first = text.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && std::string_view("{[\"").find(text[first]) != std::string_view::npos) {
      if (const auto inner = parse_json(text)) {
        const Json safe = sealed(*inner, true, true);
        return safe == *inner ? text : safe.dump();
      }
    }
    return seal_(text);
  }

  const SealText& seal_;
};

Json allowed_tools(AgentDialect dialect, const Json& tools, std::vector<std::string>& left_out) {
  const std::span<const std::string_view> allowed =
      dialect == AgentDialect::responses ? std::span<const std::string_view>(kResponsesTools)
                                         : std::span<const std::string_view>(kMessagesTools);
  Json out = Json::array();
  for (const Json& tool : tools.items()) {
    const std::string& type = tool["type"].as_string();
    if (holds(allowed, type)) {
      out.push(tool);
    } else {
      left_out.push_back(type.substr(0, 60));
    }
  }
  return out;
}

void cap_output(AgentDialect dialect, std::uint32_t most, AgentBody& body) {
  const char* field = dialect == AgentDialect::responses ? "max_output_tokens" : "max_tokens";
  const std::int64_t asked = body.json[field].as_integer();
  body.max_output_tokens =
      asked > 0 && asked < static_cast<std::int64_t>(most) ? static_cast<std::uint32_t>(asked) : most;
  body.json.set(field, body.max_output_tokens);
}

}  // namespace

AgentPath agent_path(AgentDialect dialect, std::string_view method, std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (method != "POST") return AgentPath::unknown;
  if (dialect == AgentDialect::responses)
    return path == "/v1/responses" ? AgentPath::ask : AgentPath::unknown;
  if (path == "/v1/messages") return AgentPath::ask;
  return path == "/v1/messages/count_tokens" ? AgentPath::count_tokens : AgentPath::unknown;
}

std::string agent_endpoint(AgentDialect dialect, const std::string& base_url) {
  const size_t query = std::min(base_url.find('?'), base_url.size());
  std::string url = base_url.substr(0, query);
  while (url.ends_with('/')) url.pop_back();
  if (dialect == AgentDialect::responses) {
    url += "/responses";
  } else {
    const Url parsed = parse_url(base_url).value_or(Url{});
    url += parsed.target == "/" ? "/v1/messages" : "/messages";
  }
  return url + base_url.substr(query);
}

Result<AgentBody> fit_to_leave(AgentDialect dialect, const Json& body, const std::string& model,
                               std::uint32_t max_output_tokens, const SealText& seal) {
  const bool responses = dialect == AgentDialect::responses;
  if (!body.is_object() || body[responses ? "input" : "messages"].is_null())
    return invalid_input("not a question to a model");
  if (body["model"].as_string() != model)
    return Error{ErrorKind::denied, "only the model " + model + " may be asked"};
  const std::span<const std::string_view> fields =
      responses ? std::span<const std::string_view>(kResponsesFields)
                : std::span<const std::string_view>(kMessagesFields);
  AgentBody out;
  out.json = Json::object();
  const Sealer sealer(seal);
  for (const auto& [name, value] : body.members()) {
    if (!holds(fields, name)) continue;
    if (name == "tools") {
      out.json.set(name, allowed_tools(dialect, value, out.left_out));
    } else {
      out.json.set(name, sealer.sealed(value, holds(kTextMembers, name), false));
    }
  }
  for (const char* part : {"input", "messages", "system", "instructions"}) {
    if (makes_fetch(out.json[part]))
      return Error{ErrorKind::denied, "the endpoint may not be made to fetch anything"};
  }
  if (responses) out.json.set("store", false);
  cap_output(dialect, max_output_tokens, out);
  return out;
}

Headers agent_headers(AgentDialect dialect, const Headers& sent) {
  Headers out{{"Content-Type", "application/json"}};
  if (const std::string_view accept = sent.get("Accept"); !accept.empty())
    out.add("Accept", std::string(accept));
  if (dialect == AgentDialect::messages) {
    for (const char* name : {"anthropic-version", "anthropic-beta"}) {
      if (const std::string_view value = sent.get(name); !value.empty())
        out.add(name, std::string(value));
    }
    if (out.count("anthropic-version") == 0) out.add("anthropic-version", "2023-06-01");
  }
  return out;
}

HttpResponse agent_error(AgentDialect dialect, int status, const std::string& message) {
  Json error = Json::object();
  error.set("type", "invalid_request_error").set("message", message);
  Json body = Json::object();
  if (dialect == AgentDialect::responses) {
    error.set("code", "refused_by_triaged");
  } else {
    body.set("type", "error");
  }
  body.set("error", std::move(error));
  // To the Anthropic client library the second field says the same as the status, unmistakably.
  return {status, {{"Content-Type", "application/json"}, {"x-should-retry", "false"}}, body.dump()};
}

}  // namespace triage::propose
