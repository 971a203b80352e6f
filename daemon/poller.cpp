#include "daemon/poller.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <thread>

namespace triage::daemon {
namespace {

constexpr Milliseconds kPollLimit{120'000};
constexpr Milliseconds kLongestWait{900'000};
constexpr Milliseconds kLongestRequested{3'600'000};
constexpr size_t kMaxPages = 200;  // one poll; the next one goes on from the cursor

}  // namespace

Milliseconds back_off(Milliseconds last, Milliseconds interval, std::optional<TimePoint> retry_at,
                      TimePoint now) {
  const Milliseconds wait = std::min(last * 2, std::max(kLongestWait, interval));
  return retry_at ? std::max(wait, std::min(*retry_at - now, kLongestRequested)) : wait;
}

struct Poller::Impl {
  const WorldHolder& world;
  Store& store;
  HttpClient& http;
  const Clock& clock;
  Log& log;
  std::vector<std::jthread> threads;

  Result<size_t> poll(const std::string& source, const std::stop_token& stop) const {
    const auto current = world.get();
    const auto* connector = current->connector(source);
    const auto* project = current->project_of(source);
    if (connector == nullptr || project == nullptr)
      return Error{ErrorKind::not_found, "source \"" + source + "\" is not configured"};
    size_t started = 0;
    Json cursor = TRY(store.cursor(source));
    for (size_t page_number = 0; page_number < kMaxPages; ++page_number) {
      const connectors::Wire wire{http, deadline_in(kPollLimit), stop};
      auto page = TRY(connector->poll(wire, cursor, clock.now()));
      if (page.more && page.cursor == cursor)
        return Error{ErrorKind::corrupt, "the same page came twice; the listing does not advance"};
      std::vector<Arrival> arrivals;
      for (connectors::Event& event : page.events)
        arrivals.push_back({source, project->name, project->depth, {"", std::move(event)},
                            project->commanders});
      for (const Ingested& ingested : TRY(store.ingest_page(source, std::move(arrivals), page.cursor))) {
        if (!ingested.command.empty())
          log.info(ingested.command, {{"source", source}, {"ticket", ingested.ticket.external_id}});
        started += ingested.duplicate || ingested.run.empty() ? 0 : 1;
      }
      if (!page.more || stop.stop_requested()) break;
      cursor = std::move(page.cursor);
    }
    return started;
  }

  // A fault in one source's dialect must not end the daemon.
  Result<size_t> guarded(const std::string& source, const std::stop_token& stop) const {
    try {
      return poll(source, stop);
    } catch (const std::exception& fault) {
      return internal_error(std::string("fault while polling: ") + fault.what());
    }
  }

  void watch(const std::string& source, Milliseconds interval, const std::stop_token& stop) const {
    std::mutex mutex;
    std::condition_variable_any wake;
    Milliseconds wait = interval;
    while (!stop.stop_requested()) {
      const auto outcome = guarded(source, stop);
      if (outcome) {
        wait = interval;
        if (*outcome > 0)
          log.info("poll brought new tickets", {{"source", source}, {"runs", std::to_string(*outcome)}});
      } else if (!stop.stop_requested()) {
        wait = back_off(wait, interval, outcome.error().retry_at, clock.now());
        log.warn("poll failed: " + outcome.error().message,
                 {{"source", source}, {"again_in", human_duration(wait)}});
      }
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, wait, [] { return false; });
    }
  }
};

Poller::Poller(const WorldHolder& world, Store& store, HttpClient& http, const Clock& clock, Log& log)
    : impl_(std::make_unique<Impl>(Impl{world, store, http, clock, log, {}})) {}

Poller::~Poller() { stop(); }

Status Poller::start() {
  const auto world = impl_->world.get();
  for (const auto& [name, source] : world->settings.sources) {
    const auto* connector = world->connector(name);
    if (source.poll.count() == 0 || connector == nullptr || !connector->can("poll")) continue;
    impl_->threads.emplace_back(
        [this, source_name = name, interval = source.poll](const std::stop_token& stop) {
          impl_->watch(source_name, interval, stop);
        });
  }
  return {};
}

void Poller::stop() {
  for (std::jthread& thread : impl_->threads) thread.request_stop();
  impl_->threads.clear();  // joins
}

Result<size_t> Poller::poll(const std::string& source, std::stop_token stop) {
  return impl_->poll(source, stop);
}

}  // namespace triage::daemon
