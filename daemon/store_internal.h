// Inside the store: how its .cpp files talk to SQLite. Included by daemon/store_*.cpp only.
//
// CommitQueue is the writer thread with group commit; Readers is a pool of read connections.
// query() and execute() bind our own types by position.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "daemon/store.h"

namespace triage::daemon {

Error to_error(const SQLite::Exception& exception);
// Opens with our pragmas. Throws SQLite::Exception.
std::unique_ptr<SQLite::Database> open_connection(const std::string& path, int flags);

class CommitQueue {
 public:
  using Work = std::function<Status(SQLite::Database&)>;
  using Done = std::function<void(Status)>;

  explicit CommitQueue(std::unique_ptr<SQLite::Database> db);
  ~CommitQueue();  // completes what is queued

  // `done` is called on the writer thread after the commit, or with what refused it.
  void add(Work work, Done done);
  Store::CommitCount counts() const;

 private:
  struct Item {
    Work work;
    Done done;
    Status status;
  };
  void loop();
  std::vector<Item> take();
  Status commit(std::vector<Item>& batch);
  Status in_savepoint(const Work& work);

  std::unique_ptr<SQLite::Database> db_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Item> queue_;
  bool closing_ = false;
  Store::CommitCount counts_;
  std::thread thread_;
};

// Runs one write as a transaction of its own, for a store without a writer thread.
Status commit_alone(SQLite::Database& db, const CommitQueue::Work& work);

class Readers {
 public:
  explicit Readers(std::string path) : path_(std::move(path)) {}
  std::unique_ptr<SQLite::Database> borrow();
  void give_back(std::unique_ptr<SQLite::Database> db);

 private:
  std::string path_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SQLite::Database>> idle_;
};

struct Store::Impl {
  Impl(const Clock& store_clock, const std::string& file)
      : clock(store_clock), path(file), readers(file) {}
  ~Impl();

  Status commit(CommitQueue::Work work);

  template <class T, class F>
  Result<T> write(F work) {
    std::optional<T> value;
    const Status status = commit([&](SQLite::Database& db) -> Status {
      auto result = work(db);
      if (!result) return std::move(result).error();
      value.emplace(std::move(result).value());
      return {};
    });
    if (!status) return status.error();
    return std::move(*value);
  }

  // One consistent snapshot for everything `work` reads.
  template <class T, class F>
  Result<T> read(F work) {
    try {
      auto db = readers.borrow();
      Result<T> result = [&] {
        SQLite::Transaction snapshot(*db);
        return Result<T>(work(*db));
      }();
      readers.give_back(std::move(db));
      return result;
    } catch (const SQLite::Exception& exception) {
      return to_error(exception);
    }
  }

  // Inside a write: after its commit there may be work for workers or the outbox.
  void work_changed() { wake_after_commit = true; }
  void announce();  // after a commit

  const Clock& clock;
  std::string path;
  std::string owner;  // this process: leases of any other are dead
  int lock = -1;
  Readers readers;
  mutable std::mutex wake_mutex;
  mutable std::condition_variable_any wake;
  std::uint64_t version = 0;
  std::atomic<bool> wake_after_commit = false;
  std::unique_ptr<CommitQueue> queue;  // last: its thread uses the rest
};

// ---- binding and reading ---------------------------------------------------------------------------
template <class T>
void bind_value(SQLite::Statement& statement, int at, const T& value) {
  if constexpr (std::is_same_v<T, std::nullptr_t>) {
    statement.bind(at);
  } else if constexpr (std::is_same_v<T, TimePoint>) {
    statement.bind(at, static_cast<std::int64_t>(value.time_since_epoch().count()));
  } else if constexpr (std::is_same_v<T, Milliseconds>) {
    statement.bind(at, static_cast<std::int64_t>(value.count()));
  } else if constexpr (std::is_same_v<T, double>) {
    statement.bind(at, value);
  } else if constexpr (std::is_same_v<T, Json>) {
    statement.bind(at, value.dump());
  } else if constexpr (NamedEnum<T>) {
    statement.bind(at, std::string(name_of(value)));
  } else if constexpr (std::is_integral_v<T>) {
    statement.bind(at, static_cast<std::int64_t>(value));
  } else {
    statement.bind(at, std::string(std::string_view(value)));
  }
}

template <class... Args>
SQLite::Statement query(SQLite::Database& db, const std::string& sql, const Args&... args) {
  SQLite::Statement statement(db, sql);
  int at = 0;
  (bind_value(statement, ++at, args), ...);
  return statement;
}

// Returns the number of rows changed.
template <class... Args>
int execute(SQLite::Database& db, const std::string& sql, const Args&... args) {
  return query(db, sql, args...).exec();
}

template <class F>
auto collect(SQLite::Statement statement, F row) {
  std::vector<decltype(row(statement))> rows;
  while (statement.executeStep()) rows.push_back(row(statement));
  return rows;
}

std::string text_at(SQLite::Statement& row, int column);
TimePoint time_at(SQLite::Statement& row, int column);
std::optional<TimePoint> optional_time_at(SQLite::Statement& row, int column);
Json json_at(SQLite::Statement& row, int column);

extern const std::string kRunColumns;      // of `run r`; what is asked for besides is at kRunWidth
constexpr int kRunWidth = 21;
extern const std::string kEffectColumns;   // of `effect e JOIN run r`
extern const std::string kReceiptColumns;  // of `receipt_log`
RunRow run_row(SQLite::Statement& row);
EffectRow effect_row(SQLite::Statement& row);
ReceiptRow receipt_row(SQLite::Statement& row);
StageRow stage_row(SQLite::Statement& row);  // of kStagesOfRun
extern const std::string kStagesOfRun;
extern const std::string kEffectsOfRun;

// The ledger's numbers, inside a read.
double to_usd(std::int64_t nano);
std::string day_of(TimePoint time);    // "2026-11-21"
std::string month_of(TimePoint time);  // its first day
// Since a day, of all projects where none is named.
Spending spending_since(SQLite::Database& db, const std::string& day, const std::string& project);

Result<Ticket> ticket_from(const std::string& json);

// Appends to the chain, inside a write.
Result<ReceiptRow> append_to_chain(SQLite::Database& db, const std::string& kind,
                                   const std::string& run, const Seal& seal);
// Queues one more run of the ticket, which must have a revision; its id.
std::string queue_run(SQLite::Database& db, const Arrival& arrival, const Ticket& ticket,
                      int attempt, TimePoint now, const std::string& instruction = "");
// Ends what has not started.
void supersede(SQLite::Database& db, const TicketKey& key, std::string_view reason, TimePoint now);
// Commands in the comments that an event brought, each carried out once. In words, for the log.
struct Said {
  TicketKey ticket;
  Comment comment;
};
std::string take_commands(SQLite::Database& db, const Arrival& arrival,
                          const std::vector<Said>& said, TimePoint now);
// A note besides those of the run, once: `about` tells it from others of the same run. False where
// the ticket has no run, so that there is nobody to speak.
bool reply(SQLite::Database& db, const TicketKey& ticket, const std::string& about,
           const std::string& words);
void keep_outcome(SQLite::Database& db, const TicketKey& ticket,
                  const connectors::OutcomeEvent& outcome, TimePoint now);

// Keeps a ticket's redacted words for similar(), inside a write.
void remember_words(SQLite::Database& db, const TicketKey& ticket, const Json& redaction);

}  // namespace triage::daemon
