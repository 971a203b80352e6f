// What notes and pull requests say beyond the golden files: limits, mentions, ticks, promises.
#include <doctest/doctest.h>

#include "pipeline/publish/parts.h"
#include "pipeline/publish/pull_request.h"
#include "tests/pipeline/publish/shop_endings.h"

namespace triage::publish {
namespace {

using namespace triage::publish::testing;

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string body_of(Desk& desk, Run& run, EffectKind kind) {
  const Publication publication = desk.publish(run);
  const Effect* effect = effect_of(publication, kind);
  REQUIRE(effect != nullptr);
  return effect->body.str();
}

std::string request_of(Desk& desk, Run& run) {
  return body_of(desk, run, EffectKind::open_draft_pull_request);
}

std::string note_of(Desk& desk, Run& run) { return body_of(desk, run, EffectKind::post_note); }

std::string test_of(const std::string& criterion, const std::string& test) {
  Run run = proven_run();
  run.draft->acceptance = {criterion};
  run.verification->tests.fixed = {test};
  return criteria_of(run).front().test;
}

}  // namespace

TEST_SUITE("texts") {
  TEST_CASE("texts: a criterion is ticked by the name of a fixed test, and by nothing else") {
    const std::string test = "tests.test_pricing.PricingTest.test_discount_is_rounded_once";
    CHECK(test_of("Discounts are rounded once", test) == test);
    CHECK(test_of("discounts once ROUNDED", test) == test);
    CHECK(test_of("Refunds are rounded", test).empty());
    CHECK(test_of("A cart without a discount is unchanged", test).empty());
    CHECK(test_of("", test).empty());
    CHECK(test_of("Discounts are rounded once", "tests.test_pricing").empty());
    CHECK(test_of("cart total matches", "CartTest.testCartTotal") == "CartTest.testCartTotal");
    CHECK(test_of("the cart", "CartTest.testCart").empty());  // one word is no cover
    Run weaker = proven_run();
    weaker.draft->acceptance = {"A discount is rounded"};
    CHECK_FALSE(criteria_of(weaker).front().test.empty());
    weaker.verification->proof = Proof::regression_free;
    CHECK(criteria_of(weaker).front().test.empty());
  }

  TEST_CASE("texts: a wish's note says how one could tell that it is met; a fault's stays short") {
    const auto note = [](TicketKind kind) {
      Desk desk;
      Run run = wrong_patch_run();
      run.classification->kind = kind;
      run.draft->acceptance = {"The export leaves out cancelled orders."};
      return note_of(desk, run);
    };
    CHECK(holds(note(TicketKind::feature), "- The export leaves out cancelled orders."));
    CHECK_FALSE(holds(note(TicketKind::bug), "leaves out cancelled orders"));
  }

  TEST_CASE("texts: what a run cost is not said to be nothing where no price is known") {
    Desk desk;
    Run run = proven_run();
    REQUIRE(run.draft->exchanges.size() == 1);
    CHECK(holds(note_of(desk, run), "· $0.06 ·"));
    run.draft->exchanges.push_back(run.draft->exchanges.front());
    run.draft->exchanges.back().priced = false;
    run.draft->exchanges.back().cost = 0;
    CHECK(holds(note_of(desk, run), "· at least $0.06 ·"));
    run.draft->exchanges.erase(run.draft->exchanges.begin());
    CHECK(holds(note_of(desk, run), "· price not known ·"));
  }

  TEST_CASE("texts: owners are named, and mentioned only where the project wants it") {
    Desk desk;
    Run run = proven_run();
    CHECK(holds(request_of(desk, run), "`@acme/pricing`"));
    desk.project.request_reviewers = true;
    Run again = proven_run();
    CHECK(holds(request_of(desk, again), "› @acme/pricing, @ada"));
    desk.base[".github/CODEOWNERS"] = {"* @ok @x`y @a[b](http://evil.test) <b>@c\n", {}};
    Run hostile = proven_run();
    const std::string body = request_of(desk, hostile);
    CHECK(holds(body, "› @ok (CODEOWNERS)"));
    CHECK_FALSE(holds(body, "evil.test"));
    desk.base.erase(".github/CODEOWNERS");
    Run none = proven_run();
    CHECK_FALSE(holds(request_of(desk, none), "CODEOWNERS"));
  }

  TEST_CASE("texts: a pull request fits what a forge takes, whatever the logs hold") {
    for (const std::string& log : {std::string(400'000, '<'), std::string(400'000, '`'),
                                   std::string(400'000, 'x'), std::string(100'000, '\n')}) {
      Desk desk;
      Run run = proven_run();
      run.verification->steps.resize(40, run.verification->steps.front());
      for (StepResult& step : run.verification->steps) step.log = log;
      run.draft->evidence.resize(500, run.draft->evidence.front());
      run.draft->acceptance.resize(500, std::string(2000, 'a'));
      run.draft->not_known.resize(500, std::string(2000, 'n'));
      run.draft->timeline.resize(500, run.draft->timeline.front());
      const std::string body = request_of(desk, run);
      CHECK(body.size() <= 65'000);
      CHECK(holds(body, "{{receipt}}"));
      CHECK(holds(body, "**Risk: "));
    }
  }

  TEST_CASE("texts: a note fits as well") {
    Desk desk;
    Run run = spec_run();
    run.draft->requirements.resize(500, std::string(5000, '<'));
    run.draft->disagreements.resize(500, std::string(5000, '<'));
    run.draft->undecided.resize(500, std::string(5000, '<'));
    run.draft->problems.resize(500, std::string(5000, '<'));
    CHECK(note_of(desk, run).size() <= 65'000);
  }

  TEST_CASE("texts: nothing that a customer may be told promises anything") {
    Desk desk;
    Run run = proven_run();
    run.draft->customer_note = "Thanks for the example. It will be fixed by Friday. Is this what you meant?";
    const std::string note = note_of(desk, run);
    CHECK(holds(note, "“Thanks for the example. Is this what you meant?” *(1 sentence that promised"));
    CHECK_FALSE(holds(note, "Friday"));
    Run only = proven_run();
    only.draft->customer_note = "You get a refund.";
    CHECK_FALSE(holds(note_of(desk, only), "For the customer"));
    Run asks = question_run();
    asks.draft->question = "Which version? We will fix it tomorrow.";
    asks.draft->customer_note.clear();
    const std::string question = note_of(desk, asks);
    CHECK(holds(question, "“Which version?”"));
    CHECK_FALSE(holds(question, "tomorrow"));
  }

  TEST_CASE("texts: a diagram draws and does nothing else") {
    const auto shows = [](const std::string& diagram) {
      Desk desk;
      Run run = workflow_run();
      run.draft->mermaid = diagram;
      return holds(note_of(desk, run), "```mermaid");
    };
    CHECK(shows("flowchart TD\n  a --> b\n"));
    CHECK(shows("graph LR; a[Style guide] --> b"));
    CHECK(shows("sequenceDiagram\n  A->>B: hello\n"));
    for (const char* diagram :
         {"flowchart TD\n  click a \"https://evil.test\"\n", "flowchart TD\n  a --> b; click b call()\n",
          "%%{init: {}}%%\nflowchart TD\n", "flowchart TD\n  a[<img src=x>]\n", "flowchart TD\n a[http://evil.test]\n",
          "flowchart TD\n  style a fill:#fff\n", "pie\n", "", "flowchart TD\n```\n# x\n",
          "---\ntitle: x\n---\nflowchart TD\n"})
      CHECK_FALSE_MESSAGE(shows(diagram), diagram);
  }

  TEST_CASE("texts: a link leads to the settings' address only") {
    Desk desk;
    desk.project.web_url = "https://gitlab.acme.example/shop/shop/";
    Run run = proven_run();
    run.draft->evidence.push_back({"symbol", "x](https://evil.test)/a b.py", 1, 2, kCommit, "[y](https://evil.test)"});
    const std::string body = request_of(desk, run);
    CHECK(holds(body, "https://gitlab.acme.example/shop/shop/-/blob/" + kCommit + "/shop/pricing.py#L91)"));
    // The name stands in a code span, which is no link, and encoded in ours.
    CHECK(holds(body, "[`x](https://evil.test)/a b.py:1–2`](https://gitlab.acme.example/shop/shop/-/blob/" +
                          kCommit + "/x%5D%28https%3A//evil.test%29/a%20b.py#L1-2) `[y](https://evil.test)`"));
  }
}

}  // namespace triage::publish
