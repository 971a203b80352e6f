// What an agent says to the model, made fit to leave: the two dialects that agents speak, as pure
// functions.
//
// An agent's requests are a stranger's: whoever controls what runs in the sandbox writes them. So a
// body is rebuilt from what is known and allowed, never passed on: fields by a list, tools that the
// endpoint itself would run (search, fetch, code, remote MCP) left out, nothing that makes the
// endpoint fetch a URL, output capped, text sealed. Linear in the body; no I/O.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/http.h"
#include "pipeline/base/json.h"
#include "pipeline/base/result.h"

namespace triage::propose {

enum class AgentDialect { responses, messages };  // OpenAI Responses, Anthropic Messages

// What a request path is for.
enum class AgentPath { ask, count_tokens, unknown };
AgentPath agent_path(AgentDialect dialect, std::string_view method, std::string_view target);

// Where the question goes: below base_url, as for models that are asked without an agent.
std::string agent_endpoint(AgentDialect dialect, const std::string& base_url);

struct AgentBody {
  Json json;
  std::uint32_t max_output_tokens = 0;
  std::vector<std::string> left_out;  // tools that may not be used
};

using SealText = std::function<std::string(const std::string&)>;

// Errors: denied (another model, something to fetch), invalid_input (not a request of that dialect).
Result<AgentBody> fit_to_leave(AgentDialect dialect, const Json& body, const std::string& model,
                               std::uint32_t max_output_tokens, const SealText& seal);

// Fields of the agent's request that the endpoint may need; everything else stays here.
Headers agent_headers(AgentDialect dialect, const Headers& sent);

// The dialect's error object, so that the agent understands that it is over.
HttpResponse agent_error(AgentDialect dialect, int status, const std::string& message);

}  // namespace triage::propose
