// Which proxy, if any, a request goes through: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, read once at start.
//
// Both spellings count, lower case first. NO_PROXY is a comma-separated list of host names and
// addresses; a name also covers its subdomains (with or without a leading dot), "*" covers
// everything, and "name:port" covers that port only. Loopback never goes through a proxy.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/base/http.h"

namespace triage::daemon {

struct Proxy {
  Url url;
  std::string authorization;  // the value of Proxy-Authorization; secret; empty: none
};

class ProxySettings {
 public:
  using Getenv = std::function<std::optional<std::string>(const std::string& name)>;

  ProxySettings() = default;
  // Errors: invalid_input for a proxy that is not http://[user:password@]host[:port].
  static Result<ProxySettings> from_environment(const Getenv& get);
  static Result<ProxySettings> from_environment();

  const Proxy* proxy_for(const Url& target) const;

 private:
  bool bypassed(const Url& target) const;

  std::optional<Proxy> http_;
  std::optional<Proxy> https_;
  std::vector<std::string> bypass_;
};

}  // namespace triage::daemon
