// What the tests of connectors share: an account, a connector of it, fixtures and effects.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "connectors/registry.h"
#include "pipeline/base/digest.h"
#include "tests/fakes/scripted_http.h"

namespace triage::connectors {

inline const std::string kSecret = "It's a Secret to Everybody";

inline std::string fixture(const std::string& path) {
  std::ifstream file(std::string(TRIAGED_SOURCE_DIR) + "/tests/fixtures/" + path);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline Account github_account() {
  return {"shop",
          {{"repository", "acme/shop"}, {"base_url", "http://github.test/api/v3"}},
          {{"token", "t0ken"}, {"webhook_secret", kSecret}}};
}

inline std::unique_ptr<Connector> make(const std::string& name, Account account) {
  const auto registry = Registry::load();
  REQUIRE_MESSAGE(registry, registry.error().message);
  auto connector = registry->make(name, std::move(account));
  REQUIRE_MESSAGE(connector, connector.error().message);
  return std::move(*connector);
}

inline std::unique_ptr<Connector> github() { return make("github", github_account()); }

inline HttpRequest github_delivery(const std::string& event, std::string body) {
  HttpRequest request{"POST", "/hooks/shop", {{"Content-Type", "application/json"}}, std::move(body)};
  request.headers.set("X-GitHub-Event", event);
  request.headers.set("X-GitHub-Delivery", "0a1b-2c3d");
  request.headers.set("X-Hub-Signature-256", "sha256=" + to_hex(hmac_sha256(kSecret, request.body)));
  return request;
}

inline Wire wire(HttpClient& http) { return {http, deadline_in(Milliseconds(60'000)), {}}; }

inline Effect effect(EffectKind kind) {
  Effect out;
  out.op_id = "0123456789abcdef";
  out.kind = kind;
  out.branch = "triage/12-totals";
  out.base_branch = "main";
  out.base_commit = "ba5e";
  out.ticket = {"shop", "12"};
  out.labels = {"triage/bug"};
  out.title = SafeTextCodec::restore("Round once");
  out.body = SafeTextCodec::restore("Likely cause: rounding");
  return out;
}

inline const std::string kMarker = effect_marker("0123456789abcdef");

}  // namespace triage::connectors
