// The JUnit files that a test run left in its work directory. Private to this folder.
//
// The directory belongs to code that nobody has read: files are opened below it without following a
// symlink, only regular ones with one link and a name that ends in .xml, written since the run
// began, at most 4 MiB each and 16 MiB together; the walk ends after 50,000 entries or 12 levels.
// What is not so is passed over.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/base/clock.h"

namespace triage::verify {

// A file below the directory, of exactly that size; nothing where it is no plain file or another
// size.
std::optional<std::string> read_plain_file(const std::string& directory, const std::string& name,
                                           size_t size);

std::vector<std::string> written_reports(const std::string& directory, TimePoint since);

}  // namespace triage::verify
