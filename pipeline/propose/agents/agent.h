// Runs a coding agent (Codex, Claude Code) in the sandbox on a copy of one commit, and takes what it
// changed.
//
// The agent sees the commit's files without .git and without what would configure it, its own
// program, and one loopback port behind which is the gateway. It holds no key and has no network. What
// it says about its work decides nothing; its changes are proposals like any model's. It is ended by
// the deadline, by silence, by output without end, or by the gateway's refusals, and what it had done
// by then is kept. Blocks its worker. Several can run side by side.
#pragma once

#include <string>
#include <vector>

#include "pipeline/propose/gateway.h"
#include "pipeline/redact/redact.h"
#include "pipeline/stage.h"
#include "retrieval/repository.h"

namespace triage::propose {

struct AgentTask {
  const StageContext& context;
  const retrieval::Repository& repository;
  std::string commit;
  Gateway& gateway;
  redact::Redactor& redactor;
  const config::ModelSettings& endpoint;  // api is "codex" or "claude"
  SafeText prompt;
  std::vector<Edit> start_from;  // changes that are there already, as from the round before
  Deadline deadline;
  // Longest silence; 0: what one answer of the model or one run of the tests may take.
  Milliseconds idle_limit{0};
  Milliseconds start_limit{60'000};  // until it first asks the model
  std::string bridge = {};           // triaged's own program; empty: the one that runs here
};

struct AgentOutcome {
  std::string text;         // its last message, sealed
  std::vector<Edit> edits;  // against the commit: whole contents or removals
  std::vector<AgentEvent> events;
  std::string problem;  // why it ended early, or that it did nothing; empty: it finished
};

// Whether model.api names an agent.
bool is_agent(const config::ModelSettings& endpoint);

// Errors: invalid_input (no such agent, edits that don't apply), not_found (program), denied (no
// sandbox, no socket), exhausted, timeout (stopped).
Result<AgentOutcome> run_agent(const AgentTask& task);

}  // namespace triage::propose
