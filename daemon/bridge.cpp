#include "daemon/bridge.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <list>
#include <string_view>

#include "pipeline/base/fd.h"

namespace triage::daemon {
namespace {

constexpr size_t kMaxConnections = 64;
constexpr size_t kBuffer = 65'536;

// What goes from one descriptor to the other.
class Flow {
 public:
  bool wants_input() const { return !ended_ && pending_.empty(); }
  bool wants_output() const { return !pending_.empty(); }
  bool finished() const { return ended_ && pending_.empty(); }

  // Reads and writes as much as goes without waiting. False where the connection is broken.
  bool move(int from, int to) {
    if (wants_input()) {
      std::array<char, kBuffer> buffer{};
      const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
      if (got < 0) return errno == EAGAIN || errno == EINTR;
      if (got == 0) ended_ = true;
      pending_.assign(buffer.data(), static_cast<size_t>(got));
    }
    if (wants_output()) {
      const ssize_t put = ::send(to, pending_.data(), pending_.size(), MSG_NOSIGNAL);
      if (put < 0) return errno == EAGAIN || errno == EINTR;
      pending_.erase(0, static_cast<size_t>(put));
    }
    if (finished()) ::shutdown(to, SHUT_WR);
    return true;
  }

 private:
  std::string pending_;
  bool ended_ = false;
};

struct Connection {
  Fd near, far;  // of the command, of the host
  Flow out, in;  // near to far, far to near

  short near_events() const { return events(out, in); }
  short far_events() const { return events(in, out); }
  // False when it is over: broken, or the host has closed it and all it sent is delivered. What the
  // command closed may still be answered; what it still sends is taken while the host takes it, as
  // a connection closed with bytes unread is reset and may lose the answer.
  bool go_on() {
    if (!out.finished() && !out.move(near.get(), far.get())) return false;
    if (!in.finished() && !in.move(far.get(), near.get())) return false;
    return !in.finished() || (!out.finished() && !is_gone(far.get()));
  }

 private:
  static bool is_gone(int socket) {
    pollfd look{socket, 0, 0};
    return ::poll(&look, 1, 0) < 0 || (look.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
  }

  static short events(const Flow& read, const Flow& write) {
    return static_cast<short>((read.wants_input() ? POLLIN : 0) |
                              (write.wants_output() ? POLLOUT : 0));
  }
};

Result<Fd> listen_on(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), static_cast<int>(kMaxConnections)) != 0)
    return Error{ErrorKind::unavailable, "the bridge can't listen on port " + std::to_string(port) +
                                             ": " + std::strerror(errno)};
  return fd;
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return invalid_input("a socket's path has 1 to 107 bytes: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<pid_t> start(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int code = ::posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ);
  if (code != 0)
    return Error{ErrorKind::not_found, "cannot start " + command[0] + ": " + std::strerror(code)};
  return pid;
}

class Bridge {
 public:
  Bridge(Fd listening, sockaddr_un host, Fd child)
      : listening_(std::move(listening)), host_(host), child_(std::move(child)) {}

  // Until the child has ended.
  void run() {
    std::vector<pollfd> fds;
    for (;;) {
      const bool room = connections_.size() < kMaxConnections;
      fds.assign({{child_.get(), POLLIN, 0}, {room ? listening_.get() : -1, POLLIN, 0}});
      for (const Connection& connection : connections_) {
        fds.push_back({connection.near.get(), connection.near_events(), 0});
        fds.push_back({connection.far.get(), connection.far_events(), 0});
      }
      if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
      if (fds[0].revents != 0) return;
      size_t at = 2;
      for (auto it = connections_.begin(); it != connections_.end(); at += 2) {
        const bool touched = fds[at].revents != 0 || fds[at + 1].revents != 0;
        const bool broken = ((fds[at].revents | fds[at + 1].revents) & POLLERR) != 0;
        it = broken || (touched && !it->go_on()) ? connections_.erase(it) : std::next(it);
      }
      if (fds[1].revents != 0) accept_one();
    }
  }

 private:
  // A command that can't be connected to the host sees its connection closed.
  void accept_one() {
    Fd near(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    Fd far(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!near || !far) return;
    if (::connect(far.get(), reinterpret_cast<const sockaddr*>(&host_), sizeof host_) != 0) return;
    ::fcntl(far.get(), F_SETFL, O_NONBLOCK);
    connections_.push_back({std::move(near), std::move(far), {}, {}});
  }

  Fd listening_;
  sockaddr_un host_;
  Fd child_;
  std::list<Connection> connections_;
};

}  // namespace

Result<int> run_bridge(const BridgeOptions& options) {
  if (options.command.empty()) return invalid_input("the bridge needs a command to run");
  const sockaddr_un host = TRY(address_of(options.socket));
  Fd listening = TRY(listen_on(options.port));
  const pid_t pid = TRY(start(options.command));
  Fd child(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!child) {
    ::kill(pid, SIGKILL);
    return internal_error(std::string("the bridge can't watch its command: ") + std::strerror(errno));
  }
  Bridge(std::move(listening), host, std::move(child)).run();
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace triage::daemon
