#include "config/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace triage::config {

namespace {

struct Descriptor {
  int number;
  explicit Descriptor(int descriptor) : number(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

Error file_error(const std::string& path, int code) {
  const ErrorKind kind = code == ENOENT || code == ENOTDIR ? ErrorKind::not_found
                         : code == EACCES                  ? ErrorKind::denied
                                                           : ErrorKind::unavailable;
  return {kind, "cannot read " + path + ": " + std::generic_category().message(code)};
}

Result<FileContent> read_regular_file(const std::string& path, size_t max_bytes) {
  // Non-blocking, so that a FIFO in the way is refused below and does not hang the start.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number < 0) return file_error(path, errno);
  struct stat status {};
  if (::fstat(file.number, &status) != 0) return file_error(path, errno);
  if (!S_ISREG(status.st_mode)) return Error{ErrorKind::denied, path + " is not a regular file"};
  FileContent content{.text = {}, .world_readable = (status.st_mode & S_IROTH) != 0};
  std::string buffer(65536, '\0');
  while (true) {
    const ssize_t got = ::read(file.number, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(path, errno);
    if (got == 0) return content;
    content.text.append(buffer.data(), static_cast<size_t>(got));
    if (content.text.size() > max_bytes)
      return Error{ErrorKind::exhausted,
                   path + " is larger than " + std::to_string(max_bytes >> 10U) + " KiB"};
  }
}

}  // namespace

Environment system_environment() {
  return {.variable = [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            if (value == nullptr) return std::nullopt;
            return value;
          },
          .read_file = read_regular_file};
}

}  // namespace triage::config
