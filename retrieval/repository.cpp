#include "retrieval/repository.h"

#include <algorithm>
#include <set>

#include "retrieval/git_internal.h"

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

bool is_tree(const git_tree_entry* entry) {
  return git_tree_entry_filemode(entry) == GIT_FILEMODE_TREE;
}

// Two trees compared by ids: what is equal is never opened. A stack of our own, since a hostile
// tree may be deep.
class TreeComparison {
 public:
  explicit TreeComparison(git_repository* git) : git_(git) {}

  // The paths that differ, in no order. Either tree may be null: an empty one.
  Result<std::vector<std::string>> run(GitTree before, GitTree after) {
    open_.push_back({"", std::move(before), std::move(after)});
    while (!open_.empty()) {
      const Pair pair = std::move(open_.back());
      open_.pop_back();
      TRY(compare(pair));
    }
    return std::move(paths_);
  }

 private:
  struct Pair {
    std::string prefix;
    GitTree before, after;
  };

  // Entries come in git's order, in which a directory's name ends in a slash.
  static int order(const git_tree_entry* a, const git_tree_entry* b) {
    return a == nullptr ? 1 : b == nullptr ? -1 : git_tree_entry_cmp(a, b);
  }

  Result<void> compare(const Pair& pair) {
    const size_t count[] = {pair.before ? git_tree_entrycount(pair.before.get()) : 0,
                            pair.after ? git_tree_entrycount(pair.after.get()) : 0};
    for (size_t i = 0, j = 0; i < count[0] || j < count[1];) {
      const auto* old_entry = i < count[0] ? git_tree_entry_byindex(pair.before.get(), i) : nullptr;
      const auto* new_entry = j < count[1] ? git_tree_entry_byindex(pair.after.get(), j) : nullptr;
      const int which = order(old_entry, new_entry);
      if (which <= 0) ++i;
      if (which >= 0) ++j;
      TRY(differ(pair.prefix, which <= 0 ? old_entry : nullptr, which >= 0 ? new_entry : nullptr));
    }
    return {};
  }

  Result<void> differ(const std::string& prefix, const git_tree_entry* before,
                      const git_tree_entry* after) {
    if (before != nullptr && after != nullptr &&
        git_oid_equal(git_tree_entry_id(before), git_tree_entry_id(after)) != 0 &&
        git_tree_entry_filemode(before) == git_tree_entry_filemode(after))
      return {};
    std::string path = prefix + git_tree_entry_name(after != nullptr ? after : before);
    const bool trees[] = {before != nullptr && is_tree(before), after != nullptr && is_tree(after)};
    const bool files = (before != nullptr && !trees[0]) || (after != nullptr && !trees[1]);
    if (trees[0] || trees[1]) {
      Pair below{path + "/", trees[0] ? TRY(tree(before)) : GitTree(),
                 trees[1] ? TRY(tree(after)) : GitTree()};
      open_.push_back(std::move(below));
    }
    if (files) paths_.push_back(std::move(path));
    return {};
  }

  Result<GitTree> tree(const git_tree_entry* entry) const {
    GitTree found;
    const int code = git_out(git_tree_lookup, found, git_, git_tree_entry_id(entry));
    if (code != 0) return git_failure(code, "read a directory");
    return found;
  }

  git_repository* const git_;
  std::vector<Pair> open_;
  std::vector<std::string> paths_;
};

// The paths that differ between a commit and its first parent, in path order.
Result<std::vector<std::string>> touched_paths(git_repository* git, git_commit* commit) {
  GitTree tree;
  int code = git_out(git_commit_tree, tree, commit);
  GitTree before;
  if (code == 0 && git_commit_parentcount(commit) > 0) {
    GitCommit parent;
    // A shallow clone ends in a commit whose parent is missing: it touched nothing we can name.
    if (git_out(git_commit_parent, parent, commit, 0U) != 0) return std::vector<std::string>{};
    code = git_out(git_commit_tree, before, parent.get());
  }
  if (code != 0) return git_failure(code, "compare commit " + id_text(*git_commit_id(commit)));
  auto paths = TRY_CTX(TreeComparison(git).run(std::move(before), std::move(tree)),
                       "compare commit " + id_text(*git_commit_id(commit)));
  std::ranges::sort(paths);
  return paths;
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

namespace {

Result<std::vector<TreeFile>> list_files(git_repository* git, const std::string& commit) {
  std::vector<TreeFile> files;
  // Directories still to be read; a stack of our own, since a hostile tree may be deep.
  std::vector<std::pair<std::string, GitTree>> open;
  open.emplace_back("", TRY(tree_of(git, commit)));
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
          git_out(git_tree_lookup, below, git, git_tree_entry_id(entry));
      if (code != 0) return git_failure(code, "read directory " + path);
      open.emplace_back(path + "/", std::move(below));
    }
  }
  std::ranges::sort(files, {}, &TreeFile::path);
  return files;
}

}  // namespace

Result<std::vector<TreeFile>> Repository::files(const std::string& commit) const {
  const std::lock_guard lock(impl_->listing);
  if (impl_->listed == nullptr || impl_->listed_commit != commit) {
    impl_->listed = std::make_shared<const std::vector<TreeFile>>(
        TRY(list_files(impl_->git.get(), commit)));
    impl_->listed_commit = commit;
  }
  return *impl_->listed;
}

namespace {

// The database of objects: looked into directly, where all that is wanted are bytes.
Result<GitOdb> objects_of(git_repository* git) {
  GitOdb odb;
  const int code = git_out(git_repository_odb, odb, git);
  if (code != 0) return git_failure(code, "open the object database");
  return odb;
}

Result<std::uint64_t> size_of(git_odb* odb, const git_oid& id, const std::string& blob) {
  size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  const int code = git_odb_read_header(&size, &type, odb, &id);
  if (code != 0) return git_failure(code, "read blob " + blob);
  return std::uint64_t{size};
}

}  // namespace

Result<std::uint64_t> Repository::blob_size(const std::string& blob) const {
  git_oid oid;
  const int code = git_oid_fromstr(&oid, blob.c_str());
  if (code != 0) return git_failure(code, "read blob " + blob);
  return size_of(TRY(objects_of(impl_->git.get())).get(), oid, blob);
}

Result<std::string> Repository::read_blob(const std::string& blob, std::uint64_t max_bytes) const {
  git_oid oid;
  int code = git_oid_fromstr(&oid, blob.c_str());
  if (code != 0) return git_failure(code, "read blob " + blob);
  const GitOdb odb = TRY(objects_of(impl_->git.get()));
  // The size first: a huge blob must not be unpacked only to be refused.
  const std::uint64_t size = TRY(size_of(odb.get(), oid, blob));
  if (size > max_bytes)
    return Error{ErrorKind::exhausted, "blob " + blob + " has " + std::to_string(size) +
                                           " bytes, more than " + std::to_string(max_bytes)};
  GitOdbObject found;
  code = git_out(git_odb_read, found, odb.get(), &oid);
  if (code != 0) return git_failure(code, "read blob " + blob);
  if (git_odb_object_type(found.get()) != GIT_OBJECT_BLOB)
    return Error{ErrorKind::not_found, blob + " is not a blob"};
  return std::string(static_cast<const char*>(git_odb_object_data(found.get())),
                     git_odb_object_size(found.get()));
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

// A walk of our own: libgit2's gives up where a shallow clone names parents that it does not have.
Result<std::vector<std::string>> Repository::ancestors(const std::string& commit,
                                                       size_t limit) const {
  const auto earlier = [](const GitCommit& a, const GitCommit& b) {
    return git_commit_time(a.get()) < git_commit_time(b.get());
  };
  std::vector<GitCommit> open;
  open.push_back(TRY(find_commit(impl_->git.get(), commit)));
  std::set<std::string> seen = {commit};
  std::vector<std::string> ids;
  while (!open.empty() && ids.size() < limit) {
    std::ranges::pop_heap(open, earlier);
    const GitCommit newest = std::move(open.back());
    open.pop_back();
    ids.push_back(id_text(*git_commit_id(newest.get())));
    for (unsigned i = 0; i < git_commit_parentcount(newest.get()); ++i) {
      if (!seen.insert(id_text(*git_commit_parent_id(newest.get(), i))).second) continue;
      GitCommit parent;
      if (git_out(git_commit_parent, parent, newest.get(), i) != 0) continue;
      open.push_back(std::move(parent));
      std::ranges::push_heap(open, earlier);
    }
  }
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
