#include "daemon/git_forge.h"

#include <algorithm>
#include <filesystem>

#include "daemon/atomic_file.h"
#include "daemon/failpoint.h"
#include "retrieval/repository.h"

namespace triage::daemon {
namespace {

constexpr std::string_view kPreviewPrefix = "triage/";

// A letter in the form of `git format-patch`, so that `git am` takes it.
std::string format_patch(const retrieval::CommitInfo& commit, const std::string& diff) {
  const size_t body = commit.message.find('\n');
  std::string out = "From " + commit.id + " Mon Sep 17 00:00:00 2001\nFrom: " + commit.author +
                    " <" + commit.email + ">\nDate: " + to_rfc3339(commit.time) +
                    "\nSubject: [PATCH] " + commit.summary + "\n\n";
  if (body != std::string::npos) {
    const size_t text = commit.message.find_first_not_of('\n', body);
    if (text != std::string::npos) out += commit.message.substr(text);
    if (!out.ends_with('\n')) out += '\n';
  }
  return out + "---\n" + diff + "-- \ntriaged\n";
}

std::string commit_message(const Effect& effect) {
  return effect.title.str() + (effect.body.empty() ? "\n" : "\n\n" + effect.body.str());
}

}  // namespace

GitForge::GitForge(std::string directory, Lookup lookup)
    : directory_(std::move(directory)), lookup_(std::move(lookup)) {}

Result<EffectResult> GitForge::carry_out(const Effect& effect, Deadline deadline,
                                         std::stop_token stop) {
  if (!effect.branch.starts_with(kPreviewPrefix))
    return Error{ErrorKind::denied, "refused branch \"" + effect.branch +
                                        "\": previews live under triage/ only"};
  switch (effect.kind) {
    case EffectKind::push_branch: return push(effect, deadline, stop);
    case EffectKind::open_draft_pull_request: return describe_pull_request(effect);
    case EffectKind::add_labels:
    case EffectKind::post_note: break;
  }
  return invalid_input("a forge carries branches and pull requests only: effect " + effect.op_id);
}

Result<EffectResult> GitForge::push(const Effect& effect, Deadline deadline,
                                   std::stop_token stop) const {
  ForgeProject project = TRY(lookup_(effect.project));
  const auto left = std::chrono::duration_cast<Milliseconds>(deadline - Deadline::clock::now());
  project.remote.time_limit = std::min(project.remote.time_limit, left);
  const auto repository = TRY(retrieval::Repository::open(project.mirror));
  const auto base = TRY_CTX(repository.commit(effect.base_commit), "base of " + effect.branch);
  const std::string commit = TRY(repository.commit_changes(effect.base_commit, effect.changes,
                                                           commit_message(effect), base.time));
  FAILPOINT("forge.committed");
  TRY(retrieval::push_branch(project.remote, project.mirror, commit, effect.branch, stop));
  // Kept in the mirror too: the patch is made from it.
  TRY(repository.create_branch(effect.branch, commit));
  return EffectResult{commit, effect.branch, false};
}

Result<EffectResult> GitForge::describe_pull_request(const Effect& effect) const {
  const ForgeProject project = TRY(lookup_(effect.project));
  const std::string folder = directory_ + "/" + slug(effect.project, 80);
  const std::string stem = folder + "/" + slug(effect.branch.substr(kPreviewPrefix.size()), 80);
  const EffectResult result{effect.branch, stem + ".md", false};
  std::error_code failed;
  // The description is written last, so where it is the patch is too.
  if (std::filesystem::exists(stem + ".md", failed)) return EffectResult{result.id, result.url, true};
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return Error{ErrorKind::denied, "cannot make " + folder + ": " + failed.message()};
  const auto repository = TRY(retrieval::Repository::open(project.mirror));
  const auto tip = TRY(repository.find_branch(effect.branch));
  if (!tip) return Error{ErrorKind::not_found, "branch " + effect.branch + " is not in the mirror"};
  const auto commit = TRY(repository.commit(*tip));
  const std::string diff = TRY(repository.diff(effect.base_commit, *tip));
  TRY(write_file_atomically(stem + ".patch", format_patch(commit, diff)));
  TRY(write_file_atomically(stem + ".md", "# " + effect.title.str() + "\n\n" + effect.body.str() +
                                              "\n"));
  return result;
}

}  // namespace triage::daemon
