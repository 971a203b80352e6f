// Takes the file changes out of a model's answer: SEARCH/REPLACE blocks, unified diffs and files
// given whole where they are clearly marked, in or outside Markdown fences.
//
// Paths are kept as the model wrote them; verify and policy judge them. Never fails: what is broken
// or too much is left out and said in `problems`. Linear in the size of the answer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/run.h"

namespace triage::propose {

inline constexpr size_t kMaxHunks = 500;

struct EditsAndProse {
  std::vector<Edit> edits;  // one for each file, in order of first mention
  std::string prose;        // the answer without them
  std::vector<std::string> problems;
};

EditsAndProse take_edits(std::string_view answer);

// Adds one edit: hunks of a path that is there already are appended to it.
void add_edit(std::vector<Edit>& edits, Edit edit);

// At most kMaxHunks in all; says so in `problems` when it had to cut.
void cap_edits(std::vector<Edit>& edits, std::vector<std::string>& problems);

}  // namespace triage::propose
