#include "retrieval/manifest_internal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "retrieval/segment_format_internal.h"

namespace triage::retrieval {

namespace {

constexpr const char* kName = "/manifest";
constexpr std::string_view kTemporary = ".tmp";
constexpr size_t kLargestManifest = 1U << 20U;
constexpr std::int64_t kDamagedAge = 7 * 24 * 3600;  // so long somebody may look at what broke

Error failure(const std::string& what) {
  const int code = errno;
  const ErrorKind kind = code == ENOSPC || code == EDQUOT || code == EMFILE ? ErrorKind::exhausted
                                                                            : ErrorKind::denied;
  return {kind, what + ": " + std::strerror(code)};
}

std::string hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

std::string first_line(std::uint64_t parser) { return "triaged index 1 " + hex(parser) + "\n"; }

// A name from a manifest must not lead out of the directory.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.find('/') == name.npos && name.front() != '.' && name.size() < 64;
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure("write " + path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (::fsync(fd) != 0) return failure("sync " + path);
  return {};
}

Result<void> sync_directory(const std::string& directory) {
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return failure("sync " + directory);
  return {};
}

}  // namespace

Manifest::Stamp Manifest::stamp_of(const std::string& directory) {
  struct stat status {};
  if (::stat((directory + kName).c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Manifest Manifest::read(const std::string& directory, std::uint64_t parser) {
  Manifest manifest;
  manifest.stamp = stamp_of(directory);
  std::ifstream file(directory + kName, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const size_t last = text.size() < 18 ? std::string::npos : text.size() - 17;
  if (last == std::string::npos || text.size() > kLargestManifest ||
      text.substr(last) != hex(checksum(std::string_view(text).substr(0, last))) + "\n") {
    manifest.damaged = !text.empty();
    return manifest;
  }
  const std::string first = first_line(parser);
  if (!text.starts_with(first)) return manifest;
  for (size_t at = first.size(); at < last;) {
    const size_t end = std::min(text.find('\n', at), last);
    if (is_plain_name(std::string_view(text).substr(at, end - at)))
      manifest.files.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return manifest;
}

Result<void> Manifest::write(const std::string& directory, std::uint64_t parser) const {
  std::string text = first_line(parser);
  for (const std::string& file : files) text += file + "\n";
  text += hex(checksum(text)) + "\n";
  const std::string path = directory + kName, beside = path + std::string(kTemporary);
  {
    const Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return failure("create " + beside);
    TRY(write_all(fd.get(), text, beside));
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return failure("rename " + beside);
  return sync_directory(directory);
}

Result<Fd> lock_index(const std::string& directory) {
  const std::string path = directory + "/lock";
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return failure("create " + path);
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return failure("lock " + path);
  }
  return fd;
}

Result<Fd> write_index_file(const std::string& directory, const std::string& name,
                            std::string_view bytes) {
  const std::string path = directory + "/" + name, beside = path + std::string(kTemporary);
  Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return failure("create " + beside);
  auto written = write_all(fd.get(), bytes, beside);
  if (written.ok() && ::rename(beside.c_str(), path.c_str()) != 0)
    written = failure("rename " + beside);
  if (!written.ok()) {
    ::unlink(beside.c_str());
    return written.error();
  }
  return fd;
}

void sweep_index(const std::string& directory, const Manifest& manifest) {
  std::error_code failed;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator entry(directory, failed); !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    const bool ours = name.find(kSegmentSuffix) != name.npos || name.find(kCommitsSuffix) != name.npos;
    if (!ours || std::ranges::find(manifest.files, name) != manifest.files.end()) continue;
    struct stat status {};
    const Fd fd(::open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (name.ends_with(kDamagedSuffix) &&
        (!fd || ::fstat(fd.get(), &status) != 0 || ::time(nullptr) - status.st_mtime < kDamagedAge))
      continue;
    // Locked: its writer lives and will publish it.
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;
    ::unlink(entry->path().c_str());
  }
}

std::string fresh_name() {
  std::random_device random;
  return hex((std::uint64_t{random()} << 32U) | random());
}

}  // namespace triage::retrieval
