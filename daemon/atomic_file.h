// Writes a file so that others see the old content or the new, never half of it.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/base/result.h"

namespace triage::daemon {

// Through a temporary file in the same directory, synced, then renamed over `path`. Never follows a
// link at `path`. Errors: exhausted (disk full), denied, not_found (no such directory).
Status write_file_atomically(const std::string& path, std::string_view bytes);

// The bytes of a regular file; links and devices are refused, also those that appear meanwhile.
// Errors: not_found, invalid_input (not a regular file, larger than max_bytes), denied.
Result<std::string> read_regular_file(const std::string& path, size_t max_bytes);

}  // namespace triage::daemon
