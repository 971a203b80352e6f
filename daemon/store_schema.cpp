#include "daemon/store_schema.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>

#include <array>
#include <string>

namespace triage::daemon {
namespace {

// Times are milliseconds since 1970, UTC.
constexpr const char* kFirst = R"sql(
CREATE TABLE event(          -- every delivery once: the proof that a repeated one is a repeat
  seq INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  delivery_id TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  kind TEXT NOT NULL,        -- ticket, outcome, ignored
  external_id TEXT NOT NULL,
  run TEXT NOT NULL,
  reason TEXT NOT NULL,      -- why there is no run
  UNIQUE(source, delivery_id));

CREATE TABLE ticket(         -- as it is now
  seq INTEGER PRIMARY KEY,   -- also the rowid in `similar`
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  revision TEXT NOT NULL,
  json TEXT NOT NULL,
  url TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE(source, external_id));

CREATE TABLE run(
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  revision TEXT NOT NULL,
  ticket TEXT NOT NULL,      -- JSON: the ticket at that revision
  subject TEXT NOT NULL,
  project TEXT NOT NULL,
  state TEXT NOT NULL,
  stage TEXT NOT NULL DEFAULT '',
  attempts INTEGER NOT NULL DEFAULT 0,
  owner TEXT NOT NULL DEFAULT '',
  fence INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  next_at INTEGER,
  depth TEXT NOT NULL,
  ending TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  created INTEGER NOT NULL,
  finished INTEGER,
  cost REAL NOT NULL DEFAULT 0);
CREATE INDEX run_by_state ON run(state, seq);
CREATE INDEX run_by_ticket ON run(source, external_id, seq);

CREATE TABLE stage_result(
  run TEXT NOT NULL REFERENCES run(id),
  stage TEXT NOT NULL,
  result TEXT NOT NULL,
  took_ms INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(run, stage));

CREATE TABLE effect(
  op_id TEXT PRIMARY KEY,
  run TEXT NOT NULL REFERENCES run(id),
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  effect TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER,
  result TEXT NOT NULL DEFAULT '{}',
  error TEXT NOT NULL DEFAULT '');
CREATE INDEX effect_by_run ON effect(run, seq);
CREATE INDEX effect_open ON effect(state) WHERE state IN ('pending', 'sent');

CREATE TABLE receipt_log(    -- append only; each row names the hash of the one before
  seq INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  kind TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  prev_hash TEXT NOT NULL UNIQUE,
  envelope TEXT NOT NULL);
CREATE INDEX receipt_by_run ON receipt_log(run);

CREATE TABLE note(           -- of the local desk
  seq INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  op_id TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  at INTEGER NOT NULL);
CREATE INDEX note_by_ticket ON note(source, external_id);

CREATE TABLE outcome(        -- what people did with what we made
  seq INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  run TEXT NOT NULL,
  what TEXT NOT NULL,
  reference TEXT NOT NULL,
  actor TEXT NOT NULL,
  text TEXT NOT NULL,
  at INTEGER NOT NULL);
CREATE INDEX outcome_by_ticket ON outcome(source, external_id);

CREATE TABLE cursor(source TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE spend(day TEXT NOT NULL, project TEXT NOT NULL, usd REAL NOT NULL,
                   PRIMARY KEY(day, project));
CREATE TABLE pulse(id INTEGER PRIMARY KEY, at INTEGER NOT NULL);

-- Redacted words of earlier tickets.
CREATE VIRTUAL TABLE similar USING fts5(subject, words, tokenize = 'unicode61');
)sql";

// What models cost has one home: the ledger. Money is in billionths of a dollar, so that sums are exact.
constexpr const char* kLedger = R"sql(
CREATE TABLE ledger(         -- one row for each model call, written before the call is made
  seq INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  project TEXT NOT NULL,
  day TEXT NOT NULL,         -- UTC; of the moment it was set aside
  at INTEGER NOT NULL,
  reserved INTEGER NOT NULL, -- what the call could cost at most
  amount INTEGER NOT NULL,   -- what counts: the reservation, then what it did cost
  state TEXT NOT NULL,       -- reserved, settled, charged (the price was never learnt)
  owner TEXT NOT NULL);      -- the process that made the call
CREATE INDEX ledger_by_day ON ledger(day, project, amount);
CREATE INDEX ledger_by_run ON ledger(run, amount);
CREATE INDEX ledger_open ON ledger(state) WHERE state = 'reserved';

INSERT INTO ledger(run, project, day, at, reserved, amount, state, owner)
  SELECT id, project, strftime('%Y-%m-%d', at / 1000, 'unixepoch'), at, usd, usd, 'settled', ''
  FROM (SELECT r.id, r.project, CAST(round(r.cost * 1e9) AS INTEGER) AS usd,
               coalesce((SELECT s.at FROM stage_result s WHERE s.run = r.id AND s.stage = 'propose'),
                        r.finished, r.created) AS at
        FROM run r WHERE r.cost > 0);
DROP TABLE spend;
ALTER TABLE run DROP COLUMN cost;
)sql";

constexpr const char* kCommands = R"sql(
CREATE TABLE command(        -- what a person told us in a comment, each comment once
  seq INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  comment TEXT NOT NULL,
  ticket_source TEXT NOT NULL,
  external_id TEXT NOT NULL, -- of the ticket; empty where none is known
  word TEXT NOT NULL,
  actor TEXT NOT NULL,
  state TEXT NOT NULL,       -- done, refused (and answered), ignored
  reason TEXT NOT NULL,
  run TEXT NOT NULL,         -- that it started
  at INTEGER NOT NULL,
  UNIQUE(source, comment));
CREATE INDEX command_by_ticket ON command(ticket_source, external_id);

ALTER TABLE ticket ADD COLUMN hold TEXT NOT NULL DEFAULT '';      -- stopped or rejected, and by whom
ALTER TABLE run ADD COLUMN instruction TEXT NOT NULL DEFAULT '';  -- of a refine
ALTER TABLE run ADD COLUMN stop TEXT NOT NULL DEFAULT '';         -- a person wants it to stop: why
-- A reply is a note besides those of the run: it does not decide when the run is over.
ALTER TABLE effect ADD COLUMN reply INTEGER NOT NULL DEFAULT 0;
ALTER TABLE effect ADD COLUMN tried INTEGER NOT NULL DEFAULT 0;   -- may stand on the other side
UPDATE effect SET tried = 1 WHERE attempts > 0;
)sql";

constexpr std::array<const char*, 3> kMigrations{kFirst, kLedger, kCommands};

}  // namespace

std::span<const char* const> schema_migrations() { return kMigrations; }

Status migrate(SQLite::Database& db) {
  const int version = db.execAndGet("PRAGMA user_version").getInt();
  const int newest = static_cast<int>(kMigrations.size());
  if (version > newest)
    return Error{ErrorKind::corrupt,
                 "the database has version " + std::to_string(version) + ", this triaged knows " +
                     std::to_string(newest) + ": run the newer triaged that made it"};
  if (version == newest) return {};
  SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
  for (int step = version; step < newest; ++step) db.exec(kMigrations[static_cast<size_t>(step)]);
  db.exec("PRAGMA user_version = " + std::to_string(newest));
  transaction.commit();
  return {};
}

}  // namespace triage::daemon
