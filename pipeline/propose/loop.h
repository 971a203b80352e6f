// Our own loop for plain models: ask, carry out the tools it calls, ask again, until it finishes.
//
// Bounded by turns, tokens, money (both by the gateway) and time. An answer that can't be read is
// sent back once with what is wrong; a conversation that grows past twice model.context_tokens loses its
// oldest tool results first. Calls and results stay together. A model without tools (model.tools: false, or
// one that answers at once) is asked for the whole answer in one piece.
#pragma once

#include <optional>

#include "config/settings.h"
#include "pipeline/propose/author.h"
#include "pipeline/propose/models/model.h"
#include "pipeline/propose/tools.h"

namespace triage::propose {

class LoopAuthor final : public Author {
 public:
  // `first`: instructions, code and ticket. `world` and `model` outlive the author.
  LoopAuthor(const config::ModelSettings& settings, Model& model, ToolWorld world,
             ModelRequest first, TicketKind kind);

  Result<Draft> write(const Feedback* last, Deadline deadline, std::stop_token stop) override;
  std::vector<AgentEvent> take_events() override { return std::exchange(events_, {}); }

 private:
  class Round;

  const config::ModelSettings& settings_;
  Model& model_;
  ToolWorld world_;
  ModelRequest first_;
  TicketKind kind_;
  std::vector<AgentEvent> events_;
};

// Replaces the oldest tool results by a remark until the conversation is below `most` tokens; the
// newest `keep` stay. Returns whether anything was left out.
bool compact(ModelRequest& request, redact::Redactor& redactor, size_t most, size_t keep);

}  // namespace triage::propose
