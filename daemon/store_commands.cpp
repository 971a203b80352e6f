// Commands, outcomes and the replies to them, inside the transaction that stores the event: whatever
// kills the daemon, a comment is obeyed once, and an outcome is reported once.
#include "daemon/store_internal.h"
#include "daemon/ticket_command.h"
#include "pipeline/base/digest.h"
#include "pipeline/publish/fragment.h"
#include "pipeline/publish/note.h"
#include "pipeline/redact/redact.h"
#include "pipeline/run_json.h"

namespace triage::daemon {
namespace {

// A comment of last year is not an order of today: a source may be connected with its past.
constexpr std::chrono::days kOldest{7};
constexpr std::size_t kLongestName = 60;
constexpr int kFirstReply = 1000;  // seq: behind every effect of the run itself

// What became of a command.
struct Verdict {
  std::string state, reason, run;
  std::string answer = {};  // for people, on the ticket; empty: none
};

Verdict ignored(std::string reason) { return {"ignored", std::move(reason), ""}; }
Verdict refused(const std::string& reason) {
  return {"refused", reason, "", "Nothing was done: " + reason + "."};
}

std::string shown(const Person& author) {
  const std::string& name = author.login.empty() ? author.name : author.login;
  return name.empty() ? "somebody" : publish::prose(name, kLongestName);
}

std::string comment_key(const Said& said) {
  if (!said.comment.id.empty()) return said.comment.id;
  const Person& author = said.comment.author;
  return "content:" + sha256_hex(said.ticket.str() + '\0' + author.login + '\0' + author.email +
                                 '\0' + said.comment.body.raw());
}

std::optional<Ticket> stored_ticket(SQLite::Database& db, const TicketKey& key) {
  auto row = query(db, "SELECT json FROM ticket WHERE source = ? AND external_id = ?", key.source,
                   key.external_id);
  if (!row.executeStep()) return std::nullopt;
  auto ticket = ticket_from(text_at(row, 0));
  return ticket ? std::optional(std::move(*ticket)) : std::nullopt;
}

void hold(SQLite::Database& db, const TicketKey& key, std::string_view reason) {
  execute(db, "UPDATE ticket SET hold = ? WHERE source = ? AND external_id = ?", reason, key.source,
          key.external_id);
}

// Everything of the ticket that has not left yet.
void stop_all(SQLite::Database& db, const TicketKey& key, const std::string& reason, TimePoint now) {
  supersede(db, key, reason, now);
  execute(db,
          "UPDATE run SET stop = ? WHERE source = ? AND external_id = ? AND state = 'running'",
          reason, key.source, key.external_id);
  execute(db,
          "UPDATE effect SET state = 'failed', error = ? WHERE state = 'pending' AND tried = 0 "
          "AND kind IN ('push_branch', 'open_draft_pull_request') AND run IN (SELECT id FROM run "
          "WHERE source = ? AND external_id = ? AND state = 'delivering')",
          "not done: " + reason, key.source, key.external_id);
}

// What of ours stands on the forge, in words: it is left to people.
std::string what_stands(SQLite::Database& db, const TicketKey& key) {
  auto row = query(db,
                   "SELECT e.kind, json_extract(e.result, '$.id'), json_extract(e.effect, '$.branch') "
                   "FROM effect e JOIN run r ON r.id = e.run WHERE r.source = ? AND r.external_id = ? "
                   "AND e.state = 'confirmed' AND e.error = '' "
                   "AND e.kind IN ('push_branch', 'open_draft_pull_request') "
                   "ORDER BY r.seq DESC, e.seq DESC LIMIT 1",
                   key.source, key.external_id);
  if (!row.executeStep()) return {};
  const std::string branch = "branch `" + text_at(row, 2) + "`";
  if (text_at(row, 0) == name_of(EffectKind::push_branch))
    return " Its " + branch + " stays; it is yours to keep or delete.";
  return " Draft pull request #" + text_at(row, 1) + " and its " + branch +
         " stay as they are; they are yours to close or take over.";
}

Verdict start_again(SQLite::Database& db, const Arrival& arrival, const Ticket& ticket,
                    const TicketCommand& command, const std::string& who, TimePoint now) {
  if (!ticket.open) return refused("the ticket is closed; open it first");
  hold(db, ticket.key, "");
  supersede(db, ticket.key, "asked for anew by " + who, now);
  auto earlier = query(db,
                       "SELECT count(*) FROM run WHERE source = ? AND external_id = ? AND revision = ?",
                       ticket.key.source, ticket.key.external_id, ticket.revision);
  earlier.executeStep();
  const bool refine = command.word == CommandWord::refine;
  std::string run = queue_run(db, arrival, ticket, earlier.getColumn(0).getInt(), now,
                              refine ? command.text : std::string());
  return {"done", "run " + run + " is queued", std::move(run)};
}

Verdict give_up(SQLite::Database& db, const Ticket& ticket, const TicketCommand& command,
                const std::string& who, TimePoint now) {
  const bool reject = command.word == CommandWord::reject;
  const std::string reason = (reject ? "rejected by " : "stopped by ") + who;
  hold(db, ticket.key, reason);
  stop_all(db, ticket.key, reason, now);
  std::string answer = (reject ? "Rejected by " : "Stopped by ") + who +
                       ": nothing more is done on this ticket until `/triage retry`.";
  return {"done", reason, "", answer + what_stands(db, ticket.key)};
}

Verdict obey(SQLite::Database& db, const Arrival& arrival, const Said& said,
             const TicketCommand& command, TimePoint now) {
  const Comment& comment = said.comment;
  if (!comment.staff && !is_named(comment.author, arrival.commanders))
    return ignored("its author may give no commands");
  if (comment.created_at != TimePoint{} && comment.created_at + kOldest < now)
    return ignored("it is older than a week");
  const auto ticket = stored_ticket(db, said.ticket);
  if (!ticket) return ignored("its ticket is not known here");
  if (const std::string problem = problem_with(command); !problem.empty()) return refused(problem);
  const std::string who = shown(comment.author);
  switch (*command.word) {
    case CommandWord::refine:
    case CommandWord::retry: return start_again(db, arrival, *ticket, command, who, now);
    case CommandWord::reject:
    case CommandWord::stop: return give_up(db, *ticket, command, who, now);
  }
  return ignored("there is no such command");
}

std::string_view outcome_of(CommandWord word) {
  switch (word) {
    case CommandWord::refine: return "refined";
    case CommandWord::retry: return "retried";
    case CommandWord::reject: return "rejected";
    case CommandWord::stop: return "stopped";
  }
  return "command";
}

std::string take_command(SQLite::Database& db, const Arrival& arrival, const Said& said,
                         const TicketCommand& command, TimePoint now) {
  const std::string key = comment_key(said);
  const int first = execute(db,
                            "INSERT INTO command(source, comment, ticket_source, external_id, word, "
                            "actor, state, reason, run, at) "
                            "VALUES(?, ?, ?, ?, ?, ?, 'ignored', '', '', ?) "
                            "ON CONFLICT(source, comment) DO NOTHING",
                            arrival.source, key, said.ticket.source, said.ticket.external_id, command.said,
                            shown(said.comment.author), now);
  if (first == 0) return {};
  const Verdict verdict = obey(db, arrival, said, command, now);
  execute(db, "UPDATE command SET state = ?, reason = ?, run = ? WHERE source = ? AND comment = ?",
          verdict.state, verdict.reason, verdict.run, arrival.source, key);
  if (verdict.state == "done")
    keep_outcome(db, said.ticket,
                 {said.ticket, std::string(outcome_of(*command.word)), key,
                  said.comment.author.login, command.text},
                 now);
  if (!verdict.answer.empty()) reply(db, said.ticket, "command " + key, verdict.answer);
  return "/triage " + command.said + " by " + shown(said.comment.author) + ": " + verdict.state +
         ", " + verdict.reason;
}

}  // namespace

std::string take_commands(SQLite::Database& db, const Arrival& arrival,
                          const std::vector<Said>& said, TimePoint now) {
  std::string all;
  for (const Said& one : said) {
    const auto command = command_in(one.comment.body.raw());
    if (!command) continue;
    const std::string became = take_command(db, arrival, one, *command, now);
    if (!became.empty()) all += (all.empty() ? "" : "; ") + became;
  }
  return all;
}

bool reply(SQLite::Database& db, const TicketKey& ticket, const std::string& about,
           const std::string& words) {
  auto run = query(db, "SELECT id FROM run WHERE source = ? AND external_id = ? ORDER BY seq DESC LIMIT 1",
                   ticket.source, ticket.external_id);
  if (!run.executeStep()) return false;
  Effect effect;
  effect.kind = EffectKind::post_note;
  effect.op_id = op_id_for(ticket.str(), "reply " + about);
  effect.ticket = ticket;
  effect.body = redact::Redactor().seal(words + "\n" + effect_marker(effect.op_id));
  execute(db,
          "INSERT INTO effect(op_id, run, seq, kind, effect, reply) VALUES(?1, ?2, "
          "(SELECT max(coalesce(max(seq), 0) + 1, ?3) FROM effect WHERE run = ?2), ?4, ?5, 1) "
          "ON CONFLICT(op_id) DO NOTHING",
          effect.op_id, text_at(run, 0), kFirstReply, effect.kind, to_json(effect));
  return true;
}

void keep_outcome(SQLite::Database& db, const TicketKey& ticket,
                  const connectors::OutcomeEvent& outcome, TimePoint now) {
  execute(db,
          "INSERT INTO outcome(source, external_id, run, what, reference, actor, text, at) "
          "VALUES(?1, ?2, coalesce((SELECT id FROM run WHERE source = ?1 AND external_id = ?2 "
          "ORDER BY seq DESC LIMIT 1), ''), ?3, ?4, ?5, ?6, ?7)",
          ticket.source, ticket.external_id, outcome.what, outcome.reference, outcome.actor,
          outcome.text, now);
}

}  // namespace triage::daemon
