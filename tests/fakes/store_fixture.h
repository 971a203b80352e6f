// A store in a temporary directory with a clock that tests move, and short ways to fill it.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store_internal.h"
#include "tests/fakes/git_repository.h"
#include "tests/fakes/manual_clock.h"

namespace triage::daemon {

// The way into the store that only tests have.
struct StoreProbe {
  static Status write(Store& store, CommitQueue::Work work) {
    return store.impl_->commit(std::move(work));
  }
  static void write_later(Store& store, CommitQueue::Work work, CommitQueue::Done done) {
    store.impl_->queue->add(std::move(work), std::move(done));
  }
};

}  // namespace triage::daemon

namespace triage::fakes {

constexpr Milliseconds kLease{60'000};
constexpr std::uint32_t kAttempts = 3;

inline Ticket ticket_of(const std::string& id, const std::string& words) {
  Ticket ticket;
  ticket.key = {"desk", id};
  ticket.subject = RawText(words);
  ticket.body = RawText("body of " + words);
  return ticket;
}

inline daemon::Arrival arrival_of(Ticket ticket, const std::string& delivery = "") {
  return {"desk", "shop", config::Depth::diagnose,
          {delivery, connectors::TicketEvent{std::move(ticket)}}};
}

inline Effect effect_of(const std::string& op_id, EffectKind kind, const std::string& body = "") {
  Effect effect;
  effect.op_id = op_id;
  effect.kind = kind;
  effect.project = "shop";
  effect.branch = "triage/1-total";
  effect.ticket = {"desk", "1"};
  effect.body = SafeTextCodec::restore(body);
  return effect;
}

struct StoreFixture {
  TemporaryDirectory directory;
  ManualClock clock;
  std::unique_ptr<daemon::Store> store = reopened();

  std::unique_ptr<daemon::Store> reopened() {
    auto opened = daemon::Store::open(directory.path(), clock);
    REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().message));
    return std::move(opened).value();
  }
  // As after a crash: everything in memory is gone, what is on disk stays.
  void restart() {
    store.reset();
    store = reopened();
  }
  // Files a ticket and returns its run.
  std::string file(const std::string& id, const std::string& words) {
    const auto ingested = store->ingest(arrival_of(ticket_of(id, words)));
    REQUIRE(ingested.ok());
    return ingested->run;
  }
  daemon::Claim claim() {
    auto claimed = store->claim("w", kLease, kAttempts);
    REQUIRE(claimed.ok());
    REQUIRE(claimed->has_value());
    return std::move(**claimed);
  }
  bool nothing_to_claim() {
    const auto claimed = store->claim("w", kLease, kAttempts);
    REQUIRE(claimed.ok());
    return !claimed->has_value();
  }
  daemon::RunRow row(const std::string& run) {
    auto detail = store->run(run);
    REQUIRE(detail.ok());
    return detail->run;
  }
  daemon::RunState state(const std::string& run) { return row(run).state; }
  // Takes the oldest run to `delivering` with these effects, or over without any.
  std::string publish(std::vector<Effect> effects,
                      daemon::RunState ending = daemon::RunState::done, daemon::Seal seal = {}) {
    const auto claimed = claim();
    daemon::PublishOutcome outcome;
    outcome.stage.stage = Stage::publish;
    outcome.stage.ending = ending;
    outcome.effects = std::move(effects);
    outcome.seal = std::move(seal);
    REQUIRE(store->finish_publish(claimed.run.id, claimed.run.fence, outcome).ok());
    return claimed.run.id;
  }
};

}  // namespace triage::fakes
