#include "retrieval/git_internal.h"

#include <utility>

namespace triage::retrieval {

namespace {

ErrorKind kind_of(int code) {
  switch (code) {
    case GIT_ENOTFOUND:
    case GIT_EUNBORNBRANCH:
    case GIT_EINVALIDSPEC:
    case GIT_EAMBIGUOUS: return ErrorKind::not_found;
    case GIT_EEXISTS:
    case GIT_ECONFLICT:
    case GIT_EMODIFIED: return ErrorKind::conflict;
    case GIT_ELOCKED: return ErrorKind::unavailable;
    default: return ErrorKind::corrupt;
  }
}

}  // namespace

void start_git() {
  static const bool started = [] {
    git_libgit2_init();
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    // As git itself does: whoever fetched the objects hashed them, and a damaged one fails to unpack.
    // Hashing each again takes as long as reading it.
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    for (const int level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_GLOBAL,
                            GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_PROGRAMDATA})
      git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    return true;
  }();
  static_cast<void>(started);
}

Error git_failure(int code, std::string_view what) {
  const ::git_error* last = git_error_last();
  std::string message(what);
  if (last != nullptr && last->message != nullptr) message.append(": ").append(last->message);
  return {kind_of(code), std::move(message)};
}

std::string id_text(const git_oid& id) {
  char text[GIT_OID_HEXSZ + 1];
  git_oid_tostr(text, sizeof text, &id);
  return text;
}

Result<GitCommit> find_commit(git_repository* git, const std::string& id) {
  git_oid oid;
  if (id.size() != GIT_OID_HEXSZ || git_oid_fromstr(&oid, id.c_str()) != 0)
    return Error{ErrorKind::not_found, "\"" + id + "\" is not a commit id"};
  GitCommit commit;
  const int code = git_out(git_commit_lookup, commit, git, &oid);
  if (code != 0) return git_failure(code, "read commit " + id);
  return commit;
}

Result<GitTree> tree_of(git_repository* git, const std::string& commit) {
  const GitCommit found = TRY(find_commit(git, commit));
  GitTree tree;
  const int code = git_out(git_commit_tree, tree, found.get());
  if (code != 0) return git_failure(code, "read the tree of commit " + commit);
  return tree;
}

}  // namespace triage::retrieval
