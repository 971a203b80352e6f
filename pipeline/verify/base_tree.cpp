#include "pipeline/verify/base_tree.h"

namespace triage::verify {

using retrieval::TreeFile;

BaseTree::BaseTree(std::vector<TreeFile> files, Read read) : read_(std::move(read)) {
  for (TreeFile& file : files) {
    std::string path = file.path;
    files_.insert_or_assign(std::move(path), std::move(file));
  }
}

Result<BaseTree> BaseTree::load(const retrieval::Repository& repository,
                                const std::string& commit) {
  constexpr std::uint64_t kLargest = 4U << 20U;
  return BaseTree(TRY(repository.files(commit)), [&repository](const TreeFile& file) {
    return repository.read_blob(file.blob, kLargest);
  });
}

const TreeFile* BaseTree::find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

bool BaseTree::is_blocked(std::string_view path) const {
  for (size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    if (find(path.substr(0, slash)) != nullptr) return true;
  }
  return false;
}

bool BaseTree::is_folder(std::string_view path) const {
  const std::string prefix = std::string(path) + "/";
  const auto next = files_.lower_bound(prefix);
  return next != files_.end() && next->first.starts_with(prefix);
}

Result<std::string> BaseTree::read(std::string_view path) const {
  const TreeFile* file = find(path);
  if (file == nullptr)
    return Error{ErrorKind::not_found, std::string(path) + " is not in the repository"};
  if (file->kind != TreeFile::Kind::regular && file->kind != TreeFile::Kind::executable)
    return Error{ErrorKind::denied, std::string(path) + " is no regular file"};
  return read_(*file);
}

}  // namespace triage::verify
