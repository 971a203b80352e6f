// A blocking loopback socket for tests that must control every byte. Each wait is bounded.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace triage::testing {

class RawSocket {
 public:
  explicit RawSocket(int fd = -1) : fd_(fd) {}
  RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RawSocket& operator=(RawSocket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~RawSocket() { close(); }

  static RawSocket connect_to(std::uint16_t port) {
    RawSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    if (::connect(socket.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      socket.close();
    return socket;
  }

  static RawSocket listen_on_any_port() {
    RawSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(0);
    ::bind(socket.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(socket.fd_, 16);
    return socket;
  }

  // The next connection, or a closed socket after the wait.
  RawSocket accept(int wait_ms = 3000) const {
    return RawSocket(readable(wait_ms) ? ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC) : -1);
  }

  std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // False once the other side no longer takes anything.
  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // Reads until the other side closes; `closed` tells whether it did within the wait.
  std::string read_all(int wait_ms = 3000, bool* closed = nullptr) const {
    return read_while(wait_ms, closed, [](const std::string&) { return true; });
  }
  std::string read_until(std::string_view end, int wait_ms = 3000) const {
    return read_while(wait_ms, nullptr,
                      [&](const std::string& got) { return got.find(end) == std::string::npos; });
  }
  // One HTTP message whose Content-Length is told.
  std::string read_message(int wait_ms = 3000) const {
    return read_while(wait_ms, nullptr, [](const std::string& got) {
      const size_t head = got.find("\r\n\r\n");
      if (head == std::string::npos) return true;
      const size_t field = got.find("Content-Length: ");
      const size_t length = field < head ? std::stoul(got.substr(field + 16)) : 0;
      return got.size() < head + 4 + length;
    });
  }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  bool readable(int wait_ms) const {
    pollfd wait{fd_, POLLIN, 0};
    return ::poll(&wait, 1, wait_ms) > 0;
  }

  template <class More>
  std::string read_while(int wait_ms, bool* closed, More more) const {
    using clock = std::chrono::steady_clock;
    const auto end = clock::now() + std::chrono::milliseconds(wait_ms);
    std::string got;
    std::array<char, 16384> piece{};
    if (closed != nullptr) *closed = false;
    while (more(got)) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
      if (left.count() <= 0 || !readable(static_cast<int>(left.count()))) break;
      const ssize_t count = ::recv(fd_, piece.data(), piece.size(), 0);
      if (count <= 0) {
        if (closed != nullptr) *closed = true;
        break;
      }
      got.append(piece.data(), static_cast<size_t>(count));
    }
    return got;
  }

  int fd_;
};

}  // namespace triage::testing
