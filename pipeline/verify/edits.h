// Applies proposed edits to the files of a commit: what a patch means, before anybody judges it.
//
// A hunk's `before` is looked for exactly, then ignoring trailing white space and line ends, then
// ignoring indentation (the replacement is re-indented), then as part of a line. It has to be found
// once; where there are several, the one nearest to line_hint. Nothing is guessed beyond that.
// Line ends of the file are kept. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/effect.h"
#include "pipeline/run.h"
#include "pipeline/verify/base_tree.h"

namespace triage::verify {

// The resulting files, in path order; edits that change nothing leave none. A file keeps its
// executable bit, a new one has none.
// Errors: invalid_input, naming the file, the hunk and the nearest line.
Result<std::vector<FileChange>> apply_edits(const BaseTree& base, const std::vector<Edit>& edits);

// One file's hunks in order.
Result<std::string> apply_hunks(std::string_view content, const std::vector<Hunk>& hunks);

}  // namespace triage::verify
