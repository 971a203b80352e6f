#include <doctest/doctest.h>

#include <array>

#include "pipeline/verify/verify.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/scripted_http.h"
#include "tests/pipeline/verify/sandbox_here.h"
#include "tests/pipeline/verify/small_shop.h"

namespace triage::verify {
namespace {

struct NoMemory final : TicketMemory {
  std::vector<SimilarTicket> similar(const SafeText&, const TicketKey&, size_t) override {
    return {};
  }
};

constexpr const char* kScript = "from shop.cart import vat\nassert vat('AT') == 20\n";

// The stage with a mirror of the shop and a run that has come as far as its draft.
struct Desk {
  Shop shop;
  fakes::TemporaryDirectory cache;
  retrieval::CodeLibrary code{cache.path()};
  testing::ScriptedHttp http;
  fakes::ManualClock clock;
  NoMemory memory;
  LimitedBudget budget{0.0};
  config::Settings settings;
  Run run;

  Desk() {
    shop.project.name = "shop";
    REQUIRE(code.open("shop", {shop.git.path(), ""}, "main").ok());
    run.depth = config::Depth::draft_pull_request;
    run.retrieved.emplace().commit = shop.commit;
    run.draft.emplace();
  }
  Desk& drafts(std::vector<Edit> edits) {
    run.draft->edits = std::move(edits);
    return *this;
  }
  Desk& reproduces(const char* script = kScript) {
    run.draft->reproduction = {"python", script, "tests/test_reported.py"};
    return *this;
  }
  const Verification& verify() {
    const auto advance = verify_stage(
        {settings, shop.project, clock, http, code, memory, budget, "", "", {}}, run);
    REQUIRE_MESSAGE(advance.ok(), (advance.ok() ? "" : advance.error().message));
    CHECK(advance->kind == Advance::Kind::next);
    REQUIRE(run.verification.has_value());
    return *run.verification;
  }
};

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_SUITE("verify stage") {
  TEST_CASE("without code, a draft or a patch there is nothing to run, and it says so") {
    Desk nothing_drafted;
    nothing_drafted.run.draft.reset();
    CHECK(has(nothing_drafted.verify().why, "no code and draft"));
    Desk no_code;
    no_code.run.retrieved->commit.clear();
    CHECK(has(no_code.verify().why, "no code and draft"));

    Desk no_patch;
    CHECK(no_patch.verify().why == "no patch was proposed");
    CHECK(no_patch.run.verification->steps.empty());
    CHECK(no_patch.run.verification->proof == Proof::none);
  }

  TEST_CASE("the project's depth says how far it goes") {
    if (!sandbox_here()) return;
    struct Row {
      config::Depth depth;
      bool script_runs, keeps_test, patch_runs;
    };
    static constexpr std::array<Row, 5> kRows{{
        {config::Depth::classify, false, false, false},
        {config::Depth::diagnose, true, false, false},
        {config::Depth::spec, true, true, false},
        {config::Depth::patch, true, true, true},
        {config::Depth::draft_pull_request, true, true, true},
    }};
    for (const Row& row : kRows) {
      INFO(name_of(row.depth));
      Desk with_script;
      with_script.run.depth = row.depth;
      const Verification& script = with_script.reproduces().verify();
      CHECK(script.reproduced.has_value() == row.script_runs);
      CHECK(script.changes.empty() == !row.keeps_test);

      Desk with_patch;
      with_patch.run.depth = row.depth;
      const Verification& patch = with_patch.drafts({fix(), new_test()}).verify();
      CHECK(patch.proof == (row.patch_runs ? Proof::red_green : Proof::none));
      CHECK(patch.diff.empty() == !row.patch_runs);
      CHECK((row.patch_runs || has(patch.why, "depth")));
    }
  }

  TEST_CASE("a reproduction without a patch becomes a failing test with its diff") {
    if (!sandbox_here()) return;
    Desk desk;
    const Verification& found = desk.reproduces().verify();
    CHECK(found.reproduced == true);
    CHECK(found.red == "KeyError: 'AT'");
    CHECK(found.proof == Proof::none);
    REQUIRE(found.changes.size() == 1);
    CHECK(found.changes[0].path == "tests/test_reported.py");
    CHECK(has(found.diff, "+++ b/tests/test_reported.py"));
    CHECK(has(found.why, "failing test"));
  }

  TEST_CASE("a failing test never takes the place of a file or of policy") {
    if (!sandbox_here()) return;
    for (const char* path : {"tests/test_cart.py", ".github/test_reported.py"}) {
      Desk desk;
      desk.reproduces().run.draft->reproduction->test_path = path;
      CHECK(desk.verify().changes.empty());
      CHECK(desk.run.verification->reproduced == true);
    }
  }

  TEST_CASE("a patch without a test is proven by the ticket's own script") {
    if (!sandbox_here()) return;
    Desk desk;
    const Verification& found = desk.drafts({fix()}).reproduces().verify();
    INFO(found.why);
    CHECK(found.proof == Proof::red_green);
    CHECK(found.changes.size() == 2);
    CHECK(has(found.diff, "+++ b/tests/test_reported.py"));
    CHECK(found.steps.front().name == "reproduction 1/2");

    Desk own_test;
    own_test.drafts({fix(), new_test()}).reproduces();
    CHECK_FALSE(has(own_test.verify().diff, "test_reported"));
  }

  TEST_CASE("a script that does not show the fault is no test") {
    if (!sandbox_here()) return;
    Desk desk;
    const Verification& found = desk.drafts({fix()}).reproduces("print('fine')\n").verify();
    CHECK(found.reproduced == false);
    CHECK(found.proof == Proof::regression_free);
    CHECK(found.changes.size() == 1);
  }

  TEST_CASE("what can't be run is applied only, and says why") {
    Desk no_command;
    no_command.shop.project.test_command.clear();
    CHECK(no_command.drafts({fix(), new_test()}).verify().proof == Proof::applies);
    CHECK(has(no_command.run.verification->why, "test_command"));
    CHECK_FALSE(no_command.run.verification->diff.empty());

    if (::geteuid() != 0) return;  // only root names another account
    Desk no_sandbox;
    no_sandbox.settings.sandbox.user = "no-such-user";
    const Verification& found = no_sandbox.drafts({fix(), new_test()}).reproduces().verify();
    CHECK(found.proof == Proof::applies);
    CHECK_FALSE(found.reproduced.has_value());
    CHECK(has(found.why, "no-such-user"));
  }

  TEST_CASE("a patch that policy refuses is not run and leaves no diff") {
    Desk desk;
    const Verification& found =
        desk.drafts({fix(), {".github/workflows/ci.yml", {}, "on: push\n", false}}).verify();
    CHECK(found.proof == Proof::applies);
    CHECK(found.policy.size() == 1);
    CHECK(found.diff.empty());
    CHECK(found.steps.size() == 1);
  }

  TEST_CASE("the reported exception decides whether a failing test counts") {
    if (!sandbox_here()) return;
    for (const auto& [exception, proof] : {std::pair("KeyError", Proof::red_green),
                                           std::pair("TimeoutError", Proof::regression_free)}) {
      Desk desk;
      desk.run.retrieved->traces.push_back({"python", exception, "", {}, {}});
      const Verification& found = desk.drafts({fix(), new_test()}).verify();
      INFO(found.why);
      CHECK(found.proof == proof);
    }
  }

  TEST_CASE("a commit that is gone is an error, not a verdict") {
    Desk desk;
    desk.run.retrieved->commit = std::string(40, 'a');
    const auto advance = verify_stage({desk.settings, desk.shop.project, desk.clock, desk.http,
                                       desk.code, desk.memory, desk.budget, "", "", {}},
                                      desk.run);
    REQUIRE_FALSE(advance.ok());
    CHECK_FALSE(desk.run.verification.has_value());
  }
}

}  // namespace
}  // namespace triage::verify
