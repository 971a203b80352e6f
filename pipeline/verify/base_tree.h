// The files of the commit that a patch is for: what edits apply to and policy compares with.
//
// Immutable; reads are as thread-safe as the repository behind them, which must outlive it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "pipeline/base/result.h"
#include "retrieval/repository.h"

namespace triage::verify {

class BaseTree {
 public:
  using Read = std::function<Result<std::string>(const retrieval::TreeFile&)>;

  BaseTree(std::vector<retrieval::TreeFile> files, Read read);
  static Result<BaseTree> load(const retrieval::Repository& repository, const std::string& commit);

  // The entry of exactly that path, or null.
  const retrieval::TreeFile* find(std::string_view path) const;
  // Is one of its parent folders a file, symlink or submodule?
  bool is_blocked(std::string_view path) const;
  bool is_folder(std::string_view path) const;
  // Every entry by its path.
  const std::map<std::string, retrieval::TreeFile, std::less<>>& files() const { return files_; }
  // Errors: not_found, denied for what is no regular file, exhausted over 4 MiB.
  Result<std::string> read(std::string_view path) const;

 private:
  std::map<std::string, retrieval::TreeFile, std::less<>> files_;
  Read read_;
};

}  // namespace triage::verify
