#include "daemon/unix_http_host.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "pipeline/base/fd.h"
#include "tests/fakes/git_repository.h"

namespace triage::daemon {
namespace {

Fd connect_to(const std::string& path) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const timeval patience{20, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return fd;
}

void send_all(const Fd& fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return;  // refused early: the answer tells
    bytes.remove_prefix(static_cast<size_t>(put));
  }
}

// All until the other side closes.
std::string read_all(const Fd& fd) {
  std::string out;
  std::array<char, 65536> buffer{};
  for (ssize_t got = 0; (got = ::recv(fd.get(), buffer.data(), buffer.size(), 0)) > 0;)
    out.append(buffer.data(), static_cast<size_t>(got));
  return out;
}

std::string talk(const std::string& path, std::string_view bytes) {
  const Fd fd = connect_to(path);
  send_all(fd, bytes);
  return read_all(fd);
}

HttpResponse echo(const HttpRequest& request) {
  return {200, {{"Content-Type", "text/plain"}}, request.method + " " + request.url + " " + request.body};
}

std::string post(const std::string& body, const std::string& fields = "") {
  return "POST /v1/x HTTP/1.1\r\nHost: h\r\n" + fields + "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Fixture {
  fakes::TemporaryDirectory folder;
  std::string path = folder / "s";
  std::unique_ptr<HttpService> service;

  explicit Fixture(HttpHandler handler = echo, UnixHttpOptions options = {}) {
    auto made = UnixSocketHost(options).serve(path, std::move(handler));
    REQUIRE(made.ok());
    service = std::move(*made);
  }
};

}  // namespace

TEST_SUITE("daemon unix http host") {
  TEST_CASE("unix http host: answers, keeps the connection, and closes when asked") {
    const Fixture at;
    const std::string both = talk(at.path, post("one") + post("two", "Connection: close\r\n"));
    CHECK(both.find("POST /v1/x one") != std::string::npos);
    CHECK(both.find("Connection: keep-alive") != std::string::npos);
    CHECK(both.ends_with("Connection: close\r\n\r\nPOST /v1/x two"));
    const std::string head = talk(at.path, "HEAD / HTTP/1.0\r\nHost: h\r\n\r\n");
    CHECK(head.starts_with("HTTP/1.1 200 OK"));
    CHECK(head.ends_with("\r\n\r\n"));
    const std::string expected = talk(at.path, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                                               "Connection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(expected.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"));
  }

  TEST_CASE("unix http host: what is refused, and that nothing after it is read") {
    struct Row {
      std::string_view what;
      std::string bytes;
      std::string_view status;
    };
    UnixHttpOptions options;
    options.max_head = 2000;
    options.max_body = 1000;
    std::atomic<int> calls{0};
    const Fixture at(
        [&](const HttpRequest& request) {
          ++calls;
          return echo(request);
        },
        options);
    const std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    const std::vector<Row> rows{
        {"chunked", chunked, "411"},
        {"two lengths", post("", "Content-Length: 4\r\n"), "400"},
        {"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
        {"another URL form", "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        {"upgrade", "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n", "400"},
        {"large head", "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2500, 'x') + "\r\n\r\n", "431"},
        {"large body", post(std::string(1001, 'x')), "413"},
        {"garbage", "\x16\x03\x01 hello\n\n", "400"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.what);
      const std::string answer = talk(at.path, row.bytes + post("smuggled", "Connection: close\r\n"));
      CHECK(answer.starts_with("HTTP/1.1 " + std::string(row.status)));
      CHECK(answer.find("smuggled") == std::string::npos);
    }
    CHECK(calls == 0);
    talk(at.path, post(std::string(1000, 'x'), "Connection: close\r\n"));  // the control
    CHECK(calls == 1);
  }

  TEST_CASE("unix http host: slow heads and bodies are cut") {
    UnixHttpOptions options;
    options.head_timeout = options.body_timeout = options.idle_timeout = Milliseconds(50);
    const Fixture at(echo, options);
    CHECK(talk(at.path, "").empty());
    CHECK(talk(at.path, "POST / HTTP").starts_with("HTTP/1.1 408"));
    CHECK(talk(at.path, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf")
              .starts_with("HTTP/1.1 408"));
  }

  TEST_CASE("unix http host: serves several at a time, and one more than that gets 503") {
    std::mutex mutex;
    std::condition_variable wake;
    int inside = 0;
    bool go = false;
    UnixHttpOptions options;
    options.max_connections = 2;
    const Fixture at(
        [&](const HttpRequest& request) {
          std::unique_lock lock(mutex);
          ++inside;
          wake.notify_all();
          wake.wait(lock, [&] { return go; });
          return echo(request);
        },
        options);
    std::vector<Fd> open;
    for (int i = 0; i < 2; ++i) {
      open.push_back(connect_to(at.path));
      send_all(open.back(), post("x", "Connection: close\r\n"));
    }
    {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return inside == 2; });
    }
    CHECK(talk(at.path, "").starts_with("HTTP/1.1 503"));
    {
      const std::lock_guard lock(mutex);
      go = true;
    }
    wake.notify_all();
    for (const Fd& fd : open) CHECK(read_all(fd).starts_with("HTTP/1.1 200"));
  }

  TEST_CASE("unix http host: a handler that throws answers 500") {
    const Fixture at([](const HttpRequest&) -> HttpResponse { throw std::runtime_error("x"); });
    CHECK(talk(at.path, post("", "Connection: close\r\n")).starts_with("HTTP/1.1 500"));
  }

  TEST_CASE("unix http host: stops at once with connections open, and takes its socket away") {
    Fixture at;
    const Fd idle = connect_to(at.path);
    const Fd half = connect_to(at.path);
    send_all(half, "POST / HT");
    const auto started = std::chrono::steady_clock::now();
    at.service.reset();
    CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(5));
    CHECK(read_all(idle).empty());
    CHECK(::access(at.path.c_str(), F_OK) != 0);
  }

  TEST_CASE("unix http host: its socket is for everybody, made anew, never over something else") {
    const fakes::TemporaryDirectory folder;
    UnixSocketHost host;
    {
      auto first = host.serve(folder / "s", echo);
      REQUIRE(first.ok());
      struct stat info {};
      REQUIRE(::stat((folder / "s").c_str(), &info) == 0);
      CHECK((info.st_mode & 07777) == 0666);
      CHECK(host.serve(folder / "s", echo).ok());
    }
    std::ofstream(folder / "file") << "kept";
    const auto over = host.serve(folder / "file", echo);
    REQUIRE_FALSE(over.ok());
    CHECK(over.error().kind == ErrorKind::denied);
    CHECK(::access((folder / "file").c_str(), F_OK) == 0);
    CHECK(host.serve(folder / "no/such/folder", echo).error().kind == ErrorKind::denied);
    CHECK(host.serve(std::string(200, 'x'), echo).error().kind == ErrorKind::invalid_input);
  }
}

}  // namespace triage::daemon
