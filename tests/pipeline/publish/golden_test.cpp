#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/pipeline/publish/shop_endings.h"

namespace triage::publish {
namespace {

using namespace triage::publish::testing;

// Compares with tests/golden/publish/<name>.md; UPDATE_GOLDEN=1 writes it.
void check_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(TRIAGED_SOURCE_DIR) + "/tests/golden/publish/" + name + ".md";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream golden;
  golden << file.rdbuf();
  INFO("golden file ", name, ".md; UPDATE_GOLDEN=1 rewrites it");
  CHECK(golden.str() == text);
}

struct Case {
  std::string name;
  Run run;
  Ending ending;
  std::string max_risk = "medium";
};

std::vector<Case> cases() {
  return {
      {"draft_pull_request", proven_run(), Ending::draft_pull_request},
      {"wrong_patch", wrong_patch_run(), Ending::diagnosis},
      {"diagnosis_offline", offline_run(), Ending::diagnosis},
      {"reproduced", reproduced_run(), Ending::preview_branch},
      {"question", question_run(), Ending::question},
      {"no_change", no_change_run(), Ending::no_change},
      {"skipped_empty", skipped_run(TicketKind::other, "the ticket has no text"), Ending::skipped},
      {"model_unreachable", model_unreachable_run(), Ending::diagnosis},
      {"answer", answer_run(), Ending::answer},
      {"workflow", workflow_run(), Ending::workflow},
      {"spec", spec_run(), Ending::spec},
      {"stopped_at_the_budget", stopped_run(), Ending::diagnosis},
      {"medium_risk", risky_run(kMediumRiskCode), Ending::preview_branch, "low"},
      {"high_risk", risky_run(kHighRiskCode), Ending::diagnosis},
      {"repository_unreachable", repository_unreachable_run(), Ending::diagnosis},
  };
}

}  // namespace

TEST_SUITE("publish") {
  TEST_CASE("publish: every ending reads as its golden note") {
    for (Case& c : cases()) {
      CAPTURE(c.name);
      Desk desk;
      desk.project.max_risk = c.max_risk;
      const Publication publication = desk.publish(c.run);
      CHECK(publication.ending == c.ending);
      const Effect* note = effect_of(publication, EffectKind::post_note);
      REQUIRE(note != nullptr);
      check_golden(c.name, note->body.str());
    }
  }

  TEST_CASE("publish: a proven patch at depth patch is a note about a branch") {
    Run run = proven_run();
    run.depth = config::Depth::patch;
    Desk desk;
    const Publication publication = desk.publish(run);
    CHECK(publication.ending == Ending::preview_branch);
    check_golden("preview_branch", effect_of(publication, EffectKind::post_note)->body.str());
  }

  TEST_CASE("publish: the pull request reads as its golden file") {
    Run run = proven_run();
    Desk desk;
    const Publication publication = desk.publish(run);
    const Effect* request = effect_of(publication, EffectKind::open_draft_pull_request);
    REQUIRE(request != nullptr);
    check_golden("pull_request", "# " + request->title.str() + "\n\n" + request->body.str());
  }

  TEST_CASE("publish: our own markup and marker come through the seal whole") {
    for (Case& c : cases()) {
      CAPTURE(c.name);
      Desk desk;
      const Publication publication = desk.publish(c.run);
      for (const Effect& effect : publication.effects) {
        if (effect.kind != EffectKind::post_note &&
            effect.kind != EffectKind::open_draft_pull_request)
          continue;
        const std::string& body = effect.body.str();
        CHECK(body.ends_with("\n" + effect_marker(effect.op_id)));
        CHECK(body.find("<sub>") != std::string::npos);
        CHECK(body.find("</sub>") != std::string::npos);
        CHECK(body.find("&lt;") == std::string::npos);
        CHECK(body.find("{{receipt}}") != std::string::npos);
      }
    }
  }

  TEST_CASE("publish: no note holds what was hidden in the ticket") {
    for (Case& c : cases()) {
      CAPTURE(c.name);
      Desk desk;
      const Publication publication = desk.publish(c.run);
      const std::string everything = to_json(publication.effects).dump() + publication.statement.dump();
      CHECK(everything.find(kEmail) == std::string::npos);
      CHECK(everything.find(kApiKey) == std::string::npos);
    }
  }
}

}  // namespace triage::publish
