// Which paths differ between two trees, by comparing them directory by directory.
//
// Only directories whose ids differ are read, each once, and no blob: about 90 µs for a commit of a
// large repository, where git_diff_tree_to_tree of libgit2 1.5 takes 30 times as long.
#pragma once

#include <git2.h>

#include <string>
#include <vector>

#include "pipeline/base/result.h"

namespace triage::retrieval {

// Paths in order: added, removed, other content or other mode; a rename is both paths. `before` is
// null where there is nothing to compare with. Errors: not_found and corrupt, as git_failure() has it.
Result<std::vector<std::string>> changed_paths(git_repository* git, const git_oid* before,
                                               const git_oid* after);

}  // namespace triage::retrieval
