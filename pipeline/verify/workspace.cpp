#include "pipeline/verify/workspace.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "pipeline/base/fd.h"

namespace triage::verify {
namespace {

constexpr int kOpenFolder = O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC;
constexpr std::string_view kPrefix = "triaged-work-";

Error file_error(std::string_view what, const std::string& name) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT || code == EMFILE || code == ENFILE;
  return {full ? ErrorKind::exhausted : ErrorKind::denied,
          std::string(what) + " " + name + " in the workspace: " + std::strerror(code)};
}

void give_to(int fd, const std::optional<Owner>& owner) {
  if (owner && ::fchown(fd, owner->user, owner->group) != 0) errno = EPERM;
}

// A folder, made where missing, without following a symlink on the way.
Result<Fd> open_folder(int root, const std::string& name, const std::optional<Owner>& owner) {
  Fd folder(::openat(root, ".", kOpenFolder));
  if (!folder) return file_error("open", ".");
  for (size_t start = 0; start < name.size();) {
    const size_t slash = std::min(name.find('/', start), name.size());
    const std::string part = name.substr(start, slash - start);
    const bool made = ::mkdirat(folder.get(), part.c_str(), 0755) == 0;
    Fd next(::openat(folder.get(), part.c_str(), kOpenFolder));
    if (!next) return file_error("open the folder of", name);
    if (made) give_to(next.get(), owner);
    folder = std::move(next);
    start = slash + 1;
  }
  return folder;
}

std::string folder_of(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

std::string leaf_of(const std::string& name) { return name.substr(name.rfind('/') + 1); }

Result<void> write_file(const Fd& folder, const std::string& name, std::string_view content,
                        bool executable, const std::optional<Owner>& owner) {
  const Fd file(::openat(folder.get(), leaf_of(name).c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return file_error("write", name);
  while (!content.empty()) {
    const ssize_t put = ::write(file.get(), content.data(), content.size());
    if (put < 0) return file_error("write", name);
    content.remove_prefix(static_cast<size_t>(put));
  }
  give_to(file.get(), owner);
  if (::fchmod(file.get(), executable ? 0755 : 0644) != 0) return file_error("write", name);
  return {};
}

// A symlink's target, seen from its folder, stays inside and is relative.
bool stays_inside(std::string_view link, std::string_view target) {
  if (target.empty() || target.starts_with('/') || target.size() > 4096 ||
      target.find('\0') != std::string_view::npos)
    return false;
  auto depth = std::count(link.begin(), link.end(), '/');
  while (!target.empty()) {
    const size_t slash = std::min(target.find('/'), target.size());
    const std::string_view part = target.substr(0, slash);
    if (part == "..") {
      if (--depth < 0) return false;
    } else if (!part.empty() && part != ".") {
      ++depth;
    }
    target.remove_prefix(std::min(slash + 1, target.size()));
  }
  return true;
}

std::string default_base() {
  constexpr std::uint64_t kPlenty = 2ULL << 30U;
  struct statvfs info {};
  const bool memory = ::statvfs("/dev/shm", &info) == 0 && (info.f_flag & ST_NOEXEC) == 0 &&
                      info.f_bavail * info.f_frsize >= kPlenty && ::access("/dev/shm", W_OK) == 0;
  return memory ? "/dev/shm" : "/tmp";
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::vector<std::string> entries(int folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseFolder> stream(::fdopendir(::dup(folder)));
  if (!stream) return names;
  ::rewinddir(stream.get());
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

bool is_folder(int parent, const std::string& name) {
  struct stat info {};
  return ::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(info.st_mode);
}

// Where this fails, the removal that follows fails too and says so by making no progress.
void open_up(int folder, const std::string& name) {
  [[maybe_unused]] const int ignored = ::fchmodat(folder, name.c_str(), 0700, 0);
}

// Empties the folder without recursion: what was made inside may be nested deeper than a stack or
// the descriptor table allows. Folders in folders are moved up to the root and met there later.
void empty_folder(int root) {
  size_t moved = 0;
  for (std::vector<std::string> names = entries(root); !names.empty(); names = entries(root)) {
    size_t progress = 0;
    for (const std::string& name : names) {
      if (!is_folder(root, name)) {
        progress += ::unlinkat(root, name.c_str(), 0) == 0;
        continue;
      }
      open_up(root, name);
      const Fd folder(::openat(root, name.c_str(), kOpenFolder));
      for (const std::string& inner : folder ? entries(folder.get()) : std::vector<std::string>()) {
        if (!is_folder(folder.get(), inner)) {
          ::unlinkat(folder.get(), inner.c_str(), 0);
          continue;
        }
        open_up(folder.get(), inner);
        const std::string up = ".triage-removed-" + std::to_string(moved++);
        progress += ::renameat(folder.get(), inner.c_str(), root, up.c_str()) == 0;
      }
      progress += ::unlinkat(root, name.c_str(), AT_REMOVEDIR) == 0;
    }
    if (progress == 0) return;
  }
}

// A living workspace is locked by its process, and the kernel takes the lock from a dead one.
bool lock(int folder) { return ::flock(folder, LOCK_EX | LOCK_NB) == 0; }

// Removes what killed processes of ours left in `base`. Whatever else has such a name (a symlink, a
// file, a folder of another account, one that somebody works in) stays as it is.
void sweep(const std::string& base, const std::optional<Owner>& owner) {
  const Fd parent(::open(base.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC));
  if (!parent) return;
  for (const std::string& name : entries(parent.get())) {
    if (!name.starts_with(kPrefix)) continue;
    const Fd folder(::openat(parent.get(), name.c_str(), kOpenFolder));
    struct stat info {};
    if (!folder || ::fstat(folder.get(), &info) != 0) continue;
    const bool ours = info.st_uid == ::geteuid() || (owner && info.st_uid == owner->user);
    if (!ours || !lock(folder.get())) continue;
    ::fchmod(folder.get(), 0700);
    empty_folder(folder.get());
    ::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR);
  }
}

// One that another process swept away before it was locked is given up for the next.
Result<Fd> make_locked(const std::string& parent, std::string& path) {
  constexpr int kAttempts = 3;
  for (int i = 0; i < kAttempts; ++i) {
    path = parent + "/" + std::string(kPrefix) + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return file_error("make a folder", path);
    Fd folder(::open(path.c_str(), kOpenFolder));
    struct stat info {};
    if (folder && lock(folder.get()) && ::fstat(folder.get(), &info) == 0 && info.st_nlink > 0)
      return folder;
  }
  return file_error("lock", path);
}

}  // namespace

bool is_safe_path(std::string_view path) {
  if (path.empty() || path.size() > 4096 || path.starts_with('/')) return false;
  if (std::any_of(path.begin(), path.end(),
                  [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\'; }))
    return false;
  while (true) {
    const size_t slash = path.find('/');
    std::string part(path.substr(0, slash));
    std::transform(part.begin(), part.end(), part.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const bool dot_git = part == ".git" || part.starts_with(".git.") || part.starts_with(".git ") ||
                         part.starts_with("git~") || part.starts_with(".git:");
    if (part.empty() || part == "." || part == ".." || dot_git || part.size() > 255) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Result<Workspace> Workspace::create(const std::optional<Owner>& owner, const std::string& base) {
  const std::string parent = base.empty() ? default_base() : base;
  sweep(parent, owner);
  std::string name;
  Fd folder = TRY(make_locked(parent, name));
  Workspace workspace;
  workspace.path_ = name;
  workspace.owner_ = owner;
  workspace.root_ = folder.release();
  if (owner && ::fchown(workspace.root_, owner->user, owner->group) != 0)
    return file_error("hand over", name);
  return workspace;
}

Workspace::Workspace(Workspace&& other) noexcept
    : path_(std::exchange(other.path_, {})), root_(std::exchange(other.root_, -1)),
      owner_(other.owner_) {}

Workspace& Workspace::operator=(Workspace&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    root_ = std::exchange(other.root_, -1);
    owner_ = other.owner_;
  }
  return *this;
}

Workspace::~Workspace() { remove(); }

void Workspace::remove() noexcept {
  if (path_.empty()) return;
  if (root_ >= 0) {
    ::fchmod(root_, 0700);
    empty_folder(root_);
  }
  ::rmdir(path_.c_str());
  if (root_ >= 0) ::close(std::exchange(root_, -1));
  path_.clear();
}

Result<CheckoutReport> Workspace::check_out(const retrieval::Repository& repository,
                                            const std::string& commit) {
  using Kind = retrieval::TreeFile::Kind;
  const std::vector<retrieval::TreeFile> files = TRY(repository.files(commit));
  if (files.size() > kMaxFiles)
    return Error{ErrorKind::exhausted, "the repository has " + std::to_string(files.size()) +
                                           " files, more than can be checked out here"};
  CheckoutReport report;
  std::string folder_name;  // files come in path order: most are in the folder of the one before
  Fd folder = TRY(open_folder(root_, "", owner_));
  for (const retrieval::TreeFile& file : files) {
    if (file.kind == Kind::submodule || !is_safe_path(file.path)) {
      ++report.skipped;
      continue;
    }
    const std::string content = TRY(repository.read_blob(file.blob, kMaxBytes - report.bytes));
    if (file.kind == Kind::symlink && !stays_inside(file.path, content)) {
      ++report.skipped;
      continue;
    }
    if (std::string wanted = folder_of(file.path); wanted != folder_name) {
      folder = TRY(open_folder(root_, wanted, owner_));
      folder_name = std::move(wanted);
    }
    if (file.kind == Kind::symlink) {
      if (::symlinkat(content.c_str(), folder.get(), leaf_of(file.path).c_str()) != 0)
        return file_error("link", file.path);
      continue;
    }
    TRY(write_file(folder, file.path, content, file.kind == Kind::executable, owner_));
    ++report.files;
    report.bytes += content.size();
  }
  return report;
}

Result<void> Workspace::apply(const std::vector<FileChange>& changes) {
  for (const FileChange& change : changes) {
    if (!is_safe_path(change.path))
      return Error{ErrorKind::denied, "a change has a file name that can't be used"};
    const Fd folder = TRY(open_folder(root_, folder_of(change.path), owner_));
    if (::unlinkat(folder.get(), leaf_of(change.path).c_str(), 0) != 0 && errno != ENOENT)
      return file_error("replace", change.path);
    if (change.content)
      TRY(write_file(folder, change.path, *change.content, change.executable, owner_));
  }
  return {};
}

}  // namespace triage::verify
