#include "daemon/http_client.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include "tests/fakes/loopback_server.h"
#include "tests/fakes/raw_socket.h"

namespace triage::daemon {
namespace {

using testing::LoopbackServer;
using testing::RawSocket;

std::unique_ptr<BeastHttpClient> make_client(ClientOptions options = {}) {
  auto client = BeastHttpClient::create(std::move(options));
  REQUIRE(client.ok());
  return std::move(client).value();
}

Result<HttpResponse> get(HttpClient& client, const std::string& url,
                         Milliseconds limit = Milliseconds{3000}) {
  return client.send({"GET", url, {}, {}}, deadline_in(limit), {});
}

std::string url_of(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port) + "/"; }

// A listener whose every connection is handled by a function, one after another, until it goes.
class RawServer {
 public:
  explicit RawServer(std::function<void(const RawSocket&, int number)> serve)
      : listener_(RawSocket::listen_on_any_port()),
        thread_([this, serve = std::move(serve)](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            const RawSocket socket = listener_.accept(20);
            if (socket.is_open()) serve(socket, connections_++);
          }
        }) {}
  std::uint16_t port() const { return listener_.port(); }
  int connections() const { return connections_; }

 private:
  RawSocket listener_;
  std::atomic<int> connections_{0};
  std::jthread thread_;
};


template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using TlsContext = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Tls = std::unique_ptr<SSL, Freed<SSL_free>>;

// A certificate that vouches for itself and for the given names ("IP:127.0.0.1", "DNS:a.example").
Certificate self_signed(EVP_PKEY* key, const std::string& names) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

// Speaks TLS on accepted sockets; each request is answered with a fixed 200, keep-alive.
class TlsServer {
 public:
  explicit TlsServer(const std::string& names)
      : key_(EVP_EC_gen("P-256")),
        certificate_(self_signed(key_.get(), names)),
        context_(SSL_CTX_new(TLS_server_method())),
        server_([this](const RawSocket& socket, int) { serve(socket); }) {
    SSL_CTX_use_certificate(context_.get(), certificate_.get());
    SSL_CTX_use_PrivateKey(context_.get(), key_.get());
  }

  std::string url() const { return "https://127.0.0.1:" + std::to_string(port()) + "/"; }
  std::uint16_t port() const { return server_.port(); }
  int connections() const { return server_.connections(); }

  std::string write_ca(const std::filesystem::path& path) const {
    FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate_.get());
    std::fclose(file);
    return path.string();
  }

 private:
  void serve(const RawSocket& socket) const {
    const timeval limit{1, 0};
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const Tls tls(SSL_new(context_.get()));
    SSL_set_fd(tls.get(), socket.fd());
    if (SSL_accept(tls.get()) != 1) return;
    std::array<char, 4096> request{};
    while (SSL_read(tls.get(), request.data(), request.size()) > 0) {
      static constexpr std::string_view kAnswer =
          "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
      SSL_write(tls.get(), kAnswer.data(), kAnswer.size());
    }
  }

  Key key_;
  Certificate certificate_;
  TlsContext context_;
  RawServer server_;
};

class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "http_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_SUITE("http client") {
  TEST_CASE("client: sends method, target, fields and body, and returns the answer whole") {
    LoopbackServer server;
    server.answer_next({201, {{"X-Answer", "yes"}}, "made"});
    const auto client = make_client();
    const auto answer =
        client->send({"POST", server.url("/a?b=c"),
                      {{"X-Mine", "1"}, {"Host", "other"}, {"Content-Length", "999"}}, "body"},
                     deadline_in(Milliseconds{3000}), {});
    REQUIRE(answer.ok());
    CHECK(answer->status == 201);
    CHECK(answer->headers.get("x-answer") == "yes");
    CHECK(answer->body == "made");
    REQUIRE(server.requests().size() == 1);
    const HttpRequest seen = server.requests()[0];
    CHECK(seen.method == "POST");
    CHECK(seen.url == "/a?b=c");
    CHECK(seen.body == "body");
    CHECK(seen.headers.get("X-Mine") == "1");
    CHECK(seen.headers.get("User-Agent") == "triaged");
    CHECK(seen.headers.get("Host") == "127.0.0.1:" + std::to_string(server.port()));
    CHECK(seen.headers.get("Content-Length") == "4");
  }

  TEST_CASE("client: understands answers of every framing, and no body after HEAD") {
    const std::string rows[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello",
        "HTTP/1.0 200 OK\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    };
    const auto client = make_client();
    for (const auto& row : rows) {
      CAPTURE(row);
      RawServer server([&](const RawSocket& socket, int) {
        socket.read_until("\r\n\r\n");
        socket.write(row);
      });
      const auto answer = get(*client, url_of(server.port()));
      REQUIRE(answer.ok());
      CHECK(answer->body == "hello");
    }
    LoopbackServer server;
    server.answer_with([](const HttpRequest&) { return HttpResponse{200, {}, "hello"}; });
    const auto head =
        client->send({"HEAD", server.url(), {}, {}}, deadline_in(Milliseconds{3000}), {});
    REQUIRE(head.ok());
    CHECK(head->body.empty());
    CHECK(head->headers.get("Content-Length") == "5");
    CHECK(get(*client, server.url())->body == "hello");
  }

  TEST_CASE("client: a broken answer is an error of the right kind that names the host") {
    struct Row {
      std::string answer;
      ErrorKind kind;
    };
    const Row rows[] = {
        {"", ErrorKind::unavailable},
        {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", ErrorKind::unavailable},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ErrorKind::unavailable},
        {"HTTP/1.1 200 OK\r\nContent-", ErrorKind::unavailable},
        {"SSH-2.0-OpenSSH_9.2\r\n\r\n", ErrorKind::unavailable},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n", ErrorKind::exhausted},
        {"HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", ErrorKind::exhausted},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: " +
             std::string(70'000, 'x') + "\r\n\r\n",
         ErrorKind::exhausted},
        {"HTTP/1.1 200 OK\r\n\r\n" + std::string(1'000'001, 'x'), ErrorKind::exhausted},
    };
    ClientOptions options;
    options.max_response = 1'000'000;
    const auto client = make_client(options);
    for (const auto& row : rows) {
      CAPTURE(row.answer.substr(0, 80));
      RawServer server([&](const RawSocket& socket, int) {
        socket.read_until("\r\n\r\n");
        socket.write(row.answer);
      });
      const auto answer = get(*client, url_of(server.port()) + "path?token=s3cret");
      REQUIRE_FALSE(answer.ok());
      CHECK(answer.error().kind == row.kind);
      CHECK(answer.error().message.starts_with("GET 127.0.0.1:" + std::to_string(server.port())));
      CHECK(answer.error().message.find("s3cret") == std::string::npos);
    }
  }

  TEST_CASE("client: says who refused the connection, and what can't be sent") {
    std::uint16_t port = 0;
    {
      port = RawSocket::listen_on_any_port().port();
    }
    const auto client = make_client();
    const auto refused = get(*client, url_of(port));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::unavailable);
    CHECK(refused.error().message.find("connect to 127.0.0.1:" + std::to_string(port) +
                                       ": Connection refused") != std::string::npos);
    CHECK(get(*client, "ftp://a/").error().kind == ErrorKind::invalid_input);
    const auto injected = client->send({"GET", url_of(port), {{"X", "a\r\nY: b"}}, {}},
                                       deadline_in(Milliseconds{3000}), {});
    CHECK(injected.error().kind == ErrorKind::invalid_input);
  }

  TEST_CASE("client: one deadline covers everything, and a stop request is seen at once") {
    RawServer silent([](const RawSocket& socket, int) { socket.read_all(1500); });
    RawServer dripping([](const RawSocket& socket, int) {
      socket.read_until("\r\n\r\n");
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
      bool closed = false;
      while (!closed && socket.write("x")) socket.read_all(20, &closed);
    });
    const auto client = make_client();
    using clock = std::chrono::steady_clock;
    for (const auto port : {silent.port(), dripping.port()}) {
      const auto begin = clock::now();
      const auto late = get(*client, url_of(port), Milliseconds{200});
      CHECK(late.error().kind == ErrorKind::timeout);
      CHECK(clock::now() - begin < Milliseconds{1000});
    }
    std::stop_source stop;
    RawServer stopping([&](const RawSocket& socket, int) {
      socket.read_until("\r\n\r\n");
      stop.request_stop();
      socket.read_all(1500);
    });
    const auto begin = clock::now();
    const auto stopped = client->send({"GET", url_of(stopping.port()), {}, {}},
                                      deadline_in(Milliseconds{5000}), stop.get_token());
    CHECK(stopped.error().kind == ErrorKind::timeout);
    CHECK(stopped.error().message.find("stopped") != std::string::npos);
    CHECK(clock::now() - begin < Milliseconds{1000});
  }

  TEST_CASE("client: a silent answer ends at the idle timeout, one that drips does not") {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct Row {
      const char* name;
      std::string sent;   // before the silence
      bool drips;         // goes on, a chunk every 20 ms, instead
      const char* says;   // part of the error; empty: the answer comes
    };
    const Row rows[] = {
        {"no head", "", false, "silent for 0.2 s"},
        {"half a head", "HTTP/1.1 200 OK\r\nX-A: ", false, "silent for 0.2 s"},
        {"head only", head, false, "silent for 0.2 s"},
        {"half a body", head + "5\r\nhello\r\n", false, "silent for 0.2 s"},
        {"drips to its end", head, true, ""},
    };
    const auto client = make_client();
    for (const Row& row : rows) {
      CAPTURE(row.name);
      RawServer server([&](const RawSocket& socket, int) {
        socket.read_until("\r\n\r\n");
        socket.write(row.sent);
        bool closed = false;
        for (int piece = 0; row.drips && piece < 20; ++piece) {
          socket.read_all(20, &closed);
          socket.write("1\r\nx\r\n");
        }
        if (row.drips) socket.write("0\r\n\r\n");
        socket.read_all(1500);
      });
      HttpRequest request{"GET", url_of(server.port()), {}, {}};
      request.idle_timeout = Milliseconds{200};
      const auto begin = std::chrono::steady_clock::now();
      const auto answer = client->send(request, deadline_in(Milliseconds{5000}), {});
      CHECK(std::chrono::steady_clock::now() - begin < Milliseconds{2500});
      CHECK_MESSAGE(answer.ok() == std::string_view(row.says).empty(), (answer ? "" : answer.error().message));
      if (answer) CHECK(answer->body == std::string(20, 'x'));
      if (!answer) CHECK(answer.error().kind == ErrorKind::timeout);
      if (!answer) CHECK(answer.error().message.find(row.says) != std::string::npos);
    }
  }

  TEST_CASE("client: a stream without end stops at the deadline or at the size limit") {
    RawServer server([](const RawSocket& socket, int) {
      socket.read_until("\r\n\r\n");
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
      bool closed = false;
      while (!closed && socket.write(": keep-alive\n\n")) socket.read_all(1, &closed);
    });
    const auto client = make_client();
    HttpRequest request{"GET", url_of(server.port()), {}, {}};
    request.idle_timeout = Milliseconds{200};
    const auto late = client->send(request, deadline_in(Milliseconds{500}), {});
    REQUIRE_FALSE(late.ok());
    CHECK(late.error().kind == ErrorKind::timeout);
    CHECK(late.error().message.find("timed out") != std::string::npos);

    ClientOptions options;
    options.max_response = 200;
    const auto small = make_client(options);
    const auto large = small->send(request, deadline_in(Milliseconds{5000}), {});
    REQUIRE_FALSE(large.ok());
    CHECK(large.error().kind == ErrorKind::exhausted);
  }

  TEST_CASE("client: reuses a connection, and replaces one that went stale") {
    std::atomic<int> requests{0};
    RawServer server([&](const RawSocket& socket, int) {
      for (int i = 0; i < 3; ++i) {
        if (socket.read_until("\r\n\r\n", 1000).empty()) return;
        ++requests;
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      }
    });
    const auto client = make_client();
    for (int i = 0; i < 7; ++i) CHECK(get(*client, url_of(server.port())).ok());
    CHECK(requests == 7);
    CHECK(server.connections() == 3);
  }

  TEST_CASE("client: a kept connection cut at the next request is retried for safe methods only") {
    RawServer server([&](const RawSocket& socket, int) {
      socket.read_until("\r\n\r\n");
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      socket.read_until("\r\n\r\n");
    });
    const auto client = make_client();
    CHECK(get(*client, url_of(server.port())).ok());
    CHECK(get(*client, url_of(server.port())).ok());
    CHECK(server.connections() == 2);
    const auto post = client->send({"POST", url_of(server.port()), {}, "x"},
                                   deadline_in(Milliseconds{3000}), {});
    CHECK(post.error().kind == ErrorKind::unavailable);
    CHECK(server.connections() == 2);
  }

  TEST_CASE("client: an answer that says close, or that is followed by more, is not kept") {
    for (const std::string answer :
         {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n"}) {
      RawServer server([&](const RawSocket& socket, int) {
        socket.read_until("\r\n\r\n");
        socket.write(answer);
        socket.read_until("\r\n\r\n", 300);
      });
      const auto client = make_client();
      CHECK(get(*client, url_of(server.port()))->body == "ok");
      CHECK(get(*client, url_of(server.port()))->body == "ok");
      CHECK(server.connections() == 2);
    }
  }

  TEST_CASE("client: a refusal sent before the body was read is still seen") {
    RawServer server([](const RawSocket& socket, int) {
      socket.read_until("\r\n\r\n");
      socket.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
      ::shutdown(socket.fd(), SHUT_WR);
      socket.read_all(500);
    });
    const auto client = make_client();
    const auto answer = client->send({"POST", url_of(server.port()), {}, std::string(100'000, 'x')},
                                     deadline_in(Milliseconds{3000}), {});
    REQUIRE(answer.ok());
    CHECK(answer->status == 413);
  }

  TEST_CASE("client: TLS is refused for an unknown authority and for a wrong host") {
    const TempDir dir;
    TlsServer server("IP:127.0.0.1");
    TlsServer elsewhere("DNS:elsewhere.example,IP:127.0.0.2");

    const auto strict = make_client();
    const auto unknown = get(*strict, server.url());
    REQUIRE_FALSE(unknown.ok());
    CHECK(unknown.error().kind == ErrorKind::denied);
    CHECK(unknown.error().message.find("self-signed") != std::string::npos);

    ClientOptions options;
    options.ca_file = elsewhere.write_ca(dir / "elsewhere.pem");
    const auto wrong = get(*make_client(options), elsewhere.url());
    REQUIRE_FALSE(wrong.ok());
    CHECK(wrong.error().kind == ErrorKind::denied);
    CHECK(wrong.error().message.find("mismatch") != std::string::npos);

    options.ca_file = server.write_ca(dir / "server.pem");
    const auto client = make_client(options);
    for (int i = 0; i < 2; ++i) {
      const auto answer = get(*client, server.url());
      REQUIRE(answer.ok());
      CHECK(answer->body == "secret");
    }
    CHECK(server.connections() == 2);

    RawServer plain([](const RawSocket& socket, int) {
      socket.read_until("\n", 200);
      socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    const auto not_tls = get(*client, "https://127.0.0.1:" + std::to_string(plain.port()) + "/");
    CHECK(not_tls.error().kind == ErrorKind::unavailable);

    options.ca_file = (dir / "none.pem").string();
    const auto missing = BeastHttpClient::create(options);
    REQUIRE_FALSE(missing.ok());
    CHECK(missing.error().message.find("none.pem") != std::string::npos);
  }
}

TEST_SUITE("http proxy") {
  ProxySettings settings(const std::map<std::string, std::string>& environment) {
    const auto parsed = ProxySettings::from_environment(
        [&](const std::string& name) -> std::optional<std::string> {
          const auto found = environment.find(name);
          return found == environment.end() ? std::nullopt : std::optional(found->second);
        });
    REQUIRE(parsed.ok());
    return *parsed;
  }

  TEST_CASE("proxy: the environment decides which host goes through which proxy") {
    const ProxySettings proxies = settings({{"HTTP_PROXY", "http://ignored:1"},
                                            {"http_proxy", "plain.example:3128"},
                                            {"HTTPS_PROXY", "http://u:p%40ss@tls.example"},
                                            {"NO_PROXY", ".internal, exact.example, a.b:8443"}});
    const auto through = [&](const std::string& url) -> std::string {
      const Proxy* proxy = proxies.proxy_for(*parse_url(url));
      return proxy == nullptr ? "" : proxy->url.host + ":" + proxy->url.port;
    };
    CHECK(through("http://api.example/") == "plain.example:3128");
    CHECK(through("https://api.example/") == "tls.example:80");
    CHECK(proxies.proxy_for(*parse_url("https://x/"))->authorization == "Basic dTpwQHNz");
    for (const std::string url :
         {"http://internal/", "http://git.INTERNAL/", "https://exact.example/",
          "https://sub.exact.example/", "https://a.b:8443/", "http://localhost/", "http://127.9.9.9/",
          "http://[::1]/"}) {
      CAPTURE(url);
      CHECK(through(url).empty());
    }
    CHECK_FALSE(through("https://notexact.example/").empty());
    CHECK_FALSE(through("https://a.b/").empty());
    CHECK(settings({{"HTTP_PROXY", "p:1"}, {"no_proxy", "*"}}).proxy_for(*parse_url("http://a/")) ==
          nullptr);
    CHECK(settings({}).proxy_for(*parse_url("http://a/")) == nullptr);
  }

  TEST_CASE("proxy: a proxy that can't be used is an error without its password") {
    for (const std::string value : {"https://u:s3cret@p:1", "socks5://u:s3cret@p:1", "http://"}) {
      const auto parsed = ProxySettings::from_environment(
          [&](const std::string& name) -> std::optional<std::string> {
            return name == "HTTPS_PROXY" ? std::optional(value) : std::nullopt;
          });
      REQUIRE_FALSE(parsed.ok());
      CHECK(parsed.error().message.find("HTTPS_PROXY") != std::string::npos);
      CHECK(parsed.error().message.find("s3cret") == std::string::npos);
    }
  }

  TEST_CASE("proxy: http goes through in absolute form, https through a tunnel") {
    std::vector<std::string> heads;
    RawServer proxy([&](const RawSocket& socket, int number) {
      heads.push_back(socket.read_until("\r\n\r\n"));
      if (number == 0)
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
      if (number == 1) {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        heads.push_back(socket.read_until("api.example", 500));
      }
      if (number == 2) socket.write("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    });
    const std::string address = "http://u:p@127.0.0.1:" + std::to_string(proxy.port());
    ClientOptions options;
    options.proxies = settings({{"HTTP_PROXY", address}, {"HTTPS_PROXY", address}});
    const auto client = make_client(options);
    const auto plain = get(*client, "http://api.example:8080/x?y");
    REQUIRE(plain.ok());
    CHECK(plain->body == "ok");
    const auto tunnelled = get(*client, "https://api.example/x");
    CHECK(tunnelled.error().message.find("TLS with api.example") != std::string::npos);
    const auto refused = get(*client, "https://api.example/x");
    CHECK(refused.error().kind == ErrorKind::unavailable);
    CHECK(refused.error().message.find("status 407") != std::string::npos);

    REQUIRE(heads.size() == 4);
    CHECK(heads[0].starts_with("GET http://api.example:8080/x?y HTTP/1.1\r\n"
                               "Host: api.example:8080\r\n"));
    CHECK(heads[0].find("Proxy-Authorization: Basic dTpw\r\n") != std::string::npos);
    CHECK(heads[1].starts_with("CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n"));
    CHECK(heads[2].starts_with("\x16\x03"));
    CHECK(heads[2].find("api.example") != std::string::npos);
  }
}

}  // namespace triage::daemon
