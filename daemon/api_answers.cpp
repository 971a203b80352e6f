#include "daemon/api_internal.h"

#include <algorithm>

namespace triage::daemon::api {
namespace {

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_input: return 422;
    case ErrorKind::not_found: return 404;
    case ErrorKind::conflict: return 409;
    case ErrorKind::denied: return 401;
    case ErrorKind::rate_limited: return 429;
    case ErrorKind::timeout: return 504;
    case ErrorKind::unavailable:
    case ErrorKind::exhausted: return 503;
    case ErrorKind::corrupt:
    case ErrorKind::internal: return 500;
  }
  return 500;
}

}  // namespace

HttpResponse json_response(int status, const Json& body) {
  return {status, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          body.dump() + "\n"};
}

HttpResponse problem(int status, std::string_view title, std::string_view detail) {
  Json body = Json::object();
  body.set("title", title).set("status", status).set("detail", detail);
  HttpResponse response = json_response(status, body);
  response.headers.set("Content-Type", "application/problem+json");
  return response;
}

HttpResponse problem(const Error& error) {
  HttpResponse response = problem(status_of(error.kind), to_string(error.kind), error.message);
  if (response.status == 503) response.headers.set("Retry-After", "5");
  return response;
}

HttpResponse html_response(std::string page) {
  return {200,
          {{"Content-Type", "text/html; charset=utf-8"},
           {"Cache-Control", "no-store"},
           {"Referrer-Policy", "no-referrer"},
           {"X-Frame-Options", "DENY"},
           {"Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; "
            "frame-ancestors 'none'; base-uri 'none'"}},
          std::move(page)};
}

HttpResponse text_response(int status, std::string text) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string spaced(text);
  if (plus_is_space) std::ranges::replace(spaced, '+', ' ');
  return triage::percent_decode(spaced);
}

std::map<std::string, std::string> parse_query(std::string_view query) {
  std::map<std::string, std::string> out;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    const size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    out[percent_decode(pair.substr(0, equals), true)] = percent_decode(value, true);
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  return out;
}

}  // namespace triage::daemon::api
