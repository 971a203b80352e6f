#include "daemon/poller.h"

#include <doctest/doctest.h>

#include <latch>
#include <stdexcept>

#include "tests/fakes/api_fixture.h"
#include "tests/fakes/fake_connector.h"
#include "tests/fakes/scripted_http.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

struct PollerFixture : StoreFixture {
  std::shared_ptr<FakeConnector> connector =
      std::make_shared<FakeConnector>(std::set<std::string, std::less<>>{"poll"});
  WorldHolder world{made()};
  testing::ScriptedHttp http;
  Log log{config::LogSettings{"error", "text"}};
  Poller poller{world, *store, http, clock, log};

  std::shared_ptr<const World> made() {
    auto out = std::make_shared<World>();
    out->settings = world_settings();
    out->settings.sources.erase("hub");
    out->connectors["desk"] = connector;
    return out;
  }
  static connectors::PollPage page(const std::vector<std::string>& ids, Json cursor, bool more) {
    connectors::PollPage out{{}, std::move(cursor), more};
    for (const std::string& id : ids)
      out.events.push_back(connectors::TicketEvent{ticket_of(id, "words of " + id)});
    return out;
  }
};

}  // namespace

TEST_SUITE("poller") {
  TEST_CASE("stores the events of all pages and goes on from the cursor") {
    PollerFixture f;
    f.connector->pages = {f.page({"1", "2"}, "p1", true), f.page({"3"}, "p2", false)};
    CHECK(f.poller.poll("desk").value_or(0) == 3);
    CHECK(f.store->overview()->tickets == 3);
    CHECK(*f.store->cursor("desk") == Json("p2"));
    f.connector->pages = {f.page({"3"}, "p3", false)};
    CHECK(f.poller.poll("desk").value_or(9) == 0);  // known already
    CHECK(f.connector->cursors == std::vector<Json>{nullptr, "p1", "p2"});
  }

  TEST_CASE("events and their cursor go in together or not at all") {
    PollerFixture f;
    f.connector->pages = {f.page({"1"}, "p1", true), Error{ErrorKind::unavailable, "cut line"}};
    const auto cut = f.poller.poll("desk");
    REQUIRE(!cut.ok());
    CHECK(cut.error().message == "cut line");
    CHECK(f.store->overview()->tickets == 1);
    CHECK(*f.store->cursor("desk") == Json("p1"));
    REQUIRE(StoreProbe::write(*f.store, [](SQLite::Database& db) -> Status {
              db.exec("CREATE TRIGGER refuse BEFORE INSERT ON event BEGIN "
                      "SELECT RAISE(ABORT, 'full'); END");
              return {};
            }).ok());
    f.connector->pages = {f.page({"2"}, "p2", false)};
    CHECK(!f.poller.poll("desk").ok());
    CHECK(*f.store->cursor("desk") == Json("p1"));
    CHECK(f.store->overview()->tickets == 1);
  }

  TEST_CASE("a listing that does not advance is an error, not a loop") {
    PollerFixture f;
    f.connector->pages = {f.page({"1"}, "p1", true), f.page({"1"}, "p1", true)};
    const auto stuck = f.poller.poll("desk");
    REQUIRE(!stuck.ok());
    CHECK(stuck.error().kind == ErrorKind::corrupt);
    CHECK(f.connector->cursors.size() == 2);
  }

  TEST_CASE("asked to stop, it stops after the page at hand") {
    PollerFixture f;
    std::stop_source stop;
    f.connector->on_poll = [&] { stop.request_stop(); };
    f.connector->pages = {f.page({"1"}, "p1", true), f.page({"2"}, "p2", true)};
    CHECK(f.poller.poll("desk", stop.get_token()).value_or(0) == 1);
    CHECK(f.connector->cursors.size() == 1);
    CHECK(f.poller.poll("nobody").error().kind == ErrorKind::not_found);
  }

  TEST_CASE("waits longer after each failure, and as long as the peer asked") {
    const TimePoint now{};
    const auto s = [](int n) { return Milliseconds(n * 1000); };
    CHECK(back_off(s(60), s(60), {}, now) == s(120));
    CHECK(back_off(s(120), s(60), {}, now) == s(240));
    CHECK(back_off(s(600), s(60), {}, now) == s(900));
    CHECK(back_off(s(1800), s(1800), {}, now) == s(1800));  // never sooner than without a failure
    CHECK(back_off(s(60), s(60), now + s(1500), now) == s(1500));
    CHECK(back_off(s(60), s(60), now + s(5), now) == s(120));
    CHECK(back_off(s(60), s(60), now - s(5), now) == s(120));
    CHECK(back_off(s(60), s(60), now + s(1'000'000), now) == s(3600));
  }

  TEST_CASE("polls by itself once started, outlives a fault, and stops at once although it waits") {
    PollerFixture f;
    std::latch polled(1);
    std::atomic<bool> told = false;
    f.connector->on_poll = [&] {
      if (!told.exchange(true)) polled.count_down();
      throw std::runtime_error("a fault that must not end the daemon");
    };
    REQUIRE(f.poller.start().ok());
    polled.wait();
    f.poller.stop();
    CHECK(f.connector->cursors.size() == 1);
    f.poller.stop();
  }
}
