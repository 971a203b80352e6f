// What a receipt says: in-toto statements made from a run and from a delivered effect.
#pragma once

#include <string>
#include <vector>

#include "pipeline/base/effect.h"
#include "pipeline/base/json.h"
#include "pipeline/run.h"

namespace triage::receipt {

// Everything the run read, sent, ran, changed, tested, spent and was allowed, up to and including
// the effects it asks for. Holds digests and placeholders, never a private value.
Json run_statement(const Run& run, const std::vector<Effect>& effects, Ending ending, TimePoint now);

// What became of one effect: where it can be seen, or why it was given up.
struct Delivered {
  std::string op_id;
  EffectKind kind = EffectKind::post_note;
  EffectResult result;
  std::string error;  // empty: it was delivered
};

// The effects of a run were carried out.
Json delivery_statement(const std::string& run_id, const std::vector<Delivered>& effects,
                        TimePoint now);

}  // namespace triage::receipt
