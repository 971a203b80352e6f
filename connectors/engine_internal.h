// The engine: a Connector that does what its spec says. One class; its parts are in engine.cpp
// (webhooks, check), poll.cpp and operations.cpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "connectors/connector.h"
#include "connectors/exchange.h"
#include "connectors/mapping_internal.h"
#include "connectors/spec.h"

namespace triage::connectors {

class Engine final : public Connector {
 public:
  // settings hold the spec's defaults where the account says nothing.
  Engine(std::shared_ptr<const Spec> spec, Account account);

  const std::string& name() const override { return spec_->name; }
  bool can(std::string_view capability) const override;
  Result<Delivery> receive(const HttpRequest& request, TimePoint now) const override;
  Result<PollPage> poll(const Wire& wire, const Json& cursor, TimePoint now) const override;
  Result<std::string> check(const Wire& wire) const override;
  Result<EffectResult> carry_out(const Wire& wire, const Effect& effect) const override;

  // The mapping alone, for a payload that is looked at and not acted on.
  Result<Delivery> map_delivery(const HttpRequest& request) const;

 private:
  Result<Event> map_event(const HttpRequest& request) const;
  Result<Event> map_rule(const EventRule& rule, Item payload) const;
  Result<Event> plain_ticket(std::string_view body) const;

  const Spec& spec() const { return *spec_; }

  std::shared_ptr<const Spec> spec_;
  std::string source_;
  std::vector<std::string> proof_secrets_;
  Scope variables_;  // settings: what templates outside of headers may name
  Scope scope_;      // the same and the secrets
};

}  // namespace triage::connectors
