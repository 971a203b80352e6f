#include <doctest/doctest.h>

#include "tests/fakes/store_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

Arrival outcome_arrival(connectors::OutcomeEvent outcome) {
  return {"forge", "shop", config::Depth::diagnose, {"", std::move(outcome)}};
}

}  // namespace

TEST_SUITE("store") {
  TEST_CASE("ingest: a new ticket gets a queued run of its project and depth") {
    StoreFixture f;
    Arrival arrival = arrival_of(ticket_of("7", "total is off"), "d1");
    arrival.depth = config::Depth::patch;
    const auto out = f.store->ingest(arrival);
    REQUIRE(out.ok());
    CHECK(!out->duplicate);
    CHECK(out->ticket == TicketKey{"desk", "7"});
    const RunRow row = f.row(out->run);
    CHECK(row.state == RunState::queued);
    CHECK(row.project == "shop");
    CHECK(row.depth == config::Depth::patch);
    CHECK(row.subject == "total is off");
    CHECK(row.id == run_id_for(row.ticket, row.revision));
  }

  TEST_CASE("ingest: the same delivery is the same event, whatever it says the second time") {
    StoreFixture f;
    const auto first = f.store->ingest(arrival_of(ticket_of("7", "a"), "d1"));
    const auto again = f.store->ingest(arrival_of(ticket_of("7", "b"), "d1"));
    REQUIRE(again.ok());
    CHECK(again->duplicate);
    CHECK(again->run == first->run);
    CHECK(f.store->ticket({"desk", "7"})->ticket.subject.raw() == "a");
    CHECK(f.store->overview()->deliveries == 1);
  }

  TEST_CASE("ingest: the same delivery id of another source is another event") {
    StoreFixture f;
    f.file("1", "a");
    Arrival other = arrival_of(ticket_of("1", "a"), "d1");
    other.source = "second";
    auto& ticket = std::get<connectors::TicketEvent>(other.delivery.event).ticket;
    ticket.key.source = "second";
    CHECK(!f.store->ingest(arrival_of(ticket_of("2", "x"), "d1"))->duplicate);
    CHECK(!f.store->ingest(other)->duplicate);
  }

  TEST_CASE("ingest: an event without a delivery id is recognised by its content") {
    StoreFixture f;
    const auto first = f.store->ingest(arrival_of(ticket_of("7", "a")));
    CHECK(f.store->ingest(arrival_of(ticket_of("7", "a")))->duplicate);
    CHECK(!f.store->ingest(arrival_of(ticket_of("7", "b")))->duplicate);
    CHECK(!first->duplicate);
  }

  TEST_CASE("ingest: only new words of an open ticket start a run") {
    StoreFixture f;
    const std::string first = f.file("7", "a");
    Ticket relabelled = ticket_of("7", "a");
    relabelled.labels = {"urgent"};
    const auto same = f.store->ingest(arrival_of(relabelled));
    CHECK(same->run.empty());
    CHECK(same->reason.find("nothing new") != std::string::npos);
    CHECK(f.store->ticket({"desk", "7"})->ticket.labels == std::vector<std::string>{"urgent"});
    const std::string second = f.file("7", "b");
    CHECK(f.state(first) == RunState::superseded);
    CHECK(f.state(second) == RunState::queued);
    // Back to the first words, whose run never started.
    CHECK(f.store->ingest(arrival_of(ticket_of("7", "a")))->duplicate);  // the very same event
    const auto back = f.store->ingest(arrival_of(ticket_of("7", "a"), "d9"));
    CHECK(!back->run.empty());
    CHECK(back->run != first);
    CHECK(f.state(second) == RunState::superseded);
  }

  TEST_CASE("ingest: a run that has started is not superseded, the newer one waits for it") {
    StoreFixture f;
    const std::string first = f.file("7", "a");
    const auto claim = f.claim();
    const std::string second = f.file("7", "b");
    CHECK(f.state(first) == RunState::running);
    CHECK(f.nothing_to_claim());
    REQUIRE(f.store->quarantine(first, claim.run.fence, "enough").ok());
    CHECK(f.claim().run.id == second);
  }

  TEST_CASE("ingest: a closed ticket starts nothing and takes back what has not started") {
    StoreFixture f;
    const std::string run = f.file("7", "a");
    Ticket closed = ticket_of("7", "b");
    closed.open = false;
    const auto out = f.store->ingest(arrival_of(closed));
    CHECK(out->run.empty());
    CHECK(out->reason == "the ticket is closed");
    CHECK(f.state(run) == RunState::superseded);
    CHECK(f.row(run).reason == "the ticket was closed");
  }

  TEST_CASE("ingest: a delivery that was overtaken does not undo the newer one") {
    StoreFixture f;
    Ticket newer = ticket_of("7", "b"), older = ticket_of("7", "a");
    newer.updated_at = f.clock.now();
    older.updated_at = f.clock.now() - Milliseconds(1000);
    REQUIRE(f.store->ingest(arrival_of(newer)).ok());
    const auto out = f.store->ingest(arrival_of(older));
    CHECK(out->run.empty());
    CHECK(f.store->ticket({"desk", "7"})->ticket.subject.raw() == "b");
  }

  TEST_CASE("ingest: tickets without an id are numbered per source") {
    StoreFixture f;
    for (const std::string expected : {"1", "2", "3"}) {
      Ticket ticket = ticket_of("", "the same words");
      ticket.key = {};
      CHECK(f.store->ingest(arrival_of(ticket))->ticket == TicketKey{"desk", expected});
    }
  }

  TEST_CASE("ingest: what is not for us is kept with its reason") {
    StoreFixture f;
    const auto out = f.store->ingest(
        {"desk", "shop", config::Depth::diagnose, {"d1", connectors::Ignored{"a robot"}}});
    REQUIRE(out.ok());
    CHECK(out->run.empty());
    CHECK(out->reason == "a robot");
    CHECK(f.store->overview()->deliveries == 1);
    CHECK(f.store->overview()->tickets == 0);
  }

  TEST_CASE("ingest: a merged pull request is an outcome of the ticket that led to it") {
    StoreFixture f;
    const std::string run = f.file("7", "a");
    f.publish({effect_of("op1", EffectKind::open_draft_pull_request)});
    REQUIRE(f.store->mark_sent("op1").ok());
    REQUIRE(f.store->settle_effect("op1", {.result = {"482", "https://x/482", false}}).ok());
    REQUIRE(f.store->ingest(outcome_arrival({{}, "pull_request_merged", "482", "ada", ""})).ok());
    const auto detail = f.store->ticket({"desk", "7"});
    REQUIRE(detail->outcomes.size() == 1);
    CHECK(detail->outcomes[0].what == "pull_request_merged");
    CHECK(detail->outcomes[0].run == run);
  }

  TEST_CASE("ingest: a page of a poll and its cursor are stored together or not at all") {
    StoreFixture f;
    CHECK(f.store->cursor("desk")->is_null());
    const auto out = f.store->ingest_page(
        "desk", {arrival_of(ticket_of("1", "a")), arrival_of(ticket_of("2", "b"))}, Json("page 2"));
    REQUIRE(out.ok());
    CHECK(out->size() == 2);
    CHECK(*f.store->cursor("desk") == Json("page 2"));
    REQUIRE(StoreProbe::write(*f.store, [](SQLite::Database& db) -> Status {
              db.exec("CREATE TRIGGER refuse BEFORE INSERT ON cursor BEGIN "
                      "SELECT RAISE(ABORT, 'no'); END");
              return {};
            }).ok());
    CHECK(!f.store->ingest_page("desk", {arrival_of(ticket_of("3", "c"))}, Json("page 3")).ok());
    CHECK(!f.store->ticket({"desk", "3"}).ok());
    CHECK(*f.store->cursor("desk") == Json("page 2"));
  }

  TEST_CASE("ingest: text that is not UTF-8 or holds NUL is stored without harm") {
    StoreFixture f;
    Ticket ticket = ticket_of("1", "a");
    ticket.body = RawText(std::string("x\0y\xff'); DROP TABLE run; --", 27));
    const auto out = f.store->ingest(arrival_of(ticket));
    REQUIRE(out.ok());
    CHECK(f.claim().ticket.body.raw().find("DROP TABLE run") != std::string::npos);
  }
}
