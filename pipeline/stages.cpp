#include "pipeline/classify/classify.h"
#include "pipeline/propose/propose.h"
#include "pipeline/propose/retrieve.h"
#include "pipeline/publish/publish.h"
#include "pipeline/redact/redact.h"
#include "pipeline/stage.h"
#include "pipeline/verify/verify.h"

namespace triage {

std::span<const StageEntry> stages() {
  static constexpr std::array<StageEntry, 6> kStages{{
      {Stage::classify, classify::classify_stage},  // what kind of ticket, is it worth looking at
      {Stage::redact, redact::redact_stage},        // from here on nothing private is in reach
      {Stage::retrieve, propose::retrieve_stage},   // the code, history and tickets that bear on it
      {Stage::propose, propose::propose_stage},     // a diagnosis, perhaps a patch
      {Stage::verify, verify::verify_stage},        // how far the patch can be shown to work
      {Stage::publish, publish::publish_stage},     // what policy lets out: note, branch, receipt
  }};
  return kStages;
}

Result<Advance> run_stage(const StageEntry& entry, const StageContext& context, Run& run) {
  const auto started = std::chrono::steady_clock::now();
  auto outcome = entry.run(context, run);
  if (!outcome) return std::move(outcome).error().with_context(name_of(entry.stage));
  run.timings.push_back({entry.stage, std::chrono::duration_cast<Milliseconds>(
                                          std::chrono::steady_clock::now() - started)});
  return outcome;
}

}  // namespace triage
