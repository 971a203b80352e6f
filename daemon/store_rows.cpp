#include "daemon/store_internal.h"
#include "pipeline/run_json.h"

namespace triage::daemon {

const std::string kRunColumns =
    "r.id, r.source, r.external_id, r.subject, r.revision, r.project, r.state, r.stage, r.attempts, "
    "r.owner, r.fence, r.lease_until, r.next_at, r.depth, r.ending, r.reason, r.created, "
    "r.finished, (SELECT coalesce(sum(l.amount), 0) FROM ledger l WHERE l.run = r.id), "
    "r.instruction, r.stop";
const std::string kEffectColumns =
    "e.op_id, e.run, r.source, r.external_id, e.seq, e.kind, e.effect, e.state, e.attempts, "
    "e.next_at, e.result, e.error, e.reply, e.tried";
const std::string kReceiptColumns = "seq, run, kind, hash, prev_hash, envelope";
const std::string kStagesOfRun =
    "SELECT stage, result, took_ms, at FROM stage_result WHERE run = ? ORDER BY at, rowid";
const std::string kEffectsOfRun = "SELECT " + kEffectColumns +
                                  " FROM effect e JOIN run r ON r.id = e.run WHERE e.run = ? "
                                  "ORDER BY e.seq";

std::string text_at(SQLite::Statement& row, int column) { return row.getColumn(column).getString(); }

TimePoint time_at(SQLite::Statement& row, int column) {
  return TimePoint(Milliseconds(row.getColumn(column).getInt64()));
}

std::optional<TimePoint> optional_time_at(SQLite::Statement& row, int column) {
  if (row.getColumn(column).isNull()) return std::nullopt;
  return time_at(row, column);
}

// We wrote it, so it parses; a damaged row reads as null rather than taking a whole list down.
Json json_at(SQLite::Statement& row, int column) {
  return parse_json(text_at(row, column)).value_or(Json());
}

namespace {

template <NamedEnum E>
E enum_at(SQLite::Statement& row, int column, E fallback) {
  return enum_of<E>(text_at(row, column)).value_or(fallback);
}

std::uint32_t count_at(SQLite::Statement& row, int column) {
  return row.getColumn(column).getUInt();
}

}  // namespace

RunRow run_row(SQLite::Statement& row) {
  RunRow r;
  r.id = text_at(row, 0);
  r.ticket = {text_at(row, 1), text_at(row, 2)};
  r.subject = text_at(row, 3);
  r.revision = text_at(row, 4);
  r.project = text_at(row, 5);
  r.state = enum_at(row, 6, RunState::failed);
  r.stage = text_at(row, 7);
  r.attempts = count_at(row, 8);
  r.owner = text_at(row, 9);
  r.fence = static_cast<std::uint64_t>(row.getColumn(10).getInt64());
  r.lease_until = optional_time_at(row, 11);
  r.next_at = optional_time_at(row, 12);
  r.depth = enum_at(row, 13, config::Depth::skip);
  r.ending = text_at(row, 14);
  r.reason = text_at(row, 15);
  r.created = time_at(row, 16);
  r.finished = optional_time_at(row, 17);
  r.cost = to_usd(row.getColumn(18).getInt64());
  r.instruction = text_at(row, 19);
  r.stop = text_at(row, 20);
  return r;
}

EffectRow effect_row(SQLite::Statement& row) {
  EffectRow e;
  e.op_id = text_at(row, 0);
  e.run = text_at(row, 1);
  e.ticket = {text_at(row, 2), text_at(row, 3)};
  e.seq = count_at(row, 4);
  e.kind = enum_at(row, 5, EffectKind::post_note);
  e.effect = json_at(row, 6);
  e.state = enum_at(row, 7, EffectState::failed);
  e.attempts = count_at(row, 8);
  e.next_at = optional_time_at(row, 9);
  e.result = from_json<EffectResult>(json_at(row, 10)).value_or(EffectResult{});
  e.error = text_at(row, 11);
  e.reply = row.getColumn(12).getInt() != 0;
  e.tried = row.getColumn(13).getInt() != 0;
  return e;
}

ReceiptRow receipt_row(SQLite::Statement& row) {
  return {static_cast<std::uint64_t>(row.getColumn(0).getInt64()),
          text_at(row, 1),
          text_at(row, 2),
          text_at(row, 3),
          text_at(row, 4),
          text_at(row, 5)};
}

StageRow stage_row(SQLite::Statement& row) {
  return {enum_at(row, 0, Stage::classify), json_at(row, 1),
          Milliseconds(row.getColumn(2).getInt64()), time_at(row, 3)};
}

Result<Ticket> ticket_from(const std::string& json) {
  return from_json<Ticket>(TRY(parse_json(json)));
}

}  // namespace triage::daemon
