#include <doctest/doctest.h>

#include "pipeline/receipt/receipt.h"
#include "tests/fakes/store_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

Seal seal_with(const std::string& text) {
  return [text](std::string_view prev) -> Result<std::string> {
    return "{\"text\":\"" + text + "\",\"prev\":\"" + std::string(prev) + "\"}";
  };
}

void expect_chain(Store& store, size_t entries) {
  const auto log = store.receipts(0, 100);
  REQUIRE(log.ok());
  REQUIRE(log->size() == entries);
  std::string prev(receipt::kGenesis);
  for (const ReceiptRow& entry : *log) {
    CHECK(entry.prev_hash == prev);
    CHECK(entry.hash == receipt::chain_hash(prev, entry.envelope));
    prev = entry.hash;
  }
}

std::string next_op(const StoreFixture& f) {
  const auto next = f.store->next_effect();
  REQUIRE(next.ok());
  return *next ? (*next)->op_id : "";
}

}  // namespace

TEST_SUITE("store") {
  TEST_CASE("effects: in order within a run, older runs first, a waiting one holds back its own") {
    StoreFixture f;
    f.file("1", "a");
    f.file("2", "b");
    f.publish({effect_of("a1", EffectKind::push_branch), effect_of("a2", EffectKind::post_note)});
    f.publish({effect_of("b1", EffectKind::post_note)});
    CHECK(next_op(f) == "a1");
    REQUIRE(f.store->mark_sent("a1").ok());
    CHECK(next_op(f) == "a1");  // a crash after sending: it is tried again
    Settlement wait{.state = EffectState::pending, .retry_at = f.clock.now() + Milliseconds(1000)};
    REQUIRE(f.store->settle_effect("a1", wait).ok());
    CHECK(next_op(f) == "b1");
    REQUIRE(f.store->settle_effect("b1", {}).ok());
    CHECK(next_op(f).empty());
    f.clock.advance(Milliseconds(1000));
    CHECK(next_op(f) == "a1");
    REQUIRE(f.store->settle_effect("a1", {.state = EffectState::failed, .error = "gone"}).ok());
    CHECK(next_op(f) == "a2");
  }

  TEST_CASE("effects: the last one ends the run, with what came of each") {
    StoreFixture f;
    const std::string run = f.file("1", "a");
    f.publish({effect_of("a1", EffectKind::push_branch), effect_of("a2", EffectKind::post_note)},
              RunState::needs_person);
    CHECK(f.state(run) == RunState::delivering);
    REQUIRE(f.store->mark_sent("a1").ok());
    REQUIRE(f.store->settle_effect("a1", {.result = {"id", "url", true}}).ok());
    CHECK(f.state(run) == RunState::delivering);
    CHECK(!f.row(run).finished);
    REQUIRE(f.store->settle_effect("a2", {}).ok());
    CHECK(f.state(run) == RunState::needs_person);
    CHECK(f.row(run).finished == f.clock.now());
    const auto effects = f.store->effects_of(run);
    CHECK((*effects)[0].attempts == 1);
    CHECK((*effects)[0].result.url == "url");
    CHECK((*effects)[0].result.adopted);
    CHECK(f.store->settle_effect("a2", {}).error().kind == ErrorKind::conflict);
    CHECK(f.store->mark_sent("a2").error().kind == ErrorKind::conflict);
  }

  TEST_CASE("effects: an attempt that we broke off ourselves is not counted") {
    StoreFixture f;
    const std::string run = f.file("1", "a");
    f.publish({effect_of("a1", EffectKind::post_note)});
    REQUIRE(f.store->mark_sent("a1").ok());
    REQUIRE(f.store->settle_effect("a1", {.state = EffectState::pending,
                                          .retry_at = f.clock.now(),
                                          .more_attempts = -1})
                .ok());
    CHECK((*f.store->effects_of(run))[0].attempts == 0);
  }

  TEST_CASE("effects: a retry by a person sends only what failed") {
    StoreFixture f;
    const std::string run = f.file("1", "a");
    f.publish({effect_of("a1", EffectKind::push_branch), effect_of("a2", EffectKind::post_note)});
    REQUIRE(f.store->settle_effect("a1", {.state = EffectState::failed, .error = "denied"}).ok());
    REQUIRE(f.store->settle_effect("a2", {}).ok());
    REQUIRE(f.store->retry(run).ok());
    CHECK(next_op(f) == "a1");
    REQUIRE(f.store->settle_effect("a1", {}).ok());
    CHECK(next_op(f).empty());
    CHECK(f.state(run) == RunState::done);
  }

  TEST_CASE("receipts: each entry names the one before, across runs, deliveries and restarts") {
    StoreFixture f;
    f.file("1", "a");
    const std::string run =
        f.publish({effect_of("a1", EffectKind::post_note)}, RunState::done, seal_with("one"));
    REQUIRE(f.store
                ->settle_effect("a1", {},
                                [](const RunRow& row, const std::vector<EffectRow>& effects,
                                   std::string_view) -> Result<std::string> {
                                  CHECK(row.state == RunState::done);
                                  REQUIRE(effects.size() == 1);
                                  CHECK(effects[0].state == EffectState::confirmed);
                                  return "delivered";
                                })
                .ok());
    f.restart();
    const auto third = f.store->append_receipt("run", "X", seal_with("three"));
    REQUIRE(third.ok());
    CHECK(third->seq == 3);
    expect_chain(*f.store, 3);
    const auto of_run = f.store->receipts_of(run);
    REQUIRE(of_run->size() == 2);
    CHECK((*of_run)[0].kind == "run");
    CHECK((*of_run)[1].kind == "delivery");
    CHECK(f.store->receipts(2, 100)->size() == 1);
  }

  TEST_CASE("receipts: a run that can't be sealed is not published") {
    StoreFixture f;
    const std::string run = f.file("1", "a");
    const auto claim = f.claim();
    PublishOutcome outcome;
    outcome.stage.stage = Stage::publish;
    outcome.effects = {effect_of("a1", EffectKind::post_note)};
    outcome.seal = [](std::string_view) -> Result<std::string> {
      return internal_error("no key");
    };
    const Status status = f.store->finish_publish(run, claim.run.fence, outcome);
    REQUIRE(!status.ok());
    CHECK(f.state(run) == RunState::running);
    CHECK(f.store->run(run)->effects.empty());
    expect_chain(*f.store, 0);
  }

  TEST_CASE("desk: a note is made once per op_id, labels once each") {
    StoreFixture f;
    f.file("1", "a");
    const TicketKey key{"desk", "1"};
    const auto first = f.store->add_note(key, "op1", "hello");
    const auto again = f.store->add_note(key, "op1", "hello again");
    CHECK(!first->adopted);
    CHECK(again->adopted);
    CHECK(again->id == first->id);
    CHECK(!f.store->add_labels(key, "op2", {"bug", "high"})->adopted);
    CHECK(f.store->add_labels(key, "op2", {"bug"})->adopted);
    const auto detail = f.store->ticket(key);
    REQUIRE(detail->notes.size() == 1);
    CHECK(detail->notes[0].body == "hello");
    CHECK(detail->ticket.labels == std::vector<std::string>{"bug", "high"});
    CHECK(f.store->add_note({"desk", "9"}, "op3", "x").error().kind == ErrorKind::not_found);
    CHECK(f.store->add_labels({"desk", "9"}, "op4", {"x"}).error().kind == ErrorKind::not_found);
  }

  TEST_CASE("memory: finds earlier tickets by their redacted words, best first, never itself") {
    StoreFixture f;
    const std::vector<std::pair<std::string, std::string>> earlier{
        {"1", "cart total is one cent too low with a discount code"},
        {"2", "login page shows a blank screen after the update"},
        {"3", "discount code gives the wrong cart total"}};
    for (const auto& [id, words] : earlier) {
      f.file(id, words);
      const auto claim = f.claim();
      StageOutcome redacted;
      redacted.stage = Stage::redact;
      redacted.result = Json::object().set("subject", words).set("text", words + " <EMAIL_1>");
      REQUIRE(f.store->finish_stage(claim.run.id, claim.run.fence, redacted).ok());
    }
    const auto asked = SafeTextCodec::restore("Discount code: cart total wrong? <EMAIL_1>");
    const auto found = f.store->similar(asked, {"desk", "9"}, 5);
    REQUIRE(found.size() == 2);
    CHECK(found[0].key.external_id == "3");
    CHECK(found[1].key.external_id == "1");
    CHECK(found[0].score > found[1].score);
    CHECK(found[0].score <= 1.0);
    CHECK(found[1].score > 0.0);
    REQUIRE(found[0].why.size() == 1);
    CHECK(found[0].why[0].starts_with("subject words "));
    CHECK(f.store->similar(asked, {"desk", "3"}, 5).size() == 1);
    CHECK(f.store->similar(asked, {"desk", "9"}, 1).size() == 1);
    for (const char* hostile : {"", "\" OR *", "NEAR(a b) AND NOT x*", "<EMAIL_1>", "((((", "^ : - +"})
      CHECK(f.store->similar(SafeTextCodec::restore(hostile), {"desk", "9"}, 5).empty());
  }
}
