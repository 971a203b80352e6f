// The stage on a real mirror: what git makes of the changes is what is judged.
#include <doctest/doctest.h>

#include "tests/pipeline/publish/shop_endings.h"

namespace triage::publish {
namespace {

using namespace triage::publish::testing;

struct Mirror : Desk {
  Mirror() {
    head = git.commit("first", {{"shop/pricing.py", "def apply_discount(lines, code):\n    return 0\n"},
                                {"CODEOWNERS", "/shop/ @acme/pricing\n"},
                                {"tests/test_cart.py", "x = 1\n"}});
    REQUIRE(code.open("shop", {git.path(), ""}, "main").ok());
  }
  Run run() const {
    Run out = proven_run();
    out.retrieved->commit = head;
    return out;
  }
  Result<Advance> stage(Run& run, bool last_attempt = false) {
    LimitedBudget budget(1.0);
    StageContext context{settings, project, clock, http, code, memory, budget, "", "", {}};
    context.last_attempt = last_attempt;
    return publish_stage(context, run);
  }

  fakes::GitRepository git;
  std::string head;
};

}  // namespace

TEST_SUITE("publish stage") {
  TEST_CASE("publish stage: a proven change leaves with its risk and its owners") {
    Mirror mirror;
    Run run = mirror.run();
    REQUIRE(mirror.stage(run).ok());
    CHECK(run.publication->ending == Ending::draft_pull_request);
    REQUIRE(run.publication->risk.has_value());
    CHECK(run.publication->statement["predicate"]["risk"]["level"].as_string() == "low");
    const Effect* request = effect_of(*run.publication, EffectKind::open_draft_pull_request);
    REQUIRE(request != nullptr);
    CHECK(request->body.str().find("`@acme/pricing`") != std::string::npos);
  }

  TEST_CASE("publish stage: what verify never saw is refused here all the same") {
    Mirror mirror;
    for (const std::string path : {".github/workflows/ci.yml", "Makefile", "SHOP/pricing.py"}) {
      Run run = mirror.run();
      run.verification->changes.push_back({path, "x\n", false});
      REQUIRE(mirror.stage(run).ok());
      CHECK(run.publication->ending == Ending::diagnosis);
      CHECK(effect_of(*run.publication, EffectKind::push_branch) == nullptr);
      CHECK_FALSE(run.verification->policy.empty());
    }
    Run tests_only = reproduced_run();
    tests_only.retrieved->commit = mirror.head;
    tests_only.verification->changes = {{"tests/conftest.py", "x\n", false}};
    REQUIRE(mirror.stage(tests_only).ok());
    CHECK(effect_of(*tests_only.publication, EffectKind::push_branch) == nullptr);
    tests_only.verification->policy.clear();
    tests_only.verification->changes = {{"tests/test_new.py", "x = 1\n", false}};
    REQUIRE(mirror.stage(tests_only).ok());
    CHECK(effect_of(*tests_only.publication, EffectKind::push_branch) != nullptr);
  }

  TEST_CASE("publish stage: code that can't be read again lets nothing leave") {
    Mirror mirror;
    Run run = mirror.run();
    run.retrieved->commit = std::string(40, 'a');
    CHECK_FALSE(mirror.stage(run).ok());  // tried again later
    CHECK_FALSE(run.publication.has_value());
    REQUIRE(mirror.stage(run, true).ok());
    CHECK(run.publication->ending == Ending::diagnosis);
    CHECK(effect_of(*run.publication, EffectKind::push_branch) == nullptr);
    CHECK(run.verification->policy.front().find("could not be read again") != std::string::npos);
  }

  TEST_CASE("publish stage: changes that make no tree are refused, not tried again") {
    Mirror mirror;
    for (const char* path : {"../outside.py", "/etc/cron.d/x", "shop/.git/config", ".git/config", ""}) {
      for (const bool refused_before : {false, true}) {
        CAPTURE(path);
        Run run = mirror.run();
        run.verification->changes.push_back({path, "x\n", false});
        if (refused_before) run.verification->policy = {"refused before"};
        REQUIRE(mirror.stage(run).ok());
        CHECK(run.publication->ending == Ending::diagnosis);
        CHECK(effect_of(*run.publication, EffectKind::push_branch) == nullptr);
        CHECK(run.verification->policy.size() == 1);
      }
    }
  }

  TEST_CASE("publish stage: a run without a change needs no code") {
    Mirror mirror;
    Run run = offline_run();
    run.retrieved->commit = std::string(40, 'a');
    CHECK(mirror.stage(run).ok());
  }

  TEST_CASE("publish stage: a publication comes back whole from what is stored") {
    Mirror mirror;
    Run run = mirror.run();
    REQUIRE(mirror.stage(run).ok());
    Run again = mirror.run();
    REQUIRE(restore_stage(again, Stage::publish, stage_result(run, Stage::publish)).ok());
    REQUIRE(again.publication->risk.has_value());
    CHECK(again.publication->risk->score == run.publication->risk->score);
    CHECK(again.publication->risk->reasons == run.publication->risk->reasons);
    CHECK(again.publication->ending == Ending::draft_pull_request);
  }
}

}  // namespace triage::publish
