// Model: the port through which a run asks a language model.
//
// A model gets text that redaction has passed and answers with text; it holds no key, sees no
// network and decides nothing. Implementations build requests and read answers for one dialect and
// send them through the Gateway, the only way out. ask() blocks its worker until the answer, the
// deadline or a stop request. Errors: unavailable, rate_limited, timeout (worth a later try),
// denied (key, guard), exhausted (budget), invalid_input (the endpoint refused or answered
// nonsense).
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/result.h"
#include "pipeline/base/text.h"

namespace triage::propose {

struct Message {
  std::string role;  // "system", "user"
  SafeText content;
};

struct ModelRequest {
  std::vector<Message> messages;
  std::uint32_t max_output_tokens = 8'000;
};

struct TokenUsage {
  std::uint64_t input = 0, output = 0;
};

struct ModelAnswer {
  std::string text;
  std::string model;     // as the endpoint names itself
  bool cut_off = false;  // it ran into max_output_tokens
  TokenUsage usage;      // zero where the endpoint does not say
};

class Model {
 public:
  virtual ~Model() = default;
  virtual Result<ModelAnswer> ask(const ModelRequest& request, Deadline deadline,
                                  std::stop_token stop) = 0;
};

}  // namespace triage::propose
