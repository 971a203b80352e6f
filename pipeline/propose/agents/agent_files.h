// Files on their way into and out of an agent's workspace.
//
// Going in: what a repository holds to configure agents is left out, as it would speak to ours.
// Coming out: only what differs from the commit, and only plain text files. The workspace is
// hostile ground by then: nothing is followed, waited for or read without bound, and what is refused
// is named.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/result.h"
#include "pipeline/run.h"
#include "retrieval/repository.h"

namespace triage::propose {

// AGENTS.md, .claude/ and the like, at any depth, in any case.
bool is_agent_configuration(std::string_view path);

struct CollectLimits {
  size_t files = 200;                // that changed
  size_t bytes = 4U << 20U;          // of a file that changed
  size_t total_bytes = 16U << 20U;   // of all of them
  size_t entries = 200'000;          // looked at
};

struct Collected {
  std::vector<Edit> edits;           // whole contents, or removal, in path order
  std::vector<std::string> refused;  // "path: why", at most kMaxRefused
  static constexpr size_t kMaxRefused = 50;
};

// What differs in the folder from the commit's files. Traces of test runs (caches, packages) are
// passed over. Errors: those of the repository; denied where the folder can't be opened.
Result<Collected> collect_changes(const std::string& folder,
                                  const retrieval::Repository& repository,
                                  const std::string& commit, const CollectLimits& limits = {});

}  // namespace triage::propose
