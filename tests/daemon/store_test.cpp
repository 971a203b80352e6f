#include "daemon/store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <latch>

#include "daemon/store_schema.h"
#include "tests/fakes/store_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

Status run_sql(Store& store, const std::string& sql) {
  return StoreProbe::write(store, [&](SQLite::Database& db) -> Status {
    db.exec(sql);
    return {};
  });
}

}  // namespace

TEST_SUITE("store") {
  TEST_CASE("store: the file is private, in WAL mode and of the newest version") {
    StoreFixture f;
    struct stat info {};
    REQUIRE(::stat((f.directory / "triaged.db").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600U);
    SQLite::Database db(f.directory / "triaged.db");
    CHECK(db.execAndGet("PRAGMA journal_mode").getString() == "wal");
    CHECK(db.execAndGet("PRAGMA user_version").getInt() ==
          static_cast<int>(schema_migrations().size()));
    const Status full = StoreProbe::write(*f.store, [](SQLite::Database& writer) -> Status {
      if (writer.execAndGet("PRAGMA synchronous").getInt() == 2) return {};
      return internal_error("a commit would not be synced");
    });
    CHECK(full.ok());
  }

  TEST_CASE("store: one daemon at a time, and the next one once the first is gone") {
    StoreFixture f;
    const auto second = Store::open(f.directory.path(), f.clock);
    REQUIRE(!second.ok());
    CHECK(second.error().kind == ErrorKind::conflict);
    CHECK(second.error().message.find("another triaged") != std::string::npos);
    f.store.reset();
    CHECK(Store::open(f.directory.path(), f.clock).ok());
  }

  TEST_CASE("store: a database of a newer triaged is refused and left alone") {
    StoreFixture f;
    f.store.reset();
    SQLite::Database(f.directory / "triaged.db", SQLite::OPEN_READWRITE)
        .exec("PRAGMA user_version = 99");
    for (const auto access : {Store::Access::daemon, Store::Access::read_only}) {
      const auto opened = Store::open(f.directory.path(), f.clock, access);
      REQUIRE(!opened.ok());
      CHECK(opened.error().kind == ErrorKind::corrupt);
    }
    CHECK(SQLite::Database(f.directory / "triaged.db").execAndGet("PRAGMA user_version").getInt() ==
          99);
  }

  TEST_CASE("store: a file that is no database, and a directory that is not there, are told") {
    TemporaryDirectory directory;
    const ManualClock clock;
    std::ofstream(directory / "triaged.db") << std::string(5000, 'x');
    const auto damaged = Store::open(directory.path(), clock);
    REQUIRE(!damaged.ok());
    CHECK(damaged.error().kind == ErrorKind::corrupt);
    const auto missing = Store::open(directory / "nowhere", clock);
    REQUIRE(!missing.ok());
    CHECK(missing.error().kind == ErrorKind::not_found);
    CHECK(!Store::open(directory / "nowhere", clock, Store::Access::read_only).ok());
  }

  TEST_CASE("store: writes that queue up share one commit") {
    StoreFixture f;
    const auto before = f.store->commits();
    std::latch held(1), started(1), answered(40);
    StoreProbe::write_later(
        *f.store,
        [&](SQLite::Database&) -> Status {
          started.count_down();
          held.wait();
          return {};
        },
        [](Status) {});
    started.wait();
    std::atomic<int> good = 0;
    for (int n = 0; n < 40; ++n) {
      f.store->ingest(arrival_of(ticket_of(std::to_string(n), "words")),
                      [&](Result<Ingested> result) {
                        good += result.ok() && !result->run.empty() ? 1 : 0;
                        answered.count_down();
                      });
    }
    held.count_down();
    answered.wait();
    CHECK(good == 40);
    CHECK(f.store->commits().transactions - before.transactions == 2);
    CHECK(f.store->commits().writes - before.writes == 41);
  }

  TEST_CASE("store: a write that fails takes nothing else of its batch with it") {
    StoreFixture f;
    std::latch held(1), answered(3);
    std::vector<bool> ok(3);
    StoreProbe::write_later(
        *f.store,
        [&](SQLite::Database&) -> Status {
          held.wait();
          return {};
        },
        [](Status) {});
    const auto put = [&](size_t at, const std::string& sql) {
      StoreProbe::write_later(
          *f.store,
          [sql](SQLite::Database& db) -> Status {
            db.exec(sql);
            return {};
          },
          [&, at](Status status) {
            ok[at] = status.ok();
            answered.count_down();
          });
    };
    put(0, "INSERT INTO cursor VALUES('a', '1')");
    put(1, "INSERT INTO cursor VALUES('b', '1'); INSERT INTO cursor VALUES('a', '2')");
    put(2, "INSERT INTO cursor VALUES('c', '1')");
    held.count_down();
    answered.wait();
    CHECK(ok == std::vector<bool>{true, false, true});
    CHECK(*f.store->cursor("a") == Json(1));
    CHECK(f.store->cursor("b")->is_null());
    CHECK(*f.store->cursor("c") == Json(1));
  }

  TEST_CASE("store: a full disk refuses writes, keeps what it acknowledged, and recovers") {
    StoreFixture f;
    const std::string first = f.file("1", "kept");
    REQUIRE(run_sql(*f.store, "PRAGMA max_page_count = 60").ok());
    Ticket large = ticket_of("2", "too much");
    large.body = RawText(std::string(1U << 20U, 'x'));
    const auto refused = f.store->ingest(arrival_of(large));
    REQUIRE(!refused.ok());
    CHECK(refused.error().kind == ErrorKind::exhausted);
    CHECK(refused.error().message.find("free some space") != std::string::npos);
    CHECK(f.state(first) == RunState::queued);
    CHECK(f.store->ticket({"desk", "2"}).error().kind == ErrorKind::not_found);
    REQUIRE(run_sql(*f.store, "PRAGMA max_page_count = 100000").ok());
    CHECK(f.store->healthy().ok());
    const auto again = f.store->ingest(arrival_of(large));
    REQUIRE(again.ok());
    CHECK(!again->duplicate);
  }

  TEST_CASE("store: health is a write that goes through in time") {
    StoreFixture f;
    CHECK(f.store->healthy().ok());
    std::latch held(1);
    StoreProbe::write_later(
        *f.store,
        [&](SQLite::Database&) -> Status {
          held.wait();
          return {};
        },
        [](Status) {});
    const Status stuck = f.store->healthy(Milliseconds(1));
    REQUIRE(!stuck.ok());
    CHECK(stuck.error().kind == ErrorKind::timeout);
    held.count_down();
    CHECK(f.store->healthy().ok());
  }

  TEST_CASE("store: what was answered is there after a restart, also for a reader beside a daemon") {
    StoreFixture f;
    const std::string run = f.file("1", "words");
    f.restart();
    CHECK(f.state(run) == RunState::queued);
    const auto reader = Store::open(f.directory.path(), f.clock, Store::Access::read_only);
    REQUIRE(reader.ok());
    CHECK((*reader)->run(run)->ticket.subject.raw() == "words");
    CHECK((*reader)->healthy().error().kind == ErrorKind::denied);
  }
}
