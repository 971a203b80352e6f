#include "daemon/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace triage::daemon {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error file_error(const std::string& what, const std::string& path) {
  const int number = errno;
  const ErrorKind kind = number == ENOENT || number == ENOTDIR    ? ErrorKind::not_found
                         : number == ENOSPC || number == EDQUOT   ? ErrorKind::exhausted
                         : number == ELOOP                        ? ErrorKind::invalid_input
                                                                  : ErrorKind::denied;
  return {kind, "cannot " + what + " " + path + ": " + std::strerror(number)};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

Status write_file_atomically(const std::string& path, std::string_view bytes) {
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return file_error("write beside", path);
  const bool written = write_all(file.get(), bytes) && ::fchmod(file.get(), 0640) == 0 &&
                       ::fsync(file.get()) == 0 &&
                       std::rename(temporary.c_str(), path.c_str()) == 0;
  if (written) return {};
  const Error error = file_error("write", path);
  ::unlink(temporary.c_str());
  return error;
}

Result<std::string> read_regular_file(const std::string& path, size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) return file_error("read", path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return file_error("read", path);
  if (!S_ISREG(info.st_mode)) return invalid_input(path + " is not a regular file");
  std::string bytes;
  std::string buffer(1U << 16U, '\0');
  for (;;) {
    const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error("read", path);
    if (n == 0) return bytes;
    bytes.append(buffer.data(), static_cast<size_t>(n));
    if (bytes.size() > max_bytes)
      return invalid_input(path + " is larger than " + std::to_string(max_bytes >> 20U) + " MiB");
  }
}

}  // namespace triage::daemon
