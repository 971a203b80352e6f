#include <algorithm>

#include "daemon/store_internal.h"

namespace triage::daemon {
namespace {

std::map<std::string, std::uint64_t> count_by_state(SQLite::Database& db, const char* table) {
  std::map<std::string, std::uint64_t> out;
  auto rows = query(db, std::string("SELECT state, count(*) FROM ") + table + " GROUP BY state");
  while (rows.executeStep())
    out[text_at(rows, 0)] = static_cast<std::uint64_t>(rows.getColumn(1).getInt64());
  return out;
}

std::uint64_t count_rows(SQLite::Database& db, const char* table) {
  return static_cast<std::uint64_t>(
      db.execAndGet(std::string("SELECT count(*) FROM ") + table).getInt64());
}

NoteRow note_row(SQLite::Statement& row) {
  return {text_at(row, 0), text_at(row, 1), text_at(row, 2), time_at(row, 3)};
}

OutcomeRow outcome_row(SQLite::Statement& row) {
  return {{text_at(row, 0), text_at(row, 1)}, text_at(row, 2), text_at(row, 3), text_at(row, 4),
          text_at(row, 5),                    text_at(row, 6), time_at(row, 7)};
}

CommandRow command_row(SQLite::Statement& row) {
  return {text_at(row, 0), text_at(row, 1), text_at(row, 2), text_at(row, 3),
          text_at(row, 4), text_at(row, 5), time_at(row, 6)};
}

// One row for each pull request, whichever runs made or adopted it.
const std::string kDrafts =
    "SELECT r.project, r.id, r.source, r.external_id, json_extract(e.result, '$.id'), "
    "json_extract(e.result, '$.url'), json_extract(e.effect, '$.branch'), "
    "min(coalesce(r.finished, r.created)), coalesce((SELECT max(o.at) FROM outcome o "
    "WHERE o.source = r.source AND o.external_id = r.external_id), 0), "
    "coalesce((SELECT o.what FROM outcome o WHERE o.source = r.source "
    "AND o.external_id = r.external_id AND ((o.reference = json_extract(e.result, '$.id') "
    "AND o.what IN ('pull_request_merged', 'pull_request_closed')) OR (o.what = 'rejected' "
    "AND o.at >= r.created)) ORDER BY o.what = 'pull_request_merged' DESC, o.seq LIMIT 1), '') "
    "FROM effect e JOIN run r ON r.id = e.run WHERE e.kind = 'open_draft_pull_request' "
    "AND e.state = 'confirmed' AND json_extract(e.result, '$.id') <> '' "
    "GROUP BY r.project, json_extract(e.result, '$.id') ORDER BY r.seq DESC";

DraftState draft_state(const std::string& outcome) {
  if (outcome == "pull_request_merged") return DraftState::merged;
  if (outcome == "pull_request_closed") return DraftState::closed;
  return outcome == "rejected" ? DraftState::rejected : DraftState::open;
}

DraftRow draft_row(SQLite::Statement& row) {
  DraftRow out;
  out.project = text_at(row, 0);
  out.run = text_at(row, 1);
  out.ticket = {text_at(row, 2), text_at(row, 3)};
  out.number = text_at(row, 4);
  out.url = text_at(row, 5);
  out.branch = text_at(row, 6);
  out.made = time_at(row, 7);
  out.last_activity = std::max(out.made, time_at(row, 8));
  out.state = draft_state(text_at(row, 9));
  return out;
}

}  // namespace

Result<std::vector<DraftRow>> Store::drafts(const config::Settings& settings) const {
  return impl_->read<std::vector<DraftRow>>([&](SQLite::Database& db) {
    const TimePoint now = impl_->clock.now();
    auto drafts = collect(query(db, kDrafts), draft_row);
    for (DraftRow& draft : drafts) {
      const auto project = settings.projects.find(draft.project);
      if (draft.state == DraftState::open && project != settings.projects.end() &&
          draft.last_activity + project->second.draft_expiry <= now)
        draft.state = DraftState::ignored;
    }
    return drafts;
  });
}

Result<std::vector<RunRow>> Store::runs(const RunFilter& filter) const {
  return impl_->read<std::vector<RunRow>>([&](SQLite::Database& db) {
    return collect(
        query(db,
              "SELECT " + kRunColumns +
                  " FROM run r WHERE (?1 = '' OR r.state = ?1) AND (?2 = '' OR r.project = ?2) "
                  "AND (?3 = '' OR r.seq < (SELECT seq FROM run WHERE id = ?3)) "
                  "ORDER BY r.seq DESC LIMIT ?4",
              filter.state ? name_of(*filter.state) : "", filter.project, filter.before,
              filter.limit),
        run_row);
  });
}

Result<RunDetail> Store::run(const std::string& id) const {
  return impl_->read<RunDetail>([&](SQLite::Database& db) -> Result<RunDetail> {
    auto row = query(db, "SELECT " + kRunColumns + ", r.ticket FROM run r WHERE r.id = ?", id);
    if (!row.executeStep()) return Error{ErrorKind::not_found, "there is no run " + id};
    RunDetail detail;
    detail.run = run_row(row);
    detail.ticket = TRY_CTX(ticket_from(text_at(row, kRunWidth)), "stored ticket of run " + id);
    detail.stages = collect(query(db, kStagesOfRun, id), stage_row);
    detail.effects = collect(query(db, kEffectsOfRun, id), effect_row);
    detail.receipts = collect(
        query(db, "SELECT " + kReceiptColumns + " FROM receipt_log WHERE run = ? ORDER BY seq", id),
        receipt_row);
    return detail;
  });
}

Result<TicketDetail> Store::ticket(const TicketKey& key) const {
  return impl_->read<TicketDetail>([&](SQLite::Database& db) -> Result<TicketDetail> {
    const auto of_ticket = [&](const std::string& sql) {
      return query(db, sql, key.source, key.external_id);
    };
    auto row = of_ticket("SELECT json, hold FROM ticket WHERE source = ? AND external_id = ?");
    if (!row.executeStep()) return Error{ErrorKind::not_found, "there is no ticket " + key.str()};
    TicketDetail detail;
    detail.ticket = TRY_CTX(ticket_from(text_at(row, 0)), "stored ticket " + key.str());
    detail.hold = text_at(row, 1);
    detail.commands = collect(of_ticket("SELECT comment, word, actor, state, reason, run, at "
                                        "FROM command WHERE ticket_source = ? AND external_id = ? "
                                        "ORDER BY seq"),
                              command_row);
    detail.notes = collect(of_ticket("SELECT seq, op_id, body, at FROM note "
                                     "WHERE source = ? AND external_id = ? ORDER BY seq"),
                           note_row);
    detail.runs = collect(of_ticket("SELECT " + kRunColumns +
                                    " FROM run r WHERE r.source = ? AND r.external_id = ? "
                                    "ORDER BY r.seq DESC"),
                          run_row);
    detail.outcomes = collect(of_ticket("SELECT source, external_id, run, what, reference, actor, "
                                        "text, at FROM outcome WHERE source = ? "
                                        "AND external_id = ? ORDER BY seq"),
                              outcome_row);
    return detail;
  });
}

Result<std::vector<Ticket>> Store::tickets(const std::string& source, std::size_t limit) const {
  return impl_->read<std::vector<Ticket>>([&](SQLite::Database& db) -> Result<std::vector<Ticket>> {
    std::vector<Ticket> out;
    auto rows = query(db,
                      "SELECT json FROM ticket WHERE ?1 = '' OR source = ?1 "
                      "ORDER BY seq DESC LIMIT ?2",
                      source, limit);
    while (rows.executeStep()) out.push_back(TRY(ticket_from(text_at(rows, 0))));
    return out;
  });
}

Result<Overview> Store::overview() const {
  return impl_->read<Overview>([&](SQLite::Database& db) {
    const TimePoint now = impl_->clock.now();
    Overview out;
    out.runs = count_by_state(db, "run");
    out.effects = count_by_state(db, "effect");
    out.tickets = count_rows(db, "ticket");
    out.deliveries = count_rows(db, "event");
    out.spent_today = spending_since(db, day_of(now), "").counted();
    out.spent_month = spending_since(db, month_of(now), "").counted();
    auto oldest = query(db,
                        "SELECT min(created) FROM run WHERE state = 'queued' "
                        "OR (state = 'parked' AND next_at <= ?)",
                        now);
    if (oldest.executeStep() && !oldest.getColumn(0).isNull())
      out.oldest_waiting = now - time_at(oldest, 0);
    return out;
  });
}

}  // namespace triage::daemon
