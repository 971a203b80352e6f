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
    if (holds_token(request.headers.get("Authorization"), server.api_token.reveal()))
      return std::nullopt;
    HttpResponse refused = problem(401, "not authorised",
                                   "Send the configured server.api_token as \"Authorization: Bearer "
                                   "…\", or as the password where a browser asks.");
    refused.headers.set("WWW-Authenticate", "Basic realm=\"triaged\", charset=\"UTF-8\"");
    return refused;
  }
  const std::string_view origin = request.headers.get("Origin");
  const bool own_origin = origin.empty() || is_loopback_name(origin.substr(
                                                origin.find("://") == std::string_view::npos
                                                    ? 0
                                                    : origin.find("://") + 3));
  if (is_loopback_name(request.headers.get("Host")) && own_origin) return std::nullopt;
  return problem(403, "not a loopback name",
                 "Without server.api_token only requests to localhost are answered.");
}

}  // namespace api

void Api::handle(HttpRequest request, const std::string& peer, HttpServer::Reply reply) {
  using namespace api;
  const std::string target = request.url;
  const size_t question = target.find('?');
  const std::string_view path = std::string_view(target).substr(0, question);
  bool path_known = false;
  for (const Route& route : kRoutes) {
    auto segments = match(route.pattern, path);
    if (!segments) continue;
    path_known = true;
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
  reply(path_known ? problem(405, "method not allowed", "This path answers another method.")
                   : problem(404, "no such page", "See README.md for the paths that exist."));
}

}  // namespace triage::daemon
