#include "retrieval/tree_changes_internal.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "retrieval/git_internal.h"

namespace triage::retrieval {

namespace {

using Id = std::optional<git_oid>;

// Two states of one directory, either of which may be missing.
struct Pair {
  std::string prefix;
  Id before, after;
};

bool is_tree(const git_tree_entry* entry) {
  return git_tree_entry_type(entry) == GIT_OBJECT_TREE;
}

class Comparison {
 public:
  explicit Comparison(git_repository* git) : git_(git) {}

  Result<std::vector<std::string>> run(Pair top) {
    // A stack of our own, since a hostile tree may be deep.
    open_.push_back(std::move(top));
    while (!open_.empty()) {
      const Pair pair = std::move(open_.back());
      open_.pop_back();
      TRY(compare(pair));
    }
    std::ranges::sort(paths_);
    return std::move(paths_);
  }

 private:
  Result<GitTree> read(const Pair& pair, const Id& id) {
    GitTree tree;
    const int code = id ? git_out(git_tree_lookup, tree, git_, &*id) : 0;
    if (code != 0) return git_failure(code, "read directory \"" + pair.prefix + "\"");
    return tree;
  }

  Result<void> compare(const Pair& pair) {
    const GitTree before = TRY(read(pair, pair.before)), after = TRY(read(pair, pair.after));
    const size_t old_count = before ? git_tree_entrycount(before.get()) : 0;
    const size_t new_count = after ? git_tree_entrycount(after.get()) : 0;
    for (size_t i = 0, j = 0; i < old_count || j < new_count;) {
      const auto* was = i < old_count ? git_tree_entry_byindex(before.get(), i) : nullptr;
      const auto* is = j < new_count ? git_tree_entry_byindex(after.get(), j) : nullptr;
      const int order = was == nullptr ? 1 : is == nullptr ? -1 : git_tree_entry_cmp(was, is);
      if (order <= 0) ++i;
      if (order >= 0) ++j;
      add(pair.prefix, order <= 0 ? was : nullptr, order >= 0 ? is : nullptr);
    }
    return {};
  }

  // One name in both trees, or in one of them.
  void add(const std::string& prefix, const git_tree_entry* was, const git_tree_entry* is) {
    if (was != nullptr && is != nullptr &&
        git_oid_equal(git_tree_entry_id(was), git_tree_entry_id(is)) != 0 &&
        git_tree_entry_filemode(was) == git_tree_entry_filemode(is))
      return;
    const bool tree_was = was != nullptr && is_tree(was), tree_is = is != nullptr && is_tree(is);
    std::string path = prefix + git_tree_entry_name(was != nullptr ? was : is);
    if (tree_was || tree_is)
      open_.push_back({path + "/", tree_was ? Id(*git_tree_entry_id(was)) : Id(),
                       tree_is ? Id(*git_tree_entry_id(is)) : Id()});
    if ((was != nullptr && !tree_was) || (is != nullptr && !tree_is))
      paths_.push_back(std::move(path));
  }

  git_repository* git_;
  std::vector<Pair> open_;
  std::vector<std::string> paths_;
};

}  // namespace

Result<std::vector<std::string>> changed_paths(git_repository* git, const git_oid* before,
                                               const git_oid* after) {
  return Comparison(git).run({"", before == nullptr ? Id() : Id(*before), Id(*after)});
}

}  // namespace triage::retrieval
