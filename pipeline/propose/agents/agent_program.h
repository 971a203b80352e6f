// Where an agent's program is on this host, and what of it has to be visible in the sandbox.
//
// The npm packages of both agents are a small starter around a program for each platform that
// needs nothing else: that one is looked for, so that no JavaScript runtime is needed inside. A program
// of any other make is taken as it is. Reads the file system; nothing is run.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/base/result.h"

namespace triage::propose {

struct AgentProgram {
  std::string visible;  // the folder or file to make visible
  std::string program;  // within it; empty: it is the file itself
};

// `name` is "codex" or "claude"; `configured` a path, or empty to look in the usual places.
// Errors: not_found, saying how to install it.
Result<AgentProgram> find_agent_program(std::string_view name, const std::string& configured);

}  // namespace triage::propose
