#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>

#include "pipeline/base/fd.h"
#include "pipeline/verify/report_files_internal.h"

namespace triage::verify {
namespace {

constexpr size_t kMaxFile = 4U << 20U, kMaxTotal = 16U << 20U, kMaxEntries = 50'000, kMaxDepth = 12;
// Times of files are those of the kernel's last tick.
constexpr Milliseconds kTick{50};

Fd open_below(int root, const std::string& name, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return Fd(static_cast<int>(::syscall(SYS_openat2, root, name.c_str(), &how, sizeof how)));
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

struct Entry {
  std::string name;
  bool is_folder = false;
};

std::vector<Entry> entries(Fd folder, size_t most) {
  std::vector<Entry> found;
  const std::unique_ptr<DIR, CloseFolder> stream(::fdopendir(folder.get()));
  if (!stream) return found;
  folder.release();
  while (const dirent* entry = found.size() < most ? ::readdir(stream.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name == "." || name == ".." || name == "node_modules") continue;
    if (entry->d_type == DT_DIR || entry->d_type == DT_REG)
      found.push_back({name, entry->d_type == DT_DIR});
  }
  return found;
}

bool is_report(const struct stat& info, TimePoint since) {
  const TimePoint changed = TimePoint(std::chrono::duration_cast<TimePoint::duration>(
      std::chrono::seconds(info.st_ctim.tv_sec) + std::chrono::nanoseconds(info.st_ctim.tv_nsec)));
  return S_ISREG(info.st_mode) && info.st_nlink == 1 && info.st_size > 0 &&
         static_cast<size_t>(info.st_size) <= kMaxFile && changed + kTick >= since;
}

// Empty where it can't be read in whole: it may be written to while we read.
std::string read_all(const Fd& file, size_t size) {
  std::string text(size, '\0');
  size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(file.get(), text.data() + have, size - have);
    if (got <= 0) return {};
    have += static_cast<size_t>(got);
  }
  return text;
}

}  // namespace

std::optional<std::string> read_plain_file(const std::string& directory, const std::string& name,
                                           size_t size) {
  const Fd root(::open(directory.c_str(), O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  const Fd file = root ? open_below(root.get(), name, O_RDONLY) : Fd();
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) ||
      static_cast<size_t>(info.st_size) != size)
    return std::nullopt;
  std::string text = read_all(file, size);
  if (text.size() != size) return std::nullopt;
  return text;
}

std::vector<std::string> written_reports(const std::string& directory, TimePoint since) {
  std::vector<std::string> reports;
  const Fd root(::open(directory.c_str(), O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!root) return reports;
  struct Folder {
    std::string name;
    size_t depth = 0;
  };
  std::vector<Folder> folders{{".", 0}};
  size_t seen = 0, total = 0;
  while (!folders.empty() && seen < kMaxEntries) {
    const Folder folder = std::move(folders.back());
    folders.pop_back();
    Fd opened = open_below(root.get(), folder.name, O_RDONLY | O_DIRECTORY);
    if (!opened) continue;
    for (const Entry& entry : entries(std::move(opened), kMaxEntries - seen)) {
      ++seen;
      const std::string name = folder.name + "/" + entry.name;
      if (entry.is_folder) {
        if (folder.depth + 1 < kMaxDepth) folders.push_back({name, folder.depth + 1});
        continue;
      }
      if (!name.ends_with(".xml")) continue;
      const Fd file = open_below(root.get(), name, O_RDONLY);
      struct stat info {};
      if (!file || ::fstat(file.get(), &info) != 0 || !is_report(info, since)) continue;
      const auto size = static_cast<size_t>(info.st_size);
      if (total + size > kMaxTotal) return reports;
      std::string text = read_all(file, size);
      if (text.substr(0, 4096).find("<testsuite") == std::string::npos) continue;
      total += size;
      reports.push_back(std::move(text));
    }
  }
  return reports;
}

}  // namespace triage::verify
