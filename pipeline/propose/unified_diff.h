// Reads unified diffs as models write them: git style or plain, several files, new and deleted
// files, hunk headers whose counts are wrong.
//
// Only what the lines say counts; numbers in headers are hints. Never fails: what cannot be used
// (renames, binary patches) is said in `problems`.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/run.h"

namespace triage::propose {

// Whether a diff begins at lines[at].
bool starts_diff(std::span<const std::string_view> lines, size_t at);

// Reads the diff that begins at `at`; returns the first line that is not part of it. `fenced`: the
// span ends with the diff, so nothing in it is prose.
size_t read_diff(std::span<const std::string_view> lines, size_t at, bool fenced,
                 std::vector<Edit>& edits, std::vector<std::string>& problems);

}  // namespace triage::propose
