#include "daemon/unix_http_host.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <list>
#include <optional>
#include <string_view>
#include <thread>

#include "daemon/http_framing.h"
#include "pipeline/base/fd.h"

namespace triage::daemon {
namespace {

HttpResponse plain(int status, const std::string& why) {
  return {status, {{"Content-Type", "text/plain"}}, why + "\n"};
}

// A connection's bytes, with a deadline on each wait; all waits end when the service stops.
class Line {
 public:
  Line(Fd fd, int stopped) : fd_(std::move(fd)), stopped_(stopped) {}

  // False when the deadline passed, the other side closed, or the service stops.
  bool read_more(std::string& into, Deadline deadline) {
    std::array<char, 65536> buffer{};
    while (wait(POLLIN, deadline)) {
      const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (got > 0) {
        into.append(buffer.data(), static_cast<size_t>(got));
        return true;
      }
      if (got == 0 || (errno != EAGAIN && errno != EINTR)) return false;
    }
    return false;
  }

  bool write(std::string_view bytes, Deadline deadline) {
    while (!bytes.empty() && wait(POLLOUT, deadline)) {
      const ssize_t put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put >= 0) {
        bytes.remove_prefix(static_cast<size_t>(put));
      } else if (errno != EAGAIN && errno != EINTR) {
        return false;
      }
    }
    return bytes.empty();
  }

  // Ends our side and reads what the other still sends: closed with bytes unread, a connection is
  // reset, and our answer may be lost on its way.
  void linger(Deadline deadline) {
    constexpr size_t kMost = size_t{1} << 20U;
    ::shutdown(fd_.get(), SHUT_WR);
    std::string rest;
    while (rest.size() < kMost && read_more(rest, deadline)) {
    }
  }

 private:
  bool wait(short events, Deadline deadline) {
    for (;;) {
      const auto left = std::chrono::duration_cast<Milliseconds>(
          deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      std::array<pollfd, 2> fds{{{fd_.get(), events, 0}, {stopped_, POLLIN, 0}}};
      const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(left.count()));
      if (fds[1].revents != 0 || (ready < 0 && errno != EINTR)) return false;
      if (ready > 0) return true;
    }
  }

  Fd fd_;
  int stopped_;
};

// One connection from its first byte to its last.
class Session {
 public:
  Session(Line line, const UnixHttpOptions& options, const HttpHandler& handler)
      : line_(std::move(line)), options_(options), handler_(handler) {}

  void run() {
    while (serve_one()) {
    }
  }

 private:
  // True where the connection goes on.
  bool serve_one() {
    if (bytes_.empty() && !line_.read_more(bytes_, deadline_in(options_.idle_timeout))) return false;
    const auto head = read_head();
    if (!head) return false;
    HttpRequest request{head->method, head->target, head->headers, {}};
    if (!read_body(*head, request.body)) return false;
    const HttpResponse response = answer(request);
    return send(response, head->keep_alive, head->method == "HEAD") && head->keep_alive;
  }

  std::optional<RequestHead> read_head() {
    const Deadline deadline = deadline_in(options_.head_timeout);
    for (;;) {
      const auto length = head_length(bytes_, options_.max_head);
      if (const auto* refusal = std::get_if<Refusal>(&length)) return refuse(*refusal);
      if (const auto size = std::get<std::optional<size_t>>(length)) {
        auto head = parse_head(std::string_view(bytes_).substr(0, *size), options_.max_body);
        if (const auto* refusal = std::get_if<Refusal>(&head)) return refuse(*refusal);
        bytes_.erase(0, *size);
        if (std::get<RequestHead>(head).chunked)
          return refuse({411, "a body needs a Content-Length here"});
        return std::get<RequestHead>(std::move(head));
      }
      if (!line_.read_more(bytes_, deadline)) return refuse({408, "the head did not come in time"});
    }
  }

  bool read_body(const RequestHead& head, std::string& body) {
    const Deadline deadline = deadline_in(options_.body_timeout);
    if (head.expect_continue && bytes_.empty() &&
        !line_.write("HTTP/1.1 100 Continue\r\n\r\n", deadline))
      return false;
    while (bytes_.size() < head.content_length) {
      if (line_.read_more(bytes_, deadline)) continue;
      refuse({408, "the body did not come in time"});
      return false;
    }
    body = bytes_.substr(0, head.content_length);
    bytes_.erase(0, head.content_length);
    return true;
  }

  HttpResponse answer(const HttpRequest& request) {
    try {
      return handler_(request);
    } catch (...) {  // this thread's outermost frame
      return plain(500, "the handler failed");
    }
  }

  bool send(const HttpResponse& response, bool keep_alive, bool head_only) {
    const Deadline deadline = deadline_in(options_.body_timeout);
    return line_.write(response_head(response, keep_alive), deadline) &&
           (head_only || line_.write(response.body, deadline));
  }

  std::nullopt_t refuse(const Refusal& refusal) {
    constexpr Milliseconds kLinger{1'000};
    if (send(plain(refusal.status, refusal.why), false, false)) line_.linger(deadline_in(kLinger));
    return std::nullopt;
  }

  Line line_;
  const UnixHttpOptions& options_;
  const HttpHandler& handler_;
  std::string bytes_;  // read and not used yet
};

class Service final : public HttpService {
 public:
  Service(UnixHttpOptions options, std::string path, HttpHandler handler, Fd listening, Fd stopped)
      : options_(options),
        path_(std::move(path)),
        handler_(std::move(handler)),
        listening_(std::move(listening)),
        stopped_(std::move(stopped)),
        accepting_([this] { accept_all(); }) {}

  ~Service() override {
    ::eventfd_write(stopped_.get(), 1);
    accepting_.join();
    connections_.clear();  // joins
    ::unlink(path_.c_str());
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

 private:
  struct Connection {
    std::atomic<bool> done{false};
    std::jthread thread;
  };

  void accept_all() {
    constexpr int kPause = 100;  // where descriptors are short, until one is free
    for (;;) {
      std::array<pollfd, 2> fds{{{listening_.get(), POLLIN, 0}, {stopped_.get(), POLLIN, 0}}};
      if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
      if (fds[1].revents != 0) return;
      if (fds[0].revents == 0) continue;
      Fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (fd) {
        open(std::move(fd));
      } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        ::poll(&fds[1], 1, kPause);
      }
    }
  }

  void open(Fd fd) {
    connections_.remove_if([](const Connection& connection) { return connection.done.load(); });
    if (connections_.size() >= options_.max_connections) {
      const HttpResponse response = plain(503, "too many connections");
      Line(std::move(fd), stopped_.get())
          .write(response_head(response, false) + response.body, deadline_in(Milliseconds(100)));
      return;
    }
    Connection& connection = connections_.emplace_back();
    connection.thread = std::jthread(
        [this, &connection, line = Line(std::move(fd), stopped_.get())]() mutable {
          Session(std::move(line), options_, handler_).run();
          connection.done = true;
        });
  }

  const UnixHttpOptions options_;
  const std::string path_;
  const HttpHandler handler_;
  const Fd listening_, stopped_;
  std::list<Connection> connections_;  // of the accepting thread, then of the destructor
  std::jthread accepting_;
};

Error socket_error(const std::string& path) {
  const int code = errno;
  const bool short_of = code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOSPC;
  return {short_of ? ErrorKind::exhausted : ErrorKind::denied,
          "cannot make the socket " + path + ": " + std::strerror(code)};
}

}  // namespace

Result<std::unique_ptr<HttpService>> UnixSocketHost::serve(const std::string& path,
                                                           HttpHandler handler) {
  constexpr int kBacklog = 64;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return invalid_input("a socket's path has 1 to 107 bytes: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());

  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) ::unlink(path.c_str());
  Fd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  Fd stopped(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!listening || !stopped) return socket_error(path);
  if (::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0666) != 0 || ::listen(listening.get(), kBacklog) != 0)
    return socket_error(path);
  return std::unique_ptr<HttpService>(std::make_unique<Service>(
      options_, path, std::move(handler), std::move(listening), std::move(stopped)));
}

}  // namespace triage::daemon
