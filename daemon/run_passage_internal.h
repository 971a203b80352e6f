// One claimed run on one worker: restores what is known and takes it through the missing stages.
//
// Inside the scheduler. Ends when the run is parked, published, given up or handed back; every
// ending is written to the store, unless the lease was lost (then it is another worker's run).
#pragma once

#include <stop_token>

#include "daemon/scheduler.h"

namespace triage::daemon {

struct PassageContext {
  Store& store;
  const Clock& clock;
  const SchedulerOptions& options;
  const SchedulerHooks& hooks;
  std::span<const StageEntry> stages;
  std::stop_token stop;      // give up the stage that is running
  std::stop_token draining;  // begin no further stage
};

class RunPassage {
 public:
  RunPassage(const PassageContext& context, Claim claim);
  void go();

 private:
  // Whether there is a stage left to run after it.
  enum class Next { stage, over };

  Status restore();
  Next one_stage(const StageEntry& entry, StageContext context);
  Next store_outcome(const StageEntry& entry, const Advance& advance, StageOutcome outcome);
  void publish(const Advance& advance, StageOutcome outcome);
  bool may_try_again(const Error& error) const;
  void failed(const Error& error);
  bool is_stored(Stage stage) const;
  void add_account(const Budget& budget);
  const RunRow& row() const { return claim_.run; }

  const PassageContext& context_;
  Claim claim_;
  Run run_;
};

// First delay, doubled with each attempt, at most the longest.
Milliseconds back_off(Milliseconds first, Milliseconds longest, std::uint32_t attempts);

}  // namespace triage::daemon
