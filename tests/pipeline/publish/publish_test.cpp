#include "pipeline/publish/publish.h"

#include <doctest/doctest.h>

#include <array>

#include "pipeline/publish/pull_request.h"
#include "tests/pipeline/publish/shop_runs.h"

namespace triage::publish {
namespace {

using namespace triage::publish::testing;
using config::Depth;

std::vector<EffectKind> kinds_of(const Publication& publication) {
  std::vector<EffectKind> kinds;
  for (const Effect& effect : publication.effects) kinds.push_back(effect.kind);
  return kinds;
}

std::string branch_of(Desk& desk, Run& run) {
  const Publication publication = desk.publish(run);
  const Effect* effect = effect_of(publication, EffectKind::push_branch);
  REQUIRE(effect != nullptr);
  return effect->branch;
}

bool is_ref(const std::string& branch) {
  ProcessSpec spec;
  spec.argv = {"git", "check-ref-format", "--branch", branch};
  spec.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", "/nonexistent"}};
  const auto result = run_process(spec);
  REQUIRE(result.ok());
  return result->success();
}

}  // namespace

TEST_SUITE("publish") {
  TEST_CASE("publish: as many drafts as reviewers can take; over it a branch, and the note says why") {
    for (const auto& [open, ending] : {std::pair{9U, Ending::draft_pull_request},
                                       std::pair{10U, Ending::preview_branch},
                                       std::pair{11U, Ending::preview_branch}}) {
      Desk desk;
      desk.open_drafts = open;
      Run run = proven_run();
      run.depth = Depth::draft_pull_request;
      const Publication publication = desk.publish(run);
      CHECK(publication.ending == ending);
      const std::string note = effect_of(publication, EffectKind::post_note)->body.str();
      CHECK((note.find("It is no draft pull request because") != std::string::npos) ==
            (ending == Ending::preview_branch));
      CHECK(publication.statement["predicate"]["held_back"].as_string().empty() ==
            (ending == Ending::draft_pull_request));
    }
    // What would end otherwise in any case is not explained by reviewers.
    Desk desk;
    desk.open_drafts = 10;
    Run run = wrong_patch_run();
    desk.publish(run);
    CHECK(run.held_back.empty());
  }

  TEST_CASE("publish: from a ticket's second draft on the branch has its number") {
    Desk desk;
    Run run = proven_run();
    run.depth = Depth::patch;
    const std::string first = branch_of(desk, run);
    run.draft_number = 2;
    CHECK(branch_of(desk, run) == first + "-2");
  }

  TEST_CASE("publish: depth, proof and policy decide the ending") {
    struct Row {
      Depth depth;
      Proof proof;
      bool refused;
      Ending ending;
    };
    static constexpr std::array kRows{
        Row{Depth::draft_pull_request, Proof::red_green, false, Ending::draft_pull_request},
        Row{Depth::draft_pull_request, Proof::red_green, true, Ending::diagnosis},
        Row{Depth::draft_pull_request, Proof::regression_free, false, Ending::diagnosis},
        Row{Depth::draft_pull_request, Proof::builds, false, Ending::diagnosis},
        Row{Depth::draft_pull_request, Proof::applies, false, Ending::diagnosis},
        Row{Depth::draft_pull_request, Proof::none, false, Ending::diagnosis},
        Row{Depth::patch, Proof::red_green, false, Ending::preview_branch},
        Row{Depth::patch, Proof::red_green, true, Ending::diagnosis},
        Row{Depth::patch, Proof::regression_free, false, Ending::diagnosis},
        Row{Depth::spec, Proof::red_green, false, Ending::diagnosis},
        Row{Depth::diagnose, Proof::red_green, false, Ending::diagnosis},
    };
    for (const Row& row : kRows) {
      CAPTURE(name_of(row.depth));
      CAPTURE(name_of(row.proof));
      CAPTURE(row.refused);
      Run run = proven_run();
      run.depth = row.depth;
      run.verification->proof = row.proof;
      if (row.refused) run.verification->policy = {"deploy/prod.yaml is protected"};
      const Decision decision = decide(run);
      CHECK(decision.ending == row.ending);
      CHECK(decision.note);
    }
  }

  TEST_CASE("publish: up to depth classify nothing is said") {
    for (const Depth depth : {Depth::skip, Depth::classify}) {
      Run run = proven_run();
      run.depth = depth;
      CHECK(decide(run).ending == Ending::skipped);
      CHECK_FALSE(decide(run).note);
    }
  }

  TEST_CASE("publish: what a draft is decides where nothing was proven") {
    CHECK(decide(question_run()).ending == Ending::question);
    CHECK(decide(no_change_run()).ending == Ending::no_change);
    CHECK(decide(offline_run()).ending == Ending::diagnosis);
    Run claims = offline_run();
    claims.draft->kind = DraftKind::patch;  // a patch that nobody ran is no patch
    CHECK(decide(claims).ending == Ending::diagnosis);
  }

  TEST_CASE("publish: a reproduction is a preview branch from depth spec on") {
    Run run = reproduced_run();
    run.depth = Depth::spec;
    CHECK(decide(run).ending == Ending::preview_branch);
    run.depth = Depth::diagnose;
    CHECK(decide(run).ending == Ending::diagnosis);
    run.depth = Depth::spec;
    run.verification->policy = {"refused"};
    CHECK(decide(run).ending == Ending::diagnosis);
  }

  TEST_CASE("publish: spam gets no note, an empty ticket a short one") {
    Run spam = skipped_run(TicketKind::spam, "spam: viagra");
    CHECK_FALSE(decide(spam).note);
    Desk desk;
    CHECK(effect_of(desk.publish(spam), EffectKind::post_note) == nullptr);
    Run empty = skipped_run(TicketKind::other, "the ticket has no text");
    CHECK(decide(empty).note);
    CHECK(effect_of(desk.publish(empty), EffectKind::post_note)->body.str().size() < 400);
  }

  TEST_CASE("publish: only allowed labels are added, by kind and severity") {
    struct Row {
      TicketKind kind;
      std::string_view severity;
      std::vector<std::string> allowed, added;
    };
    const std::array rows{
        Row{TicketKind::bug, "high", {"triage/bug", "kind: feature", "severity/high"},
            {"triage/bug", "severity/high"}},
        Row{TicketKind::bug, "low", {"Bug", "severity/high"}, {"Bug"}},
        Row{TicketKind::feature, "", {"kind: feature", "bug"}, {"kind: feature"}},
        Row{TicketKind::bug, "high", {}, {}},
        Row{TicketKind::bug, "", {"severity/", "severity"}, {}},
        Row{TicketKind::other, "critical", {"critical", "severity:critical"}, {"severity:critical"}},
    };
    for (const Row& row : rows) {
      Classification classification;
      classification.kind = row.kind;
      classification.severity = row.severity;
      CHECK(labels_for(classification, row.allowed) == row.added);
    }
  }

  TEST_CASE("publish: a branch's name is a valid ref whatever ticket and title say") {
    static constexpr std::array<std::string_view, 13> kHostile{
        "", "..", "a..b", "@{-1}", "-D main", "refs/heads/main", "x.lock", "~^:?*[\\",
        "\x01\x7f\n", "ends with dot.", "🎟🎟🎟", "/../../etc/passwd", "main; rm -rf /"};
    Desk desk;
    for (const std::string_view text : kHostile) {
      CAPTURE(text);
      Run run = proven_run();
      run.draft->title = text;
      run.ticket.key.external_id = text;
      const std::string branch = branch_of(desk, run);
      CHECK(branch.starts_with("triage/"));
      CHECK(branch.size() < 100);
      CHECK(is_ref(branch));
    }
    Run run = proven_run();
    CHECK(branch_of(desk, run) == "triage/5120-apply-discounts-before-rounding-so-that");
    run.redaction->vault["<EMAIL_1>"] = "mira@tea.example";
    run.draft->title = "Mail mira@tea.example, or MIRA@tea.example";
    CHECK(branch_of(desk, run) == "triage/5120-mail-email-1-or-email-1");
    CHECK_FALSE(is_ref("triage/a..b"));  // git is really asked
  }

  TEST_CASE("publish: effects come in the order they are carried out, with stable ids") {
    Desk desk;
    Run run = proven_run();
    const Publication first = desk.publish(run);
    CHECK(kinds_of(first) ==
          std::vector{EffectKind::push_branch, EffectKind::open_draft_pull_request,
                      EffectKind::add_labels, EffectKind::post_note});
    Run again = proven_run();
    desk.clock.advance(Milliseconds(5000));
    const Publication second = desk.publish(again);
    REQUIRE(second.effects.size() == first.effects.size());
    for (size_t i = 0; i < first.effects.size(); ++i) {
      CHECK(second.effects[i].op_id == first.effects[i].op_id);
      for (size_t j = 0; j < i; ++j) CHECK(first.effects[i].op_id != first.effects[j].op_id);
    }
  }

  TEST_CASE("publish: branch and pull request agree on where and what") {
    Desk desk;
    Run run = proven_run();
    const Publication publication = desk.publish(run);
    const Effect* branch = effect_of(publication, EffectKind::push_branch);
    const Effect* request = effect_of(publication, EffectKind::open_draft_pull_request);
    REQUIRE(branch != nullptr);
    REQUIRE(request != nullptr);
    CHECK(branch->base_commit == kCommit);
    CHECK(branch->base_branch == "main");
    CHECK(branch->changes.size() == 2);
    CHECK(request->branch == branch->branch);
    CHECK(request->changes.empty());
    desk.project.branch = "stable";
    Run other = proven_run();
    CHECK(effect_of(desk.publish(other), EffectKind::push_branch)->base_branch == "stable");
  }

  TEST_CASE("publish: a patch that holds a private value is refused") {
    for (const std::string& value : {kEmail, kApiKey}) {
      Desk desk;
      Run run = proven_run();
      run.verification->changes.front().content = "KEY = '" + value + "'\n";
      const Publication publication = desk.publish(run);
      CHECK(publication.ending == Ending::diagnosis);
      CHECK(effect_of(publication, EffectKind::push_branch) == nullptr);
      CHECK(effect_of(publication, EffectKind::open_draft_pull_request) == nullptr);
      REQUIRE(run.verification->policy.size() == 1);
      CHECK(run.verification->policy.front().starts_with("shop/pricing.py: "));
      CHECK(to_json(publication.effects).dump().find(value) == std::string::npos);
      CHECK(publication.statement.dump().find(value) == std::string::npos);
    }
  }

  TEST_CASE("publish: private values in a model's words come out as placeholders") {
    Desk desk;
    Run run = proven_run();
    run.draft->cause = "Ask " + kEmail + " for the key " + kApiKey + ".";
    run.draft->title = "Fix for " + kEmail;
    const Publication publication = desk.publish(run);
    const std::string all = to_json(publication.effects).dump();
    CHECK(all.find(kEmail) == std::string::npos);
    CHECK(all.find(kApiKey) == std::string::npos);
    CHECK(effect_of(publication, EffectKind::post_note)->body.str().find("<API_KEY_1>") !=
          std::string::npos);
  }

  TEST_CASE("publish: a note that would still leak is held back") {
    Desk desk;
    Run run = proven_run();
    // Base64 of the address: not seen as a value, but the last scan knows its encoded forms.
    run.draft->cause = "Decode amFuZS5yb2VAY3VzdG9tZXIuZXhhbXBsZQ== to see who it was.";
    const Publication publication = desk.publish(run);
    const Effect* note = effect_of(publication, EffectKind::post_note);
    REQUIRE(note != nullptr);
    CHECK(publication.ending == Ending::diagnosis);
    CHECK(kinds_of(publication) ==
          std::vector{EffectKind::add_labels, EffectKind::post_note});
    CHECK(run.verification->policy.front().starts_with("the text of the pull request: "));
    CHECK(note->body.str().starts_with("**A note was made and held back:**"));
    CHECK(note->body.str().find("amFuZS5") == std::string::npos);
    CHECK(note->body.str().ends_with(effect_marker(note->op_id)));
    for (const Effect& effect : publication.effects)
      CHECK(effect.body.str().find("amFuZS5") == std::string::npos);
  }

  TEST_CASE("publish: a title is one line of at most 72 bytes without a final dot") {
    Run run = proven_run();
    CHECK(render_title(run) == run.draft->title);
    run.draft->title = "First line.\nSecond line, " + std::string(100, 'x') + ".";
    CHECK(render_title(run).size() <= 74);  // the ellipsis takes three bytes
    CHECK(render_title(run).find('\n') == std::string::npos);
    run.draft->title = "Ends here.";
    CHECK(render_title(run) == "Ends here");
    run.draft->title.clear();
    CHECK(render_title(run) == run.draft->headline);
  }

  TEST_CASE("publish: the statement says how it ended and what is to be written") {
    Desk desk;
    Run run = proven_run();
    const Publication publication = desk.publish(run);
    const Json& predicate = publication.statement["predicate"];
    CHECK(predicate["ending"].as_string() == "draft-pull-request");
    CHECK(predicate["effects"].items().size() == 4);
    CHECK(predicate["tested"]["proof"].as_string() == "red-green");
  }
}

}  // namespace triage::publish
