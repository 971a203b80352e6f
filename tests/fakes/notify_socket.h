// The socket on which systemd would hear a service: keeps what arrives until it is asked.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tests/fakes/git_repository.h"

namespace triage::fakes {

class NotifySocket {
 public:
  NotifySocket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path().size() < sizeof(address.sun_path));
    std::ranges::copy(path(), address.sun_path);
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~NotifySocket() { ::close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  std::string path() const { return directory_ / "notify"; }
  // What came since the last call.
  std::vector<std::string> received() const {
    std::vector<std::string> out;
    std::array<char, 4096> buffer{};
    while (true) {
      const ssize_t length = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (length < 0) return out;
      out.emplace_back(buffer.data(), static_cast<size_t>(length));
    }
  }

 private:
  TemporaryDirectory directory_;
  int fd_;
};

}  // namespace triage::fakes
