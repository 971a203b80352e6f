// What an agent finds inside its sandbox, and how it is started there.
//
//   /w               the work directory          /agent/program   its own program
//   /agent/home      empty, in memory            /agent/triaged   the bridge
//   /agent/gateway   the socket to the gateway   127.0.0.1:8088   the same, as the bridge offers it
//
// Stateless; reads the file system to find programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "pipeline/propose/agents/agent_program.h"
#include "pipeline/verify/sandbox.h"

namespace triage::propose {

inline constexpr const char* kAgentHome = "/agent/home";
inline constexpr const char* kAgentSocket = "/agent/gateway";
inline constexpr const char* kAgentBase = "http://127.0.0.1:8088";

class AgentInside {
 public:
  // `bridge`: triaged's own program; empty: the one that runs here.
  // Errors: not_found (the agent's program).
  static Result<AgentInside> make(std::string_view name, const config::ModelSettings& endpoint,
                                  const std::string& bridge);

  // Program, bridge and home; no socket yet.
  verify::SandboxExtras extras() const;
  // Bridge and agent, for the sandbox's shell.
  std::string command_line(const std::vector<std::string>& arguments) const;

 private:
  std::string program_inside() const;

  AgentProgram program_;
  std::string bridge_;
};

// Starts the agent in the sandbox to ask its version: "codex-cli 0.169.0".
// Errors: those of make() and the sandbox; unavailable where it does not start.
Result<std::string> probe_agent(const config::Settings& settings, std::string_view name,
                                const std::string& bridge = "");

}  // namespace triage::propose
