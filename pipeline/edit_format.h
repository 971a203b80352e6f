// Reads a unified diff, as git, diff or a model writes it, into Edits.
//
// Tolerant of what models get wrong (line counts, missing "diff --git" lines, CRLF, prose around the
// patch) and strict about what an Edit can't say: renames, modes, binary patches, symlinks and
// submodules are refused by name. Only the form is read here: whether a path may be changed is for policy.
// Pure and thread-safe; linear in the size of the text.
#pragma once

#include <string_view>
#include <vector>

#include "pipeline/base/result.h"
#include "pipeline/run.h"

namespace triage {

// One Edit per file, in order of appearance. A new file has `content`, a deleted one `remove`, any
// other one hunks whose line_hint is the first old line (0: none). The same file twice is one Edit.
// Errors: invalid_input, saying which file or line of the patch and what to do instead.
Result<std::vector<Edit>> parse_unified_diff(std::string_view text);

}  // namespace triage
