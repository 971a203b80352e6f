#include "daemon/effect_router.h"

#include <doctest/doctest.h>

#include "tests/fakes/api_fixture.h"
#include "tests/fakes/fake_connector.h"
#include "tests/fakes/scripted_http.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

struct NamedCarrier final : EffectCarrier {
  explicit NamedCarrier(std::string as) : name(std::move(as)) {}
  std::string name;
  Result<EffectResult> carry_out(const Effect&, Deadline, std::stop_token) override {
    return EffectResult{"by " + name, "", false};
  }
};

struct RouterFixture {
  std::shared_ptr<FakeConnector> desk_connector =
      std::make_shared<FakeConnector>(std::set<std::string, std::less<>>{"stored_notes"});
  std::shared_ptr<FakeConnector> hub =
      std::make_shared<FakeConnector>(std::set<std::string, std::less<>>{"note", "forge"});
  NamedCarrier desk{"desk"}, git{"git"};
  testing::ScriptedHttp http;

  std::string who(EffectKind kind, const std::string& source, const std::string& forge,
                  const std::string& project = "shop") {
    auto made = std::make_shared<World>();
    made->settings = world_settings();
    made->settings.projects["shop"].forge = forge;
    made->connectors = {{"desk", desk_connector}, {"hub", hub}};
    WorldHolder world(made);
    EffectRouter router(world, http, desk, git);
    Effect effect = effect_of("1", kind);
    effect.project = project;
    effect.ticket.source = source;
    const auto result = router.carry_out(effect, deadline_in(Milliseconds(1000)), {});
    return result ? result->id : std::string(to_string(result.error().kind));
  }
};

}  // namespace

TEST_SUITE("effect router") {
  TEST_CASE("each effect goes to whoever speaks to its target") {
    RouterFixture f;
    struct Row {
      EffectKind kind;
      const char *source, *forge, *who;
    };
    for (const Row& row : std::vector<Row>{
             {EffectKind::post_note, "desk", "git", "by desk"},
             {EffectKind::post_note, "hub", "git", "by fake"},
             {EffectKind::add_labels, "desk", "hub", "by desk"},
             {EffectKind::add_labels, "hub", "git", "by fake"},
             {EffectKind::push_branch, "desk", "git", "by git"},
             {EffectKind::push_branch, "hub", "git", "by git"},
             {EffectKind::push_branch, "desk", "hub", "by fake"},
             {EffectKind::open_draft_pull_request, "desk", "hub", "by fake"},
             {EffectKind::open_draft_pull_request, "hub", "git", "by git"},
             {EffectKind::post_note, "gone", "git", "not_found"},
             {EffectKind::push_branch, "desk", "gone", "not_found"}}) {
      CAPTURE(name_of(row.kind));
      CAPTURE(row.source);
      CAPTURE(row.forge);
      CHECK(f.who(row.kind, row.source, row.forge) == row.who);
    }
    CHECK(f.hub->effects.size() == 4);
    CHECK(f.desk_connector->effects.empty());
  }

  TEST_CASE("a project that left the configuration is named, and nothing is pushed elsewhere") {
    RouterFixture f;
    CHECK(f.who(EffectKind::push_branch, "hub", "git", "other") == "not_found");
    CHECK(f.hub->effects.empty());
  }
}
