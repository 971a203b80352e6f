#include "daemon/proxy_settings.h"

#include <algorithm>
#include <cstdlib>

#include "pipeline/base/ascii.h"
#include "pipeline/base/digest.h"

namespace triage::daemon {
namespace {

Result<Proxy> parse_proxy(const std::string& name, std::string text) {
  if (text.find("://") == std::string::npos) text.insert(0, "http://");
  Proxy proxy;
  const size_t start = text.find("://") + 3;
  const size_t at = text.substr(0, text.find('/', start)).rfind('@');
  if (at != std::string::npos && at >= start) {
    const std::string user = percent_decode(text.substr(start, at - start));
    proxy.authorization = "Basic " + to_base64(user);
    text.erase(start, at + 1 - start);
  }
  proxy.url = TRY_CTX(parse_url(text), "environment variable " + name);
  if (proxy.url.scheme != "http")
    return invalid_input("environment variable " + name +
                         ": only http:// proxies are supported (https targets are tunnelled)");
  return proxy;
}

Result<std::optional<Proxy>> read_proxy(const ProxySettings::Getenv& get, const std::string& upper) {
  for (const std::string& name : {lower_ascii(upper), upper}) {
    const auto value = get(name);
    if (value && !value->empty()) return std::optional<Proxy>(TRY(parse_proxy(name, *value)));
  }
  return std::optional<Proxy>{};
}

}  // namespace

Result<ProxySettings> ProxySettings::from_environment(const Getenv& get) {
  ProxySettings settings;
  settings.http_ = TRY(read_proxy(get, "HTTP_PROXY"));
  settings.https_ = TRY(read_proxy(get, "HTTPS_PROXY"));
  std::string list = get("no_proxy").value_or("");
  if (list.empty()) list = get("NO_PROXY").value_or("");
  for (size_t start = 0; start < list.size();) {
    const size_t end = std::min(list.find_first_of(", ", start), list.size());
    std::string entry = lower_ascii(list.substr(start, end - start));
    if (entry.starts_with('.')) entry.erase(0, 1);
    if (!entry.empty()) settings.bypass_.push_back(std::move(entry));
    start = end + 1;
  }
  return settings;
}

Result<ProxySettings> ProxySettings::from_environment() {
  return from_environment([](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
}

const Proxy* ProxySettings::proxy_for(const Url& target) const {
  const auto& proxy = target.scheme == "https" ? https_ : http_;
  return proxy && !bypassed(target) ? &*proxy : nullptr;
}

bool ProxySettings::bypassed(const Url& target) const {
  const std::string host = lower_ascii(target.host);
  if (host == "localhost" || host == "::1" || host.starts_with("127.")) return true;
  return std::ranges::any_of(bypass_, [&](const std::string& entry) {
    if (entry == "*" || entry == host || entry == host + ":" + target.port) return true;
    const std::string suffix = "." + entry;
    return host.ends_with(suffix) || (host + ":" + target.port).ends_with(suffix);
  });
}

}  // namespace triage::daemon
