#include "pipeline/base/http.h"

#include <doctest/doctest.h>

#include <array>

namespace triage {

using namespace std::string_view_literals;

TEST_SUITE("base") {
  TEST_CASE("http: header names compare without case, order and repeats stay") {
    Headers headers{{"Accept", "a"}, {"X-One", "1"}};
    headers.add("accept", "b");
    CHECK(headers.get("ACCEPT") == "a");
    CHECK(headers.count("aCCept") == 2);
    CHECK(headers.get("missing").empty());
    CHECK(headers.size() == 3);
    headers.set("ACCEPT", "c");
    CHECK(headers.count("accept") == 1);
    CHECK(headers.get("accept") == "c");
    CHECK(headers.begin()->first == "X-One");
  }

  TEST_CASE("http: URLs are taken apart") {
    struct Row {
      std::string_view text;
      Url url;
    };
    const std::array rows{
        Row{"http://example.com", {"http", "example.com", "80", "/"}},
        Row{"HTTPS://Example.com/a?b=c", {"https", "Example.com", "443", "/a?b=c"}},
        Row{"http://example.com:8080/x#part", {"http", "example.com", "8080", "/x"}},
        Row{"http://example.com?q=1", {"http", "example.com", "80", "/?q=1"}},
        Row{"http://example.com#part", {"http", "example.com", "80", "/"}},
        Row{"http://[::1]:8377/api", {"http", "::1", "8377", "/api"}},
        Row{"https://[2001:db8::1]", {"https", "2001:db8::1", "443", "/"}},
        Row{"http://127.0.0.1:65535/", {"http", "127.0.0.1", "65535", "/"}},
        Row{"http://example.com/a@b:c", {"http", "example.com", "80", "/a@b:c"}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.text);
      const auto url = parse_url(row.text);
      REQUIRE(url.ok());
      CHECK(*url == row.url);
    }
  }

  TEST_CASE("http: what is no usable URL is refused, and never shown in the error") {
    static constexpr std::array kBad{
        ""sv,
        "example.com/x"sv,
        "ftp://example.com"sv,
        "file:///etc/passwd"sv,
        "http://"sv,
        "http:///path"sv,
        "http://:80/"sv,
        "http://[]/"sv,
        "http://[::1"sv,
        "http://[::1]x"sv,
        "http://[secret.example]/"sv,
        "http://::1/"sv,
        "http://user@example.com/"sv,
        "http://user:secret@example.com/"sv,
        "http://example.com:/"sv,
        "http://example.com:65536/"sv,
        "http://example.com:99999999999999999999/"sv,
        "http://example.com:-1/"sv,
        "http://example.com:80a/"sv,
        "http://exam ple.com/"sv,
        "http://example.com/a b"sv,
        "http://example.com/\r\nHost: other"sv,
        "http://example.com/\0"sv,
        "http://example.com\\.other.com/"sv,
        "http://ex<a>mple.com/"sv,
        "http://exämple.com/"sv,
    };
    for (const std::string_view text : kBad) {
      CAPTURE(text);
      const auto url = parse_url(text);
      REQUIRE_FALSE(url.ok());
      CHECK(url.error().kind == ErrorKind::invalid_input);
      CHECK(url.error().message.find("secret") == std::string::npos);
    }
  }

  TEST_CASE("http: percent-encoding leaves the unreserved and nothing else") {
    CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
    CHECK(percent_encode("a b/c?d=é\0"sv) == "a%20b%2Fc%3Fd%3D%C3%A9%00");
    CHECK(percent_decode("a%20b%2Fc%3Fd%3D%C3%a9%00") == "a b/c?d=é\0"sv);
  }
}

}  // namespace triage
