#include "daemon/scheduler.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "daemon/run_passage_internal.h"

namespace triage::daemon {

struct Scheduler::Impl {
  Store& store;
  const Clock& clock;
  SchedulerOptions options;
  SchedulerHooks hooks;
  std::span<const StageEntry> stages;

  // A run that a worker is at: its lease is renewed until it is taken out again.
  struct Held {
    std::uint64_t fence = 0;
    std::stop_source stop;
  };
  std::mutex mutex;
  std::condition_variable_any changed;
  std::map<std::string, Held> held;
  std::uint32_t working = 0;  // workers whose loop has not ended
  bool stopping = false;
  std::stop_source draining;
  std::vector<std::jthread> workers;
  std::jthread heart, watch;

  void work(const std::string& name);
  void pass(Claim claim);
  void beat(std::stop_token stop);
  void renew();
  void stop_stages();
  void watch_for_stops(std::stop_token stop);
};

Scheduler::Scheduler(Store& store, const Clock& clock, SchedulerOptions options,
                     SchedulerHooks hooks, std::span<const StageEntry> stages)
    : impl_(new Impl{store, clock, options, std::move(hooks), stages, {}, {}, {}, 0, false, {}, {}, {}, {}}) {}

Scheduler::~Scheduler() { stop(); }

Status Scheduler::start() {
  TRY_CTX(impl_->store.recover(), "free the runs of the last daemon");
  impl_->draining = std::stop_source();
  impl_->stopping = false;
  impl_->working = impl_->options.workers;
  impl_->heart = std::jthread([this](std::stop_token stop) { impl_->beat(stop); });
  impl_->watch = std::jthread([this](std::stop_token stop) { impl_->watch_for_stops(stop); });
  for (std::uint32_t n = 0; n < impl_->options.workers; ++n)
    impl_->workers.emplace_back([this, n] { impl_->work("worker-" + std::to_string(n + 1)); });
  return {};
}

void Scheduler::stop() {
  impl_->draining.request_stop();
  impl_->stop_stages();
  impl_->workers.clear();
  impl_->heart = {};
  impl_->watch = {};
}

bool Scheduler::drain(Milliseconds limit) {
  impl_->draining.request_stop();
  bool finished = false;
  {
    std::unique_lock lock(impl_->mutex);
    finished = impl_->changed.wait_for(lock, limit, [this] { return impl_->working == 0; });
  }
  stop();
  return finished;
}

void Scheduler::Impl::stop_stages() {
  const std::scoped_lock lock(mutex);
  stopping = true;
  for (auto& [run, lease] : held) lease.stop.request_stop();
}

void Scheduler::Impl::work(const std::string& name) {
  const std::stop_token until = draining.get_token();
  while (!until.stop_requested()) {
    const std::uint64_t seen = store.work_version();
    auto claim = store.claim(name, options.lease, options.max_attempts);
    if (claim && *claim) {
      pass(std::move(**claim));
    } else {
      store.wait_for_work(seen, until);
    }
  }
  const std::scoped_lock lock(mutex);
  --working;
  changed.notify_all();
}

void Scheduler::Impl::pass(Claim claim) {
  const std::string run = claim.run.id;
  Held lease{claim.run.fence, {}};
  {
    const std::scoped_lock lock(mutex);
    if (stopping) lease.stop.request_stop();
    held.insert_or_assign(run, lease);
  }
  const PassageContext context{store,  clock, options, hooks, stages, lease.stop.get_token(),
                               draining.get_token()};
  RunPassage(context, std::move(claim)).go();
  const std::scoped_lock lock(mutex);
  held.erase(run);
}

void Scheduler::Impl::beat(std::stop_token stop) {
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    changed.wait_for(lock, stop, options.lease / 3, [] { return false; });
    if (stop.stop_requested()) return;
    lock.unlock();
    renew();
    lock.lock();
  }
}

// A person's stop is a row that some commit brings; the stage under way is told at once.
void Scheduler::Impl::watch_for_stops(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const std::uint64_t seen = store.work_version();
    if (const auto stopped = store.stopped_runs()) {
      const std::scoped_lock lock(mutex);
      for (const std::string& run : *stopped) {
        if (const auto found = held.find(run); found != held.end()) found->second.stop.request_stop();
      }
    }
    store.wait_for_work(seen, stop);
  }
}

// A lease that is lost belongs to another worker by now: ours must not go on.
void Scheduler::Impl::renew() {
  std::map<std::string, Held> leases;
  {
    const std::scoped_lock lock(mutex);
    leases = held;
  }
  for (auto& [run, lease] : leases) {
    const Status renewed = store.heartbeat(run, lease.fence, options.lease);
    if (!renewed && renewed.error().kind == ErrorKind::conflict) lease.stop.request_stop();
  }
}

}  // namespace triage::daemon
