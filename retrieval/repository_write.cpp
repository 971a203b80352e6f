#include <algorithm>
#include <map>

#include "retrieval/git_internal.h"

namespace triage::retrieval {

namespace {

constexpr const char* kName = "triaged";
constexpr const char* kEmail = "triaged@localhost";

// A path that may enter a tree: relative, without empty, "." or ".." parts, and nowhere in .git.
bool is_safe_path(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) return false;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    std::string part = path.substr(begin, end - begin);
    std::ranges::transform(part, part.begin(), [](unsigned char c) {
      return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    });
    if (part.empty() || part == "." || part == ".." || part == ".git") return false;
    begin = end + 1;
  }
  return true;
}

int append_line(const git_diff_delta*, const git_diff_hunk*, const git_diff_line* line,
                void* payload) {
  auto& text = *static_cast<std::string*>(payload);
  if (line->origin == GIT_DIFF_LINE_CONTEXT || line->origin == GIT_DIFF_LINE_ADDITION ||
      line->origin == GIT_DIFF_LINE_DELETION)
    text += line->origin;
  text.append(line->content, line->content_len);
  return 0;
}

}  // namespace

Result<std::string> Repository::commit_changes(const std::string& base,
                                               const std::vector<FileChange>& changes,
                                               const std::string& message, TimePoint when) const {
  git_repository* git = impl_->git.get();
  const GitCommit parent = TRY(find_commit(git, base));
  const GitTree tree = TRY(tree_of(git, base));

  // The last change of a path wins; libgit2 wants them without repetition.
  std::map<std::string, const FileChange*> by_path;
  for (const FileChange& change : changes) {
    if (!is_safe_path(change.path))
      return invalid_input("\"" + change.path + "\" is not a path that a commit may contain");
    by_path[change.path] = &change;
  }
  std::vector<git_tree_update> updates;
  for (const auto& [path, change] : by_path) {
    git_tree_update update{};
    update.path = path.c_str();
    update.action = change->content ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
    update.filemode = change->executable ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
    if (change->content) {
      const int code = git_blob_create_from_buffer(&update.id, git, change->content->data(),
                                                   change->content->size());
      if (code != 0) return git_failure(code, "store " + path);
    }
    updates.push_back(update);
  }
  git_oid tree_id;
  int code =
      git_tree_create_updated(&tree_id, git, tree.get(), updates.size(), updates.data());
  if (code != 0) return git_failure(code, "make the tree on " + base);

  const auto seconds = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
  GitSignature author;
  GitTree changed;
  code = git_out(git_signature_new, author, kName, kEmail, static_cast<git_time_t>(seconds), 0);
  if (code == 0) code = git_out(git_tree_lookup, changed, git, &tree_id);
  git_oid id;
  const git_commit* parents[] = {parent.get()};
  if (code == 0)
    code = git_commit_create(&id, git, nullptr, author.get(), author.get(), "UTF-8",
                             message.c_str(), changed.get(), 1, parents);
  if (code != 0) return git_failure(code, "commit on " + base);
  return id_text(id);
}

Result<std::optional<std::string>> Repository::find_branch(const std::string& name) const {
  git_oid id;
  const int code =
      git_reference_name_to_id(&id, impl_->git.get(), ("refs/heads/" + name).c_str());
  if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC) return std::optional<std::string>();
  if (code != 0) return git_failure(code, "read branch " + name);
  return std::optional<std::string>(id_text(id));
}

Result<void> Repository::create_branch(const std::string& name, const std::string& commit) const {
  const GitCommit target = TRY(find_commit(impl_->git.get(), commit));
  GitReference made;
  const std::string reference = "refs/heads/" + name;
  const int code = git_out(git_reference_create, made, impl_->git.get(), reference.c_str(),
                           git_commit_id(target.get()), 0, "triaged: preview branch");
  if (code == 0) return {};
  if (code == GIT_EINVALIDSPEC) return invalid_input("\"" + name + "\" is not a branch name");
  if (code != GIT_EEXISTS) return git_failure(code, "create branch " + name);
  const auto there = TRY(find_branch(name));
  if (there == commit) return {};
  return Error{ErrorKind::conflict,
               "branch " + name + " exists already at another commit; it was left as it is"};
}

Result<std::string> Repository::diff(const std::string& from, const std::string& to) const {
  git_repository* git = impl_->git.get();
  const GitTree before = TRY(tree_of(git, from));
  const GitTree after = TRY(tree_of(git, to));
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  GitDiff diff;
  int code = git_out(git_diff_tree_to_tree, diff, git, before.get(), after.get(),
                     static_cast<const git_diff_options*>(&options));
  std::string text;
  if (code == 0) code = git_diff_print(diff.get(), GIT_DIFF_FORMAT_PATCH, append_line, &text);
  if (code != 0) return git_failure(code, "compare " + from + " with " + to);
  return text;
}

}  // namespace triage::retrieval
