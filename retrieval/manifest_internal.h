// The list of an index's live files, and the steps that make a change of it survive a crash.
//
// One line per file after a line with form and parser version, closed by a checksum; a manifest
// that is missing, damaged or of another version counts as empty. Errors: exhausted (disk full),
// denied.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/fd.h"
#include "pipeline/base/result.h"

namespace triage::retrieval {

inline constexpr std::string_view kSegmentSuffix = ".seg", kCommitsSuffix = ".com",
                                  kDamagedSuffix = ".damaged";

struct Manifest {
  // What tells a rewritten manifest from the one that was read.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t changed = 0;
    bool operator==(const Stamp&) const = default;
  };

  std::vector<std::string> files;
  Stamp stamp;
  bool damaged = false;

  static Manifest read(const std::string& directory, std::uint64_t parser);
  static Stamp stamp_of(const std::string& directory);
  Result<void> write(const std::string& directory, std::uint64_t parser) const;
};

// The lock of an index's manifest: held as long as the Fd lives.
Result<Fd> lock_index(const std::string& directory);

// Writes and syncs a file under its temporary name, then gives it its name. The Fd that comes back
// holds a lock by which sweep_index() knows that somebody is about to publish the file.
Result<Fd> write_index_file(const std::string& directory, const std::string& name,
                            std::string_view bytes);

// Removes what is neither in the manifest nor held by a writer. With the manifest's lock held.
void sweep_index(const std::string& directory, const Manifest& manifest);

// Sixteen hex digits that no other file has.
std::string fresh_name();

}  // namespace triage::retrieval
