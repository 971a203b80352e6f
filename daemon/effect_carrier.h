// EffectCarrier: where an effect is carried out — a connector, the git forge, the local desk.
//
// carry_out() is create-or-adopt: it looks for the effect's op_id on the other side first, so it may
// be called again after any crash or unknown outcome and posts nothing twice. Blocks until the
// deadline or a stop request at the latest. Called from the outbox's thread only.
// Errors: unavailable, rate_limited, timeout, exhausted are tried again; others are final.
#pragma once

#include <stop_token>

#include "pipeline/base/clock.h"
#include "pipeline/base/effect.h"
#include "pipeline/base/result.h"

namespace triage::daemon {

class EffectCarrier {
 public:
  virtual ~EffectCarrier() = default;
  virtual Result<EffectResult> carry_out(const Effect& effect, Deadline deadline,
                                         std::stop_token stop) = 0;
};

}  // namespace triage::daemon
