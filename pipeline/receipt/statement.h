// What a receipt says: in-toto statements made from a run and from a delivered effect.
#pragma once

#include <string>

#include "pipeline/base/effect.h"
#include "pipeline/base/json.h"
#include "pipeline/run.h"

namespace triage::receipt {

// Everything the run read, sent, ran, changed, tested, spent and was allowed, up to and including
// the effects it asks for. Holds digests and placeholders, never a private value.
Json run_statement(const Run& run, const std::vector<Effect>& effects, Ending ending, TimePoint now);

// One effect was carried out (or refused for good): where it can be seen.
Json delivery_statement(const std::string& run_id, const Effect& effect, const EffectResult& result,
                        const std::string& error, TimePoint now);

}  // namespace triage::receipt
