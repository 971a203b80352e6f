#include "daemon/outbox.h"

#include <doctest/doctest.h>

#include <mutex>
#include <stdexcept>

#include "tests/fakes/store_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

// Another system that remembers what it was asked to make, as create-or-adopt needs.
class RecordingCarrier final : public EffectCarrier {
 public:
  std::function<Result<EffectResult>(const Effect&)> answer;
  std::vector<Effect> made;
  int calls = 0;

  Result<EffectResult> carry_out(const Effect& effect, Deadline, std::stop_token) override {
    ++calls;
    for (const Effect& known : made) {
      if (known.op_id == effect.op_id) return EffectResult{known.op_id, "url/" + known.op_id, true};
    }
    if (answer) {
      auto refused = answer(effect);
      if (!refused) return refused;
    }
    made.push_back(effect);
    return EffectResult{effect.op_id, "url/" + effect.op_id, false};
  }
};

struct OutboxFixture : StoreFixture {
  RecordingCarrier carrier;
  OutboxOptions options;
  OutboxHooks hooks;
  std::string run;

  std::string publish_all() {
    file("1", "a");
    return run = publish({effect_of("b", EffectKind::push_branch),
                          effect_of("p", EffectKind::open_draft_pull_request, "run {{receipt}}"),
                          effect_of("n", EffectKind::post_note, "see {{pull_request}}.")},
                         RunState::done,
                         [](std::string_view) -> Result<std::string> { return "envelope"; });
  }
  // Everything that is due now. Returns how many attempts were made.
  int deliver() {
    Outbox outbox(*store, carrier, clock, options, hooks);
    int steps = 0;
    for (;; ++steps) {
      const auto did = outbox.step();
      REQUIRE(did.ok());
      if (!*did) return steps;
    }
  }
  void refuse(EffectKind kind, Error error) {
    carrier.answer = [kind, error](const Effect& effect) -> Result<EffectResult> {
      if (effect.kind == kind) return error;
      return EffectResult{};
    };
  }
  std::string note() const { return carrier.made.empty() ? "" : carrier.made.back().body.str(); }
  EffectRow effect(size_t at) { return store->effects_of(run)->at(at); }
};

}  // namespace

TEST_SUITE("outbox") {
  TEST_CASE("outbox: carries out all effects in order, with links and receipt filled in") {
    OutboxFixture f;
    f.publish_all();
    CHECK(f.deliver() == 3);
    REQUIRE(f.carrier.made.size() == 3);
    CHECK(f.carrier.made[0].kind == EffectKind::push_branch);
    const std::string hash = (*f.store->receipts_of(f.run))[0].hash;
    CHECK(f.carrier.made[1].body.str() == "run " + hash.substr(0, 16));
    CHECK(f.note() == "see branch `url/b` (described in `url/p`).");
    CHECK(f.state(f.run) == RunState::done);
    CHECK(f.effect(2).result.url == "url/n");
    CHECK(f.effect(2).attempts == 1);
  }

  TEST_CASE("outbox: the link in a note says what there is to see") {
    struct Row {
      EffectKind refused;
      std::string note;
    };
    for (const auto& [refused, note] :
         {Row{EffectKind::push_branch, "see (could not be pushed: no rights here)."},
          Row{EffectKind::open_draft_pull_request, "see url/b (no pull request: no rights here)."}}) {
      OutboxFixture f;
      f.publish_all();
      f.refuse(refused, {ErrorKind::denied, "no rights\nhere"});
      f.deliver();
      CHECK(f.note() == note);
      CHECK(f.state(f.run) == RunState::done);
    }
    OutboxFixture f;
    f.file("1", "a");
    f.publish({effect_of("n", EffectKind::post_note, "{{pull_request}} {{receipt}}")});
    f.deliver();
    CHECK(f.note() == "(none) none");
  }

  TEST_CASE("outbox: without a branch no pull request is tried, and the note is still posted") {
    OutboxFixture f;
    f.publish_all();
    f.refuse(EffectKind::push_branch, {ErrorKind::conflict, "exists"});
    f.deliver();
    CHECK(f.carrier.calls == 2);
    CHECK(f.effect(0).state == EffectState::failed);
    CHECK(f.effect(1).state == EffectState::failed);
    CHECK(f.effect(1).attempts == 0);
    CHECK(f.effect(2).state == EffectState::confirmed);
  }

  TEST_CASE("outbox: tries again later what can pass, as often as allowed, no sooner than told") {
    OutboxFixture f;
    f.options.max_attempts = 3;
    f.publish_all();
    const TimePoint told = f.clock.now() + Milliseconds(60'000);
    f.refuse(EffectKind::push_branch, {ErrorKind::rate_limited, "slow down", told});
    CHECK(f.deliver() == 1);
    CHECK(f.effect(0).next_at == told);
    CHECK(f.effect(0).error == "slow down");
    f.clock.advance(Milliseconds(60'000));
    CHECK(f.deliver() == 1);
    CHECK(f.effect(0).next_at == f.clock.now() + 2 * f.options.first_delay);
    f.clock.advance(2 * f.options.first_delay);
    CHECK(f.deliver() == 3);
    CHECK(f.effect(0).state == EffectState::failed);
    CHECK(f.effect(0).attempts == 3);
  }

  TEST_CASE("outbox: a crash after the call and before its record posts nothing twice") {
    OutboxFixture f;
    f.publish_all();
    // The call went through; the daemon died before it could settle.
    REQUIRE(f.store->mark_sent("b").ok());
    REQUIRE(f.carrier.carry_out(effect_of("b", EffectKind::push_branch), {}, {}).ok());
    f.restart();
    CHECK(f.deliver() == 3);
    CHECK(f.carrier.made.size() == 3);
    CHECK(f.effect(0).result.adopted);
    CHECK(f.effect(0).attempts == 2);
  }

  TEST_CASE("outbox: nothing leaves for a shadow source, and the run still ends") {
    OutboxFixture f;
    f.hooks.shadow = [](const std::string& source) { return source == "desk"; };
    f.publish_all();
    CHECK(f.deliver() == 3);
    CHECK(f.carrier.calls == 0);
    CHECK(f.effect(2).error == "shadow: not posted");
    CHECK(f.state(f.run) == RunState::done);
  }

  TEST_CASE("outbox: a carrier that throws fails its effect only") {
    OutboxFixture f;
    f.publish_all();
    f.carrier.answer = [](const Effect& effect) -> Result<EffectResult> {
      if (effect.kind == EffectKind::push_branch) throw std::runtime_error("bad cast");
      return EffectResult{};
    };
    CHECK(f.deliver() == 3);
    CHECK(f.effect(0).error == "exception: bad cast");
    CHECK(f.effect(2).state == EffectState::confirmed);
  }

  TEST_CASE("outbox: a stored effect that can't be read fails with the reason, others go on") {
    OutboxFixture f;
    f.publish_all();
    REQUIRE(StoreProbe::write(*f.store, [](SQLite::Database& db) -> Status {
              db.exec("UPDATE effect SET effect = '{\"changes\":7}' WHERE op_id = 'b'");
              return {};
            }).ok());
    CHECK(f.deliver() == 3);
    CHECK(f.effect(0).state == EffectState::failed);
    CHECK(f.effect(0).error.find("changes") != std::string::npos);
  }

  TEST_CASE("outbox: its thread wakes for a published run, and the delivery is sealed") {
    OutboxFixture f;
    f.hooks.seal = [](const RunRow&, const std::vector<EffectRow>& effects,
                      std::string_view) -> Result<std::string> {
      return "delivered " + std::to_string(effects.size());
    };
    Outbox outbox(*f.store, f.carrier, f.clock, f.options, f.hooks);
    outbox.stop();  // before start: nothing
    REQUIRE(outbox.start().ok());
    f.publish_all();
    for (;;) {
      const auto seen = f.store->work_version();
      if (f.state(f.run) == RunState::done) break;
      f.store->wait_for_work(seen, {});
    }
    outbox.stop();
    CHECK((*f.store->receipts_of(f.run))[1].envelope == "delivered 3");
  }

  TEST_CASE("outbox: what the last look speaks against is not sent, and what was sent is looked for") {
    struct Row {
      const char* name;
      bool tried;
      Result<std::string> answer;
      int made;  // of branch, pull request and note
      const char* note;
    };
    for (const Row& row : std::vector<Row>{
             {"control: go on", false, std::string(), 3, "branch `url/b` (described in `url/p`)"},
             {"no pull request", false, std::string("the ticket was closed"), 2,
              "url/b (no pull request: the ticket was closed)"},
             {"it was sent before: adopt it", true, std::string("the ticket was closed"), 3,
              "branch `url/b` (described in `url/p`)"},
             {"can't be looked at, ever", false, Error{ErrorKind::unavailable, "no way there"}, 2,
              "url/b (no pull request: no way there)"},
         }) {
      CAPTURE(row.name);
      OutboxFixture f;
      f.publish_all();
      if (row.tried) REQUIRE(f.store->mark_sent("p").ok());
      f.hooks.recheck = [&](const EffectRow& effect, const std::vector<EffectRow>& siblings,
                            std::stop_token) -> Result<std::string> {
        CHECK(siblings.size() == 3);
        if (effect.kind != EffectKind::open_draft_pull_request) return std::string();
        return row.answer;
      };
      int steps = 0;
      for (; f.state(f.run) != RunState::done && steps < 50; ++steps) {
        f.deliver();
        f.clock.advance(f.options.longest_delay);
      }
      CHECK(steps < 50);  // it ends, also where the look never succeeds
      CHECK(f.carrier.made.size() == static_cast<size_t>(row.made));
      CHECK(f.note() == "see " + std::string(row.note) + ".");
    }
  }
}
