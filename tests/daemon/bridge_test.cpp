#include "daemon/bridge.h"

#include <doctest/doctest.h>

#include <mutex>

#include "daemon/unix_http_host.h"
#include "tests/fakes/git_repository.h"
#include "tests/fakes/raw_socket.h"

namespace triage::daemon {
namespace {

// Free a moment ago.
std::uint16_t free_port() { return testing::RawSocket::listen_on_any_port().port(); }

// Python that calls `port` in the ways an agent does and writes what it saw to `file`.
std::string caller(std::uint16_t port, const std::string& file) {
  return R"py(
import http.client, threading, socket
port = )py" + std::to_string(port) + R"py(
lines = []
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
for n in (1, 300000):  # one connection, small and larger than any buffer
    connection.request("POST", "/v1/x", body="b" * n)
    lines.append(str(len(connection.getresponse().read())))
def one(n):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    c.request("POST", "/v1/x", body="y" * n)
    lines.append(str(len(c.getresponse().read())))
threads = [threading.Thread(target=one, args=(100,)) for _ in range(20)]
for t in threads: t.start()
for t in threads: t.join()
s = socket.create_connection(("127.0.0.1", port), 20)  # closes its side first
s.sendall(b"POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: close\r\n\r\nzz")
s.shutdown(socket.SHUT_WR)
got = b""
while True:
    more = s.recv(65536)
    if not more: break
    got += more
lines.append("half " + got.split(b"\r\n\r\n")[1].decode())
open(")py" + file + R"py(", "w").write(",".join(lines))
)py";
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_SUITE("daemon bridge") {
  TEST_CASE("bridge: carries connections to the socket, whatever their size and number") {
    const fakes::TemporaryDirectory folder;
    const auto service = UnixSocketHost().serve(
        folder / "s", [](const HttpRequest& request) { return HttpResponse{200, {}, request.body}; });
    REQUIRE(service.ok());
    const std::uint16_t port = free_port();
    const auto status = run_bridge(
        {folder / "s", port, {"/usr/bin/python3", "-c", caller(port, folder / "seen")}});
    REQUIRE_MESSAGE(status.ok(), (status.ok() ? "" : status.error().message));
    CHECK(*status == 0);
    std::string expected = "1,300000";
    for (int i = 0; i < 20; ++i) expected += ",100";
    CHECK(read_file(folder / "seen") == expected + ",half zz");
  }

  TEST_CASE("bridge: ends with its command and its status") {
    struct Row {
      std::string script;
      int status;
    };
    for (const Row& row : {Row{"exit 0", 0}, Row{"exit 7", 7}, Row{"kill -9 $$", 137}}) {
      CAPTURE(row.script);
      const auto status = run_bridge({"/tmp/no-such-socket", free_port(), {"sh", "-c", row.script}});
      REQUIRE(status.ok());
      CHECK(*status == row.status);
    }
  }

  TEST_CASE("bridge: a command sees its connection closed where the socket is not there") {
    const std::uint16_t port = free_port();
    const std::string code = "import socket; s = socket.create_connection(('127.0.0.1', " +
                             std::to_string(port) + "), 20); exit(0 if s.recv(1) == b'' else 3)";
    const auto status = run_bridge({"/tmp/no-such-socket", port, {"/usr/bin/python3", "-c", code}});
    REQUIRE(status.ok());
    CHECK(*status == 0);
  }

  TEST_CASE("bridge: what can't be started is an error") {
    CHECK(run_bridge({"/tmp/s", free_port(), {}}).error().kind == ErrorKind::invalid_input);
    CHECK(run_bridge({"", free_port(), {"true"}}).error().kind == ErrorKind::invalid_input);
    CHECK(run_bridge({std::string(200, 'x'), free_port(), {"true"}}).error().kind == ErrorKind::invalid_input);
    CHECK(run_bridge({"/tmp/s", free_port(), {"/no/such/program"}}).error().kind == ErrorKind::not_found);
    const testing::RawSocket taken = testing::RawSocket::listen_on_any_port();
    CHECK(run_bridge({"/tmp/s", taken.port(), {"true"}}).error().kind == ErrorKind::unavailable);
  }
}

}  // namespace triage::daemon
