// The agents that can be run: how each is started, what it speaks, how its events read.
//
// Each gets a clean home in memory, its endpoint on loopback and no key. Its own sandbox is off,
// because namespaces can't be nested in ours and ours is the boundary; so are telemetry, updates, web
// search, remote tools, hooks, plugins and what it would keep of the session. Measured with codex
// 0.169.0 and claude-code 2.1.328. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "pipeline/propose/agents/transcript.h"
#include "pipeline/propose/agents/wire.h"

namespace triage::propose {

struct AgentStart {
  std::vector<std::string> arguments;  // after the program's name; the prompt is standard input
  std::vector<std::pair<std::string, std::string>> env;
};

struct AgentKind {
  std::string_view name;  // also model.api
  AgentDialect dialect;
  ReadEvent read_event;
  // `base`: "http://127.0.0.1:PORT"; `home`: an empty folder that it may write, not below /tmp.
  AgentStart (*start)(const config::ModelSettings& endpoint, const std::string& base,
                      const std::string& home);
};

// Null where model.api names no agent.
const AgentKind* agent_kind(std::string_view api);

}  // namespace triage::propose
