// libgit2 handled safely: it is initialised once, every handle frees itself, errors become ours.
#pragma once

#include <git2.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "pipeline/base/result.h"
#include "retrieval/repository.h"

namespace triage::retrieval {

template <class T, void (*kFree)(T*)>
struct GitFree {
  void operator()(T* handle) const { kFree(handle); }
};
template <class T, void (*kFree)(T*)>
using GitHandle = std::unique_ptr<T, GitFree<T, kFree>>;

using GitRepository = GitHandle<git_repository, git_repository_free>;
using GitObject = GitHandle<git_object, git_object_free>;
using GitReference = GitHandle<git_reference, git_reference_free>;
using GitCommit = GitHandle<git_commit, git_commit_free>;
using GitTree = GitHandle<git_tree, git_tree_free>;
using GitTreeEntry = GitHandle<git_tree_entry, git_tree_entry_free>;
using GitBlob = GitHandle<git_blob, git_blob_free>;
using GitOdb = GitHandle<git_odb, git_odb_free>;
using GitOdbObject = GitHandle<git_odb_object, git_odb_object_free>;
using GitDiff = GitHandle<git_diff, git_diff_free>;
using GitBlame = GitHandle<git_blame, git_blame_free>;
using GitSignature = GitHandle<git_signature, git_signature_free>;

struct Repository::Impl {
  std::string directory;
  GitRepository git;
  // The last tree that was listed: a ticket's stages ask for the same one again and again.
  std::mutex listing;
  std::string listed_commit;
  std::shared_ptr<const std::vector<TreeFile>> listed;
};

// Starts libgit2 once per process, deaf to system and user configuration and to file ownership.
void start_git();

// What libgit2 last said on this thread, as an Error that begins with `what`.
Error git_failure(int code, std::string_view what);

std::string id_text(const git_oid& id);

// Passes the out-parameter of a libgit2 call to a handle: git_out(git_commit_lookup, handle, …).
template <class Handle, class Function, class... Arguments>
int git_out(Function function, Handle& handle, Arguments... arguments) {
  typename Handle::pointer raw = nullptr;
  const int code = function(&raw, arguments...);
  handle.reset(raw);
  return code;
}

// Errors: not_found when `id` is no commit here.
Result<GitCommit> find_commit(git_repository* git, const std::string& id);
Result<GitTree> tree_of(git_repository* git, const std::string& commit);

}  // namespace triage::retrieval
