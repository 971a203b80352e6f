#include "pipeline/propose/working_tree.h"

#include <algorithm>
#include <set>

#include "pipeline/propose/lines.h"
#include "pipeline/verify/edits.h"
#include "pipeline/verify/workspace.h"

namespace triage::propose {
namespace {

constexpr size_t kLargestSearched = size_t{1} << 20U;
constexpr size_t kLongestLine = 300;

bool is_binary(std::string_view content) {
  return content.substr(0, 8192).find('\0') != std::string_view::npos;
}

bool holds_word(std::string_view line, std::string_view word) {
  for (size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool starts = at == 0 || !is_word_char(line[at - 1]) || !is_word_char(word.front());
    const bool ends = end == line.size() || !is_word_char(line[end]) || !is_word_char(word.back());
    if (starts && ends) return true;
  }
  return false;
}

}  // namespace

Result<WorkingTree> WorkingTree::open(const retrieval::Repository& repository,
                                      const std::string& commit) {
  using Kind = retrieval::TreeFile::Kind;
  std::vector<std::string> paths;
  for (const retrieval::TreeFile& file : TRY(repository.files(commit))) {
    if (file.kind == Kind::regular || file.kind == Kind::executable) paths.push_back(file.path);
  }
  std::ranges::sort(paths);
  verify::BaseTree base = TRY(verify::BaseTree::load(repository, commit));
  return WorkingTree(std::move(base), std::move(paths));
}

Result<std::string> WorkingTree::read(const std::string& path) const {
  const auto changed = changed_.find(path);
  if (changed == changed_.end()) return base_.read(path);
  if (changed->second) return *changed->second;
  return Error{ErrorKind::not_found, path + " was removed by an earlier edit"};
}

std::vector<std::string> WorkingTree::paths() const {
  std::vector<std::string> out;
  for (const std::string& path : paths_) {
    const auto changed = changed_.find(path);
    if (changed == changed_.end() || changed->second) out.push_back(path);
  }
  for (const auto& [path, content] : changed_) {
    if (content && !std::ranges::binary_search(paths_, path)) out.push_back(path);
  }
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> WorkingTree::list(const std::string& folder) const {
  std::string prefix = folder == "." ? "" : folder;
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
  std::set<std::string> entries;
  for (const std::string& path : paths()) {
    if (!path.starts_with(prefix)) continue;
    const std::string rest = path.substr(prefix.size());
    const size_t slash = rest.find('/');
    entries.insert(slash == std::string::npos ? rest : rest.substr(0, slash + 1));
  }
  return {entries.begin(), entries.end()};
}

std::vector<TextMatch> WorkingTree::find_word(std::string_view word, size_t most) const {
  std::vector<TextMatch> out;
  if (word.empty()) return out;
  for (const std::string& path : paths()) {
    const auto content = read(path);
    if (!content || content->size() > kLargestSearched || is_binary(*content) ||
        content->find(word) == std::string::npos)
      continue;
    std::uint32_t number = 0;
    for (const std::string_view line : split_lines(*content)) {
      ++number;
      if (!holds_word(line, word)) continue;
      out.push_back({path, number, std::string(line.substr(0, kLongestLine))});
      if (out.size() >= most) return out;
    }
  }
  return out;
}

Result<void> WorkingTree::apply(const Edit& edit) {
  if (!verify::is_safe_path(edit.path)) return invalid_input("the path can't be used");
  const auto before = read(edit.path);
  if (!before && before.error().kind != ErrorKind::not_found) return before.error();
  if (edit.remove) {
    if (!before) return before.error();
    changed_[edit.path] = std::nullopt;
    return {};
  }
  if (base_.is_folder(edit.path) || base_.is_blocked(edit.path))
    return invalid_input(edit.path + " is a folder, or lies below a file");
  if (edit.content) {
    changed_[edit.path] = *edit.content;
    return {};
  }
  if (!before) return before.error();
  changed_[edit.path] = TRY(verify::apply_hunks(*before, edit.hunks));
  return {};
}

std::vector<Edit> WorkingTree::edits() const {
  std::vector<Edit> out;
  for (const auto& [path, content] : changed_) {
    const auto base = base_.read(path);
    if (!content && !base) continue;
    if (content && base && *content == *base) continue;
    out.push_back({path, {}, content, !content.has_value()});
  }
  return out;
}

}  // namespace triage::propose
