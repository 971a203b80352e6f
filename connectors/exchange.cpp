#include "connectors/exchange.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "connectors/ascii_internal.h"
#include "connectors/mapping_internal.h"
#include "pipeline/base/utf8.h"

namespace triage::connectors {
namespace {

using std::chrono::seconds;

constexpr seconds kLongestWait{24 * 3600};
constexpr size_t kMaxQuoted = 160;

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// The other side's clock where it tells, so that its reset times and ours mean the same.
TimePoint time_of(const HttpResponse& response) {
  return parse_http_date(response.headers.get("Date")).value_or(SystemClock{}.now());
}

struct StatusWords {
  int status;
  ErrorKind kind;
  std::string_view say;
};

constexpr std::array<StatusWords, 10> kStatusWords{{
    {401, ErrorKind::denied, "the token is wrong, expired or revoked: set a new one"},
    {403, ErrorKind::denied, "the token lacks a right that this needs"},
    {404, ErrorKind::not_found, "it does not exist, or the token may not see it"},
    {408, ErrorKind::timeout, "the other side waited too long; it is tried again"},
    {409, ErrorKind::conflict, "it was changed by someone else meanwhile"},
    {410, ErrorKind::not_found, "it was removed"},
    {412, ErrorKind::conflict, "it was changed by someone else meanwhile"},
    {413, ErrorKind::invalid_input, "what was sent is too large for it"},
    {422, ErrorKind::invalid_input, "it did not accept what was sent"},
    {429, ErrorKind::rate_limited, "too many requests"},
}};

StatusWords words_for(int status) {
  const auto found = std::ranges::find(kStatusWords, status, &StatusWords::status);
  if (found != kStatusWords.end()) return *found;
  if (status >= 500)
    return {status, ErrorKind::unavailable, "it has a fault of its own; it is tried again"};
  if (status >= 300 && status < 400)
    return {status, ErrorKind::invalid_input,
            "it has moved: check the address and the name in the source's settings"};
  return {status, ErrorKind::invalid_input, "it did not accept the request"};
}

// What the other side says, as one short line: it is not ours and may hold anything.
std::string quoted_message(const Field& field, const std::string& body) {
  if (field.empty()) return {};
  const auto document = Document::parse(body);
  if (!document) return {};
  const auto text = text_at(document->root(), field);
  if (!text || text->empty()) return {};
  std::string line(truncate_utf8(*text, kMaxQuoted));
  std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return " (\"" + line + "\")";
}

std::string path_only(const std::string& url) {
  const auto parsed = parse_url(url);
  return parsed ? parsed->target.substr(0, parsed->target.find('?')) : std::string("a bad address");
}

}  // namespace

std::string next_link(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (!ascii::same(name, "link")) continue;
    std::string_view rest = value;
    while (true) {
      const size_t open = rest.find('<');
      const size_t close = rest.find('>', open);
      if (open == std::string_view::npos || close == std::string_view::npos) break;
      const size_t end = rest.find('<', close);
      const std::string_view parameters = rest.substr(close, end - close);
      if (ascii::contains(parameters, "rel=\"next\"") || ascii::contains(parameters, "rel=next"))
        return std::string(rest.substr(open + 1, close - open - 1));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end);
    }
  }
  return {};
}

std::optional<TimePoint> retry_time(const LimitSpec& limits, const HttpResponse& response) {
  if (response.status != 429 && response.status != 403) return std::nullopt;
  const TimePoint now = time_of(response);
  std::optional<TimePoint> latest;
  const auto at_least = [&](TimePoint time) { latest = std::max(latest.value_or(time), time); };
  for (const std::string& header : limits.after) {
    const std::string_view text = response.headers.get(header);
    if (const auto wait = number(text))
      at_least(now + std::min(seconds(*wait), kLongestWait));
    else if (const auto date = parse_http_date(text))
      at_least(*date);
  }
  if (!limits.remaining.empty() && number(response.headers.get(limits.remaining)) == 0) {
    const auto reset = number(response.headers.get(limits.reset));
    const std::int64_t soonest = now.time_since_epoch() / seconds(1);
    const std::int64_t capped =
        std::clamp(reset.value_or(soonest), soonest, soonest + kLongestWait.count());
    at_least(TimePoint(seconds(capped + 1)));
  }
  const bool said = std::ranges::any_of(
      limits.words, [&](const std::string& words) { return ascii::contains(response.body, words); });
  if (!latest && (response.status == 429 || said)) latest = now + limits.fallback;
  if (latest) latest = std::min(*latest, now + kLongestWait + seconds(1));
  return latest;
}

Result<std::string> Exchange::address(const RequestSpec& request, const Scope& variables) const {
  return spec_.base_url.text(scope_) + TRY(request.path.url(variables));
}

Result<HttpResponse> Exchange::exchange(HttpRequest request) {
  for (const auto& [name, value] : spec_.headers) {
    const auto variables = value.variables();
    const bool known = std::ranges::all_of(variables, [&](const std::string& variable) {
      const auto found = scope_.find(variable);
      return found != scope_.end() && !scalar_text(found->second).empty();
    });
    if (known) request.headers.set(name, value.text(scope_));
  }
  auto response = wire_.http.send(request, wire_.deadline, wire_.stop);
  if (!response)
    return response.error().with_context(spec_.title + ": " + request.method + " " +
                                         path_only(request.url));
  return response;
}

Result<HttpResponse> Exchange::checked(HttpResponse response, const HttpRequest& request,
                                       const std::vector<ErrorRule>& rules) const {
  if (response.status >= 200 && response.status < 300) return response;
  const std::string where = spec_.title + " answered " + std::to_string(response.status) + " to " +
                            request.method + " " + path_only(request.url) + ": ";
  if (const auto retry_at = retry_time(spec_.limits, response))
    return Error{ErrorKind::rate_limited,
                 where + "its rate limit is reached; asking again at " + to_rfc3339(*retry_at),
                 retry_at};
  for (const auto* table : {&rules, &spec_.errors}) {
    for (const ErrorRule& rule : *table) {
      if (rule.status == response.status && ascii::contains(response.body, rule.contains))
        return Error{rule.kind, where + rule.say};
    }
  }
  const StatusWords words = words_for(response.status);
  return Error{words.kind, where + std::string(words.say) +
                               quoted_message(spec_.error_message, response.body)};
}

Result<HttpResponse> Exchange::send(const RequestSpec& spec, const Scope& variables,
                                    const std::vector<ErrorRule>& rules) {
  HttpRequest request{spec.method, TRY(address(spec, variables)), {}, {}};
  if (spec.body) {
    request.headers.set("Content-Type", "application/json");
    request.body = spec.body->render(variables).dump();
  }
  return checked(TRY(exchange(request)), request, rules);
}

Result<HttpResponse> Exchange::follow(const std::string& url) {
  const auto ours = parse_url(spec_.base_url.text(scope_));
  const auto theirs = parse_url(url);
  if (!ours || !theirs || ours->scheme != theirs->scheme || ours->host != theirs->host ||
      ours->port != theirs->port)
    return Error{ErrorKind::denied, spec_.title + " points to a next page on another host; the "
                                                  "token is not sent there"};
  HttpRequest request{"GET", url, {}, {}};
  return checked(TRY(exchange(request)), request, {});
}

Result<HttpResponse> Exchange::probe(const RequestSpec& spec, const Scope& variables,
                                     const std::string& etag) {
  HttpRequest request{spec.method, TRY(address(spec, variables)), {}, {}};
  if (!etag.empty()) request.headers.set("If-None-Match", etag);
  HttpResponse response = TRY(exchange(request));
  if (response.status == 304) return response;
  return checked(std::move(response), request, {});
}

Result<void> Exchange::pages(const ListSpec& list, const Scope& variables, const UsePage& use) {
  HttpResponse response = TRY(send(list.request, variables));
  std::string before;
  for (size_t page = 1;; ++page) {
    if (TRY(use(response.body))) return {};
    const std::string next = list.link_next ? next_link(response.headers) : std::string{};
    if (next.empty() || next == before || page >= list.max_pages) return {};
    before = next;
    response = TRY(follow(next));
  }
}

}  // namespace triage::connectors
