#include "daemon/recheck.h"

#include <doctest/doctest.h>

#include <functional>

#include "tests/fakes/api_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

struct RecheckFixture : StoreFixture {
  GitRepository origin;
  std::string base = origin.commit("first", {{"shop/pricing.py", "a = 1\n"}, {"shop/cart.py", "b = 1\n"}});
  retrieval::CodeLibrary code{directory / "code"};
  config::Settings settings = world_settings();
  std::string run;

  RecheckFixture() {
    settings.projects["shop"].repository = origin.path();
    file("1", "a");
    run = published("b", "p", "triage/1-total");
  }
  std::string published(const std::string& branch_op, const std::string& pull_op,
                        const std::string& branch) {
    Effect push = effect_of(branch_op, EffectKind::push_branch);
    push.branch = branch;
    push.base_branch = "main";
    push.base_commit = base;
    push.changes = {{"shop/pricing.py", "a = 2\n", false}, {"tests/test_new.py", "pass\n", false}};
    Effect pull = push;
    pull.op_id = pull_op;
    pull.kind = EffectKind::open_draft_pull_request;
    pull.changes.clear();
    return publish({push, pull, effect_of(branch_op + "n", EffectKind::post_note)});
  }
  void settle(const std::string& op, const std::string& id) {
    REQUIRE(store->mark_sent(op).ok());
    Settlement done;
    done.result = {id, "https://forge/" + id, false};
    REQUIRE(store->settle_effect(op, done).ok());
  }
  void happened(connectors::OutcomeEvent event) {
    REQUIRE(store->ingest({"desk", "shop", config::Depth::diagnose, {"", std::move(event)}}).ok());
  }
  std::string reason(EffectKind kind) {
    const WorldHolder world(world_of(settings));
    const auto effects = store->effects_of(run);
    for (const EffectRow& row : *effects) {
      if (row.kind != kind) continue;
      const auto found = Recheck(*store, world, code).reason_against(row, *effects, {});
      return found ? *found : "error: " + found.error().message;
    }
    return "no such effect";
  }
};

const TicketKey kTicket{"desk", "1"};

}  // namespace

TEST_SUITE("recheck") {
  TEST_CASE("recheck: what people did meanwhile decides whether branch and pull request leave") {
    struct Row {
      const char* name;
      std::function<void(RecheckFixture&)> meanwhile;
      const char *branch, *pull;  // parts of the reasons; empty: it leaves
    };
    for (const Row& row : std::vector<Row>{
             {"control: nothing", [](auto&) {}, "", ""},
             {"the ticket was closed", [](auto& f) { f.happened({kTicket, "ticket_closed", "1", "m", ""}); },
              "closed meanwhile", "closed meanwhile"},
             {"a person took it", [](auto& f) { f.happened({kTicket, "ticket_assigned", "1", "m", ""}); },
              "", "took the ticket"},
             {"a person took it, and that is fine here",
              [](auto& f) {
                f.settings.projects["shop"].skip_assigned = false;
                f.happened({kTicket, "ticket_assigned", "1", "m", ""});
              },
              "", ""},
             {"taken and given back",
              [](auto& f) {
                f.happened({kTicket, "ticket_assigned", "1", "m", ""});
                f.happened({kTicket, "ticket_unassigned", "1", "m", ""});
              },
              "", ""},
             {"other files changed on the base",
              [](auto& f) { f.origin.commit("second", {{"shop/cart.py", "b = 2\n"}}); }, "", ""},
             {"a file that is changed changed there",
              [](auto& f) { f.origin.commit("second", {{"shop/pricing.py", "a = 3\n"}}); }, "",
              "shop/pricing.py changed on main"},
             {"a file that is changed was removed there",
              [](auto& f) { f.origin.commit("second", {{"shop/pricing.py", ""}}); }, "",
              "shop/pricing.py changed on main"},
             {"a file that is added was added there",
              [](auto& f) { f.origin.commit("second", {{"tests/test_new.py", "fail\n"}}); }, "",
              "tests/test_new.py changed on main"},
             {"changed and changed back",
              [](auto& f) {
                f.origin.commit("second", {{"shop/pricing.py", "a = 3\n"}});
                f.origin.commit("third", {{"shop/pricing.py", "a = 1\n"}});
              },
              "", ""},
             {"the base was rewritten",
              [](auto& f) {
                f.origin.git({"checkout", "--quiet", "--orphan", "fresh"});
                f.origin.commit("anew", {{"shop/pricing.py", "a = 1\n"}});
                f.origin.git({"branch", "--force", "main", "fresh"});
              },
              "", "main was rewritten"},
             {"the base is gone",
              [](auto& f) { f.origin.git({"branch", "--move", "main", "trunk"}); }, "", "error: "},
         }) {
      CAPTURE(row.name);
      RecheckFixture f;
      row.meanwhile(f);
      for (const auto& [kind, wanted] :
           {std::pair{EffectKind::push_branch, row.branch},
            std::pair{EffectKind::open_draft_pull_request, row.pull}}) {
        const std::string reason = f.reason(kind);
        INFO(reason);
        CHECK(reason.empty() == std::string_view(wanted).empty());
        CHECK(reason.find(wanted) != std::string::npos);
      }
      CHECK(f.reason(EffectKind::post_note).empty());  // people are told in any case
    }
  }

  TEST_CASE("recheck: a ticket has one open draft, but for what a person asked to be refined") {
    struct Row {
      const char* name;
      const char* outcome;      // of the first draft
      const char* instruction;  // of the second run
      bool leaves;
    };
    for (const Row& row : std::vector<Row>{
             {"the first is open", "", "", false},
             {"the first was merged", "pull_request_merged", "", true},
             {"the first was closed", "pull_request_closed", "", true},
             {"a person asked for more", "", "use the other table", true},
         }) {
      CAPTURE(row.name);
      RecheckFixture f;
      f.settle("b", "triage/1-total");
      f.settle("p", "482");
      f.settle("bn", "1");
      if (row.outcome[0] != 0) f.happened({{"desk", ""}, row.outcome, "482", "m", ""});
      f.file("1", "newer words");
      f.run = f.published("b2", "p2", "triage/1-total-2");
      REQUIRE(StoreProbe::write(*f.store, [&](SQLite::Database& db) -> Status {
                execute(db, "UPDATE run SET instruction = ? WHERE id = ?", row.instruction, f.run);
                return {};
              }).ok());
      const std::string reason = f.reason(EffectKind::open_draft_pull_request);
      INFO(reason);
      CHECK(reason.empty() == row.leaves);
      CHECK(reason.find(row.leaves ? "" : "#482") != std::string::npos);
    }
  }
}
