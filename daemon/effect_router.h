// EffectRouter: sends each effect to whoever speaks to its target: the local desk, the git forge, or
// the connector of a source. Thread-safe as far as its parts are.
#pragma once

#include "daemon/effect_carrier.h"
#include "daemon/world.h"
#include "pipeline/base/http.h"

namespace triage::daemon {

class EffectRouter final : public EffectCarrier {
 public:
  // All of them outlive the router.
  EffectRouter(const WorldHolder& world, HttpClient& http, EffectCarrier& local_desk,
               EffectCarrier& git_forge);
  Result<EffectResult> carry_out(const Effect& effect, Deadline deadline,
                                 std::stop_token stop) override;

 private:
  const WorldHolder& world_;
  HttpClient& http_;
  EffectCarrier& local_desk_;
  EffectCarrier& git_forge_;
};

}  // namespace triage::daemon
