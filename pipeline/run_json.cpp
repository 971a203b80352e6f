#include "pipeline/run_json.h"

namespace triage {
namespace {

template <class T>
Json part(const std::optional<T>& value) {
  return value ? to_json(*value) : Json();
}

template <class T>
Result<void> restore(std::optional<T>& into, const Json& json) {
  if (json.is_null()) return {};
  into = TRY(from_json<T>(json));
  return {};
}

}  // namespace

Json stage_result(const Run& run, Stage stage) {
  switch (stage) {
    case Stage::classify: return part(run.classification);
    case Stage::redact: return part(run.redaction);
    case Stage::retrieve: return part(run.retrieved);
    case Stage::propose: return part(run.draft);
    case Stage::verify: return part(run.verification);
    case Stage::publish: return part(run.publication);
  }
  return nullptr;
}

Result<void> restore_stage(Run& run, Stage stage, const Json& json) {
  switch (stage) {
    case Stage::classify: return restore(run.classification, json);
    case Stage::redact: return restore(run.redaction, json);
    case Stage::retrieve: return restore(run.retrieved, json);
    case Stage::propose: return restore(run.draft, json);
    case Stage::verify: return restore(run.verification, json);
    case Stage::publish: return restore(run.publication, json);
  }
  return internal_error("no such stage");
}

}  // namespace triage
