// Store: everything that must survive, in one SQLite file (<state_dir>/triaged.db, mode 0600).
//
// Promises: what a call answered with success is on disk (WAL, synchronous=FULL), also after a power
// cut; an event is stored once per (source, delivery id); a receipt can't be altered unnoticed; a
// worker that lost its lease can't write (fence). Writes go through one thread that commits whatever
// queued up while the last commit was syncing, each write in a savepoint of its own: one fsync for
// many, and a write that fails takes no other with it (a full disk refuses the whole batch). Reads use connections of their own.
//
// Thread-safe; every call but the asynchronous ingest() blocks. One process at a time opens a store
// for writing (a lock file tells). Destruction completes the queued writes. Errors: exhausted (disk
// full, nothing lost: the write was refused), conflict (stale fence, another daemon), not_found, corrupt.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/ledger.h"
#include "daemon/records.h"
#include "pipeline/base/clock.h"
#include "pipeline/stage.h"

namespace triage::daemon {

// Makes the envelope of a receipt that follows `prev_hash`. Called inside the transaction that
// stores it: must be quick and must not call the store. An error undoes the whole write.
using Seal = std::function<Result<std::string>(std::string_view prev_hash)>;
// The same for the delivery entry, written when the last effect of a run is settled.
using DeliverySeal = std::function<Result<std::string>(
    const RunRow& run, const std::vector<EffectRow>& effects, std::string_view prev_hash)>;

// What a stage left behind. `ending` is set when the stage decided the run: it then goes straight to
// publish and, when all is delivered, ends in that state (done, skipped or needs_person).
struct StageOutcome {
  Stage stage = Stage::classify;
  Json result;
  Milliseconds took{0};
  std::optional<RunState> ending;
  std::string reason;
};

struct PublishOutcome {
  StageOutcome stage;           // with `ending` set
  std::vector<Effect> effects;  // carried out in this order
  Seal seal;                    // empty: no receipt
};

// What came of carrying out an effect.
struct Settlement {
  EffectState state = EffectState::confirmed;  // pending: try again at retry_at
  TimePoint retry_at{};
  EffectResult result = {};
  std::string error = {};
  int more_attempts = 0;  // -1: this one is not held against it; 1: it is, though nothing was sent
};

struct RunFilter {
  std::optional<RunState> state;
  std::string project;       // empty: all
  std::string before;        // id of the last run of the page before; empty: from the newest
  std::size_t limit = 100;
};

class Store final : public TicketMemory {
 public:
  enum class Access { daemon, read_only };

  // Creates or migrates the file (daemon), or opens what is there (read_only: queue, receipt …).
  // Errors: conflict (another daemon holds it), corrupt (newer schema, damaged), exhausted, denied.
  static Result<std::unique_ptr<Store>> open(const std::string& state_dir, const Clock& clock,
                                             Access access = Access::daemon);
  ~Store() override;

  // ---- arriving --------------------------------------------------------------------------------
  // Event, ticket and (for new words of an open ticket) a queued run, in one transaction. A newer
  // revision supersedes runs of the ticket that have not started. A ticket without an id gets the
  // source's next number. Commands in comments (ticket_command.h) are carried out in the same
  // transaction, each comment once.
  Result<Ingested> ingest(Arrival arrival);
  // The same without blocking. `done` is called on the writer thread, after the commit.
  void ingest(Arrival arrival, std::function<void(Result<Ingested>)> done);
  // All events of a poll and the cursor that follows them, or nothing at all.
  Result<std::vector<Ingested>> ingest_page(const std::string& source, std::vector<Arrival> page,
                                            Json cursor);
  Result<Json> cursor(const std::string& source) const;  // null at first

  // ---- running ---------------------------------------------------------------------------------
  // Frees the leases of a process that died, and charges its model calls whose price it never wrote
  // down. Call once, before workers start. Returns how many leases.
  Result<std::uint64_t> recover();
  // The oldest run that is due, with the lease on it; never a second one for the same ticket.
  // Attempt and fence are written before it is handed out; a run that used up max_attempts without
  // finishing a stage is quarantined instead.
  Result<std::optional<Claim>> claim(const std::string& worker, Milliseconds lease,
                                     std::uint32_t max_attempts);
  // All of these fail with conflict when the fence is no longer the run's.
  Status heartbeat(const std::string& run, std::uint64_t fence, Milliseconds lease);
  Status begin_stage(const std::string& run, std::uint64_t fence, Stage stage);
  Status finish_stage(const std::string& run, std::uint64_t fence, StageOutcome outcome);
  Status finish_publish(const std::string& run, std::uint64_t fence, PublishOutcome outcome);
  // Runs that a worker holds and a person wants stopped. Whatever their worker then hands on (any of
  // the calls around this one that end its hold) ends them as superseded.
  Result<std::vector<std::string>> stopped_runs() const;
  // An expected wait: attempts start anew.
  Status park(const std::string& run, std::uint64_t fence, const std::string& reason,
              TimePoint until);
  // A failed attempt, to be repeated.
  Status retry_later(const std::string& run, std::uint64_t fence, const std::string& reason,
                     TimePoint at);
  Status quarantine(const std::string& run, std::uint64_t fence, const std::string& reason);
  // Gives the run back untouched (the daemon stops): the attempt is not counted.
  Status release(const std::string& run, std::uint64_t fence);
  // A person asks: a failed or parked run is queued again at once; failed effects of a run that is
  // over are sent again. Works on a store opened read_only too, beside a running daemon.
  // Errors: not_found; conflict where there is nothing to retry, with the state.
  Status retry(const std::string& run);

  // ---- delivering ------------------------------------------------------------------------------
  // The next effect that is due and whose earlier ones of the same run are settled.
  Result<std::optional<EffectRow>> next_effect() const;
  Status mark_sent(const std::string& op_id);  // attempt n begins
  // After the last effect of a run: the delivery receipt is sealed and the run ends.
  Status settle_effect(const std::string& op_id, Settlement settlement, DeliverySeal seal = {});
  Result<std::vector<EffectRow>> effects_of(const std::string& run) const;

  // ---- waiting for work ------------------------------------------------------------------------
  // A number that grows with every commit that may give workers or the outbox something to do.
  std::uint64_t work_version() const;
  // Blocks until it is no longer `seen`, the moment the next run or effect falls due, five seconds
  // (writes of other processes), or a stop request.
  void wait_for_work(std::uint64_t seen, std::stop_token stop) const;

  // ---- spending (daemon/ledger.h) --------------------------------------------------------------
  // Sets `usd` aside for a model call of the run: a row on disk. Errors: exhausted, naming the limit
  // in the way and when it opens again; nothing is set aside then.
  Result<std::int64_t> reserve(const std::string& run, const std::string& project, double usd,
                               const BudgetLimits& limits);
  // What it cost takes the place of what was set aside; the first settlement holds.
  Status settle_reservation(std::int64_t id, double spent);
  Status charge_reservation(std::int64_t id);  // in full: its price will not be learnt
  Result<Spending> spending_of(const std::string& run) const;
  // Every limit of the day and the month that is configured, and how far it is used.
  Result<std::vector<LimitState>> limit_states(const config::Settings& settings) const;
  // Runs that ended since then, oldest first; of all projects where none is named.
  Result<std::vector<RunCost>> run_costs(TimePoint since, const std::string& project = "") const;
  Result<double> spent_today(const std::string& project = "") const;  // USD, what limits count

  // ---- receipts --------------------------------------------------------------------------------
  Result<ReceiptRow> append_receipt(const std::string& kind, const std::string& run, Seal seal);
  Result<std::vector<ReceiptRow>> receipts_of(const std::string& run) const;
  Result<std::optional<ReceiptRow>> last_receipt() const;
  // The whole chain in order, a page at a time.
  Result<std::vector<ReceiptRow>> receipts(std::uint64_t after_seq, std::size_t limit) const;

  // ---- the local desk ----------------------------------------------------------------------------
  // Idempotent by op_id; `adopted` tells that it was there.
  Result<EffectResult> add_note(const TicketKey& ticket, const std::string& op_id,
                                const std::string& body);
  Result<EffectResult> add_labels(const TicketKey& ticket, const std::string& op_id,
                                  const std::vector<std::string>& labels);

  // ---- looking -----------------------------------------------------------------------------------
  Result<std::vector<RunRow>> runs(const RunFilter& filter) const;  // newest first
  Result<RunDetail> run(const std::string& id) const;
  Result<TicketDetail> ticket(const TicketKey& key) const;
  Result<std::vector<Ticket>> tickets(const std::string& source, std::size_t limit) const;
  Result<Overview> overview() const;
  // Every draft pull request that stands on a forge, newest first. One without activity for longer
  // than its project's draft_expiry counts as ignored.
  Result<std::vector<DraftRow>> drafts(const config::Settings& settings) const;
  // Earlier tickets by their redacted words (BM25), best first; empty when that fails.
  std::vector<SimilarTicket> similar(const SafeText& text, const TicketKey& except,
                                     size_t k) override;
  // A write goes through within `limit`: for /readyz and the watchdog.
  Status healthy(Milliseconds limit = Milliseconds(2000));
  // Transactions committed so far, and writes in them: shows how well commits are grouped.
  struct CommitCount {
    std::uint64_t transactions = 0, writes = 0;
  };
  CommitCount commits() const;

 private:
  friend struct StoreProbe;  // tests: lower the page limit, hold the writer
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::daemon
