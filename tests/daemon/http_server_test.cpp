#include "daemon/http_server.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <future>
#include <mutex>

#include "tests/fakes/loopback_server.h"
#include "tests/fakes/raw_socket.h"

namespace triage::daemon {
namespace {

using testing::LoopbackServer;
using testing::RawSocket;

HttpResponse echo(const HttpRequest& request) {
  return {200, {}, request.method + " " + request.url + " " + request.body};
}

// What one connection got for these bytes, read until the server closes it.
struct Exchange {
  std::string answer;
  bool closed = false;
};
Exchange talk(const LoopbackServer& server, const std::string& bytes, int wait_ms = 3000) {
  const RawSocket socket = RawSocket::connect_to(server.port());
  socket.write(bytes);
  Exchange result;
  result.answer = socket.read_all(wait_ms, &result.closed);
  return result;
}

std::string post(const std::string& fields, const std::string& body = "") {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

const std::string kChunked = "Transfer-Encoding: chunked\r\n";
const std::string kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

int status_of(const std::string& answer) {
  return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3));
}

ServerOptions small() {
  ServerOptions options;
  options.max_body = 1000;
  options.header_timeout = options.body_timeout = options.idle_timeout = Milliseconds{400};
  options.drain_timeout = Milliseconds{2000};
  return options;
}

}  // namespace

TEST_SUITE("http server") {
  TEST_CASE("server: whatever is refused ends its connection and nothing after it is parsed") {
    struct Row {
      std::string bytes;
      int status;
    };
    const Row rows[] = {
        {post(kChunked + "Content-Length: 4\r\n", "0\r\n\r\n"), 400},
        {post("Transfer-Encoding: xchunked\r\n"), 501},
        {post("Transfer-Encoding: chunked, identity\r\n"), 501},
        {post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400},
        {"POST /x HTTP/1.0\r\nHost: a\r\n" + kChunked + "\r\n0\r\n\r\n", 400},
        {post("Host: b\r\n"), 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {post("X-Hub-Signature-256: 1\r\nX-Hub-Signature-256: 2\r\n"), 400},
        {post("Upgrade: h2c\r\n"), 400},
        {post("X: " + std::string(9000, 'x') + "\r\n"), 431},
        {post("X: " + std::string(70'000, 'x') + "\r\n"), 431},
        {post("Content-Length: 1001\r\n", std::string(1001, 'x')), 413},
        {post(kChunked, "3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n"), 413},
        {post(kChunked, "1f4\r\n" + std::string(500, 'x') + "\r\n1f5\r\n" + std::string(501, 'x') +
                            "\r\n0\r\n\r\n"),
         413},
        {post(kChunked, "1; " + std::string(100'000, 'x') + "\r\na\r\n0\r\n\r\n"), 400},
        {post(kChunked, "1\r\na\r\n0\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"), 400},
        {post(kChunked, "1\r\na\r\n0\r\n" + std::string(70'000, 'n') + ": x\r\n\r\n"), 400},
        {post(kChunked, "fffffffffffffffff\r\n"), 400},
        {post(kChunked, "-1\r\n"), 400},
        {post(kChunked, "0x1\r\na\r\n0\r\n\r\n"), 400},
        {post(kChunked, "1\r\nab0\r\n\r\n"), 400},
        {post(kChunked, "1\na\n0\n\n"), 400},
        {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
    };
    LoopbackServer server(small());
    REQUIRE(server.started());
    server.answer_with(echo);
    for (const auto& row : rows) {
      CAPTURE(row.bytes.substr(0, 120));
      const Exchange got = talk(server, row.bytes + kSmuggled);
      CHECK(status_of(got.answer) == row.status);
      CHECK(got.closed);
      CHECK(got.answer.find("HTTP/1.1 ", 1) == std::string::npos);
    }
    CHECK(server.requests().empty());
    CHECK(talk(server, "GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
              .answer.ends_with("GET /after "));
  }

  TEST_CASE("server: trailers are dropped, never merged into the fields") {
    LoopbackServer server(small());
    server.answer_with(echo);
    const Exchange got = talk(
        server, post("Connection: close\r\nX-Hub-Signature-256: good\r\n" + kChunked,
                     "3\r\nabc\r\n0\r\nX-Hub-Signature-256: bad\r\nX-New: 1\r\n\r\n"));
    CHECK(got.answer.ends_with("POST /x abc"));
    REQUIRE(server.requests().size() == 1);
    const Headers fields = server.requests()[0].headers;
    CHECK(fields.count("X-Hub-Signature-256") == 1);
    CHECK(fields.get("X-Hub-Signature-256") == "good");
    CHECK(fields.count("X-New") == 0);
  }

  TEST_CASE("server: one connection carries many requests, pipelined ones too, up to the cap") {
    ServerOptions options = small();
    options.max_requests = 4;
    LoopbackServer server(options);
    server.answer_with(echo);
    const RawSocket socket = RawSocket::connect_to(server.port());
    for (int i = 0; i < 2; ++i) {
      socket.write(post("Content-Length: 2\r\n", "hi"));
      CHECK(socket.read_message().ends_with("POST /x hi"));
    }
    socket.write(kSmuggled + kSmuggled + kSmuggled);
    bool closed = false;
    const std::string rest = socket.read_all(3000, &closed);
    CHECK(closed);
    CHECK(rest.find("Connection: keep-alive") != std::string::npos);
    CHECK(rest.find("Connection: close") != std::string::npos);
    CHECK(server.requests().size() == 4);
  }

  TEST_CASE("server: answers carry a length and nosniff, no Server, and HEAD no body") {
    LoopbackServer server(small());
    server.answer_with(echo);
    const RawSocket socket = RawSocket::connect_to(server.port());
    socket.write("HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string head = socket.read_until("\r\n\r\n");
    CHECK(head.find("Content-Length: 8\r\n") != std::string::npos);
    CHECK(head.ends_with("\r\n\r\n"));
    socket.write("GET /g HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string got = socket.read_message();
    CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(got.find("X-Content-Type-Options: nosniff\r\n") != std::string::npos);
    CHECK(got.find("Server:") == std::string::npos);
    CHECK(got.ends_with("GET /g "));
  }

  TEST_CASE("server: a client that waits for 100-continue gets it") {
    LoopbackServer server(small());
    server.answer_with(echo);
    const RawSocket socket = RawSocket::connect_to(server.port());
    socket.write(post("Content-Length: 2\r\nExpect: 100-continue\r\n"));
    CHECK(socket.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    socket.write("hi");
    CHECK(socket.read_message().ends_with("POST /x hi"));
    const Exchange refused =
        talk(server, post("Content-Length: 5000\r\nExpect: 100-continue\r\n"));
    CHECK(status_of(refused.answer) == 413);
  }

  TEST_CASE("server: a client that drips, stalls or idles is cut at an absolute deadline") {
    LoopbackServer server(small());
    server.answer_with(echo);
    const auto cut_after = [&](const std::string& start, char drip) {
      const RawSocket socket = RawSocket::connect_to(server.port());
      const auto begin = std::chrono::steady_clock::now();
      socket.write(start);
      bool closed = false;
      while (!closed && std::chrono::steady_clock::now() < begin + std::chrono::seconds(3)) {
        if (drip != '\0') socket.write(std::string(1, drip));
        socket.read_all(50, &closed);
      }
      const auto took = std::chrono::steady_clock::now() - begin;
      return closed && took > Milliseconds{300} && took < Milliseconds{2000};
    };
    CHECK(cut_after("GET / HTTP/1.1\r\nHost: a\r\nX: ", 'x'));
    CHECK(cut_after(post("Content-Length: 1000\r\n"), 'x'));
    CHECK(cut_after(post("Content-Length: 1000\r\n"), '\0'));
    CHECK(cut_after("", '\0'));
    CHECK(cut_after("GET / HTTP/1.1\r\nHost: a\r\n\r\n", '\0'));
    CHECK(server.requests().size() == 1);
  }

  TEST_CASE("server: connections over the cap get 503 and the others go on") {
    ServerOptions options = small();
    SUBCASE("in all") { options.max_connections = 2; }
    SUBCASE("per peer") { options.max_per_peer = 2; }
    LoopbackServer server(options);
    server.answer_with(echo);
    std::vector<RawSocket> inside;
    for (int i = 0; i < 2; ++i) {
      inside.push_back(RawSocket::connect_to(server.port()));
      inside.back().write("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
      CHECK(status_of(inside.back().read_message()) == 200);
    }
    for (int i = 0; i < 2; ++i) {
      const Exchange over = talk(server, kSmuggled, 500);
      CHECK(status_of(over.answer) == 503);
      CHECK(over.answer.find("Retry-After: ") != std::string::npos);
    }
    inside[0].write("GET /again HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(inside[0].read_message().ends_with("GET /again "));
    CHECK(server.requests().size() == 3);
  }

  TEST_CASE("server: large bodies share a bounded room, small ones always fit") {
    ServerOptions options = small();
    options.max_body = 200'000;
    options.max_bodies = 300'000;
    LoopbackServer server(options);
    server.answer_with([](const HttpRequest& request) {
      return HttpResponse{200, {}, std::to_string(request.body.size())};
    });
    const std::string large = post("Connection: close\r\nContent-Length: 200000\r\n");
    const std::string body(200'000, 'x');
    const RawSocket first = RawSocket::connect_to(server.port());
    first.write(large + "x");
    first.read_all(50);
    CHECK(status_of(talk(server, large).answer) == 503);
    CHECK(status_of(talk(server, post(kChunked)).answer) == 503);
    CHECK(talk(server, post("Connection: close\r\nContent-Length: 2\r\n", "hi"))
              .answer.ends_with("\r\n\r\n2"));
    first.write(body.substr(1));
    CHECK(first.read_message().ends_with("200000"));
    CHECK(talk(server, large + body).answer.ends_with("200000"));
  }

  TEST_CASE("server: out of file descriptors it waits, and serves once there are some again") {
    LoopbackServer server(small());
    server.answer_with(echo);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int lowest_free = ::dup(STDIN_FILENO);
    ::close(lowest_free);
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(lowest_free) + 1;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
    const RawSocket socket = RawSocket::connect_to(server.port());
    socket.write(kSmuggled);
    const std::string starved = socket.read_all(250);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(starved.empty());
    CHECK(status_of(socket.read_message()) == 200);
  }

  TEST_CASE("server: a reply may come late, from another thread, and counts once") {
    IoThread io;
    std::promise<HttpServer::Reply> given;
    HttpServer server(io, small(), [&](HttpRequest, const std::string& peer, const auto& reply) {
      CHECK(peer == "127.0.0.1");
      given.set_value(reply);
    });
    REQUIRE(io.start().ok());
    REQUIRE(server.start().ok());
    const RawSocket socket = RawSocket::connect_to(server.port());
    socket.write(kSmuggled);
    HttpServer::Reply reply = given.get_future().get();
    reply({202, {}, "one"});
    reply({500, {}, "two"});
    CHECK(socket.read_message().ends_with("one"));
    server.stop();
    io.stop();
    reply({200, {}, "after the end"});
  }

  TEST_CASE("server: a handler that drops its reply or throws answers 500") {
    IoThread io;
    HttpServer server(io, small(), [&](const HttpRequest& request, const std::string&, const auto&) {
      if (request.url == "/throw") throw std::runtime_error("handler");
    });
    REQUIRE(io.start().ok());
    REQUIRE(server.start().ok());
    const RawSocket socket = RawSocket::connect_to(server.port());
    for (const std::string path : {"/drop", "/throw", "/drop"}) {
      socket.write("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
      CHECK(status_of(socket.read_message()) == 500);
    }
  }

  TEST_CASE("server: stop lets running requests finish, closes idle ones and takes no more") {
    IoThread io;
    std::promise<HttpServer::Reply> given;
    HttpServer server(io, small(), [&](HttpRequest, const std::string&, const auto& reply) {
      given.set_value(reply);
    });
    REQUIRE(io.start().ok());
    REQUIRE(server.start().ok());
    const RawSocket idle = RawSocket::connect_to(server.port());
    const RawSocket busy = RawSocket::connect_to(server.port());
    busy.write(kSmuggled);
    HttpServer::Reply reply = given.get_future().get();
    auto stopping = std::async(std::launch::async, [&] { server.stop(); });
    bool closed = false;
    CHECK(idle.read_all(300, &closed).empty());
    CHECK(closed);
    CHECK(stopping.wait_for(Milliseconds{0}) == std::future_status::timeout);
    CHECK_FALSE(RawSocket::connect_to(server.port()).is_open());
    reply({200, {}, "finished"});
    const std::string last = busy.read_all(3000, &closed);
    CHECK(last.ends_with("finished"));
    CHECK(last.find("Connection: close") != std::string::npos);
    stopping.get();
    server.stop();
  }

  TEST_CASE("server: stop closes what does not finish by the drain deadline") {
    IoThread io;
    ServerOptions options = small();
    options.drain_timeout = Milliseconds{100};
    std::promise<HttpServer::Reply> given;
    HttpServer server(io, options, [&](HttpRequest, const std::string&, const auto& reply) {
      given.set_value(reply);
    });
    server.stop();
    REQUIRE(io.start().ok());
    REQUIRE(server.start().ok());
    const RawSocket busy = RawSocket::connect_to(server.port());
    busy.write(kSmuggled);
    const HttpServer::Reply reply = given.get_future().get();
    server.stop();
    bool closed = false;
    CHECK(busy.read_all(1000, &closed).empty());
    CHECK(closed);
    reply({200, {}, "too late"});
  }

  TEST_CASE("server: start says what is wrong with address, port or socket") {
    IoThread io;
    LoopbackServer other;
    REQUIRE(other.started());
    const auto message = [&](ServerOptions options) {
      HttpServer server(io, std::move(options), {});
      const auto started = server.start();
      return started.ok() ? "started" : started.error().message;
    };
    ServerOptions options;
    options.port = other.port();
    CHECK(message(options).find("another triaged") != std::string::npos);
    options.address = "localhost";
    CHECK(message(options).find("not an IP address") != std::string::npos);
    options.inherited_fd = 0;
    CHECK(message(options).find("inherited socket 0") != std::string::npos);
  }

  TEST_CASE("server: an inherited socket is served, and named by the environment once") {
    RawSocket listener = RawSocket::listen_on_any_port();
    ServerOptions options = small();
    options.inherited_fd = ::dup(listener.fd());
    LoopbackServer server(options);
    REQUIRE(server.started());
    server.answer_with(echo);
    CHECK(server.port() == listener.port());
    CHECK(talk(server, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
              .answer.ends_with("GET / "));

    ::setenv("LISTEN_PID", "1", 1);
    ::setenv("LISTEN_FDS", "1", 1);
    CHECK_FALSE(take_inherited_socket());
    CHECK(std::getenv("LISTEN_FDS") == nullptr);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", "0", 1);
    CHECK_FALSE(take_inherited_socket());
  }

  TEST_CASE("io thread: runs work, timers and signals, and survives an exception") {
    std::mutex mutex;
    std::string fault;
    IoThread io([&](std::string_view what) {
      const std::lock_guard lock(mutex);
      fault = what;
    });
    io.stop();
    std::promise<int> signalled;
    std::promise<void> fired;
    REQUIRE(io.on_signal({SIGUSR2}, [&](int number) { signalled.set_value(number); }).ok());
    CHECK_FALSE(io.on_signal({9999}, [](int) {}).ok());
    io.post([] { throw std::runtime_error("field value too large"); });
    io.after(Milliseconds{1}, [&] { fired.set_value(); });
    REQUIRE(io.start().ok());
    CHECK_FALSE(io.start().ok());
    ::kill(::getpid(), SIGUSR2);
    fired.get_future().get();
    CHECK(signalled.get_future().get() == SIGUSR2);
    io.stop();
    CHECK(fault == "field value too large");
  }
}

}  // namespace triage::daemon
