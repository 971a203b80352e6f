#include "daemon/recheck.h"

#include <algorithm>
#include <map>

namespace triage::daemon {
namespace {

// A base that is further behind than this is as good as gone.
constexpr std::size_t kFarBehind = 20'000;

// Other effects wait meanwhile.
constexpr Milliseconds kLongestFetch{60'000};

using Blobs = std::map<std::string, std::string>;  // path → blob and kind

Result<Blobs> blobs_of(const retrieval::Repository& repository, const std::string& commit,
                       const std::vector<FileChange>& changes) {
  Blobs out;
  for (const auto& file : TRY(repository.files(commit))) {
    if (std::ranges::find(changes, file.path, &FileChange::path) != changes.end())
      out[file.path] = file.blob + (file.kind == retrieval::TreeFile::Kind::regular ? "" : "*");
  }
  return out;
}

std::vector<FileChange> changes_of(const std::vector<EffectRow>& siblings) {
  for (const EffectRow& row : siblings) {
    if (row.kind != EffectKind::push_branch) continue;
    const auto effect = from_json<Effect>(row.effect);
    if (effect) return effect->changes;
  }
  return {};
}

}  // namespace

Result<std::string> Recheck::reason_against(const EffectRow& row,
                                            const std::vector<EffectRow>& siblings,
                                            std::stop_token stop) const {
  const bool request = row.kind == EffectKind::open_draft_pull_request;
  if (!request && row.kind != EffectKind::push_branch) return std::string();
  const auto world = world_.get();
  const RunDetail run = TRY(store_.run(row.run));
  const auto* project = world->project(run.run.project);
  if (project == nullptr) return std::string();  // whoever carries it out says so
  if (auto reason = TRY(ticket_reason(row, run, *project)); !reason.empty()) return reason;
  if (!request) return std::string();
  if (auto reason = TRY(other_draft_reason(row, run, world->settings)); !reason.empty())
    return reason;
  return base_reason(TRY(from_json<Effect>(row.effect)), changes_of(siblings), *project,
                     std::move(stop));
}

Result<std::string> Recheck::ticket_reason(const EffectRow& row, const RunDetail& run,
                                           const config::ProjectSettings& project) const {
  const auto now = store_.ticket(row.ticket);
  if (!now && now.error().kind == ErrorKind::not_found) return std::string();
  if (!now) return now.error();
  if (!now->hold.empty()) return "the work was " + now->hold;
  if (!now->ticket.open) return std::string("the ticket was closed meanwhile");
  const bool taken = now->ticket.assigned && !run.ticket.assigned;
  if (row.kind == EffectKind::open_draft_pull_request && project.skip_assigned && taken)
    return std::string("a person took the ticket meanwhile; the branch is theirs to use");
  return std::string();
}

// What a person asked for by refine stands beside the draft that it refines.
Result<std::string> Recheck::other_draft_reason(const EffectRow& row, const RunDetail& run,
                                                const config::Settings& settings) const {
  if (!run.run.instruction.empty()) return std::string();
  for (const DraftRow& draft : TRY(store_.drafts(settings))) {
    const bool decided = draft.state != DraftState::open && draft.state != DraftState::ignored;
    if (draft.ticket == row.ticket && draft.run != row.run && !decided)
      return "draft pull request #" + draft.number +
             " of this ticket is open already; the new branch is beside it";
  }
  return std::string();
}

Result<std::string> Recheck::base_reason(const Effect& effect,
                                         const std::vector<FileChange>& changes,
                                         const config::ProjectSettings& project,
                                         std::stop_token stop) const {
  const retrieval::Remote remote{project.repository, project.git_token.reveal(), kLongestFetch};
  const auto head =
      TRY_CTX(code_.head(project.name, remote, effect.base_branch, std::move(stop)),
              "look at " + effect.base_branch + " again");
  if (head.commit == effect.base_commit) return std::string();
  const auto behind = TRY(head.repository->ancestors(head.commit, kFarBehind));
  if (std::ranges::find(behind, effect.base_commit) == behind.end())
    return effect.base_branch + " was rewritten and no longer holds the commit that the change was "
                                "made on; `/triage retry` starts from what is there";
  const Blobs before = TRY(blobs_of(*head.repository, effect.base_commit, changes));
  const Blobs after = TRY(blobs_of(*head.repository, head.commit, changes));
  for (const FileChange& change : changes) {
    const auto old = before.find(change.path), now = after.find(change.path);
    const bool same = old == before.end() ? now == after.end()
                                          : now != after.end() && now->second == old->second;
    if (!same)
      return change.path + " changed on " + effect.base_branch +
             " since the change was made; `/triage retry` starts from what is there";
  }
  return std::string();
}

}  // namespace triage::daemon
