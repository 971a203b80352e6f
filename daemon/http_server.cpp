// One Session per connection, a ring of callbacks on the I/O thread:
//
//   wait_for_head ─> on_head_bytes ─> check_head ─> read_body ─> on_request ─> handler
//        ^                                │ refused      │ refused       (any thread) Reply
//        │                                v              v                        │
//        └────────── on_written <────── refuse ──────────┘        respond <───────┘
//
// The head is read and judged by http_framing; Beast sees only heads that passed, and of what Beast
// makes of them only the body is used, so trailers can't become header fields. Its buffer is bounded:
// Beast 1.81 has no limit of its own for trailers and chunk extensions, and throws out of run() on a
// field over 64 KiB. The session's timer is separate from its reads, so that a connection whose read
// was lost to such an exception is still closed.
#include "daemon/http_server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdlib>
#include <future>
#include <map>
#include <set>
#include <utility>

#include "daemon/http_framing.h"
#include "daemon/io_thread_internal.h"

namespace triage::daemon {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr size_t kMaxHead = 8 * 1024;
constexpr size_t kMaxBuffer = 60 * 1024;
constexpr size_t kReadStep = 4 * 1024;
constexpr size_t kMaxDiscard = 256 * 1024;
constexpr std::uint64_t kSmallBody = 64 * 1024;  // always room for: most webhooks
constexpr std::uint32_t kExtraRefused = 64;  // connections over the cap that still get their 503
constexpr Milliseconds kLinger{1'000};
constexpr Milliseconds kAcceptPause{100};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string_view bytes_of(const boost::beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

HttpResponse plain_answer(int status, std::string_view why) {
  HttpResponse response{status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::string(why)};
  response.body += '\n';
  if (status == 503) response.headers.add("Retry-After", "1");
  return response;
}

bool out_of_descriptors(const error_code& error) {
  static constexpr std::array kShortages = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
  return std::ranges::find(kShortages, error.value()) != kShortages.end();
}

Error listen_error(const ServerOptions& options, std::string_view step, const error_code& error) {
  const std::string where = options.inherited_fd
                                ? "inherited socket " + std::to_string(*options.inherited_fd)
                                : options.address + " port " + std::to_string(options.port);
  std::string hint;
  if (error == asio::error::address_in_use) hint = " (is another triaged running?)";
  return {ErrorKind::unavailable,
          "listen on " + where + ": " + std::string(step) + ": " + error.message() + hint};
}

}  // namespace

// What the sessions of one server share. Touched on the I/O thread only, but for start().
struct HttpServer::Core : std::enable_shared_from_this<Core> {
  Core(const std::shared_ptr<IoThread::Impl>& thread, ServerOptions o, Handler h)
      : io(thread),
        context(thread->context),
        options(std::move(o)),
        handler(std::move(h)),
        acceptor(context),
        pause(context) {}

  Result<void> listen();
  void accept();
  void on_accept(const error_code& error, tcp::socket socket);
  void drain();
  void close_all();
  void forget(const std::shared_ptr<Session>& session, const std::string& peer);

  // Weak, as the context's queue may hold the last reference to this.
  std::weak_ptr<IoThread::Impl> io;
  asio::io_context& context;
  ServerOptions options;
  Handler handler;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::set<std::shared_ptr<Session>> sessions;
  std::map<std::string, std::uint32_t> per_peer;
  std::uint64_t body_bytes = 0;
  bool draining = false;
  std::promise<void> drained;
};

class HttpServer::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Core> core, tcp::socket socket, std::string peer)
      : core_(std::move(core)),
        socket_(std::move(socket)),
        timer_(core_->context),
        peer_(std::move(peer)) {}

  void serve() { wait_for_head(core_->options.header_timeout); }
  void refuse(const Refusal& refusal);
  void respond(HttpResponse response);
  void drain();
  void close();

 private:
  // The completion handler that runs one step, unless the connection was closed meanwhile.
  template <class... Args>
  auto then(void (Session::*step)(Args...)) {
    return [self = shared_from_this(), step](auto... args) {
      if (self->closed_) return;
      try {
        ((*self).*step)(args...);
      } catch (...) {
        self->close();
      }
    };
  }

  void close_after(Milliseconds limit);
  void wait_for_head(Milliseconds limit);
  void read_more();
  void on_head_bytes(error_code error, size_t count);
  void check_head();
  bool reserve_body();
  void release_body() { core_->body_bytes -= std::exchange(reserved_, 0); }
  void read_body();
  void on_continue_sent(error_code error, size_t count);
  void on_request(error_code error, size_t count);
  void on_written(error_code error, size_t count);
  void discard(error_code error, size_t count);

  std::shared_ptr<Core> core_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::string peer_;
  boost::beast::flat_buffer buffer_{kMaxBuffer};
  std::optional<http::request_parser<http::string_body>> parser_;
  RequestHead head_;
  std::string out_head_;
  std::string out_body_;
  std::array<char, kReadStep> discarded_{};
  size_t discard_left_ = kMaxDiscard;
  std::uint64_t reserved_ = 0;
  std::uint32_t served_ = 0;
  bool between_requests_ = false;
  bool unread_input_ = false;
  bool keep_alive_ = false;
  bool closed_ = false;
};

// The one answer to one request, held by whoever was given the Reply.
struct HttpServer::PendingReply {
  PendingReply(std::shared_ptr<IoThread::Impl> thread, std::weak_ptr<Session> to)
      : io(std::move(thread)), session(std::move(to)) {}
  PendingReply(const PendingReply&) = delete;
  PendingReply& operator=(const PendingReply&) = delete;
  ~PendingReply() { answer(plain_answer(500, "the request was dropped")); }

  void answer(HttpResponse response) {
    if (answered.test_and_set()) return;
    asio::post(io->context, [to = session, response = std::move(response)]() mutable {
      if (const auto alive = to.lock()) alive->respond(std::move(response));
    });
  }

  std::shared_ptr<IoThread::Impl> io;
  std::weak_ptr<Session> session;
  std::atomic_flag answered;
};

void HttpServer::Session::close_after(Milliseconds limit) {
  timer_.expires_after(limit);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    // A wait that had already fired when the timer was set anew arrives late: look at the clock.
    if (!error && self->timer_.expiry() <= std::chrono::steady_clock::now()) self->close();
  });
}

void HttpServer::Session::close() {
  if (std::exchange(closed_, true)) return;
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
  release_body();
  core_->forget(shared_from_this(), peer_);
}

void HttpServer::Session::drain() {
  if (between_requests_) close();
}

void HttpServer::Session::wait_for_head(Milliseconds limit) {
  between_requests_ = buffer_.size() == 0;
  if (between_requests_) {
    close_after(limit);
    return read_more();
  }
  close_after(core_->options.header_timeout);
  check_head();
}

void HttpServer::Session::read_more() {
  const size_t step = std::min(kReadStep, buffer_.max_size() - buffer_.size());
  socket_.async_read_some(buffer_.prepare(step), then(&Session::on_head_bytes));
}

void HttpServer::Session::on_head_bytes(error_code error, size_t count) {
  if (error) return close();
  if (std::exchange(between_requests_, false) && served_ > 0)
    close_after(core_->options.header_timeout);
  buffer_.commit(count);
  check_head();
}

void HttpServer::Session::check_head() {
  const auto length = head_length(bytes_of(buffer_), kMaxHead);
  if (const auto* refusal = std::get_if<Refusal>(&length)) return refuse(*refusal);
  const auto end = std::get<std::optional<size_t>>(length);
  if (!end) return read_more();
  auto head = parse_head(bytes_of(buffer_).substr(0, *end), core_->options.max_body);
  if (const auto* refusal = std::get_if<Refusal>(&head)) return refuse(*refusal);
  head_ = std::get<RequestHead>(std::move(head));
  if (!reserve_body()) return refuse({503, "too many large bodies at once, try again"});
  close_after(core_->options.body_timeout);
  const bool body_is_here = buffer_.size() > *end;
  if (!head_.expect_continue || body_is_here) return read_body();
  asio::async_write(socket_, asio::buffer(kContinue), then(&Session::on_continue_sent));
}

// A chunked body may turn out as large as is allowed, so it counts as that.
bool HttpServer::Session::reserve_body() {
  const std::uint64_t size = head_.chunked ? core_->options.max_body : head_.content_length;
  if (size <= kSmallBody) return true;
  if (core_->body_bytes + size > core_->options.max_bodies) return false;
  core_->body_bytes += size;
  reserved_ = size;
  return true;
}

void HttpServer::Session::on_continue_sent(error_code error, size_t) {
  if (error) return close();
  read_body();
}

void HttpServer::Session::read_body() {
  parser_.emplace();
  parser_->header_limit(kMaxHead);
  parser_->body_limit(core_->options.max_body);
  http::async_read(socket_, buffer_, *parser_, then(&Session::on_request));
}

void HttpServer::Session::on_request(error_code error, size_t) {
  if (error == http::error::body_limit)
    return refuse({413, "the body is larger than " + std::to_string(core_->options.max_body) +
                            " bytes"});
  if (error && error.category() != http::make_error_code(http::error::bad_value).category())
    return close();
  if (error == http::error::partial_message) return close();
  if (error || parser_->chunked() != head_.chunked)
    return refuse({400, "the body is not framed as its head says"});

  timer_.cancel();
  ++served_;
  keep_alive_ = head_.keep_alive && served_ < core_->options.max_requests;
  HttpRequest request{std::move(head_.method), std::move(head_.target), std::move(head_.headers),
                      std::move(parser_->get().body())};
  head_.method = request.method;
  auto pending = std::make_shared<PendingReply>(core_->io.lock(), weak_from_this());
  try {
    core_->handler(std::move(request), peer_, [pending](HttpResponse response) {
      pending->answer(std::move(response));
    });
  } catch (...) {
    pending->answer(plain_answer(500, "the request could not be handled"));
  }
}

void HttpServer::Session::refuse(const Refusal& refusal) {
  unread_input_ = true;
  keep_alive_ = false;
  between_requests_ = false;
  head_.method.clear();
  respond(plain_answer(refusal.status, refusal.why));
}

void HttpServer::Session::respond(HttpResponse response) {
  if (closed_) return;
  release_body();
  keep_alive_ = keep_alive_ && !core_->draining;
  out_head_ = response_head(response, keep_alive_);
  const bool bodiless = head_.method == "HEAD" || response.status == 204 || response.status == 304;
  out_body_ = bodiless ? std::string() : std::move(response.body);
  close_after(core_->options.body_timeout);
  const std::array out = {asio::buffer(out_head_), asio::buffer(out_body_)};
  asio::async_write(socket_, out, then(&Session::on_written));
}

void HttpServer::Session::on_written(error_code error, size_t) {
  if (error) return close();
  if (keep_alive_ && !core_->draining) return wait_for_head(core_->options.idle_timeout);
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  if (!unread_input_ || core_->draining) return close();
  // Closing with unread input would reset the connection and the answer could be lost with it.
  close_after(kLinger);
  discard({}, 0);
}

void HttpServer::Session::discard(error_code error, size_t count) {
  if (error || count >= discard_left_) return close();
  discard_left_ -= count;
  socket_.async_read_some(asio::buffer(discarded_), then(&Session::discard));
}

Result<void> HttpServer::Core::listen() {
  error_code error;
  if (options.inherited_fd) {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    if (::getsockname(*options.inherited_fd, reinterpret_cast<sockaddr*>(&name), &size) != 0 ||
        (name.ss_family != AF_INET && name.ss_family != AF_INET6))
      return listen_error(options, "not a TCP socket", {errno, boost::system::system_category()});
    acceptor.assign(name.ss_family == AF_INET ? tcp::v4() : tcp::v6(), *options.inherited_fd,
                    error);
    if (error) return listen_error(options, "take over", error);
    return {};
  }
  const auto address = asio::ip::make_address(options.address, error);
  if (error)
    return invalid_input("listen: \"" + options.address +
                         "\" is not an IP address (127.0.0.1, 0.0.0.0 or :: for example)");
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (error) return listen_error(options, "open", error);
  acceptor.bind(endpoint, error);
  if (error) return listen_error(options, "bind", error);
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return listen_error(options, "listen", error);
  return {};
}

void HttpServer::Core::accept() {
  acceptor.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || self->draining) return;
    if (out_of_descriptors(error)) {
      self->pause.expires_after(kAcceptPause);
      self->pause.async_wait([self](error_code) {
        if (!self->draining) self->accept();
      });
      return;
    }
    try {
      self->on_accept(error, std::move(socket));
    } catch (...) {  // out of memory for one more session: that connection is lost, not the server
    }
    self->accept();
  });
}

void HttpServer::Core::on_accept(const error_code& error, tcp::socket socket) {
  error_code failed = error;
  if (failed) return;
  const auto remote = socket.remote_endpoint(failed);
  if (failed || sessions.size() >= options.max_connections + kExtraRefused) return;
  const bool full = sessions.size() >= options.max_connections;
  socket.set_option(tcp::no_delay(true), failed);

  auto session = std::make_shared<Session>(shared_from_this(), std::move(socket),
                                           remote.address().to_string());
  sessions.insert(session);
  const std::uint32_t of_peer = ++per_peer[remote.address().to_string()];
  const bool peer_full = options.max_per_peer > 0 && of_peer > options.max_per_peer;
  if (full || peer_full) return session->refuse({503, "too many connections, try again"});
  session->serve();
}

void HttpServer::Core::forget(const std::shared_ptr<Session>& session, const std::string& peer) {
  if (sessions.erase(session) == 0) return;
  if (const auto found = per_peer.find(peer); found != per_peer.end() && --found->second == 0)
    per_peer.erase(found);
  if (draining && sessions.empty()) drained.set_value();
}

void HttpServer::Core::drain() {
  error_code ignored;
  acceptor.close(ignored);
  pause.cancel();
  const auto now_open = sessions;
  for (const auto& session : now_open) session->drain();
  draining = true;
  if (sessions.empty()) drained.set_value();
}

void HttpServer::Core::close_all() {
  const auto now_open = sessions;
  for (const auto& session : now_open) session->close();
}

HttpServer::HttpServer(IoThread& io, ServerOptions options, Handler handler)
    : core_(std::make_shared<Core>(io.impl(), std::move(options), std::move(handler))) {}

HttpServer::~HttpServer() { stop(); }

Result<void> HttpServer::start() {
  TRY(core_->listen());
  error_code error;
  const auto local = core_->acceptor.local_endpoint(error);
  if (error) return listen_error(core_->options, "read the port", error);
  port_ = local.port();
  running_ = true;
  asio::post(core_->context, [core = core_] { core->accept(); });
  return {};
}

void HttpServer::stop() {
  if (!running_.exchange(false)) return;
  auto drained = core_->drained.get_future();
  asio::post(core_->context, [core = core_] { core->drain(); });
  if (drained.wait_for(core_->options.drain_timeout) == std::future_status::ready) return;
  asio::post(core_->context, [core = core_] { core->close_all(); });
  drained.wait_for(kLinger);
}

std::optional<int> take_inherited_socket() {
  static constexpr int kFirst = 3;  // sd_listen_fds(3)
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  const bool ours = pid != nullptr && count != nullptr && std::to_string(::getpid()) == pid &&
                    std::atoi(count) >= 1;
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  if (!ours) return std::nullopt;
  ::fcntl(kFirst, F_SETFD, FD_CLOEXEC);
  return kFirst;
}

}  // namespace triage::daemon
