#include "daemon/api.h"

#include <algorithm>
#include <array>

#include "daemon/api_internal.h"
#include "pipeline/base/digest.h"

namespace triage::daemon {
namespace api {
namespace {

enum class Access { open, proven_by_connector, token };

struct Route {
  std::string_view method;
  std::string_view pattern;  // {} matches one segment
  Access access;
  void (*handle)(Call);
};

void answer_alive(Call call) { call.reply(text_response(200, "ok\n")); }

void answer_ready(Call call) {
  if (!call.parts.accepting())
    return call.reply(problem(503, "draining", "The daemon is shutting down."));
  if (const auto healthy = call.parts.store.healthy(); !healthy)
    return call.reply(problem(503, "store not writable", healthy.error().message));
  call.reply(text_response(200, "ready\n"));
}

constexpr std::array<Route, 16> kRoutes{{
    {"GET", "/healthz", Access::open, answer_alive},
    {"GET", "/readyz", Access::open, answer_ready},
    {"POST", "/hooks/{}", Access::proven_by_connector, receive_webhook},
    {"POST", "/api/v1/tickets", Access::token, file_ticket},
    {"GET", "/api/v1/tickets", Access::token, list_tickets},
    {"GET", "/api/v1/tickets/{}/{}", Access::token, show_ticket},
    {"GET", "/api/v1/runs", Access::token, list_runs},
    {"GET", "/api/v1/runs/{}", Access::token, show_run},
    {"POST", "/api/v1/runs/{}/retry", Access::token, retry_run},
    {"GET", "/api/v1/runs/{}/receipts", Access::token, show_receipts},
    {"GET", "/api/v1/receipt-key", Access::token, show_receipt_key},
    {"GET", "/api/v1/overview", Access::token, show_overview},
    {"GET", "/metrics", Access::token, show_metrics},
    {"GET", "/", Access::token, console_overview},
    {"GET", "/runs/{}", Access::token, console_run},
    {"GET", "/favicon.ico", Access::open, [](Call call) { call.reply(text_response(404, "")); }},
}};

// The segments that {} matched, or nothing.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> found;
  while (true) {
    const std::string_view want = pattern.substr(0, pattern.find('/', 1));
    const std::string_view have = path.substr(0, path.find('/', 1));
    if (want == "/{}") {
      if (have.size() < 2) return std::nullopt;
      found.push_back(percent_decode(have.substr(1), false));
    } else if (want != have) {
      return std::nullopt;
    }
    pattern.remove_prefix(want.size());
    path.remove_prefix(have.size());
    if (pattern.empty() || path.empty())
      return pattern.empty() && path.empty() ? std::optional(found) : std::nullopt;
  }
}

// Host and port of an origin or base URL, "https://triage.example:8443/x".
std::string_view authority_of(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find('/'));
}

// Browsers name the page that sends a request: another site's is refused, whatever credentials the
// browser adds by itself. Programs send no Origin.
bool comes_from_elsewhere(const HttpRequest& request, const config::ServerSettings& server) {
  if (request.headers.count("Origin") == 0) return false;
  const std::string_view from = authority_of(request.headers.get("Origin"));
  return from != request.headers.get("Host") &&
         (server.public_url.empty() || from != authority_of(server.public_url));
}

bool is_loopback_name(std::string_view host) {
  if (host.starts_with('[')) {
    host = host.substr(0, host.find(']') + 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

bool holds_token(std::string_view authorization, std::string_view token) {
  if (authorization.starts_with("Bearer "))
    return equal_constant_time(authorization.substr(7), token);
  if (authorization.starts_with("Basic ")) {
    const auto pair = from_base64(authorization.substr(6));
    const size_t colon = pair ? pair->find(':') : std::string::npos;
    return colon != std::string::npos &&
           equal_constant_time(std::string_view(*pair).substr(colon + 1), token);
  }
  return false;
}

}  // namespace

std::optional<HttpResponse> refuse_unauthorised(const HttpRequest& request,
                                                const config::ServerSettings& server) {
  if (!server.api_token.empty()) {
    if (holds_token(request.headers.get("Authorization"), server.api_token.reveal())) {
      if (!comes_from_elsewhere(request, server)) return std::nullopt;
      return problem(403, "another site's page",
                     "Requests of other sites' pages are refused; set server.public_url to the "
                     "address under which people open the console.");
    }
    HttpResponse refused = problem(401, "not authorised",
                                   "Send the configured server.api_token as \"Authorization: Bearer "
                                   "…\", or as the password where a browser asks.");
    refused.headers.set("WWW-Authenticate", "Basic realm=\"triaged\", charset=\"UTF-8\"");
    return refused;
  }
  if (is_loopback_name(request.headers.get("Host")) && !comes_from_elsewhere(request, server))
    return std::nullopt;
  return problem(403, "not a loopback name",
                 "Without server.api_token only requests to localhost are answered.");
}

}  // namespace api

void Api::handle(HttpRequest request, const std::string& peer,
                 const HttpServer::Reply& reply) {
  using namespace api;
  const std::string target = request.url;
  const size_t question = target.find('?');
  const std::string_view path = std::string_view(target).substr(0, question);
  std::string allowed;  // methods of this path
  for (const Route& route : kRoutes) {
    auto segments = match(route.pattern, path);
    if (!segments) continue;
    allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
    if (route.method == "GET") allowed += ", HEAD";
    if (route.method != request.method && !(route.method == "GET" && request.method == "HEAD"))
      continue;
    if (route.access == Access::token) {
      if (auto refused = refuse_unauthorised(request, parts_.world.get()->settings.server))
        return reply(std::move(*refused));
    }
    Call call{parts_, std::move(request), std::move(*segments), {}, reply};
    if (question != std::string::npos) call.query = parse_query(target.substr(question + 1));
    auto work = [run = route.handle, call = std::move(call)]() mutable { run(std::move(call)); };
    if (!parts_.pool.submit(std::move(work))) {
      HttpResponse busy = problem(503, "busy", "Too many requests are waiting; try again shortly.");
      busy.headers.set("Retry-After", "2");
      reply(std::move(busy));
    }
    return;
  }
  parts_.log.debug("request for nothing there is", {{"peer", peer}});
  if (allowed.empty())
    return reply(problem(404, "no such page", "See daemon/README.md for the paths that exist."));
  HttpResponse refused = problem(405, "method not allowed", "This path answers " + allowed + ".");
  refused.headers.set("Allow", allowed);
  reply(std::move(refused));
}

}  // namespace triage::daemon
