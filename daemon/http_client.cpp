// A Connection owns its own io_context, which only runs inside send(): each step starts one
// asynchronous operation and pumps the context until it ends, the deadline passes or a stop is
// asked. An operation given up is cancelled by closing the socket and pumped to its end, so nothing
// of it outlives the step. Names are resolved on a detached thread, since getaddrinfo can't be cut.
#include "daemon/http_client.h"

#include <netdb.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdio>
#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace triage::daemon {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Endpoints = std::vector<tcp::endpoint>;
using Parser = http::response_parser<http::string_body>;

constexpr Milliseconds kSlice{50};  // how soon a stop request is seen
constexpr size_t kMaxBuffer = 60 * 1024;
constexpr int kMaxInterim = 8;  // 1xx answers before the real one

// Until when, and whether still, the caller wants the answer.
struct Wait {
  Deadline deadline;
  std::stop_token stop;
  Milliseconds idle{0};  // longest silence while an answer is read; 0: only the deadline

  std::optional<Error> over() const {
    if (stop.stop_requested()) return Error{ErrorKind::timeout, "stopped before the answer came"};
    if (std::chrono::steady_clock::now() >= deadline)
      return Error{ErrorKind::timeout, "timed out"};
    return std::nullopt;
  }
  Deadline next_look() const {
    return std::min(deadline, std::chrono::steady_clock::now() + kSlice);
  }
  // For the next bytes only: over when none came for as long as silence is borne.
  Wait for_next_bytes() const {
    if (idle == Milliseconds{0}) return *this;
    return {std::min(deadline, deadline_in(idle)), stop, idle};
  }
};

Error silent(Milliseconds idle) {
  std::array<char, 32> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%g", static_cast<double>(idle.count()) / 1000);
  return {ErrorKind::timeout, "silent for " + std::string(seconds.data()) + " s"};
}

Error unavailable(std::string_view step, const error_code& error) {
  return {ErrorKind::unavailable, std::string(step) + ": " + error.message()};
}

std::string authority(const std::string& host, const std::string& port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + port;
}

bool is_idempotent(std::string_view method) {
  static constexpr std::array<std::string_view, 5> kMethods = {"GET", "HEAD", "PUT", "DELETE",
                                                               "OPTIONS"};
  return std::ranges::find(kMethods, method) != kMethods.end();
}

Result<Endpoints> look_up(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (failed != 0)
    return Error{ErrorKind::unavailable, "resolve " + host + ": " + ::gai_strerror(failed)};
  Endpoints endpoints;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (at->ai_family != AF_INET && at->ai_family != AF_INET6) continue;
    tcp::endpoint endpoint;
    endpoint.resize(at->ai_addrlen);
    std::copy_n(reinterpret_cast<const char*>(at->ai_addr), at->ai_addrlen,
                reinterpret_cast<char*>(endpoint.data()));
    endpoints.push_back(endpoint);
  }
  ::freeaddrinfo(found);
  return endpoints;
}

Result<Endpoints> resolve(const std::string& host, const std::string& port, const Wait& wait) {
  error_code not_numeric;
  const auto address = asio::ip::make_address(host, not_numeric);
  if (!not_numeric)
    return Endpoints{{address, static_cast<asio::ip::port_type>(std::stoi(port))}};
  auto answer = std::make_shared<std::promise<Result<Endpoints>>>();
  auto future = answer->get_future();
  std::thread([answer, host, port] { answer->set_value(look_up(host, port)); }).detach();
  while (future.wait_until(wait.next_look()) != std::future_status::ready) {
    if (auto over = wait.over()) return over->with_context("resolve " + host);
  }
  return future.get();
}

// One connection to a server or proxy, plain or TLS. Used by one thread at a time.
class Connection {
 public:
  explicit Connection(std::uint64_t max_response) : max_response_(max_response) {}

  Result<void> connect(const std::string& host, const std::string& port, const Wait& wait);
  Result<void> tunnel(const std::string& to, const std::string& authorization, const Wait& wait);
  Result<void> handshake(asio::ssl::context& tls, const std::string& host, const Wait& wait);
  Result<HttpResponse> exchange(const std::string& head, const std::string& body, bool is_head,
                                const Wait& wait);

  // Whether a kept connection is still of use: open, and nothing unasked came in.
  bool is_alive();
  // After exchange(): may this connection carry another request?
  bool reusable() const { return reusable_; }
  // After a failed exchange(): did any byte go out, or come back?
  bool sent_anything() const { return sent_ > 0; }
  bool got_anything() const { return got_ > 0; }

 private:
  // Runs the operation that start(handler) begins; its outcome is in *error unless given up.
  template <class Start>
  Result<void> run(const Wait& wait, error_code& error, size_t* count, Start start);
  template <class Stream>
  Result<HttpResponse> exchange_on(Stream& stream, const std::string& head,
                                   const std::string& body, bool is_head, const Wait& wait);
  template <class Stream>
  Result<void> read_answer(Stream& stream, std::optional<Parser>& parser, bool no_body,
                           const Wait& wait);
  template <class Stream>
  Result<void> read_message(Stream& stream, Parser& parser, error_code& error, const Wait& wait);

  std::uint64_t max_response_;
  asio::io_context context_{1};
  tcp::socket socket_{context_};
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  boost::beast::flat_buffer buffer_{kMaxBuffer};
  size_t sent_ = 0;
  size_t got_ = 0;
  bool reusable_ = false;
};

template <class Start>
Result<void> Connection::run(const Wait& wait, error_code& error, size_t* count, Start start) {
  if (auto over = wait.over()) return *over;
  bool done = false;
  start([&](error_code result, size_t bytes) {
    done = true;
    error = result;
    if (count != nullptr) *count += bytes;
  });
  std::optional<Error> over;
  context_.restart();
  for (;;) {
    context_.run_until(wait.next_look());
    if (done) return {};
    if ((over = wait.over())) break;
  }
  error_code ignored;
  socket_.close(ignored);
  context_.restart();
  context_.run();
  return *over;
}

Result<void> Connection::connect(const std::string& host, const std::string& port,
                                 const Wait& wait) {
  const Endpoints endpoints = TRY(resolve(host, port, wait));
  error_code error;
  TRY_CTX(run(wait, error, nullptr,
              [&](auto handler) {
                asio::async_connect(socket_, endpoints,
                                    [handler](error_code result, const tcp::endpoint&) {
                                      handler(result, 0);
                                    });
              }),
          "connect to " + authority(host, port));
  if (error) return unavailable("connect to " + authority(host, port), error);
  socket_.set_option(tcp::no_delay(true), error);
  return {};
}

Result<void> Connection::tunnel(const std::string& to, const std::string& authorization,
                                const Wait& wait) {
  std::string head = "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n";
  if (!authorization.empty()) head += "Proxy-Authorization: " + authorization + "\r\n";
  head += "\r\n";
  error_code error;
  TRY(run(wait, error, nullptr,
          [&](auto handler) { asio::async_write(socket_, asio::buffer(head), handler); }));
  if (error) return unavailable("ask the proxy for a tunnel", error);
  std::optional<Parser> parser;
  TRY_CTX(read_answer(socket_, parser, true, wait), "ask the proxy for a tunnel");
  const unsigned status = parser->get().result_int();
  if (status / 100 == 2 && buffer_.size() == 0) return {};
  return Error{ErrorKind::unavailable,
               "the proxy refused a tunnel to " + to + " (status " + std::to_string(status) + ")"};
}

Result<void> Connection::handshake(asio::ssl::context& context, const std::string& host,
                                   const Wait& wait) {
  tls_.emplace(socket_, context);
  SSL* ssl = tls_->native_handle();
  error_code not_numeric;
  asio::ip::make_address(host, not_numeric);
  const bool set = not_numeric ? SSL_set1_host(ssl, host.c_str()) == 1 &&
                                     SSL_set_tlsext_host_name(ssl, host.c_str()) == 1
                               : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  if (!set) return invalid_input("TLS: \"" + host + "\" is not a usable host name");
  error_code error;
  TRY_CTX(run(wait, error, nullptr,
              [&](auto handler) {
                tls_->async_handshake(asio::ssl::stream_base::client,
                                      [handler](error_code result) { handler(result, 0); });
              }),
          "TLS with " + host);
  if (!error) return {};
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_OK) return unavailable("TLS with " + host, error);
  return Error{ErrorKind::denied, "certificate of " + host + " is not trusted: " +
                                      X509_verify_cert_error_string(verdict)};
}

Result<HttpResponse> Connection::exchange(const std::string& head, const std::string& body,
                                          bool is_head, const Wait& wait) {
  sent_ = got_ = 0;
  reusable_ = false;
  return tls_ ? exchange_on(*tls_, head, body, is_head, wait)
              : exchange_on(socket_, head, body, is_head, wait);
}

template <class Stream>
Result<HttpResponse> Connection::exchange_on(Stream& stream, const std::string& head,
                                             const std::string& body, bool is_head,
                                             const Wait& wait) {
  const std::array out = {asio::buffer(head), asio::buffer(body)};
  error_code write_error;
  TRY_CTX(run(wait, write_error, &sent_,
              [&](auto handler) { asio::async_write(stream, out, handler); }),
          "send the request");
  // A server may answer (413, 401) and close before it has read everything: look for that answer.
  std::optional<Parser> parser;
  auto read = read_answer(stream, parser, is_head, wait);
  if (!read && write_error && read.error().kind == ErrorKind::unavailable)
    return unavailable("send the request", write_error);
  if (!read) return std::move(read).error();

  auto& message = parser->get();
  HttpResponse response{static_cast<int>(message.result_int()), {}, std::move(message.body())};
  for (const auto& field : message)
    response.headers.add(std::string(field.name_string()), std::string(field.value()));
  reusable_ = !write_error && parser->keep_alive() && buffer_.size() == 0;
  return response;
}

template <class Stream>
Result<void> Connection::read_answer(Stream& stream, std::optional<Parser>& parser, bool no_body,
                                     const Wait& wait) {
  for (int answers = 0; answers <= kMaxInterim; ++answers) {
    parser.emplace();
    parser->header_limit(kMaxBuffer);
    parser->body_limit(max_response_);
    parser->skip(no_body);
    error_code error;
    TRY_CTX(read_message(stream, *parser, error, wait), "wait for the answer");
    if (error == http::error::body_limit || error == http::error::header_limit ||
        error == http::error::buffer_overflow)
      return Error{ErrorKind::exhausted, "the answer is too large"};
    if (error == http::error::end_of_stream)
      return Error{ErrorKind::unavailable, "the connection was closed before an answer came"};
    if (error == http::error::partial_message || error == asio::ssl::error::stream_truncated)
      return Error{ErrorKind::unavailable, "the answer was cut short"};
    if (error) return unavailable("read the answer", error);
    if (parser->get().result_int() / 100 != 1) return {};
  }
  return Error{ErrorKind::unavailable, "the server sent interim answers only"};
}

// Reads and parses piece by piece instead of by http::async_read, which hides the pieces: silence is
// what no byte breaks, whatever the framing makes of it.
template <class Stream>
Result<void> Connection::read_message(Stream& stream, Parser& parser, error_code& error,
                                      const Wait& wait) {
  parser.eager(true);
  while (true) {
    if (buffer_.size() > 0) {
      buffer_.consume(parser.put(buffer_.data(), error));
      if (error == http::error::need_more) error = {};
      if (error || parser.is_done()) return {};
    }
    const size_t room = kMaxBuffer - buffer_.size();
    if (room == 0) error = http::error::buffer_overflow;
    if (error) return {};
    const Wait next = wait.for_next_bytes();
    size_t count = 0;
    auto piece = run(next, error, &count, [&](auto handler) {
      stream.async_read_some(buffer_.prepare(room), handler);
    });
    const bool silence = next.deadline < wait.deadline && !wait.over();
    if (!piece) return silence ? silent(wait.idle) : std::move(piece).error();
    buffer_.commit(count);
    got_ += count;
    if (error == asio::error::eof) {
      error = {};
      if (!parser.got_some()) error = http::error::end_of_stream;
      if (!error) parser.put_eof(error);
      return {};
    }
    if (error) return {};
  }
}

bool Connection::is_alive() {
  pollfd look{socket_.native_handle(), POLLIN | POLLRDHUP, 0};
  if (::poll(&look, 1, 0) == 0) return true;
  // TLS 1.3 servers send session tickets unasked; on a plain connection nothing may be waiting.
  return tls_.has_value() && look.revents == POLLIN;
}

bool is_sendable(std::string_view name, std::string_view value) {
  const auto clean = [](std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
      return static_cast<unsigned char>(c) >= 0x20 || c == '\t';
    });
  };
  return !name.empty() && name.find_first_of(" \t:") == std::string_view::npos && clean(name) &&
         clean(value);
}

bool is_ours(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kOurs = {
      "host", "content-length", "transfer-encoding", "connection", "proxy-authorization"};
  return std::ranges::any_of(kOurs, [&](std::string_view ours) {
    return std::ranges::equal(ours, name, {}, {}, [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
  });
}

Result<std::string> request_head(const HttpRequest& request, const Url& url, const Proxy* proxy,
                                 const std::string& user_agent) {
  if (!is_sendable(request.method, "")) return invalid_input("the method is not a token");
  const bool by_proxy = proxy != nullptr && url.scheme == "http";
  const bool default_port = url.port == (url.scheme == "https" ? "443" : "80");
  const std::string full = authority(url.host, url.port);
  const std::string host = default_port ? full.substr(0, full.rfind(':')) : full;
  std::string head = request.method + " " + (by_proxy ? "http://" + host : "") + url.target +
                     " HTTP/1.1\r\nHost: " + host + "\r\n";
  for (const auto& [name, value] : request.headers) {
    if (!is_sendable(name, value))
      return invalid_input("header field \"" + name.substr(0, 40) + "\" holds a control character");
    if (!is_ours(name)) head.append(name).append(": ").append(value).append("\r\n");
  }
  if (request.headers.count("User-Agent") == 0) head += "User-Agent: " + user_agent + "\r\n";
  if (by_proxy && !proxy->authorization.empty())
    head += "Proxy-Authorization: " + proxy->authorization + "\r\n";
  const bool takes_body = request.method != "GET" && request.method != "HEAD";
  if (takes_body || !request.body.empty())
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return head + "\r\n";
}

}  // namespace

struct BeastHttpClient::Impl {
  struct Idle {
    std::unique_ptr<Connection> connection;
    Deadline until;
  };

  explicit Impl(ClientOptions o) : options(std::move(o)) {}

  Result<HttpResponse> send(const HttpRequest& request, const Url& url, const Wait& wait);
  Result<std::unique_ptr<Connection>> open(const Url& url, const Proxy* proxy, const Wait& wait);
  std::unique_ptr<Connection> take_idle(const std::string& key);
  void keep(const std::string& key, std::unique_ptr<Connection> connection);

  ClientOptions options;
  asio::ssl::context tls{asio::ssl::context::tls_client};
  std::mutex mutex;
  std::map<std::string, std::vector<Idle>> idle;
};

std::unique_ptr<Connection> BeastHttpClient::Impl::take_idle(const std::string& key) {
  const std::lock_guard lock(mutex);
  auto& kept = idle[key];
  while (!kept.empty()) {
    Idle last = std::move(kept.back());
    kept.pop_back();
    if (std::chrono::steady_clock::now() < last.until && last.connection->is_alive())
      return std::move(last.connection);
  }
  return nullptr;
}

void BeastHttpClient::Impl::keep(const std::string& key, std::unique_ptr<Connection> connection) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex);
  for (auto& [server, connections] : idle)
    std::erase_if(connections, [&](const Idle& one) { return one.until <= now; });
  std::erase_if(idle, [](const auto& entry) { return entry.second.empty(); });
  auto& kept = idle[key];
  if (kept.size() < options.max_idle)
    kept.push_back({std::move(connection), now + options.idle_timeout});
}

Result<std::unique_ptr<Connection>> BeastHttpClient::Impl::open(const Url& url, const Proxy* proxy,
                                                                const Wait& wait) {
  auto connection = std::make_unique<Connection>(options.max_response);
  const Url& first = proxy != nullptr ? proxy->url : url;
  TRY(connection->connect(first.host, first.port, wait));
  if (url.scheme == "https") {
    if (proxy != nullptr)
      TRY(connection->tunnel(authority(url.host, url.port), proxy->authorization, wait));
    TRY(connection->handshake(tls, url.host, wait));
  }
  return connection;
}

Result<HttpResponse> BeastHttpClient::Impl::send(const HttpRequest& request, const Url& url,
                                                 const Wait& wait) {
  const Proxy* proxy = options.proxies.proxy_for(url);
  const std::string head = TRY(request_head(request, url, proxy, options.user_agent));
  const std::string key = url.scheme + "://" + authority(url.host, url.port);
  for (auto connection = take_idle(key);;) {
    const bool kept = connection != nullptr;
    if (!kept) connection = TRY(open(url, proxy, wait));
    auto answer = connection->exchange(head, request.body, request.method == "HEAD", wait);
    if (answer) {
      if (connection->reusable()) keep(key, std::move(connection));
      return answer;
    }
    const bool replace = kept && answer.error().kind == ErrorKind::unavailable &&
                         !connection->got_anything() &&
                         (is_idempotent(request.method) || !connection->sent_anything());
    if (!replace) return answer;
    connection = nullptr;
  }
}

BeastHttpClient::BeastHttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BeastHttpClient::~BeastHttpClient() = default;

Result<std::unique_ptr<BeastHttpClient>> BeastHttpClient::create(ClientOptions options) {
  try {
    auto impl = std::make_unique<Impl>(std::move(options));
    error_code error;
    SSL_CTX_set_min_proto_version(impl->tls.native_handle(), TLS1_2_VERSION);
    impl->tls.set_verify_mode(asio::ssl::verify_peer, error);
    const std::string& file = impl->options.ca_file;
    if (!error && file.empty()) impl->tls.set_default_verify_paths(error);
    if (!error && !file.empty()) impl->tls.load_verify_file(file, error);
    if (error)
      return invalid_input("read the certificate authorities" +
                           (file.empty() ? std::string() : " in " + file) + ": " + error.message());
    return std::unique_ptr<BeastHttpClient>(new BeastHttpClient(std::move(impl)));
  } catch (const std::exception& error) {
    return internal_error(std::string("set up TLS: ") + error.what());
  }
}

Result<HttpResponse> BeastHttpClient::send(const HttpRequest& request, Deadline deadline,
                                           std::stop_token stop) {
  const Url url = TRY(parse_url(request.url));
  const std::string what = request.method + " " + authority(url.host, url.port);
  try {
    return TRY_CTX(impl_->send(request, url, {deadline, std::move(stop), request.idle_timeout}), what);
  } catch (const std::exception& error) {
    // Beast 1.81 throws on some hostile answers (a field over 64 KiB); the connection is gone by now.
    return Error{ErrorKind::unavailable, what + ": " + error.what()};
  }
}

}  // namespace triage::daemon
