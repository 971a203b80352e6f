#include <algorithm>

#include "daemon/store_internal.h"
#include "pipeline/receipt/receipt.h"
#include "pipeline/run_json.h"

namespace triage::daemon {
namespace {

constexpr const char* kNextEffect =
    " FROM effect e JOIN run r ON r.id = e.run "
    "WHERE e.state IN ('pending', 'sent') AND (e.next_at IS NULL OR e.next_at <= ?) "
    "AND NOT EXISTS (SELECT 1 FROM effect p WHERE p.run = e.run AND p.seq < e.seq "
    "AND p.state IN ('pending', 'sent')) ORDER BY r.seq, e.seq LIMIT 1";

bool is_open(EffectState state) {
  return state == EffectState::pending || state == EffectState::sent;
}

// The run ends with the last effect of its own; until then the next one is due now. A reply is
// delivered by itself, whatever its run does meanwhile.
Status end_when_settled(SQLite::Database& db, const EffectRow& settled, const DeliverySeal& seal,
                        TimePoint now) {
  const std::string& run = settled.run;
  auto effects = collect(query(db, kEffectsOfRun, run), effect_row);
  std::erase_if(effects, [&](const EffectRow& e) {
    return settled.reply ? e.op_id != settled.op_id : e.reply;
  });
  if (std::ranges::any_of(effects, [](const EffectRow& e) { return is_open(e.state); })) return {};
  if (!settled.reply)
    execute(db, "UPDATE run SET state = ending, finished = ? WHERE id = ? AND state = 'delivering'",
            now, run);
  if (!seal) return {};
  auto row = query(db, "SELECT " + kRunColumns + " FROM run r WHERE r.id = ?", run);
  row.executeStep();
  const RunRow ended = run_row(row);
  TRY(append_to_chain(db, "delivery", run, [&](std::string_view prev_hash) {
    return seal(ended, effects, prev_hash);
  }));
  return {};
}

}  // namespace

Result<std::optional<EffectRow>> Store::next_effect() const {
  using Found = std::optional<EffectRow>;
  return impl_->read<Found>([&](SQLite::Database& db) {
    auto row = query(db, "SELECT " + kEffectColumns + kNextEffect, impl_->clock.now());
    return row.executeStep() ? Found(effect_row(row)) : Found{};
  });
}

Status Store::mark_sent(const std::string& op_id) {
  return impl_->commit([&](SQLite::Database& db) -> Status {
    if (execute(db,
                "UPDATE effect SET state = 'sent', tried = 1, attempts = attempts + 1 "
                "WHERE op_id = ? AND state IN ('pending', 'sent')",
                op_id) == 1)
      return {};
    return Error{ErrorKind::conflict, "effect " + op_id + " is settled already"};
  });
}

Status Store::settle_effect(const std::string& op_id, Settlement settlement, DeliverySeal seal) {
  return impl_->commit([&](SQLite::Database& db) -> Status {
    const bool again = settlement.state == EffectState::pending;
    const int changed =
        execute(db,
                "UPDATE effect SET state = ?, next_at = iif(?, ?, NULL), result = ?, error = ?, "
                "attempts = attempts + ? WHERE op_id = ? AND state IN ('pending', 'sent')",
                settlement.state, again, settlement.retry_at, to_json(settlement.result),
                settlement.error, settlement.more_attempts, op_id);
    if (changed != 1)
      return Error{ErrorKind::conflict, "effect " + op_id + " is settled already"};
    impl_->work_changed();
    if (again) return {};
    auto row = query(db, "SELECT " + kEffectColumns +
                             " FROM effect e JOIN run r ON r.id = e.run WHERE e.op_id = ?",
                     op_id);
    row.executeStep();
    return end_when_settled(db, effect_row(row), seal, impl_->clock.now());
  });
}

Result<std::vector<EffectRow>> Store::effects_of(const std::string& run) const {
  return impl_->read<std::vector<EffectRow>>(
      [&](SQLite::Database& db) { return collect(query(db, kEffectsOfRun, run), effect_row); });
}

// ---- receipts ------------------------------------------------------------------------------------
Result<ReceiptRow> append_to_chain(SQLite::Database& db, const std::string& kind,
                                   const std::string& run, const Seal& seal) {
  auto last = query(db, "SELECT hash, seq FROM receipt_log ORDER BY seq DESC LIMIT 1");
  ReceiptRow entry;
  entry.prev_hash = receipt::kGenesis;
  entry.seq = 1;
  if (last.executeStep()) {
    entry.prev_hash = text_at(last, 0);
    entry.seq = static_cast<std::uint64_t>(last.getColumn(1).getInt64()) + 1;
  }
  entry.kind = kind;
  entry.run = run;
  entry.envelope = TRY_CTX(seal(entry.prev_hash), "receipt of run " + run);
  entry.hash = receipt::chain_hash(entry.prev_hash, entry.envelope);
  execute(db,
          "INSERT INTO receipt_log(seq, run, kind, hash, prev_hash, envelope) "
          "VALUES(?, ?, ?, ?, ?, ?)",
          entry.seq, entry.run, entry.kind, entry.hash, entry.prev_hash, entry.envelope);
  return entry;
}

Result<ReceiptRow> Store::append_receipt(const std::string& kind, const std::string& run,
                                         Seal seal) {
  return impl_->write<ReceiptRow>(
      [&](SQLite::Database& db) { return append_to_chain(db, kind, run, seal); });
}

Result<std::vector<ReceiptRow>> Store::receipts_of(const std::string& run) const {
  return impl_->read<std::vector<ReceiptRow>>([&](SQLite::Database& db) {
    return collect(
        query(db, "SELECT " + kReceiptColumns + " FROM receipt_log WHERE run = ? ORDER BY seq", run),
        receipt_row);
  });
}

Result<std::optional<ReceiptRow>> Store::last_receipt() const {
  using Found = std::optional<ReceiptRow>;
  return impl_->read<Found>([&](SQLite::Database& db) {
    auto row = query(db, "SELECT " + kReceiptColumns + " FROM receipt_log ORDER BY seq DESC LIMIT 1");
    return row.executeStep() ? Found(receipt_row(row)) : Found{};
  });
}

Result<std::vector<ReceiptRow>> Store::receipts(std::uint64_t after_seq, std::size_t limit) const {
  return impl_->read<std::vector<ReceiptRow>>([&](SQLite::Database& db) {
    return collect(query(db,
                         "SELECT " + kReceiptColumns +
                             " FROM receipt_log WHERE seq > ? ORDER BY seq LIMIT ?",
                         after_seq, limit),
                   receipt_row);
  });
}

// ---- the local desk ------------------------------------------------------------------------------
Result<EffectResult> Store::add_note(const TicketKey& ticket, const std::string& op_id,
                                     const std::string& body) {
  return impl_->write<EffectResult>([&](SQLite::Database& db) -> Result<EffectResult> {
    auto known = query(db, "SELECT 1 FROM ticket WHERE source = ? AND external_id = ?",
                       ticket.source, ticket.external_id);
    if (!known.executeStep())
      return Error{ErrorKind::not_found, "there is no ticket " + ticket.str()};
    const int added = execute(db,
                              "INSERT INTO note(source, external_id, op_id, body, at) "
                              "VALUES(?, ?, ?, ?, ?) ON CONFLICT(op_id) DO NOTHING",
                              ticket.source, ticket.external_id, op_id, body, impl_->clock.now());
    auto row = query(db, "SELECT seq FROM note WHERE op_id = ?", op_id);
    row.executeStep();
    return EffectResult{text_at(row, 0), "", added == 0};
  });
}

Result<EffectResult> Store::add_labels(const TicketKey& ticket, const std::string& op_id,
                                       const std::vector<std::string>& labels) {
  return impl_->write<EffectResult>([&](SQLite::Database& db) -> Result<EffectResult> {
    auto row = query(db, "SELECT json FROM ticket WHERE source = ? AND external_id = ?",
                     ticket.source, ticket.external_id);
    if (!row.executeStep())
      return Error{ErrorKind::not_found, "there is no ticket " + ticket.str()};
    Ticket stored = TRY(ticket_from(text_at(row, 0)));
    bool changed = false;
    for (const std::string& label : labels) {
      if (std::ranges::find(stored.labels, label) != stored.labels.end()) continue;
      stored.labels.push_back(label);
      changed = true;
    }
    if (changed)
      execute(db, "UPDATE ticket SET json = ? WHERE source = ? AND external_id = ?",
              to_json(stored), ticket.source, ticket.external_id);
    return EffectResult{op_id, "", !changed};
  });
}

}  // namespace triage::daemon
