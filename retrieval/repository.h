// A git repository read with libgit2: objects only, never a work tree, hooks or configuration.
//
// Reading is const and thread-safe per object opened (open one per worker). Commits are made in the
// object database directly; a branch is only ever created or found, never moved.
// Errors: not_found (no such revision or path), corrupt (damaged pack), conflict (branch exists).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/effect.h"
#include "pipeline/base/result.h"

namespace triage::retrieval {

struct TreeFile {
  std::string path;
  std::string blob;  // 40 hex digits
  enum class Kind { regular, executable, symlink, submodule } kind = Kind::regular;
};

struct CommitInfo {
  std::string id;
  std::string author;
  std::string email;
  TimePoint time{};
  std::string summary;  // first line
  std::string message;
  std::vector<std::string> paths;  // touched files, where history() was asked for them
};

struct BlameLine {
  std::uint32_t start = 0, end = 0;  // inclusive, from 1
  CommitInfo commit;
};

class Repository {
 public:
  static Result<Repository> open(const std::string& directory);
  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  const std::string& directory() const;
  // The commit id of a revision ("main", "HEAD~2", a sha). Empty: the default branch.
  Result<std::string> resolve(std::string_view revision) const;
  Result<std::string> default_branch() const;
  Result<CommitInfo> commit(const std::string& id) const;
  // Every entry below the commit's tree, in path order.
  Result<std::vector<TreeFile>> files(const std::string& commit) const;
  Result<std::uint64_t> blob_size(const std::string& blob) const;
  // Errors: exhausted when larger than max_bytes.
  Result<std::string> read_blob(const std::string& blob, std::uint64_t max_bytes) const;
  Result<std::string> read_file(const std::string& commit, std::string_view path,
                                std::uint64_t max_bytes = 1 << 20) const;
  // Who last changed lines [start, end] as of the commit.
  Result<std::vector<BlameLine>> blame(const std::string& commit, const std::string& path,
                                       std::uint32_t start, std::uint32_t end) const;
  // The commit and its ancestors, newest first, with the paths each touched (first parent).
  Result<std::vector<CommitInfo>> history(const std::string& commit, size_t limit) const;

  // The ids alone, and one commit with the paths it touched: for callers that keep what they read.
  Result<std::vector<std::string>> ancestors(const std::string& commit, size_t limit) const;
  Result<CommitInfo> commit_with_paths(const std::string& id) const;

  // A commit on top of base with these changes; the same input gives the same id.
  Result<std::string> commit_changes(const std::string& base, const std::vector<FileChange>& changes,
                                     const std::string& message, TimePoint when) const;
  // Creates refs/heads/<name>; success too when it already points at that commit.
  Result<void> create_branch(const std::string& name, const std::string& commit) const;
  // The commit a branch points at, or nothing.
  Result<std::optional<std::string>> find_branch(const std::string& name) const;
  // Unified diff (git style, three lines of context) between two commits.
  Result<std::string> diff(const std::string& from, const std::string& to) const;

 private:
  struct Impl;
  explicit Repository(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::retrieval
