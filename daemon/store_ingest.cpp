#include <algorithm>

#include "daemon/store_internal.h"
#include "pipeline/base/digest.h"
#include "pipeline/publish/fragment.h"
#include "pipeline/publish/parts.h"
#include "pipeline/publish/note.h"

namespace triage::daemon {
namespace {

using connectors::Ignored;
using connectors::OutcomeEvent;
using connectors::TicketEvent;

// For events that come without a delivery id: the same content is the same event.
std::string content_id(const connectors::Event& event) {
  std::string content;
  if (const auto* ticket = std::get_if<TicketEvent>(&event)) {
    if (ticket->ticket.key.external_id.empty()) return "new:" + to_hex(random_bytes(16));
    content = to_json(ticket->ticket).dump();
    for (const Comment& command : ticket->commands) content += to_json(command).dump();
  } else if (const auto* outcome = std::get_if<OutcomeEvent>(&event)) {
    for (const auto& part : {outcome->ticket.str(), outcome->what, outcome->reference,
                             outcome->actor, outcome->text, outcome->comment})
      content += part + '\0';
  } else {
    content = std::get<Ignored>(event).reason;
  }
  return "content:" + sha256_hex(content);
}

std::string next_number(SQLite::Database& db, const std::string& source) {
  auto row = query(db,
                   "SELECT coalesce(max(CAST(external_id AS INTEGER)), 0) + 1 FROM ticket "
                   "WHERE source = ?",
                   source);
  row.executeStep();
  return text_at(row, 0);
}

// Which attempt at this revision a new run would be; nothing when there is a run for it.
std::optional<int> attempt_for(SQLite::Database& db, const Ticket& ticket) {
  auto rows = query(db,
                    "SELECT state FROM run WHERE source = ? AND external_id = ? AND revision = ?",
                    ticket.key.source, ticket.key.external_id, ticket.revision);
  int attempt = 0;
  for (; rows.executeStep(); ++attempt) {
    if (text_at(rows, 0) != name_of(RunState::superseded)) return std::nullopt;
  }
  return attempt;
}

// False when what we have is newer: deliveries overtake each other.
bool keep_ticket(SQLite::Database& db, const Ticket& ticket) {
  auto known = query(db, "SELECT updated_at FROM ticket WHERE source = ? AND external_id = ?",
                     ticket.key.source, ticket.key.external_id);
  if (known.executeStep() && ticket.updated_at != TimePoint{} &&
      time_at(known, 0) > ticket.updated_at)
    return false;
  execute(db,
          "INSERT INTO ticket(source, external_id, revision, json, url, updated_at) "
          "VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(source, external_id) DO UPDATE SET "
          "revision = excluded.revision, json = excluded.json, url = excluded.url, "
          "updated_at = excluded.updated_at",
          ticket.key.source, ticket.key.external_id, ticket.revision, to_json(ticket), ticket.url,
          ticket.updated_at);
  return true;
}

// Words that came after we had looked at the ticket.
void note_reply_of_customer(SQLite::Database& db, const Ticket& ticket, TimePoint now) {
  if (ticket.comments.empty() || ticket.comments.back().staff) return;
  auto known = query(db, "SELECT 1 FROM run WHERE source = ? AND external_id = ? LIMIT 1",
                     ticket.key.source, ticket.key.external_id);
  if (!known.executeStep()) return;
  const Comment& newest = ticket.comments.back();
  keep_outcome(db, ticket.key,
               {ticket.key, "customer_replied", newest.id, newest.author.login, ""}, now);
}

std::string hold_of(SQLite::Database& db, const TicketKey& key) {
  auto row = query(db, "SELECT hold FROM ticket WHERE source = ? AND external_id = ?", key.source,
                   key.external_id);
  return row.executeStep() ? text_at(row, 0) : std::string();
}

Ingested take_ticket(SQLite::Database& db, const Arrival& arrival, const Ticket& ticket,
                     TimePoint now) {
  Ingested out{.ticket = ticket.key};
  if (!keep_ticket(db, ticket)) {
    out.reason = "older than what is known of the ticket";
    return out;
  }
  if (!ticket.open) {
    supersede(db, ticket.key, "the ticket was closed", now);
    out.reason = "the ticket is closed";
    return out;
  }
  const auto attempt = attempt_for(db, ticket);
  if (!attempt) {
    out.reason = "nothing new in the customer's words";
    return out;
  }
  note_reply_of_customer(db, ticket, now);
  if (const std::string held = hold_of(db, ticket.key); !held.empty()) {
    out.reason = "newer words, but work on the ticket was " + held + "; /triage retry goes on";
    return out;
  }
  supersede(db, ticket.key, "the ticket has newer words", now);
  out.run = queue_run(db, arrival, ticket, *attempt, now);
  return out;
}

// Where only the pull request is known, the effect that opened it tells the ticket.
TicketKey ticket_of(SQLite::Database& db, const Arrival& arrival, const OutcomeEvent& outcome) {
  if (!outcome.ticket.external_id.empty()) return outcome.ticket;
  auto row = query(db,
                   "SELECT r.source, r.external_id FROM effect e JOIN run r ON r.id = e.run "
                   "WHERE e.kind = 'open_draft_pull_request' AND r.project = ? "
                   "AND json_extract(e.result, '$.id') = ? ORDER BY r.seq DESC LIMIT 1",
                   arrival.project, outcome.reference);
  if (row.executeStep()) return {text_at(row, 0), text_at(row, 1)};
  return {arrival.source, ""};
}

// What the tracker says of the ticket itself; its words are as they were.
void change_ticket(SQLite::Database& db, const TicketKey& key, const std::string& what,
                   TimePoint now) {
  const bool closed = what == "ticket_closed", assigned = what == "ticket_assigned";
  if (!closed && !assigned && what != "ticket_unassigned") return;
  execute(db,
          "UPDATE ticket SET json = json_set(json, ?, json(?)) WHERE source = ? AND external_id = ?",
          closed ? "$.open" : "$.assigned", assigned ? "true" : "false", key.source,
          key.external_id);
  if (closed) supersede(db, key, "the ticket was closed", now);
}

// One short note for each end of a draft; others are for the record.
void report_outcome(SQLite::Database& db, const TicketKey& key, const OutcomeEvent& outcome,
                    TimePoint now) {
  const bool merged = outcome.what == "pull_request_merged";
  if (!merged && outcome.what != "pull_request_closed") return;
  const std::string who =
      outcome.actor.empty() ? std::string() : " by " + publish::prose(outcome.actor, 60);
  reply(db, key, outcome.what + " " + outcome.reference,
        "Draft pull request #" + publish::prose(outcome.reference, 20) + " was " +
            (merged ? "merged" : "closed without merging") + who + " on " +
            publish::day_month(now) + ".");
}

Ingested take_outcome(SQLite::Database& db, const Arrival& arrival, const OutcomeEvent& outcome,
                      TimePoint now) {
  const TicketKey key = ticket_of(db, arrival, outcome);
  Ingested out{.ticket = key, .reason = "an outcome: " + outcome.what};
  if (outcome.what == "command") {
    Comment comment;
    comment.id = outcome.comment;
    comment.author.login = outcome.actor;
    comment.body = RawText(outcome.text);
    comment.staff = outcome.staff;
    out.command = take_commands(db, arrival, {{key, std::move(comment)}}, now);
    return out;
  }
  if (key.external_id.empty()) {
    out.reason += ", of nothing that we made";
    return out;
  }
  change_ticket(db, key, outcome.what, now);
  keep_outcome(db, key, outcome, now);
  report_outcome(db, key, outcome, now);
  return out;
}

std::vector<Said> said_in(const TicketEvent& event) {
  std::vector<Said> out;
  for (const auto* comments : {&event.ticket.comments, &event.commands}) {
    for (const Comment& comment : *comments) out.push_back({event.ticket.key, comment});
  }
  return out;
}

// The ticket first: a command speaks of it.
Ingested take_ticket_event(SQLite::Database& db, const Arrival& arrival, TicketEvent event,
                           TimePoint now) {
  Ticket& ticket = event.ticket;
  if (ticket.key.source.empty()) ticket.key.source = arrival.source;
  if (ticket.key.external_id.empty()) ticket.key.external_id = next_number(db, ticket.key.source);
  if (ticket.revision.empty()) ticket.revision = content_revision(ticket);
  Ingested out = take_ticket(db, arrival, ticket, now);
  out.command = take_commands(db, arrival, said_in(event), now);
  return out;
}

// Outcomes may have made a reply, commands a run or an end of one.
bool changes_work(const Ingested& ingested) {
  return !ingested.run.empty() || !ingested.command.empty() ||
         ingested.reason.starts_with("an outcome");
}

constexpr std::array<std::string_view, 3> kEventKinds{"ticket", "outcome", "ignored"};

Ingested take(SQLite::Database& db, const Arrival& arrival, TimePoint now) {
  const auto& [given_id, event] = arrival.delivery;
  const std::string id = given_id.empty() ? content_id(event) : given_id;
  auto known = query(db,
                     "SELECT external_id, run, reason FROM event WHERE source = ? "
                     "AND delivery_id = ?",
                     arrival.source, id);
  if (known.executeStep()) {
    return {.duplicate = true,
            .ticket = {arrival.source, text_at(known, 0)},
            .run = text_at(known, 1),
            .reason = text_at(known, 2)};
  }
  Ingested out{.ticket = {arrival.source, ""}};
  if (const auto* ticket = std::get_if<TicketEvent>(&event)) {
    out = take_ticket_event(db, arrival, *ticket, now);
  } else if (const auto* outcome = std::get_if<OutcomeEvent>(&event)) {
    out = take_outcome(db, arrival, *outcome, now);
  } else {
    out.reason = std::get<Ignored>(event).reason;
  }
  execute(db,
          "INSERT INTO event(source, delivery_id, received_at, kind, external_id, run, reason) "
          "VALUES(?, ?, ?, ?, ?, ?, ?)",
          arrival.source, id, now, kEventKinds[event.index()], out.ticket.external_id, out.run,
          out.command.empty() ? out.reason : out.command);
  return out;
}

}  // namespace

void supersede(SQLite::Database& db, const TicketKey& key, std::string_view reason, TimePoint now) {
  execute(db,
          "UPDATE run SET state = 'superseded', reason = ?, finished = ?, next_at = NULL "
          "WHERE source = ? AND external_id = ? AND state IN ('queued', 'parked')",
          reason, now, key.source, key.external_id);
}

std::string queue_run(SQLite::Database& db, const Arrival& arrival, const Ticket& ticket,
                      int attempt, TimePoint now, const std::string& instruction) {
  std::string id = run_id_for(ticket.key, ticket.revision, attempt);
  execute(db,
          "INSERT INTO run(id, source, external_id, revision, ticket, subject, project, state, "
          "depth, created, instruction) VALUES(?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?)",
          id, ticket.key.source, ticket.key.external_id, ticket.revision, to_json(ticket),
          ticket.subject.raw(), arrival.project, arrival.depth, now, instruction);
  return id;
}

Result<Ingested> Store::ingest(Arrival arrival) {
  return impl_->write<Ingested>([&](SQLite::Database& db) -> Result<Ingested> {
    Ingested out = take(db, arrival, impl_->clock.now());
    if (changes_work(out)) impl_->work_changed();
    return out;
  });
}

void Store::ingest(Arrival arrival, std::function<void(Result<Ingested>)> done) {
  auto out = std::make_shared<Ingested>();
  impl_->queue->add(
      [this, out, arrival = std::move(arrival)](SQLite::Database& db) -> Status {
        *out = take(db, arrival, impl_->clock.now());
        if (changes_work(*out)) impl_->work_changed();
        return {};
      },
      [this, out, done = std::move(done)](const Status& status) {
        impl_->announce();
        done(status ? Result<Ingested>(std::move(*out)) : Result<Ingested>(status.error()));
      });
}

Result<std::vector<Ingested>> Store::ingest_page(const std::string& source,
                                                 std::vector<Arrival> page, Json cursor) {
  using All = std::vector<Ingested>;
  return impl_->write<All>([&](SQLite::Database& db) -> Result<All> {
    All out;
    for (const Arrival& arrival : page) out.push_back(take(db, arrival, impl_->clock.now()));
    execute(db, "INSERT OR REPLACE INTO cursor(source, json) VALUES(?, ?)", source, cursor);
    if (std::ranges::any_of(out, changes_work)) impl_->work_changed();
    return out;
  });
}

Result<Json> Store::cursor(const std::string& source) const {
  return impl_->read<Json>([&](SQLite::Database& db) {
    auto row = query(db, "SELECT json FROM cursor WHERE source = ?", source);
    return row.executeStep() ? json_at(row, 0) : Json();
  });
}

}  // namespace triage::daemon
