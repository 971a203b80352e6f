// The forge of projects without one: a preview branch in the repository, and the pull request as two
// files beside it, <directory>/<project>/<branch-slug>.md and .patch.
//
// The commit is made in the mirror with the base commit's time, so it has the same id however often
// it is made; the branch is created or found, never moved. Files are written atomically.
// Blocks; thread-safe. Errors: unavailable (repository cannot be reached), conflict (the branch
// exists with other content), denied, not_found (project or base commit).
#pragma once

#include <functional>
#include <string>

#include "daemon/effect_carrier.h"
#include "retrieval/mirror.h"

namespace triage::daemon {

// Where a project's code is; asked for at each effect.
struct ForgeProject {
  retrieval::Remote remote;
  std::string mirror;  // CodeLibrary::mirror_path()
};

class GitForge final : public EffectCarrier {
 public:
  using Lookup = std::function<Result<ForgeProject>(const std::string& project)>;
  GitForge(std::string directory, Lookup lookup);

  Result<EffectResult> carry_out(const Effect& effect, Deadline deadline,
                                 std::stop_token stop) override;

 private:
  Result<EffectResult> push(const Effect& effect, Deadline deadline, std::stop_token stop) const;
  Result<EffectResult> describe_pull_request(const Effect& effect) const;

  std::string directory_;
  Lookup lookup_;
};

}  // namespace triage::daemon
