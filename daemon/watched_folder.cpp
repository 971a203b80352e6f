#include "daemon/watched_folder.h"

#include <sys/stat.h>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "daemon/atomic_file.h"
#include "pipeline/base/digest.h"

namespace triage::daemon {
namespace {

namespace fs = std::filesystem;
constexpr size_t kLargestFile = 25U << 20U;
constexpr std::string_view kUrlPrefix = "file://";

// What must stay the same between two looks.
struct Sight {
  std::int64_t size = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  std::uint64_t inode = 0;
  bool operator==(const Sight&) const = default;
  std::string str() const {
    return std::to_string(size) + ' ' + std::to_string(seconds) + ' ' +
           std::to_string(nanoseconds) + ' ' + std::to_string(inode);
  }
};

bool is_wanted(const fs::path& path) {
  const std::string name = path.filename().string();
  return !name.starts_with('.') && (path.extension() == ".json" || path.extension() == ".txt");
}

std::optional<Sight> look_at(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return Sight{info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ino};
}

}  // namespace

struct WatchedFolder::Impl {
  std::string directory;
  OnFile on_file;
  Milliseconds interval;
  std::map<std::string, Sight> seen = {};
  std::jthread thread = {};

  Status look();
  Status take(const std::string& name, const Sight& sight);
  Status move_to(const std::string& name, const std::string& folder, const std::string& new_name) const;
  Status reject(const std::string& name, const std::string& new_name, const std::string& reason) const;
};

WatchedFolder::WatchedFolder(std::string directory, OnFile on_file, Milliseconds interval)
    : impl_(new Impl{std::move(directory), std::move(on_file), interval}) {}

WatchedFolder::~WatchedFolder() { stop(); }

Status WatchedFolder::start() {
  TRY(impl_->look());
  impl_->thread = std::jthread([this](std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any tick;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      tick.wait_for(lock, stop, impl_->interval, [] { return false; });
      // A folder that is gone for a while (unmounted) is looked at again.
      if (!stop.stop_requested()) static_cast<void>(impl_->look().ok());
    }
  });
  return {};
}

void WatchedFolder::stop() { impl_->thread = {}; }

Status WatchedFolder::look() { return impl_->look(); }

Status WatchedFolder::Impl::look() {
  try {
    fs::create_directories(directory + "/done");
    fs::create_directories(directory + "/rejected");
    std::map<std::string, Sight> now;
    for (const auto& entry : fs::directory_iterator(directory)) {
      if (!is_wanted(entry.path())) continue;
      if (const auto sight = look_at(entry.path().string()))
        now.emplace(entry.path().filename().string(), *sight);
    }
    for (const auto& [name, sight] : now) {
      const auto before = seen.find(name);
      if (before != seen.end() && before->second == sight) TRY(take(name, sight));
    }
    seen = std::move(now);
    return {};
  } catch (const fs::filesystem_error& error) {
    return Error{error.code() == std::errc::no_such_file_or_directory ? ErrorKind::not_found
                                                                      : ErrorKind::denied,
                 "watched folder " + directory + ": " + error.code().message()};
  }
}

Status WatchedFolder::Impl::take(const std::string& name, const Sight& sight) {
  const std::string path = directory + "/" + name;
  auto bytes = read_regular_file(path, kLargestFile);
  if (!bytes && bytes.error().kind == ErrorKind::not_found) return {};  // taken away meanwhile
  const std::string id =
      sha256_hex(name + '\0' + sight.str() + '\0' + (bytes ? *bytes : std::string())).substr(0, 32);
  // Two files of one name on two days must not overwrite each other in done/.
  const std::string kept = id.substr(0, 8) + "-" + name;
  if (!bytes) return reject(name, kept, bytes.error().message);
  const Status taken = on_file({name, std::move(bytes).value(), "file:" + id,
                                std::string(kUrlPrefix) + directory + "/done/" + kept});
  if (taken) return move_to(name, "done", kept);
  if (taken.error().kind == ErrorKind::invalid_input)
    return reject(name, kept, taken.error().message);
  return {};  // the store is full or busy: the file stays and is offered again
}

Status WatchedFolder::Impl::move_to(const std::string& name, const std::string& folder,
                                    const std::string& new_name) const {
  fs::rename(directory + "/" + name, directory + "/" + folder + "/" + new_name);
  return {};
}

Status WatchedFolder::Impl::reject(const std::string& name, const std::string& new_name,
                                   const std::string& reason) const {
  TRY(write_file_atomically(directory + "/rejected/" + new_name + ".reason", reason + "\n"));
  return move_to(name, "rejected", new_name);
}

Status WatchedFolder::write_note(const Ticket& ticket, const std::string& body) const {
  const std::string ours = std::string(kUrlPrefix) + impl_->directory + "/done/";
  if (!ticket.url.starts_with(ours)) return {};
  const std::string name = ticket.url.substr(ours.size());
  if (name.empty() || name.find('/') != std::string::npos) return {};
  return write_file_atomically(impl_->directory + "/done/" + name + ".note.md", body + "\n");
}

}  // namespace triage::daemon
