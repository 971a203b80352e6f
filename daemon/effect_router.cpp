#include "daemon/effect_router.h"

namespace triage::daemon {
namespace {

bool is_forge_effect(EffectKind kind) {
  return kind == EffectKind::push_branch || kind == EffectKind::open_draft_pull_request;
}

}  // namespace

EffectRouter::EffectRouter(const WorldHolder& world, HttpClient& http, EffectCarrier& local_desk,
                           EffectCarrier& git_forge)
    : world_(world), http_(http), local_desk_(local_desk), git_forge_(git_forge) {}

Result<EffectResult> EffectRouter::carry_out(const Effect& effect, Deadline deadline,
                                             std::stop_token stop) {
  const auto world = world_.get();
  std::string source = effect.ticket.source;
  if (is_forge_effect(effect.kind)) {
    const auto* project = world->project(effect.project);
    if (project == nullptr)
      return Error{ErrorKind::not_found, "project \"" + effect.project +
                                             "\" is no longer in the configuration"};
    if (project->forge == "git") return git_forge_.carry_out(effect, deadline, stop);
    source = project->forge;
  }
  const auto* connector = world->connector(source);
  if (connector == nullptr)
    return Error{ErrorKind::not_found, "source \"" + source + "\" is no longer in the configuration"};
  if (!is_forge_effect(effect.kind) && connector->can("stored_notes"))
    return local_desk_.carry_out(effect, deadline, stop);
  return connector->carry_out(connectors::Wire{http_, deadline, std::move(stop)}, effect);
}

}  // namespace triage::daemon
