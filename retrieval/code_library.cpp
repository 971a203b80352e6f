#include "retrieval/code_library.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <list>
#include <map>
#include <utility>

namespace triage::retrieval {

namespace {

constexpr size_t kKeptIndexes = 8;

// A project's name becomes a file's name: nothing in it may lead out of the directory.
std::string file_name_of(const std::string& project) {
  std::string name;
  for (const char c : project) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || (c == '.' && !name.empty());
    name += plain ? c : '_';
  }
  return name.empty() ? "_" : name;
}

}  // namespace

struct CodeLibrary::Impl {
  // One project: its lock is held while its mirror is fetched and its index built, so that others
  // who want the same wait for the result instead of making it again.
  struct Project {
    std::mutex working;
  };
  using Key = std::pair<std::string, std::string>;  // project, commit

  std::string directory;
  std::shared_ptr<ParsedStore> store;
  std::mutex mutex;  // of what follows
  std::map<std::string, std::shared_ptr<Project>> projects;
  std::list<std::pair<Key, std::shared_ptr<const CodeIndex>>> indexes;  // last used first

  std::string mirror_path(const std::string& project) const {
    return directory + "/" + file_name_of(project) + ".git";
  }

  std::shared_ptr<Project> project(const std::string& name) {
    const std::lock_guard lock(mutex);
    auto& entry = projects[name];
    if (!entry) entry = std::make_shared<Project>();
    return entry;
  }

  std::shared_ptr<const CodeIndex> find(const Key& key) {
    const std::lock_guard lock(mutex);
    const auto found =
        std::ranges::find_if(indexes, [&](const auto& entry) { return entry.first == key; });
    if (found == indexes.end()) return nullptr;
    indexes.splice(indexes.begin(), indexes, found);
    return found->second;
  }

  void keep(const Key& key, std::shared_ptr<const CodeIndex> index) {
    const std::lock_guard lock(mutex);
    indexes.emplace_front(key, std::move(index));
    if (indexes.size() > kKeptIndexes) indexes.pop_back();
  }

  // With the project's lock held.
  Result<CodeView> view(const std::string& name, Repository repository, CodeView view,
                        std::stop_token stop) {
    view.repository = std::make_shared<Repository>(std::move(repository));
    const Key key{name, view.commit};
    view.index = find(key);
    if (view.index == nullptr) {
      view.index = TRY_CTX(CodeIndex::build(*view.repository, view.commit, {}, stop, store),
                           "index " + name);
      keep(key, view.index);
    }
    return view;
  }
};

CodeLibrary::CodeLibrary(std::string directory, std::string index)
    : impl_(std::make_unique<Impl>()) {
  impl_->store = open_parsed_store(index.empty() ? directory + "/index" : std::move(index));
  impl_->directory = std::move(directory);
}
CodeLibrary::~CodeLibrary() = default;

std::string CodeLibrary::mirror_path(const std::string& project) const {
  return impl_->mirror_path(project);
}

Result<CodeView> CodeLibrary::open(const std::string& name, const Remote& remote,
                                   const std::string& branch, const std::string& revision,
                                   std::stop_token stop) {
  const auto project = impl_->project(name);
  const std::lock_guard working(project->working);
  const std::string path = mirror_path(name);
  CodeView view;
  if (auto fresh = refresh_mirror(remote, path, stop); !fresh.ok()) {
    std::error_code ignored;
    if (!std::filesystem::exists(std::filesystem::path(path) / "HEAD", ignored))
      return fresh.error();
    view.stale = fresh.error().message;
  }
  Repository repository = TRY(Repository::open(path));
  view.branch = branch.empty() ? TRY(repository.default_branch()) : branch;
  view.commit = TRY(repository.resolve(revision.empty() ? view.branch : revision));
  return impl_->view(name, std::move(repository), std::move(view), stop);
}

Result<BranchHead> CodeLibrary::head(const std::string& name, const Remote& remote,
                                     const std::string& branch, std::stop_token stop) {
  const auto project = impl_->project(name);
  const std::lock_guard working(project->working);
  TRY(refresh_mirror(remote, mirror_path(name), std::move(stop)));
  BranchHead out;
  out.repository = std::make_shared<Repository>(TRY(Repository::open(mirror_path(name))));
  out.branch = branch.empty() ? TRY(out.repository->default_branch()) : branch;
  out.commit = TRY(out.repository->resolve(out.branch));
  return out;
}

Result<CodeView> CodeLibrary::reopen(const std::string& name, const std::string& commit,
                                     std::stop_token stop) {
  const auto project = impl_->project(name);
  const std::lock_guard working(project->working);
  Repository repository = TRY(Repository::open(mirror_path(name)));
  CodeView view;
  view.commit = TRY(repository.resolve(commit));
  if (auto branch = repository.default_branch(); branch.ok()) view.branch = std::move(*branch);
  return impl_->view(name, std::move(repository), std::move(view), stop);
}

}  // namespace triage::retrieval
