// A fresh directory that holds the files of one commit, for the sandbox to work in.
//
// No .git in it: only regular files (mode 644 or 755) and relative symlinks that stay inside. It is
// private to its owner and is removed with everything in it when the object goes; what a killed
// process left is removed when the next one is made. All writing goes through descriptors and never
// follows a symlink, so neither a hostile repository nor a test that ran before can direct it
// elsewhere. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/base/effect.h"
#include "pipeline/base/result.h"
#include "pipeline/verify/sandbox.h"
#include "retrieval/repository.h"

namespace triage::verify {

struct CheckoutReport {
  std::uint64_t files = 0, bytes = 0;
  std::uint64_t skipped = 0;  // submodules, symlinks that point outside, unusable names
};

class Workspace {
 public:
  // Largest trees that are checked out; beyond them: exhausted.
  static constexpr std::uint64_t kMaxFiles = 200'000;
  static constexpr std::uint64_t kMaxBytes = 2ULL << 30U;

  // Makes a directory of its own below `base`, which has to be reachable by `owner`. By default that
  // is memory (/dev/shm) where there is plenty of it: bounded, and fast with many small files; else
  // /tmp.
  // Errors: exhausted (disk full), denied.
  static Result<Workspace> create(const std::optional<Owner>& owner,
                                  const std::string& base = "");
  Workspace(Workspace&& other) noexcept;
  Workspace& operator=(Workspace&& other) noexcept;
  ~Workspace();

  const std::string& path() const { return path_; }

  Result<CheckoutReport> check_out(const retrieval::Repository& repository,
                                   const std::string& commit);
  // Writes, replaces or deletes files. Errors: denied where a parent is a symlink or not a folder.
  Result<void> apply(const std::vector<FileChange>& changes);

 private:
  Workspace() = default;
  void remove() noexcept;

  std::string path_;
  int root_ = -1;
  std::optional<Owner> owner_;
};

// Relative, no empty, "." or ".." part, no ".git" in any spelling a file system may fold to it, no
// control characters.
bool is_safe_path(std::string_view path);

}  // namespace triage::verify
