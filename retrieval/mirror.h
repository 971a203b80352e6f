// Keeps a bare mirror of a project's repository, and pushes preview branches, by the git program.
//
// git runs with a clean environment, no system or user configuration, no hooks, no prompts. The
// token travels in the environment (http.extraHeader), never in argv, a URL or .git/config.
// Errors: unavailable (cannot be reached or cloned, with git's own last line), denied, conflict.
#pragma once

#include <stop_token>
#include <string>

#include "pipeline/base/clock.h"
#include "pipeline/base/result.h"

namespace triage::retrieval {

struct Remote {
  std::string location;  // path or URL
  std::string token = {};  // for https; empty: none
  Milliseconds time_limit{600'000};
};

// Clones into `directory` when it is missing, else fetches all branches (pruning). Crash-safe: a
// half-made clone is thrown away and made again. Blocks; one caller per directory at a time.
Result<void> refresh_mirror(const Remote& remote, const std::string& directory,
                            std::stop_token stop = {});

// Whether the repository can be reached: its default branch, without fetching anything.
Result<std::string> probe_remote(const Remote& remote, std::stop_token stop = {});

// Pushes `commit` (present in the mirror) to refs/heads/<branch>. Creates the branch; success when
// it is there already at that commit; conflict when it points elsewhere. Never forces.
Result<void> push_branch(const Remote& remote, const std::string& directory,
                         const std::string& commit, const std::string& branch,
                         std::stop_token stop = {});

}  // namespace triage::retrieval
