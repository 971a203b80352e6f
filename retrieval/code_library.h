// The code of every project: mirrors kept fresh, indexes built once per commit and shared.
//
// Thread-safe. open() blocks its worker while it fetches and indexes; two workers that want the
// same project wait for one fetch. A fetch that fails falls back to the mirror's last state and
// says so in CodeView::stale. A large tree is searchable before its grammars are done: the rest
// follows in the background, and the next open() gets it.
#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "pipeline/base/result.h"
#include "retrieval/index.h"
#include "retrieval/mirror.h"
#include "retrieval/repository.h"

namespace triage::retrieval {

// One commit of one project, ready to search and read. Each worker gets its own Repository handle.
struct CodeView {
  std::shared_ptr<Repository> repository;
  std::string branch;
  std::string commit;
  std::shared_ptr<const CodeIndex> index;
  std::string stale;  // why the mirror could not be refreshed; empty when it was
};

// Where a branch stands.
struct BranchHead {
  std::shared_ptr<Repository> repository;
  std::string branch;
  std::string commit;
};

class CodeLibrary {
 public:
  // Mirrors live in <directory>/<project>.git, what was parsed of all of them in `index`; empty:
  // <directory>/index.
  explicit CodeLibrary(std::string directory, std::string index = "");
  ~CodeLibrary();

  // Refreshes the mirror, resolves `revision` (empty: `branch`, or the default branch), indexes it.
  Result<CodeView> open(const std::string& project, const Remote& remote, const std::string& branch,
                        const std::string& revision = "", std::stop_token stop = {});
  // The same for a commit seen before, without fetching: for a resumed run.
  Result<CodeView> reopen(const std::string& project, const std::string& commit,
                          std::stop_token stop = {});
  // Fetches and tells where `branch` (empty: the default branch) stands; nothing is indexed.
  // Errors: unavailable where it can't be fetched: what the mirror has may be old.
  Result<BranchHead> head(const std::string& project, const Remote& remote,
                          const std::string& branch, std::stop_token stop = {});
  std::string mirror_path(const std::string& project) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::retrieval
