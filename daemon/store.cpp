#include "daemon/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "daemon/store_internal.h"
#include "daemon/store_schema.h"
#include "pipeline/base/digest.h"

namespace triage::daemon {
namespace {

constexpr int kBusyTimeoutMs = 5000;
// Writes of other processes (`triaged queue --retry`) announce nothing; look again after this.
constexpr Milliseconds kLongestSleep{5000};

Error system_error(const std::string& what, int number) {
  const ErrorKind kind = number == ENOSPC || number == EDQUOT || number == EMFILE ? ErrorKind::exhausted
                         : number == ENOENT || number == ENOTDIR                  ? ErrorKind::not_found
                                                                                  : ErrorKind::denied;
  return {kind, what + ": " + std::strerror(number)};
}

// Held for the life of the daemon; the kernel lets go of it when the process dies, however it dies.
Result<int> take_lock(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return system_error("cannot open " + path, errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return Error{ErrorKind::conflict,
                 path + " is held by another triaged: stop that one, or use another state_dir"};
  }
  return fd;
}

// SQLite would create the file with the umask's mode.
Status create_private(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return system_error("cannot open " + path, errno);
  const bool closed_to_others = ::fchmod(fd, 0600) == 0;
  const int number = errno;
  ::close(fd);
  if (!closed_to_others) return system_error("cannot make " + path + " private", number);
  return {};
}

}  // namespace

Error to_error(const SQLite::Exception& exception) {
  const std::string text = std::string("database: ") + exception.what();
  switch (exception.getErrorCode()) {
    case SQLITE_FULL:
      return {ErrorKind::exhausted,
              text + ": free some space where state_dir is; nothing that was acknowledged is lost"};
    case SQLITE_NOMEM: return {ErrorKind::exhausted, text};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorKind::corrupt, text + ": stop the daemon, keep the file, restore a backup"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR: return {ErrorKind::unavailable, text};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return {ErrorKind::denied, text + ": check owner and mode of state_dir"};
    case SQLITE_CONSTRAINT: return {ErrorKind::conflict, text};
    default: return internal_error(text);
  }
}

std::unique_ptr<SQLite::Database> open_connection(const std::string& path, int flags) {
  auto db = std::make_unique<SQLite::Database>(path, flags, kBusyTimeoutMs);
  db->exec("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY");
  return db;
}

std::unique_ptr<SQLite::Database> Readers::borrow() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      auto db = std::move(idle_.back());
      idle_.pop_back();
      return db;
    }
  }
  return open_connection(path_, SQLite::OPEN_READONLY);
}

void Readers::give_back(std::unique_ptr<SQLite::Database> db) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(db));
}

Store::Impl::~Impl() {
  queue.reset();
  if (lock >= 0) ::close(lock);
}

Status Store::Impl::commit(CommitQueue::Work work) {
  if (!queue) {
    try {
      return commit_alone(*open_connection(path, SQLite::OPEN_READWRITE), work);
    } catch (const SQLite::Exception& exception) {
      return to_error(exception);
    }
  }
  std::promise<Status> promise;
  auto answer = promise.get_future();
  queue->add(std::move(work), [&](Status status) {
    announce();
    promise.set_value(std::move(status));
  });
  return answer.get();
}

void Store::Impl::announce() {
  if (!wake_after_commit.exchange(false)) return;
  {
    const std::scoped_lock guard(wake_mutex);
    ++version;
  }
  wake.notify_all();
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& state_dir, const Clock& clock,
                                           Access access) {
  const std::string path = state_dir + "/triaged.db";
  auto impl = std::make_unique<Impl>(clock, path);
  impl->owner = to_hex(random_bytes(8));
  try {
    if (access == Access::daemon) {
      impl->lock = TRY(take_lock(state_dir + "/triaged.lock"));
      TRY(create_private(path));
      auto db = open_connection(path, SQLite::OPEN_READWRITE);
      db->exec("PRAGMA journal_mode = WAL");
      TRY_CTX(migrate(*db), path);
      impl->queue = std::make_unique<CommitQueue>(std::move(db));
    } else {
      if (::access(path.c_str(), R_OK) != 0)
        return system_error("cannot read " + path + " (has the daemon run with this state_dir?)",
                            errno);
      auto db = open_connection(path, SQLite::OPEN_READONLY);
      const int version = db->execAndGet("PRAGMA user_version").getInt();
      if (version != static_cast<int>(schema_migrations().size()))
        return Error{ErrorKind::corrupt, path + " was made by another version of triaged"};
      impl->readers.give_back(std::move(db));
    }
  } catch (const SQLite::Exception& exception) {
    return to_error(exception).with_context(path);
  }
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

std::uint64_t Store::work_version() const {
  const std::scoped_lock lock(impl_->wake_mutex);
  return impl_->version;
}

void Store::wait_for_work(std::uint64_t seen, std::stop_token stop) const {
  const TimePoint now = impl_->clock.now();
  const auto due = impl_->read<std::optional<TimePoint>>([&](SQLite::Database& db) {
    auto row = query(db,
                     "SELECT min(at) FROM (SELECT min(next_at) AS at FROM run WHERE state = 'parked' "
                     "UNION ALL SELECT min(lease_until) FROM run WHERE state = 'running' "
                     "UNION ALL SELECT min(next_at) FROM effect "
                     "WHERE state IN ('pending', 'sent') AND next_at > ?)",
                     now);
    return row.executeStep() ? optional_time_at(row, 0) : std::nullopt;
  });
  Milliseconds sleep = kLongestSleep;
  // What is due already was refused for another reason (its ticket is busy); a commit will tell.
  if (due.ok() && *due && **due > now) sleep = std::min(sleep, Milliseconds(**due - now + Milliseconds(1)));
  std::unique_lock lock(impl_->wake_mutex);
  impl_->wake.wait_for(lock, stop, sleep, [&] { return impl_->version != seen; });
}

Status Store::healthy(Milliseconds limit) {
  if (!impl_->queue) return Error{ErrorKind::denied, "the store is open for reading only"};
  auto answer = std::make_shared<std::promise<Status>>();
  auto future = answer->get_future();
  const TimePoint now = impl_->clock.now();
  impl_->queue->add(
      [now](SQLite::Database& db) -> Status {
        execute(db, "INSERT OR REPLACE INTO pulse(id, at) VALUES(1, ?)", now);
        return {};
      },
      [answer](Status status) { answer->set_value(std::move(status)); });
  if (future.wait_for(limit) != std::future_status::ready)
    return Error{ErrorKind::timeout, "the database has not committed a write within " +
                                         human_duration(limit) + ": is the disk stuck?"};
  return future.get();
}

Store::CommitCount Store::commits() const {
  return impl_->queue ? impl_->queue->counts() : CommitCount{};
}

}  // namespace triage::daemon
