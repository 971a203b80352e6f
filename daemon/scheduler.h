// Scheduler: worker threads that take queued runs through the stages.
//
// Each worker claims a run (a lease with a fence), restores what earlier stages found, runs the
// stages that are missing and stores each result before the next begins. A helper thread renews the
// leases; a worker whose lease is lost stops at its next write. A stage that answers finish or
// needs_person sends the run straight to publish, so that people get a note with the reason.
// A failed stage is tried again with back-off when that can help; when it is given up the run goes
// to publish with what there is, and to a person with the reason. A publish stage that fails for
// good, and a run that crashes the process again and again, are quarantined.
//
// A run that a person stopped (Store::stopped_runs) has its stage stopped at once and goes no further.
//
// Idle workers sleep until the store has work. The store, clock and stages outlive the scheduler.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "daemon/service.h"
#include "daemon/store.h"
#include "pipeline/stage.h"

namespace triage::daemon {

// What one run is carried out with; asked for at each claim, so that a reloaded configuration holds
// from the next run on and a run in progress keeps the one it began with.
struct RunEnvironment {
  std::shared_ptr<const config::Settings> settings;
  const config::ProjectSettings* project = nullptr;  // in *settings
  HttpClient* http = nullptr;
  retrieval::CodeLibrary* code = nullptr;
  TicketMemory* memory = nullptr;
  std::shared_ptr<Budget> budget;      // of this run
  std::string console_url;   // of this run's page
  UnixHttpHost* sockets = nullptr;  // as in StageContext
  std::uint32_t open_drafts = 0;    // likewise
};

struct SchedulerOptions {
  std::uint32_t workers = 2;
  Milliseconds lease{60'000};
  std::uint32_t max_attempts = 5;
  Milliseconds first_delay{2'000};    // doubles with each attempt …
  Milliseconds longest_delay{300'000};
};

struct SchedulerHooks {
  // Errors: not_found (the project is gone from the configuration) quarantines the run; others as
  // for a stage.
  std::function<Result<RunEnvironment>(const RunRow& run)> environment;
  // The signed receipt of a run that follows prev_hash. Empty: none is written.
  std::function<Result<std::string>(const Run& run, std::string_view prev_hash)> seal;
  // Told after each stage, on the worker's thread: for log and metrics. May be empty. `error` is
  // set when the stage failed.
  std::function<void(const RunRow& run, Stage stage, Milliseconds took, const Error* error)> observe;
};

class Scheduler final : public Service {
 public:
  Scheduler(Store& store, const Clock& clock, SchedulerOptions options, SchedulerHooks hooks,
            std::span<const StageEntry> stages = triage::stages());
  ~Scheduler() override;

  // Frees leases of a process that died, then starts the workers.
  Status start() override;
  // Asks running stages to stop and waits for them; their runs go back to the queue and resume at
  // the stage that was running.
  void stop() override;
  // Takes nothing new and lets each worker finish the stage it is in, for at most `limit`; then
  // stop(). Returns whether all had finished in time.
  bool drain(Milliseconds limit);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::daemon
