// What the store gives back: rows as plain values, made for the scheduler, the API and the console.
//
// Copies of committed state; nothing here is live. JSON by to_json() through the describe() below.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "daemon/run_state.h"
#include "pipeline/run.h"

namespace triage::daemon {

// One event as it comes in: what a connector made of a delivery, and what its source is for.
struct Arrival {
  std::string source;
  std::string project;
  config::Depth depth = config::Depth::diagnose;
  connectors::Delivery delivery;  // an empty id (polls, files) is replaced by one of its content
  std::vector<std::string> commanders = {};  // whose commands count besides staff's
};

// What became of it. `run` is empty when none was started; `reason` then says why.
struct Ingested {
  bool duplicate = false;
  TicketKey ticket = {};
  std::string run = {};
  std::string reason = {};
  std::string command = {};  // what became of a command in it, for the log; empty: there was none
};

struct RunRow {
  std::string id;
  TicketKey ticket;
  std::string subject;   // as the customer wrote it: for the console only, never outward
  std::string revision;
  std::string project;
  RunState state = RunState::queued;
  std::string stage;     // the last one begun; empty before the first
  std::uint32_t attempts = 0;  // at that stage
  std::string owner;     // worker that holds the lease
  std::uint64_t fence = 0;
  std::optional<TimePoint> lease_until;
  std::optional<TimePoint> next_at;  // parked until
  config::Depth depth = config::Depth::diagnose;
  std::string ending;    // where a decided run goes after publish ("needs_person" …), else empty
  std::string reason;
  TimePoint created{};
  std::optional<TimePoint> finished;
  double cost = 0;       // USD, what is set aside for calls under way included
  std::string instruction;  // of a refine: as it was written, not redacted
  std::string stop;         // a person wants it to stop: why
};

struct StageRow {
  Stage stage = Stage::classify;
  Json result;           // as stage_result() made it
  Milliseconds took{0};
  TimePoint at{};
};

enum class EffectState { pending, sent, confirmed, failed };
inline std::span<const std::string_view> names(EffectState) {
  static constexpr std::array<std::string_view, 4> kNames{"pending", "sent", "confirmed", "failed"};
  return kNames;
}

struct EffectRow {
  std::string op_id;
  std::string run;
  TicketKey ticket;      // of the run: its source decides where and whether to post
  std::uint32_t seq = 0;
  EffectKind kind = EffectKind::post_note;
  Json effect;           // from_json<Effect>()
  EffectState state = EffectState::pending;
  std::uint32_t attempts = 0;
  std::optional<TimePoint> next_at;
  EffectResult result;
  std::string error;     // why it failed or waits; "shadow: not posted" on a shadow source
  bool reply = false;    // a note besides those of the run
  bool tried = false;    // was sent at least once, so it may stand on the other side
};

struct ReceiptRow {
  std::uint64_t seq = 0;
  std::string run;
  std::string kind;      // "run", "delivery"
  std::string hash;      // receipt::chain_hash(prev_hash, envelope)
  std::string prev_hash; // receipt::kGenesis for the first
  std::string envelope;  // JSON text, byte for byte as it was sealed
};

// What a person told us in a comment, and what became of it.
struct CommandRow {
  std::string comment, word, actor, state, reason, run;
  TimePoint at{};
};

// A draft pull request of ours, and what people made of it.
enum class DraftState { open, merged, closed, rejected, ignored };
inline std::span<const std::string_view> names(DraftState) {
  static constexpr std::array<std::string_view, 5> kNames{"open", "merged", "closed", "rejected",
                                                          "ignored"};
  return kNames;
}
struct DraftRow {
  std::string project, run;
  TicketKey ticket;
  std::string number, url, branch;
  TimePoint made{}, last_activity{};
  DraftState state = DraftState::open;
};

struct NoteRow {
  std::string id;
  std::string op_id;
  std::string body;
  TimePoint at{};
};

struct OutcomeRow {
  TicketKey ticket;
  std::string run;       // of the ticket's newest run; empty where none is known
  std::string what, reference, actor, text;
  TimePoint at{};
};

// A run with the lease on it, and all that is known so far.
struct Claim {
  RunRow run;
  Ticket ticket;
  std::vector<StageRow> stages;
  std::uint32_t draft_number = 1;  // counts the branches of the ticket
};

struct RunDetail {
  RunRow run;
  Ticket ticket;
  std::vector<StageRow> stages;
  std::vector<EffectRow> effects;
  std::vector<ReceiptRow> receipts;
};

struct TicketDetail {
  Ticket ticket;
  std::vector<NoteRow> notes;       // of the local desk
  std::vector<RunRow> runs;         // newest first
  std::vector<OutcomeRow> outcomes;
  std::vector<CommandRow> commands;
  std::string hold;                 // no automatic runs: why; empty: nothing holds it
};

// The console's first view.
struct Overview {
  std::map<std::string, std::uint64_t> runs;     // by state
  std::map<std::string, std::uint64_t> effects;  // by state
  std::optional<Milliseconds> oldest_waiting;    // age of the oldest queued or due run
  double spent_today = 0;                        // USD, UTC, as limits count
  double spent_month = 0;
  std::uint64_t tickets = 0;
  std::uint64_t deliveries = 0;
};

template <class V>
void describe(V& v, RunRow& r) {
  v("id", r.id), v("ticket", r.ticket), v("subject", r.subject), v("revision", r.revision);
  v("project", r.project), v("state", r.state), v("stage", r.stage), v("attempts", r.attempts);
  v("next_at", r.next_at), v("depth", r.depth), v("reason", r.reason), v("created", r.created);
  v("finished", r.finished), v("cost", r.cost);
}
template <class V>
void describe(V& v, EffectRow& e) {
  v("op_id", e.op_id), v("kind", e.kind), v("state", e.state), v("attempts", e.attempts);
  v("next_at", e.next_at), v("result", e.result), v("error", e.error);
}
template <class V>
void describe(V& v, CommandRow& c) {
  v("comment", c.comment), v("word", c.word), v("actor", c.actor), v("state", c.state);
  v("reason", c.reason), v("run", c.run), v("at", c.at);
}
template <class V>
void describe(V& v, DraftRow& d) {
  v("project", d.project), v("run", d.run), v("ticket", d.ticket), v("number", d.number);
  v("url", d.url), v("branch", d.branch), v("made", d.made);
  v("last_activity", d.last_activity), v("state", d.state);
}
template <class V>
void describe(V& v, NoteRow& n) {
  v("id", n.id), v("op_id", n.op_id), v("body", n.body), v("at", n.at);
}
template <class V>
void describe(V& v, OutcomeRow& o) {
  v("ticket", o.ticket), v("run", o.run), v("what", o.what), v("reference", o.reference);
  v("actor", o.actor), v("text", o.text), v("at", o.at);
}
template <class V>
void describe(V& v, Overview& o) {
  v("runs", o.runs), v("effects", o.effects), v("oldest_waiting_ms", o.oldest_waiting);
  v("spent_today", o.spent_today), v("spent_month", o.spent_month), v("tickets", o.tickets), v("deliveries", o.deliveries);
}

}  // namespace triage::daemon
