// Group commit. There is no waiting on purpose: whatever arrives while one commit is syncing forms
// the next batch, so a lone write pays one fsync and a crowd shares one.
#include <sqlite3.h>

#include "daemon/failpoint.h"
#include "daemon/store_internal.h"

namespace triage::daemon {
namespace {

constexpr size_t kMostPerCommit = 64;

Status guarded(const std::function<Status()>& action) {
  try {
    return action();
  } catch (const SQLite::Exception& exception) {
    return to_error(exception);
  }
}

// A full disk or an I/O error can end the transaction under us.
bool in_transaction(SQLite::Database& db) { return sqlite3_get_autocommit(db.getHandle()) == 0; }

}  // namespace

CommitQueue::CommitQueue(std::unique_ptr<SQLite::Database> db)
    : db_(std::move(db)), thread_([this] { loop(); }) {}

CommitQueue::~CommitQueue() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  arrived_.notify_all();
  thread_.join();
}

void CommitQueue::add(Work work, Done done) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back({std::move(work), std::move(done), {}});
  }
  arrived_.notify_one();
}

Store::CommitCount CommitQueue::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

std::vector<CommitQueue::Item> CommitQueue::take() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return closing_ || !queue_.empty(); });
  std::vector<Item> batch;
  while (!queue_.empty() && batch.size() < kMostPerCommit) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void CommitQueue::loop() {
  for (auto batch = take(); !batch.empty(); batch = take()) {
    const Status committed = commit(batch);
    if (committed) {
      const std::scoped_lock lock(mutex_);
      ++counts_.transactions;
      counts_.writes += batch.size();
    }
    for (Item& item : batch) item.done(committed ? item.status : committed);
  }
}

Status CommitQueue::commit(std::vector<Item>& batch) {
  Status status = guarded([this]() -> Status {
    db_->exec("BEGIN IMMEDIATE");
    return {};
  });
  for (auto item = batch.begin(); status && item != batch.end(); ++item) {
    item->status = in_savepoint(item->work);
    if (!in_transaction(*db_))
      status = item->status ? Status(internal_error("the transaction ended early")) : item->status;
  }
  FAILPOINT("store.commit.before");
  if (status) {
    status = guarded([this]() -> Status {
      db_->exec("COMMIT");
      return {};
    });
  }
  if (in_transaction(*db_)) db_->tryExec("ROLLBACK");
  FAILPOINT("store.commit.after");
  return status;
}

Status CommitQueue::in_savepoint(const Work& work) {
  Status status = guarded([&]() -> Status {
    db_->exec("SAVEPOINT item");
    Status done = work(*db_);
    if (done) db_->exec("RELEASE item");
    return done;
  });
  if (!status && in_transaction(*db_)) db_->tryExec("ROLLBACK TO item; RELEASE item");
  return status;
}

Status commit_alone(SQLite::Database& db, const CommitQueue::Work& work) {
  return guarded([&]() -> Status {
    SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
    Status status = work(db);
    if (status) transaction.commit();
    return status;
  });
}

}  // namespace triage::daemon
