// Commits of a history as one file: what read_commit() made of each, so that no commit is compared
// with its parent twice. A file that is damaged or of another version reads as an error.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/result.h"
#include "retrieval/history_words_internal.h"

namespace triage::retrieval {

using Commits = std::vector<std::shared_ptr<const CommitWords>>;

std::string write_commits(const Commits& commits, std::uint64_t parser);
// Errors: corrupt, conflict (another version).
Result<Commits> read_commits(std::string_view image, std::uint64_t parser);

}  // namespace triage::retrieval
