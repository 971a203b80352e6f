#include "daemon/worker_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <string>

using namespace triage::daemon;

TEST_SUITE("worker pool") {
  TEST_CASE("finishes what is queued before it stops, and takes nothing after") {
    WorkerPool pool(2, 100, [](std::string_view) {});
    CHECK(!pool.submit([] {}));  // not started
    REQUIRE(pool.start().ok());
    std::atomic<int> done = 0;
    for (int i = 0; i < 50; ++i) CHECK(pool.submit([&] { ++done; }));
    pool.stop();
    CHECK(done == 50);
    CHECK(!pool.submit([&] { ++done; }));
    pool.stop();
    CHECK(done == 50);
  }

  TEST_CASE("refuses work beyond its limit") {
    WorkerPool pool(1, 2, [](std::string_view) {});
    REQUIRE(pool.start().ok());
    std::latch begun(1), release(1);
    REQUIRE(pool.submit([&] {
      begun.count_down();
      release.wait();
    }));
    begun.wait();
    CHECK(pool.submit([] {}));
    CHECK(pool.submit([] {}));
    CHECK(!pool.submit([] {}));
    release.count_down();
  }

  TEST_CASE("work that throws is told of and harms nothing else") {
    std::string faults;
    std::atomic<bool> went_on = false;
    WorkerPool pool(1, 10, [&](std::string_view what) { faults += std::string(what) + ";"; });
    REQUIRE(pool.start().ok());
    REQUIRE(pool.submit([] { throw std::runtime_error("broken"); }));
    REQUIRE(pool.submit([] { throw 7; }));
    REQUIRE(pool.submit([&] { went_on = true; }));
    pool.stop();
    CHECK(faults == "broken;an exception of unknown type;");
    CHECK(went_on);
  }
}
