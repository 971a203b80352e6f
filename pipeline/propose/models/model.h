// Model: the port through which a run asks a language model.
//
// A model gets text that redaction has passed and answers with text or calls of the tools it was
// offered; it holds no key, sees no network and decides nothing. Implementations build requests and
// read answers for one dialect and send them through the Gateway, the only way out. ask() blocks its
// worker until the answer, the deadline or a stop request. Errors: unavailable, rate_limited,
// timeout (worth a later try, or the next model), denied (key, guard), exhausted (budget),
// invalid_input (the endpoint refused or answered nonsense).
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/json.h"
#include "pipeline/base/result.h"
#include "pipeline/base/text.h"

namespace triage::propose {

// What a model may call. `parameters` is a JSON schema of an object.
struct ToolSpec {
  std::string name;
  std::string description;
  Json parameters;
};

struct ToolCall {
  std::string id;         // as the endpoint named it; goes back with the result
  std::string name;
  std::string arguments;  // JSON as the model wrote it: may be anything
};

enum class Role { system, user, assistant, tool };

struct Message {
  Role role = Role::user;
  SafeText content;
  std::vector<ToolCall> calls = {};  // assistant: what it called
  std::string call_id = {};          // tool: the call that this answers
  // assistant: ModelAnswer::verbatim of that turn, as it was; ignored by any other model
  Json verbatim = {};
};

struct ModelRequest {
  // Fixed instructions first, then what stays the same between runs, then what does not: endpoints
  // cache by prefix. Turns are only ever appended.
  std::vector<Message> messages;
  std::vector<ToolSpec> tools;
  // The answer has to be one JSON object of this schema (name, then the schema itself).
  std::optional<std::pair<std::string, Json>> schema;
  std::uint32_t max_output_tokens = 8'000;
};

struct TokenUsage {
  std::uint64_t input = 0, output = 0;
  std::uint64_t cached = 0;   // of `input`, read from the endpoint's cache
  std::uint64_t written = 0;  // of `input`, put into it, where that costs more than input does
};

struct ModelAnswer {
  std::string text;
  std::vector<ToolCall> calls;
  Json verbatim;  // the model's own items of this turn (reasoning, thinking blocks), sealed by its
                  // endpoint, which wants them back with the next; null where there are none
  std::string model;     // as the endpoint names itself
  bool cut_off = false;  // it ran into max_output_tokens
  bool no_tools = false;  // tools were offered, but the endpoint does not know any: text only
  TokenUsage usage;      // zero where the endpoint does not say
};

class Model {
 public:
  virtual ~Model() = default;
  virtual Result<ModelAnswer> ask(const ModelRequest& request, Deadline deadline,
                                  std::stop_token stop) = 0;
};

}  // namespace triage::propose
