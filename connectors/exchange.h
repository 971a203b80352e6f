// One conversation with a system: builds requests from a spec, sends them through the port, and turns
// every answer that is not a success into an Error that says what to do.
//
// Lives for one call; holds references. The credential is only ever sent to the base URL's own host.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/connector.h"
#include "connectors/spec.h"

namespace triage::connectors {

class Exchange {
 public:
  // scope: settings and secrets of the account.
  Exchange(const Spec& spec, const Scope& scope, const Wire& wire)
      : spec_(spec), scope_(scope), wire_(wire) {}

  const Spec& spec() const { return spec_; }

  // variables: what the path and body may name, settings included. Errors: those of HttpClient, and
  // by status (rules first): denied, not_found, conflict, invalid_input, rate_limited, unavailable.
  Result<HttpResponse> send(const RequestSpec& request, const Scope& variables,
                            const std::vector<ErrorRule>& rules = {});

  // The same for a URL that an earlier answer gave (a next page), if it is on our host.
  Result<HttpResponse> follow(const std::string& url);

  // As it came: 304 and the like are for the caller to read. Still an Error: 401, limits, 5xx.
  Result<HttpResponse> probe(const RequestSpec& request, const Scope& variables,
                             const std::string& etag);

  // Each page's body, until `use` says that it has enough or there is no next one.
  using UsePage = std::function<Result<bool>(const std::string& body)>;
  Result<void> pages(const ListSpec& list, const Scope& variables, const UsePage& use);

 private:
  Result<std::string> address(const RequestSpec& request, const Scope& variables) const;
  Result<HttpResponse> exchange(HttpRequest request);
  Result<HttpResponse> checked(HttpResponse response, const HttpRequest& request,
                               const std::vector<ErrorRule>& rules) const;

  const Spec& spec_;
  const Scope& scope_;
  const Wire& wire_;
};

// The target of Link: <…>; rel="next" (RFC 8288), or empty.
std::string next_link(const Headers& headers);

// When the answer says that we may ask again, or nothing where it is not about a limit.
std::optional<TimePoint> retry_time(const LimitSpec& limits, const HttpResponse& response);

}  // namespace triage::connectors
