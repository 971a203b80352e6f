#include "daemon/failpoint.h"
#include "daemon/store_internal.h"

namespace triage::daemon {
namespace {

// Every write of a worker goes through one of these: it takes effect only while the lease is its own.
const std::string kWhileHeld = " WHERE id = ? AND fence = ? AND state = 'running'";

Status held(int changed, const std::string& run) {
  if (changed == 1) return {};
  return Error{ErrorKind::conflict,
               "run " + run + " is no longer held by this worker: its lease ran out"};
}

void quarantine_worn_out(SQLite::Database& db, std::uint32_t max_attempts, TimePoint now) {
  execute(db,
          "UPDATE run SET state = 'failed', finished = ?1, lease_until = NULL, next_at = NULL, "
          "owner = '', reason = 'gave up: stage \"' || stage || '\" was started ' || attempts || "
          "' times and never finished' || iif(reason = '', '', '; last: ' || reason) "
          "WHERE attempts >= ?2 AND stop = '' AND (state = 'queued' OR (state = 'parked' AND next_at <= ?1) "
          "OR (state = 'running' AND lease_until < ?1))",
          now, max_attempts);
}

// A person stopped them, and the worker that held them is gone.
void end_stopped(SQLite::Database& db, TimePoint now) {
  execute(db,
          "UPDATE run SET state = 'superseded', reason = stop, finished = ?1, next_at = NULL, "
          "owner = '', lease_until = NULL WHERE stop <> '' AND (state IN ('queued', 'parked') "
          "OR (state = 'running' AND lease_until < ?1))",
          now);
}

std::optional<std::string> oldest_due(SQLite::Database& db, TimePoint now) {
  auto row = query(db,
                   "SELECT r.id FROM run r WHERE (r.state = 'queued' "
                   "OR (r.state = 'parked' AND r.next_at <= ?1) "
                   "OR (r.state = 'running' AND r.lease_until < ?1)) "
                   "AND NOT EXISTS (SELECT 1 FROM run o WHERE o.source = r.source "
                   "AND o.external_id = r.external_id AND o.id <> r.id AND o.state = 'running' "
                   "AND o.lease_until >= ?1) ORDER BY r.seq LIMIT 1",
                   now);
  if (!row.executeStep()) return std::nullopt;
  return text_at(row, 0);
}

Result<Claim> load_claim(SQLite::Database& db, const std::string& id) {
  auto row = query(db, "SELECT " + kRunColumns + ", r.ticket FROM run r WHERE r.id = ?", id);
  if (!row.executeStep()) return Error{ErrorKind::not_found, "there is no run " + id};
  Claim claim;
  claim.run = run_row(row);
  claim.ticket = TRY_CTX(ticket_from(text_at(row, kRunWidth)), "stored ticket of run " + id);
  claim.stages = collect(query(db, kStagesOfRun, id), stage_row);
  auto branches = query(db,
                        "SELECT count(DISTINCT json_extract(e.effect, '$.branch')) FROM effect e "
                        "JOIN run o ON o.id = e.run WHERE o.source = ? AND o.external_id = ? "
                        "AND o.id <> ? AND e.kind = 'push_branch'",
                        claim.run.ticket.source, claim.run.ticket.external_id, id);
  branches.executeStep();
  claim.draft_number = branches.getColumn(0).getUInt() + 1;
  return claim;
}

// Whether a person stopped this run, which its worker is about to hand on: it ends here instead.
bool end_held_if_stopped(SQLite::Database& db, const std::string& run, std::uint64_t fence,
                         TimePoint now) {
  return execute(db,
                 "UPDATE run SET state = 'superseded', reason = stop, finished = ?, owner = '', "
                 "lease_until = NULL WHERE id = ? AND fence = ? AND state = 'running' AND stop <> ''",
                 now, run, fence) == 1;
}

void keep_result(SQLite::Database& db, const std::string& run, const StageOutcome& outcome,
                 TimePoint now) {
  execute(db,
          "INSERT OR REPLACE INTO stage_result(run, stage, result, took_ms, at) "
          "VALUES(?, ?, ?, ?, ?)",
          run, outcome.stage, outcome.result, outcome.took, now);
  if (outcome.stage != Stage::redact) return;
  auto row = query(db, "SELECT source, external_id FROM run WHERE id = ?", run);
  if (row.executeStep())
    remember_words(db, {text_at(row, 0), text_at(row, 1)}, outcome.result);
}

}  // namespace

Result<std::uint64_t> Store::recover() {
  return impl_->write<std::uint64_t>([&](SQLite::Database& db) -> Result<std::uint64_t> {
    const int freed = execute(db,
                              "UPDATE run SET state = 'queued', owner = '', lease_until = NULL "
                              "WHERE state = 'running' AND owner NOT LIKE ? || '/%'",
                              impl_->owner);
    // Whether those calls were billed, nobody here can know: a limit must not count too little.
    execute(db, "UPDATE ledger SET state = 'charged' WHERE state = 'reserved' AND owner <> ?",
            impl_->owner);
    end_stopped(db, impl_->clock.now());
    if (freed > 0) impl_->work_changed();
    return static_cast<std::uint64_t>(freed);
  });
}

Result<std::optional<Claim>> Store::claim(const std::string& worker, Milliseconds lease,
                                          std::uint32_t max_attempts) {
  using Found = std::optional<Claim>;
  const TimePoint now = impl_->clock.now();
  // Looking is cheap and needs no turn on the writer thread; most looks of idle workers end here.
  const auto any = impl_->read<bool>(
      [&](SQLite::Database& db) { return oldest_due(db, now).has_value(); });
  if (!any) return any.error();
  if (!*any) return Found{};
  return impl_->write<Found>([&](SQLite::Database& db) -> Result<Found> {
    end_stopped(db, now);
    quarantine_worn_out(db, max_attempts, now);
    const auto id = oldest_due(db, now);
    if (!id) return Found{};
    execute(db,
            "UPDATE run SET state = 'running', owner = ?, fence = fence + 1, "
            "attempts = attempts + 1, lease_until = ?, next_at = NULL WHERE id = ?",
            impl_->owner + "/" + worker, now + lease, *id);
    auto claim = load_claim(db, *id);
    if (claim) return Found(std::move(claim).value());
    execute(db, "UPDATE run SET state = 'failed', finished = ?, reason = ? WHERE id = ?", now,
            claim.error().message, *id);
    return Found{};
  });
}

Status Store::heartbeat(const std::string& run, std::uint64_t fence, Milliseconds lease) {
  return impl_->commit([&](SQLite::Database& db) {
    return held(execute(db, "UPDATE run SET lease_until = ?" + kWhileHeld,
                        impl_->clock.now() + lease, run, fence),
                run);
  });
}

Status Store::begin_stage(const std::string& run, std::uint64_t fence, Stage stage) {
  return impl_->commit([&](SQLite::Database& db) {
    return held(execute(db, "UPDATE run SET stage = ?" + kWhileHeld, stage, run, fence), run);
  });
}

Status Store::finish_stage(const std::string& run, std::uint64_t fence, StageOutcome outcome) {
  return impl_->commit([&](SQLite::Database& db) -> Status {
    // Progress was made: what counts is how often the stage after this one is begun.
    TRY(held(execute(db,
                     "UPDATE run SET attempts = 1, stage = ?, ending = ?, "
                     "reason = ?" + kWhileHeld,
                     outcome.stage, outcome.ending ? name_of(*outcome.ending) : "",
                     outcome.reason, run, fence),
             run));
    keep_result(db, run, outcome, impl_->clock.now());
    return {};
  });
}

Status Store::finish_publish(const std::string& run, std::uint64_t fence, PublishOutcome outcome) {
  return impl_->commit([&](SQLite::Database& db) -> Status {
    const TimePoint now = impl_->clock.now();
    if (end_held_if_stopped(db, run, fence, now)) return {};
    const StageOutcome& stage = outcome.stage;
    const RunState ending = stage.ending.value_or(RunState::done);
    const bool over = outcome.effects.empty();
    TRY(held(execute(db,
                     "UPDATE run SET attempts = 1, stage = ?, ending = ?, "
                     "reason = ?, state = ?, owner = '', lease_until = NULL, "
                     "finished = iif(?, ?, NULL)" + kWhileHeld,
                     stage.stage, ending, stage.reason,
                     over ? ending : RunState::delivering, over, now, run, fence),
             run));
    keep_result(db, run, stage, now);
    for (size_t seq = 0; seq < outcome.effects.size(); ++seq) {
      const Effect& effect = outcome.effects[seq];
      execute(db, "INSERT INTO effect(op_id, run, seq, kind, effect) VALUES(?, ?, ?, ?, ?)",
              effect.op_id, run, seq, effect.kind, to_json(effect));
    }
    if (outcome.seal) TRY(append_to_chain(db, "run", run, outcome.seal));
    impl_->work_changed();
    return {};
  });
}

Result<std::vector<std::string>> Store::stopped_runs() const {
  return impl_->read<std::vector<std::string>>([&](SQLite::Database& db) {
    return collect(query(db, "SELECT id FROM run WHERE state = 'running' AND stop <> ''"),
                   [](SQLite::Statement& row) { return text_at(row, 0); });
  });
}

Status Store::park(const std::string& run, std::uint64_t fence, const std::string& reason,
                   TimePoint until) {
  return impl_->commit([&](SQLite::Database& db) -> Status {
    impl_->work_changed();
    if (end_held_if_stopped(db, run, fence, impl_->clock.now())) return {};
    return held(execute(db,
                        "UPDATE run SET state = 'parked', attempts = 0, reason = ?, next_at = ?, "
                        "owner = '', lease_until = NULL" + kWhileHeld,
                        reason, until, run, fence),
                run);
  });
}

Status Store::retry_later(const std::string& run, std::uint64_t fence, const std::string& reason,
                          TimePoint at) {
  return impl_->commit([&](SQLite::Database& db) -> Status {
    impl_->work_changed();
    if (end_held_if_stopped(db, run, fence, impl_->clock.now())) return {};
    return held(execute(db,
                        "UPDATE run SET state = 'parked', reason = ?, next_at = ?, owner = '', "
                        "lease_until = NULL" + kWhileHeld,
                        reason, at, run, fence),
                run);
  });
}

Status Store::quarantine(const std::string& run, std::uint64_t fence, const std::string& reason) {
  return impl_->commit([&](SQLite::Database& db) -> Status {
    impl_->work_changed();
    if (end_held_if_stopped(db, run, fence, impl_->clock.now())) return {};
    return held(execute(db,
                        "UPDATE run SET state = 'failed', reason = ?, finished = ?, owner = '', "
                        "lease_until = NULL" + kWhileHeld,
                        reason, impl_->clock.now(), run, fence),
                run);
  });
}

Status Store::release(const std::string& run, std::uint64_t fence) {
  return impl_->commit([&](SQLite::Database& db) -> Status {
    impl_->work_changed();
    if (end_held_if_stopped(db, run, fence, impl_->clock.now())) return {};
    return held(execute(db,
                        "UPDATE run SET state = 'queued', attempts = max(attempts - 1, 0), "
                        "owner = '', lease_until = NULL" + kWhileHeld,
                        run, fence),
                run);
  });
}

Status Store::retry(const std::string& run) {
  return impl_->commit([&](SQLite::Database& db) -> Status {
    impl_->work_changed();
    if (execute(db,
                "UPDATE run SET state = 'queued', attempts = 0, next_at = NULL, finished = NULL, "
                "stop = '' WHERE id = ? AND state IN ('failed', 'parked')",
                run) == 1)
      return {};
    auto row = query(db, "SELECT state FROM run WHERE id = ?", run);
    if (!row.executeStep()) return Error{ErrorKind::not_found, "there is no run " + run};
    const int failed = execute(db,
                               "UPDATE effect SET state = 'pending', attempts = 0, error = '', "
                               "next_at = NULL WHERE run = ? AND state = 'failed'",
                               run);
    if (failed == 0)
      return Error{ErrorKind::conflict, "run " + run + " is " + text_at(row, 0) +
                                            " and none of its effects failed: nothing to retry"};
    execute(db, "UPDATE run SET state = 'delivering', finished = NULL WHERE id = ?", run);
    return {};
  });
}

}  // namespace triage::daemon
