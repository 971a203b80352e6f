// Recheck: the last look before a branch or a draft pull request leaves. Between the run and this
// moment people may have closed or taken the ticket, stopped the work, opened another draft or
// changed the same files.
//
// Blocks: the base branch is fetched. Thread-safe as far as its parts are. They outlive it.
// Errors: those of the store and of git (unavailable is worth a later try); nothing is posted then.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "daemon/store.h"
#include "daemon/world.h"
#include "retrieval/code_library.h"

namespace triage::daemon {

class Recheck {
 public:
  Recheck(const Store& store, const WorldHolder& world, retrieval::CodeLibrary& code)
      : store_(store), world_(world), code_(code) {}

  // Why this effect must not be carried out any more, in words for people; empty: go on. `siblings`
  // are all effects of its run.
  Result<std::string> reason_against(const EffectRow& row, const std::vector<EffectRow>& siblings,
                                     std::stop_token stop) const;

 private:
  Result<std::string> ticket_reason(const EffectRow& row, const RunDetail& run,
                                    const config::ProjectSettings& project) const;
  Result<std::string> other_draft_reason(const EffectRow& row, const RunDetail& run,
                                         const config::Settings& settings) const;
  Result<std::string> base_reason(const Effect& effect, const std::vector<FileChange>& changes,
                                  const config::ProjectSettings& project,
                                  std::stop_token stop) const;

  const Store& store_;
  const WorldHolder& world_;
  retrieval::CodeLibrary& code_;
};

}  // namespace triage::daemon
