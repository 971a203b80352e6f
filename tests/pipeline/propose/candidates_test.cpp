#include "pipeline/propose/candidates.h"

#include <doctest/doctest.h>

#include <latch>

#include "tests/pipeline/propose/sample_run.h"
#include "tests/pipeline/propose/scripted_model.h"
#include "tests/pipeline/verify/sandbox_here.h"

namespace triage::propose {
namespace {

using Write = std::function<Result<Draft>(const Feedback* last, std::stop_token stop)>;

struct ScriptedAuthor final : Author {
  explicit ScriptedAuthor(Write write) : act(std::move(write)) {}
  Result<Draft> write(const Feedback* last, Deadline, std::stop_token stop) override {
    return act(last, std::move(stop));
  }
  std::vector<AgentEvent> take_events() override { return {{"loop", "read", "x", {}}}; }
  Write act;
};

Draft with_edits(std::vector<Edit> edits) {
  Draft draft;
  draft.headline = "H";
  draft.cause = "C";
  draft.edits = std::move(edits);
  return draft;
}

Edit wrong_fix() { return {"shop/cart.py", {{"'FR': 20}", "'FR': 20, 'AT': 2}", 0}}, {}, false}; }

struct Room : testing::ShopCode {
  Draft hold(std::vector<Write> authors, std::stop_token stop = {}) {
    settings.candidates = static_cast<std::uint32_t>(authors.size());
    code.commit = view.commit;
    run.depth = depth;
    const Contest contest{settings, run, code, deadline_in(Milliseconds{60'000}), std::move(stop),
                          [&](std::uint32_t number, std::stop_token) -> Result<Candidate> {
                            return Candidate{{}, std::make_unique<ScriptedAuthor>(authors.at(number)),
                                             &redactors.at(number), &proof};
                          }};
    Draft offline;
    offline.headline = "Made without a model: H0";
    return best_draft(contest, offline);
  }
  config::ModelSettings settings;
  Run run = testing::traced_bug();
  config::Depth depth = config::Depth::patch;
  CodeAtCommit code;
  std::array<redact::Redactor, 3> redactors;
};

TEST_SUITE("propose candidates") {
  TEST_CASE("candidates: a proposal that fails goes back with its verdict until it is proven") {
    if (!verify::sandbox_here()) return;
    Room room;
    int round = 0;
    std::string told;
    const Draft draft = room.hold({[&](const Feedback* last, std::stop_token) -> Result<Draft> {
      if (++round == 1) return with_edits({wrong_fix(), verify::new_test()});
      told = last->report.str();
      return with_edits({verify::fix(), verify::new_test()});
    }});
    CHECK(round == 2);
    CHECK(draft.rounds == 2);
    REQUIRE(draft.verified.has_value());
    CHECK(draft.verified->proof == Proof::red_green);
    CHECK(draft.verified->diff.find("'AT': 20") != std::string::npos);
    CHECK(told.find("still fails") != std::string::npos);
    CHECK(told.find("AssertionError: 2 != 20") != std::string::npos);
    CHECK(told.find("+    return {'DE': 19, 'FR': 20, 'AT': 2}") != std::string::npos);
    CHECK(draft.events.size() == 2);
  }

  TEST_CASE("candidates: rounds are bounded, repeats end them, and the best proof is kept") {
    if (!verify::sandbox_here()) return;
    Room room;
    int rounds = 0;
    // Better first, worse later: the better one stays.
    const Draft best = room.hold({[&](const Feedback*, std::stop_token) -> Result<Draft> {
      return with_edits(++rounds == 1 ? std::vector{verify::fix()}
                                      : std::vector{wrong_fix(), verify::new_test()});
    }});
    CHECK(rounds == 3);  // the third repeats the second
    CHECK(best.verified->proof == Proof::regression_free);
    CHECK(best.rounds == 1);
  }

  TEST_CASE("candidates: the first that is proven stops the others") {
    if (!verify::sandbox_here()) return;
    Room room;
    bool stopped = false;
    const Draft draft = room.hold(
        {[&](const Feedback*, std::stop_token stop) -> Result<Draft> {
           std::latch wake(1);
           const std::stop_callback woken(stop, [&] { wake.count_down(); });
           wake.wait();
           stopped = true;
           return Error{ErrorKind::timeout, "stopped"};
         },
         [&](const Feedback*, std::stop_token) -> Result<Draft> {
           return with_edits({verify::fix(), verify::new_test()});
         }});
    CHECK(stopped);
    CHECK(draft.verified->proof == Proof::red_green);
    CHECK(draft.problems.empty());
  }

  TEST_CASE("candidates: where nothing can be run there is one round and no proof") {
    for (const bool shallow : {true, false}) {
      Room room;
      if (shallow) room.depth = config::Depth::diagnose;
      if (!shallow) room.shop.project.test_command = "";
      int rounds = 0;
      const Draft draft = room.hold({[&](const Feedback*, std::stop_token) -> Result<Draft> {
        ++rounds;
        return with_edits({verify::fix()});
      }});
      CHECK(rounds == 1);
      CHECK_FALSE(draft.verified.has_value());
      CHECK(draft.headline == "H");
    }
  }

  TEST_CASE("candidates: errors leave the offline draft and their reason") {
    Room room;
    const Draft draft = room.hold({[](const Feedback*, std::stop_token) -> Result<Draft> {
      return Error{ErrorKind::unavailable, "connect: refused"};
    }});
    CHECK(draft.headline == "Made without a model: H0");
    CHECK_FALSE(draft.by_model);
    CHECK(draft.problems == std::vector<std::string>{"connect: refused"});
  }

  TEST_CASE("candidates: what policy refuses is worth less than words without a patch") {
    if (!verify::sandbox_here()) return;
    Room room;
    room.settings.rounds = 1;
    const Draft draft = room.hold(
        {[](const Feedback*, std::stop_token) -> Result<Draft> {
           return with_edits({verify::fix(), {".github/workflows/ci.yml", {}, "x\n", false}});
         },
         [](const Feedback*, std::stop_token) -> Result<Draft> { return with_edits({}); }});
    CHECK(draft.edits.empty());
  }
}

}  // namespace
}  // namespace triage::propose
