// Owns one file descriptor. Private to this folder.
#pragma once

#include <unistd.h>

#include <string_view>
#include <utility>

#include "pipeline/base/result.h"

namespace triage::verify {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

// An unnamed file in memory that holds `bytes`, read from its start. Its number is high enough
// never to be in the way of the numbers that a child gets.
Result<Fd> memory_file(std::string_view bytes);

// What a memory file holds by now. Bounded: at most 64 KiB.
std::string read_memory_file(const Fd& file);

}  // namespace triage::verify
