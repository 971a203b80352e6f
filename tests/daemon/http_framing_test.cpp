#include "daemon/http_framing.h"

#include <doctest/doctest.h>

namespace triage::daemon {
namespace {

constexpr size_t kMaxHead = 8192;

// The status a head is refused with; 0 when it is accepted, -1 while it is incomplete.
int verdict(std::string_view bytes) {
  const auto length = head_length(bytes, kMaxHead);
  if (const auto* refusal = std::get_if<Refusal>(&length)) return refusal->status;
  const auto end = std::get<std::optional<size_t>>(length);
  if (!end) return -1;
  const auto head = parse_head(bytes.substr(0, *end), 1000);
  const auto* refusal = std::get_if<Refusal>(&head);
  return refusal == nullptr ? 0 : refusal->status;
}

int verdict_with(const std::string& fields) {
  return verdict("POST /x HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
}

}  // namespace

TEST_SUITE("http framing") {
  TEST_CASE("framing: request lines are accepted or refused as listed") {
    struct Row {
      std::string line;
      int status;
    };
    const Row rows[] = {
        {"GET / HTTP/1.1", 0},
        {"HEAD /healthz HTTP/1.1", 0},
        {"OPTIONS /a?b=c&d=%20 HTTP/1.0", 0},
        {"get / HTTP/1.1", 501},
        {"BREW / HTTP/1.1", 501},
        {"CONNECT a:443 HTTP/1.1", 501},
        {"TRACE / HTTP/1.1", 501},
        {"G(T / HTTP/1.1", 400},
        {" / HTTP/1.1", 400},
        {"GET  / HTTP/1.1", 400},
        {"GET / x HTTP/1.1", 400},
        {"GET /", 400},
        {"GET / http/1.1", 400},
        {"GET / HTTP/1.2", 505},
        {"GET / HTTP/2.0", 505},
        {"GET / HTTP/0.9", 505},
        {"GET / HTTP/1.1 ", 400},
        {"GET http://a/ HTTP/1.1", 400},
        {"GET * HTTP/1.1", 400},
        {"GET x HTTP/1.1", 400},
        {"GET /\xc3\xa9 HTTP/1.1", 400},
        {"GET /\x01 HTTP/1.1", 400},
        {std::string("GET /\0 HTTP/1.1", 15), 400},
        {"GET /#f HTTP/1.1", 400},
        {"GET\t/ HTTP/1.1", 400},
    };
    for (const auto& row : rows) {
      CAPTURE(row.line);
      CHECK(verdict(row.line + "\r\nHost: a\r\n\r\n") == row.status);
    }
  }

  TEST_CASE("framing: fields are accepted or refused as listed") {
    struct Row {
      std::string fields;
      int status;
    };
    const Row rows[] = {
        {"Content-Length: 3\r\n", 0},
        {"content-length:3\r\n", 0},
        {"Content-Length: 1001\r\n", 413},
        {"Content-Length: 18446744073709551616\r\n", 413},
        {"Content-Length: +3\r\n", 400},
        {"Content-Length: -1\r\n", 400},
        {"Content-Length: 0x3\r\n", 400},
        {"Content-Length: 3, 3\r\n", 400},
        {"Content-Length: \r\n", 400},
        {"Content-Length: 3\r\nContent-Length: 3\r\n", 400},
        {"Content-Length: 3\r\ncontent-length: 4\r\n", 400},
        {"Transfer-Encoding: chunked\r\n", 0},
        {"transfer-encoding: CHUNKED \r\n", 0},
        {"Transfer-Encoding: xchunked\r\n", 501},
        {"Transfer-Encoding: chunked, identity\r\n", 501},
        {"Transfer-Encoding: gzip, chunked\r\n", 501},
        {"Transfer-Encoding: \x0b" "chunked\r\n", 400},
        {"Transfer-Encoding: \r\n", 501},
        {"Transfer-Encoding:\r\n chunked\r\n", 400},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400},
        {"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", 400},
        {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400},
        {"Host: b\r\n", 400},
        {"host: a\r\n", 400},
        {"X-Hub-Signature-256: a\r\nx-hub-signature-256: b\r\n", 400},
        {"Authorization: a\r\nAuthorization: a\r\n", 400},
        {"Content-Type: a\r\nContent-Type: a\r\n", 400},
        {"Idempotency-Key: a\r\nIdempotency-Key: a\r\n", 400},
        {"X-GitHub-Delivery: a\r\nX-GitHub-Delivery: a\r\n", 400},
        {"webhook-id: a\r\nwebhook-id: a\r\n", 400},
        {"Accept: a\r\nAccept: b\r\n", 0},
        {"Cookie: a\r\nCookie: b\r\n", 0},
        {"Expect: 100-continue\r\n", 0},
        {"Expect: coffee\r\n", 417},
        {"Upgrade: h2c\r\n", 400},
        {"X-Empty:\r\n", 0},
        {"X : a\r\n", 400},
        {" X: a\r\n", 400},
        {"X\r\n", 400},
        {": a\r\n", 400},
        {"X: a\rb\r\n", 400},
        {"X: a\nb\r\n", 400},
        {std::string("X: a\0b\r\n", 8), 400},
        {"X: \x7f\r\n", 400},
        {"X: caf\xc3\xa9\r\n", 0},
    };
    for (const auto& row : rows) {
      CAPTURE(row.fields);
      CHECK(verdict_with(row.fields) == row.status);
    }
  }

  TEST_CASE("framing: exactly one Host is needed, in HTTP/1.0 as well") {
    CHECK(verdict("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(verdict("GET / HTTP/1.0\r\n\r\n") == 400);
    CHECK(verdict("GET / HTTP/1.1\r\nHost:\r\n\r\n") == 400);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n") == 400);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n") == 0);
    CHECK(verdict("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  }

  TEST_CASE("framing: a head ends at its empty line, is bounded, and shows its faults early") {
    CHECK(verdict("") == -1);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: a\r\n") == -1);
    CHECK(verdict("GET / HTTP/1.1\n") == 400);
    CHECK(verdict("\n") == 400);
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    CHECK(verdict(start + std::string(kMaxHead - start.size() - 4, 'x') + "\r\n\r\n") == 0);
    CHECK(verdict(start + std::string(kMaxHead - start.size() - 3, 'x') + "\r\n\r\n") == 431);
    CHECK(verdict(start + std::string(kMaxHead, 'x')) == 431);
    std::string many;
    for (int i = 0; i < 100; ++i) many += "X" + std::to_string(i) + ":\r\n";
    CHECK(verdict_with(many) == 431);
  }

  TEST_CASE("framing: the head read is what was sent") {
    const std::string_view bytes =
        "PUT /hooks/a?b HTTP/1.1\r\nHost: a\r\nX-Two:  b c\t\r\nContent-Length: 12\r\n"
        "Expect: 100-Continue\r\nConnection: foo, Close\r\n\r\nbody";
    const auto length = std::get<std::optional<size_t>>(head_length(bytes, kMaxHead));
    REQUIRE(length == bytes.size() - 4);
    const auto head = std::get<RequestHead>(parse_head(bytes.substr(0, *length), 1000));
    CHECK(head.method == "PUT");
    CHECK(head.target == "/hooks/a?b");
    CHECK(head.headers.get("x-two") == "b c");
    CHECK(head.headers.size() == 5);
    CHECK(head.content_length == 12);
    CHECK(head.expect_continue);
    CHECK_FALSE(head.keep_alive);
    CHECK_FALSE(head.chunked);
  }

  TEST_CASE("framing: connections persist by default in HTTP/1.1 only") {
    const auto keeps = [](const std::string& version, const std::string& field) {
      const auto head =
          parse_head("GET / HTTP/" + version + "\r\nHost: a\r\n" + field + "\r\n", 1000);
      return std::get<RequestHead>(head).keep_alive;
    };
    CHECK(keeps("1.1", ""));
    CHECK_FALSE(keeps("1.1", "Connection: close\r\n"));
    CHECK_FALSE(keeps("1.0", ""));
    CHECK(keeps("1.0", "Connection: Keep-Alive\r\n"));
  }

  TEST_CASE("framing: an answer can't carry fields that break its framing") {
    const HttpResponse response{
        200,
        {{"X-Ok", "1"}, {"X-Bad", "a\r\nSet-Cookie: b"}, {"Content-Length", "99"},
         {"Transfer-Encoding", "chunked"}, {"Server", "x"}, {"Bad Name", "1"}},
        "hello"};
    CHECK(response_head(response, true) ==
          "HTTP/1.1 200 OK\r\nX-Ok: 1\r\nX-Content-Type-Options: nosniff\r\n"
          "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n");
    CHECK(response_head({204, {}, ""}, false) ==
          "HTTP/1.1 204 No Content\r\nX-Content-Type-Options: nosniff\r\n"
          "Connection: close\r\n\r\n");
  }
}

}  // namespace triage::daemon
