#include "pipeline/verify/memory_file_internal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace triage::verify {

Result<Fd> memory_file(std::string_view bytes) {
  constexpr int kLowest = 64;
  const Fd made(::memfd_create("triaged", MFD_CLOEXEC));
  Fd file(made ? ::fcntl(made.get(), F_DUPFD_CLOEXEC, kLowest) : -1);
  if (!file)
    return Error{ErrorKind::exhausted, std::string("memory file: ") + std::strerror(errno)};
  while (!bytes.empty()) {
    const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
    if (put < 0)
      return Error{ErrorKind::exhausted, std::string("memory file: ") + std::strerror(errno)};
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string read_memory_file(const Fd& file) {
  std::string bytes(64 * 1024, '\0');
  const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return bytes;
}

}  // namespace triage::verify
