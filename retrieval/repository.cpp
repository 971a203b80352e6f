#include "retrieval/repository.h"

#include <algorithm>

#include "retrieval/git_internal.h"
#include "retrieval/tree_changes_internal.h"

namespace triage::retrieval {

namespace {

TimePoint to_time(git_time_t seconds) { return TimePoint(std::chrono::seconds(seconds)); }

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

CommitInfo describe_commit(const git_commit* commit) {
  CommitInfo info;
  info.id = id_text(*git_commit_id(commit));
  if (const git_signature* author = git_commit_author(commit)) {
    info.author = text_or_empty(author->name);
    info.email = text_or_empty(author->email);
    info.time = to_time(author->when.time);
  }
  info.message = text_or_empty(git_commit_message(commit));
  info.summary = info.message.substr(0, info.message.find('\n'));
  return info;
}

TreeFile::Kind kind_of(git_filemode_t mode) {
  switch (mode) {
    case GIT_FILEMODE_BLOB_EXECUTABLE: return TreeFile::Kind::executable;
    case GIT_FILEMODE_LINK: return TreeFile::Kind::symlink;
    case GIT_FILEMODE_COMMIT: return TreeFile::Kind::submodule;
    default: return TreeFile::Kind::regular;
  }
}

// The paths that differ between a commit and its first parent.
Result<std::vector<std::string>> touched_paths(git_repository* git, git_commit* commit) {
  const git_oid* before = nullptr;
  GitCommit parent;
  if (git_commit_parentcount(commit) > 0) {
    // A shallow clone ends in a commit whose parent is missing: it touched nothing we can name.
    if (git_out(git_commit_parent, parent, commit, 0U) != 0) return std::vector<std::string>{};
    before = git_commit_tree_id(parent.get());
  }
  return changed_paths(git, before, git_commit_tree_id(commit));
}

}  // namespace

Repository::Repository(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

Result<Repository> Repository::open(const std::string& directory) {
  start_git();
  auto impl = std::make_unique<Impl>();
  impl->directory = directory;
  const int code = git_out(git_repository_open_ext, impl->git, directory.c_str(),
                           static_cast<unsigned>(GIT_REPOSITORY_OPEN_NO_SEARCH),
                           static_cast<const char*>(nullptr));
  if (code == GIT_ENOTFOUND)
    return Error{ErrorKind::not_found,
                 "\"" + directory + "\" is not a git repository; name its top directory"};
  if (code != 0) return git_failure(code, "open repository \"" + directory + "\"");
  return Repository(std::move(impl));
}

const std::string& Repository::directory() const { return impl_->directory; }

Result<std::string> Repository::default_branch() const {
  GitReference head;
  int code = git_out(git_repository_head, head, impl_->git.get());
  if (code == 0) return std::string(git_reference_shorthand(head.get()));
  // A mirror's HEAD may name a branch that is gone.
  for (const char* name : {"main", "master", "trunk", "develop"}) {
    if (TRY(find_branch(name))) return std::string(name);
  }
  return Error{ErrorKind::not_found,
               "repository \"" + impl_->directory + "\" has no commits on its default branch"};
}

Result<std::string> Repository::resolve(std::string_view revision) const {
  const std::string name = revision.empty() ? TRY(default_branch()) : std::string(revision);
  GitObject object;
  int code = name.find('\0') != std::string::npos
                 ? GIT_EINVALIDSPEC
                 : git_out(git_revparse_single, object, impl_->git.get(), name.c_str());
  GitObject commit;
  if (code == 0)
    code = git_out(git_object_peel, commit, static_cast<const git_object*>(object.get()),
                   GIT_OBJECT_COMMIT);
  if (code == 0) return id_text(*git_object_id(commit.get()));
  Error error = git_failure(code, "no revision \"" + name + "\" in " + impl_->directory);
  if (error.kind == ErrorKind::not_found)
    error.message = "there is no revision \"" + name + "\" in " + impl_->directory;
  return error;
}

Result<CommitInfo> Repository::commit(const std::string& id) const {
  const GitCommit found = TRY(find_commit(impl_->git.get(), id));
  return describe_commit(found.get());
}

Result<std::vector<TreeFile>> Repository::files(const std::string& commit) const {
  std::vector<TreeFile> files;
  // Directories still to be read; a stack of our own, since a hostile tree may be deep.
  std::vector<std::pair<std::string, GitTree>> open;
  open.emplace_back("", TRY(tree_of(impl_->git.get(), commit)));
  while (!open.empty()) {
    const auto [prefix, tree] = std::move(open.back());
    open.pop_back();
    const size_t count = git_tree_entrycount(tree.get());
    for (size_t i = 0; i < count; ++i) {
      const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
      std::string path = prefix + git_tree_entry_name(entry);
      const git_filemode_t mode = git_tree_entry_filemode(entry);
      if (mode != GIT_FILEMODE_TREE) {
        files.push_back({std::move(path), id_text(*git_tree_entry_id(entry)), kind_of(mode)});
        continue;
      }
      GitTree below;
      const int code =
          git_out(git_tree_lookup, below, impl_->git.get(), git_tree_entry_id(entry));
      if (code != 0) return git_failure(code, "read directory " + path);
      open.emplace_back(path + "/", std::move(below));
    }
  }
  std::ranges::sort(files, {}, &TreeFile::path);
  return files;
}

Result<std::uint64_t> Repository::blob_size(const std::string& blob) const {
  git_oid oid;
  GitOdb odb;
  size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  int code = git_oid_fromstr(&oid, blob.c_str());
  if (code == 0) code = git_out(git_repository_odb, odb, impl_->git.get());
  if (code == 0) code = git_odb_read_header(&size, &type, odb.get(), &oid);
  if (code != 0) return git_failure(code, "read blob " + blob);
  return std::uint64_t{size};
}

Result<std::string> Repository::read_blob(const std::string& blob, std::uint64_t max_bytes) const {
  const std::uint64_t size = TRY(blob_size(blob));
  if (size > max_bytes)
    return Error{ErrorKind::exhausted, "blob " + blob + " has " + std::to_string(size) +
                                           " bytes, more than " + std::to_string(max_bytes)};
  git_oid oid;
  GitBlob found;
  int code = git_oid_fromstr(&oid, blob.c_str());
  if (code == 0) code = git_out(git_blob_lookup, found, impl_->git.get(), &oid);
  if (code != 0) return git_failure(code, "read blob " + blob);
  return std::string(static_cast<const char*>(git_blob_rawcontent(found.get())),
                     static_cast<size_t>(git_blob_rawsize(found.get())));
}

Result<std::string> Repository::read_file(const std::string& commit, std::string_view path,
                                          std::uint64_t max_bytes) const {
  const GitTree tree = TRY(tree_of(impl_->git.get(), commit));
  const std::string name(path);
  GitTreeEntry entry;
  const int code = git_out(git_tree_entry_bypath, entry, tree.get(), name.c_str());
  if (code != 0 || git_tree_entry_type(entry.get()) != GIT_OBJECT_BLOB)
    return Error{ErrorKind::not_found, "commit " + commit + " has no file \"" + name + "\""};
  return read_blob(id_text(*git_tree_entry_id(entry.get())), max_bytes);
}

Result<std::vector<BlameLine>> Repository::blame(const std::string& commit, const std::string& path,
                                                 std::uint32_t start, std::uint32_t end) const {
  // Looked up first: libgit2 1.5 leaks when it is asked about a file that is not there.
  const GitTree tree = TRY(tree_of(impl_->git.get(), commit));
  GitTreeEntry entry;
  if (git_out(git_tree_entry_bypath, entry, tree.get(), path.c_str()) != 0)
    return Error{ErrorKind::not_found, "commit " + commit + " has no file \"" + path + "\""};
  git_blame_options options = GIT_BLAME_OPTIONS_INIT;
  if (git_oid_fromstr(&options.newest_commit, commit.c_str()) != 0)
    return Error{ErrorKind::not_found, "\"" + commit + "\" is not a commit id"};
  options.min_line = start;
  options.max_line = end;
  GitBlame blame;
  const int code =
      git_out(git_blame_file, blame, impl_->git.get(), path.c_str(), &options);
  if (code != 0) return git_failure(code, "blame " + path + " at " + commit);
  std::vector<BlameLine> lines;
  const std::uint32_t count = git_blame_get_hunk_count(blame.get());
  for (std::uint32_t i = 0; i < count; ++i) {
    const git_blame_hunk* hunk = git_blame_get_hunk_byindex(blame.get(), i);
    BlameLine line;
    const auto first = static_cast<std::uint32_t>(hunk->final_start_line_number);
    line.start = std::max(start, first);
    line.end = std::min(end, first + static_cast<std::uint32_t>(hunk->lines_in_hunk) - 1);
    if (line.start > line.end) continue;
    line.commit = TRY(this->commit(id_text(hunk->final_commit_id)));
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<std::vector<std::string>> Repository::ancestors(const std::string& commit,
                                                       size_t limit) const {
  git_oid oid;
  GitWalk walk;
  int code = git_oid_fromstr(&oid, commit.c_str());
  if (code == 0) code = git_out(git_revwalk_new, walk, impl_->git.get());
  if (code == 0) code = git_revwalk_push(walk.get(), &oid);
  if (code != 0) return git_failure(code, "walk the history of " + commit);
  git_revwalk_sorting(walk.get(), GIT_SORT_TIME);
  std::vector<std::string> ids;
  while (ids.size() < limit && (code = git_revwalk_next(&oid, walk.get())) == 0)
    ids.push_back(id_text(oid));
  if (code != 0 && code != GIT_ITEROVER && ids.empty())
    return git_failure(code, "walk the history of " + commit);
  return ids;
}

Result<CommitInfo> Repository::commit_with_paths(const std::string& id) const {
  const GitCommit found = TRY(find_commit(impl_->git.get(), id));
  CommitInfo info = describe_commit(found.get());
  info.paths = TRY(touched_paths(impl_->git.get(), found.get()));
  return info;
}

Result<std::vector<CommitInfo>> Repository::history(const std::string& commit, size_t limit) const {
  std::vector<CommitInfo> history;
  for (const std::string& id : TRY(ancestors(commit, limit)))
    history.push_back(TRY(commit_with_paths(id)));
  return history;
}

}  // namespace triage::retrieval
