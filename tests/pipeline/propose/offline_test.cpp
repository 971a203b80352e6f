#include "pipeline/propose/offline.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "pipeline/propose/markup.h"
#include "pipeline/propose/reproduction.h"
#include "pipeline/propose/wording.h"
#include "tests/pipeline/propose/sample_run.h"

namespace triage::propose {
namespace {

using namespace testing;  // NOLINT: the sample run's words

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool has(const std::vector<std::string>& texts, std::string_view part) {
  return std::ranges::any_of(texts, [&](const std::string& text) { return has(text, part); });
}

TEST_SUITE("propose") {
  TEST_CASE("offline: a bug with a trace gets the place, the evidence and who changed it") {
    const Draft draft = offline_draft(traced_bug(), shop_code());
    CHECK(draft.kind == DraftKind::diagnosis);
    CHECK(draft.made_by == "offline");
    CHECK_FALSE(draft.by_model);
    CHECK(draft.headline ==
          "Made without a model from the code index: most likely `apply_discount` in "
          "shop/pricing.py:2");
    CHECK(has(draft.cause, "`KeyError: 'SAVE10'`"));
    CHECK(has(draft.cause, "raised in `apply_discount` (shop/pricing.py:2), called from `total` "
                           "(shop/cart.py:4)"));
    CHECK(has(draft.cause, "`rate = RATES[code]`"));
    CHECK(has(draft.cause, "last changed by Jane Roe on 2025-11-17 in 4f2c1aa (“round per line”)"));
    CHECK(has(draft.cause, "no model was asked"));
    CHECK(draft.confidence == Confidence::high);
    CHECK(draft.edits.empty());
    CHECK(draft.question.empty());

    REQUIRE(draft.evidence.size() == 4);
    CHECK(draft.evidence[0].kind == "frame");
    CHECK(draft.evidence[0].path == "shop/pricing.py");
    CHECK(draft.evidence[0].start == 2);
    CHECK(draft.evidence[0].text == "rate = RATES[code]");
    CHECK(draft.evidence[0].commit == shop_code().commit);
    CHECK(draft.evidence[1].path == "shop/cart.py");
    CHECK(draft.evidence[2].kind == "commit");
    CHECK(draft.evidence[3].kind == "ticket");
    CHECK(has(draft.evidence[3].text, "1311: Code SAVE20 fails (fixed by 9be01d2)"));

    CHECK(draft.understood ==
          std::vector<std::string>{
              "since Tuesday the checkout fails with an error when I enter SAVE10."});
    CHECK(has(draft.not_known, "which version"));
    CHECK(has(draft.assumed, "`main` at 1d4e0c2"));
    // The version is ours to find out.
    CHECK(draft.customer_note ==
          "Thank you for the report. We are looking into it. We understood: “since Tuesday the "
          "checkout fails with an error when I enter SAVE10.” Is this what you meant?");

    REQUIRE(draft.timeline.size() == 4);
    CHECK(draft.timeline[0].when == "2025-11-17");
    CHECK(draft.timeline[0].what ==
          "shop/pricing.py was changed at this line in 4f2c1aa (“round per line”).");
    CHECK(draft.timeline[0].evidence.kind == "commit");
    CHECK(draft.timeline[1].what ==
          "The ticket says: “since Tuesday the checkout fails with an error when I enter SAVE10.”");
    CHECK(draft.timeline[2].what == "`total` (shop/cart.py:4) calls on.");
    CHECK(draft.timeline[2].evidence.text == "return apply_discount(cart.lines, cart.code)");
    CHECK(draft.timeline[3].what ==
          "It breaks in `apply_discount` (shop/pricing.py:2) with `KeyError: 'SAVE10'`.");
    for (const TimelineEvent& event : draft.timeline) {
      CHECK_FALSE(event.evidence.kind.empty());
      CHECK_FALSE(has(event.what, "Jane"));  // nobody is blamed
    }
  }

  TEST_CASE("offline: a bug without a trace is honest about how it was found") {
    Run run = ticket(TicketKind::bug, "Totals wrong",
                     "The discount is wrong, totals are a cent too low.");
    run.retrieved->places.push_back(pricing_place());
    run.retrieved->trust = "likely";
    const Draft draft = offline_draft(run, shop_code());
    CHECK(draft.kind == DraftKind::diagnosis);
    CHECK(draft.confidence == Confidence::medium);
    CHECK(has(draft.cause, "This place was found because it defines `apply_discount`, which the "
                           "ticket names."));
    CHECK(has(draft.cause, "not a certainty"));
  }

  TEST_CASE("offline: a feature request gets acceptance criteria from its own sentences") {
    Run run = ticket(
        TicketKind::feature, "Export",
        "We love it. When I export a cart, the file should hold the discount. We also need a "
        "total after tax.");
    run.retrieved->places.push_back(pricing_place());
    run.retrieved->trust = "likely";
    const Draft draft = offline_draft(run, shop_code());
    REQUIRE(draft.acceptance.size() == 3);
    CHECK(draft.acceptance[0] ==
          "Given the application as it is today, when I export a cart, then: “the file should hold "
          "the discount”");
    CHECK(draft.acceptance[1] ==
          "Given the application as it is today, when the request is met, then: “We also need a "
          "total after tax”");
    CHECK(has(draft.cause, "where it would go, not how"));
    CHECK(has(draft.headline, "this would most likely touch `apply_discount`"));
  }

  TEST_CASE("offline: a vague ticket gets one question about what is missing, and no guess") {
    Run run = ticket(TicketKind::complaint, "Bad", "It does not work at all!");
    run.classification->vague = true;
    run.classification->missing = {"steps", "version"};
    run.retrieved->places.push_back(pricing_place());
    const Draft draft = offline_draft(run, shop_code());
    CHECK(draft.kind == DraftKind::question);
    CHECK(has(draft.question, "step by step"));
    CHECK(has(draft.customer_note, draft.question));
    CHECK(draft.evidence.empty());
    CHECK_FALSE(has(draft.headline, "pricing.py"));
  }

  TEST_CASE("offline: a weak match asks, and shows the place as weak") {
    Run run = ticket(TicketKind::bug, "Odd", "Something odd happens with the numbers on the page.");
    run.retrieved->places.push_back(pricing_place());
    const Draft draft = offline_draft(run, shop_code());
    CHECK(draft.kind == DraftKind::question);
    CHECK_FALSE(draft.question.empty());
    CHECK(has(draft.headline, "no clear match; the closest is `apply_discount`"));
    CHECK(draft.confidence == Confidence::low);
  }

  TEST_CASE("offline: a question is answered by the lines that answer it") {
    Run run = ticket(TicketKind::question, "When do codes end?",
                     "How do I see when a discount code ends?");
    run.retrieved->places.push_back(
        {"docs/codes.md", 1, 4, "", 5, {}, "> 4  Codes end at midnight UTC.\n", {}, {}});
    run.retrieved->trust = "likely";
    const Draft draft = offline_draft(run, shop_code());
    CHECK(draft.kind == DraftKind::answer);
    CHECK(has(draft.headline, "docs/codes.md:4"));
    CHECK(has(draft.cause, "The line reads `Codes end at midnight UTC.`"));
    run.retrieved->places.front().excerpt = "> 1  Discount codes\n";
    run.retrieved->places.front().why = {"its path is named"};
    CHECK(has(offline_draft(run, shop_code()).cause, "It goes on: `==============`."));
    run.retrieved->trust = "weak";
    CHECK(offline_draft(run, shop_code()).kind == DraftKind::question);
  }

  TEST_CASE("offline: a complaint tells how it runs, unless a fault is proven") {
    Run run = ticket(TicketKind::complaint, "Orders",
                     "I called you on Monday about my order. Nobody called back. You should send a "
                     "message when an order is late.");
    run.retrieved->places.push_back(pricing_place());
    Draft draft = offline_draft(run, shop_code());
    CHECK(draft.kind == DraftKind::workflow);
    CHECK(draft.steps.size() == 3);
    CHECK(draft.mermaid.starts_with("flowchart TD\n"));
    CHECK(draft.evidence.empty());
    CHECK(has(draft.customer_note, "Is this what you meant?"));
    run.retrieved->trust = "exact";
    draft = offline_draft(run, shop_code());
    CHECK(draft.kind == DraftKind::diagnosis);
    CHECK(draft.steps.size() == 3);
    CHECK_FALSE(draft.evidence.empty());
    run.classification->kind = TicketKind::operations;
    CHECK(offline_draft(run, shop_code()).kind == DraftKind::workflow);
  }

  TEST_CASE("offline: a place without a ticket's trace has a timeline only of what is known") {
    Run run = ticket(TicketKind::bug, "Totals wrong", "The totals are wrong.");
    CHECK(offline_draft(run, shop_code()).timeline.empty());
    run.retrieved->places.push_back(pricing_place());
    run.ticket.created_at = TimePoint{std::chrono::milliseconds(1'763'400'000'000)};
    const Draft draft = offline_draft(run, shop_code());
    REQUIRE(draft.timeline.size() == 2);
    CHECK(draft.timeline[1].what == "The ticket was filed.");
    CHECK(draft.timeline[1].when == "2025-11-17");
  }

  TEST_CASE("offline: what a person would say to tickets that no code answers") {
    struct Row {
      const char* name;
      TicketKind kind;
      const char *subject, *body;
      DraftKind ending;
      const char *headline, *customer;
    };
    const Row rows[] = {
        {"thanks", TicketKind::other, "Thank you!",
         "Thanks a lot for the help yesterday, everything works fine now. You can close this.",
         DraftKind::no_change, "there is nothing to look into", ""},
        {"thanks that are a complaint", TicketKind::other, "Thanks",
         "It works now on Monday, but still fails on Tuesday every single week.",
         DraftKind::question, "no place in the code matches", "Thank you for writing to us. "},
        {"billing", TicketKind::billing, "Charged twice", "I was charged twice for invoice 7.",
         DraftKind::diagnosis, "a matter of billing", "people who look after payments"},
        {"German", TicketKind::bug, "Falsche Summe",
         "Guten Tag, seit dem Update ist die Summe falsch und wir können nicht mehr bestellen, ich "
         "bitte um Hilfe.",
         DraftKind::question, "no place in the code matches", "Was haben Sie getan"},
        {"a wish", TicketKind::feature, "Wish", "It would be great to see more colours here.",
         DraftKind::question, "no place in the code matches", "in which you would use this"},
    };
    for (const Row& row : rows) {
      INFO(std::string(row.name));
      const Draft draft = offline_draft(ticket(row.kind, row.subject, row.body), shop_code());
      CHECK(name_of(draft.kind) == name_of(row.ending));
      CHECK(has(draft.headline, row.headline));
      CHECK(has(draft.customer_note, row.customer));
      CHECK(draft.customer_note.empty() == std::string_view(row.customer).empty());
    }
  }

  TEST_CASE("offline: a change from shortly before is named where the ticket says since when") {
    Run run = ticket(TicketKind::bug, "Totals wrong", "The totals are wrong since last week.");
    Place place = pricing_place();
    const TimePoint when{std::chrono::milliseconds(1'763'400'000'000)};
    place.recent_change = RecentChange{{std::string(40, 'a'), "Ada", "round once", when}, 7, 9};
    run.retrieved->places.push_back(place);
    run.retrieved->trust = "likely";
    CHECK(has(offline_draft(run, shop_code()).cause,
              "shop/pricing.py was changed shortly before, on 2025-11-17 by Ada in aaaaaaa (“round "
              "once”), now at line 7."));
    run.retrieved->places[0].last_change->commit = std::string(40, 'a');
    CHECK(has(offline_draft(run, shop_code()).cause, "this change is from shortly before"));
  }

  TEST_CASE("offline: a script in the ticket leaves no steps to ask for") {
    Run run = ticket(TicketKind::bug, "Total wrong",
                     "The total is wrong:\n```python\nimport shop\nshop.total()\n```\n");
    run.classification->missing = {"steps", "error message"};
    run.retrieved->places.push_back(pricing_place());
    run.retrieved->trust = "likely";
    const Draft draft = offline_draft(run, shop_code());
    CHECK(draft.reproduction.has_value());
    CHECK(draft.not_known.empty());
    CHECK(has(draft.customer_note, "clear example"));
  }

  TEST_CASE("offline: without the code the note says so and claims nothing") {
    Run run = ticket(TicketKind::bug, "Fails", "It fails with an error.");
    run.retrieved->commit.clear();
    run.retrieved->stale = "The code of project shop could not be read: no such repository";
    const Draft draft = offline_draft(run, CodeAtCommit{});
    CHECK(draft.kind == DraftKind::diagnosis);
    CHECK(has(draft.headline, "nothing was searched"));
    CHECK(has(draft.cause, "no such repository"));
    CHECK(draft.evidence.empty());
  }

  TEST_CASE("offline: the same run gives the same draft") {
    CHECK(offline_draft(traced_bug(), shop_code()).cause ==
          offline_draft(traced_bug(), shop_code()).cause);
  }

  TEST_CASE("reproduction: scripts that use the project's modules are found") {
    struct Row {
      const char* name;
      const char* body;
      const char* language;
      const char* code;
    };
    const Row rows[] = {
        {"fenced Python", "Try:\n```python\nfrom shop.cart import total\ntotal(None)\n```\nbye",
         "python", "from shop.cart import total\ntotal(None)\n"},
        {"fence without a language", "```\nimport shop\nshop.x()\n```", "python",
         "import shop\nshop.x()\n"},
        {"interactive session",
         "```\n>>> import shop\n>>> def f():\n...     return 1\n...\n>>> f()\n1\n```", "python",
         "import shop\ndef f():\n    return 1\n\nf()\n"},
        {"session in prose", "I typed\n>>> import shop\n>>> shop.x()\nError", "python",
         "import shop\nshop.x()\n"},
        {"loose Python",
         "This fails:\n\nfrom shop.cart import total\nprint(total(1))\n\nPlease help me.", "python",
         "from shop.cart import total\nprint(total(1))\n"},
        {"a command", "Run\n$ python -m shop --code X\nKeyError", "sh",
         "python -m shop --code X\n"},
        {"a command on a file", "$ python shop/cart.py", "sh", "python shop/cart.py\n"},
        {"JavaScript", "```js\nconst cart = require('../src/cart');\ncart.total();\n```",
         "javascript", "const cart = require('../src/cart');\ncart.total();\n"},
        {"shebang", "#!/bin/sh\npython3 -c 'import shop'\n", "sh",
         "#!/bin/sh\npython3 -c 'import shop'\n"},
        {"Python wins over shell", "$ python -m shop\n```py\nimport shop\n```", "python",
         "import shop\n"},
        {"not about the project", "```python\nimport os\nos.getcwd()\n```", "", ""},
        {"a word that only looks alike", "```python\nimport shopping\n```", "", ""},
        {"prose", "You import from shops in Spain.", "", ""},
        {"output only", "```\nTraceback (most recent call last):\nKeyError\n```", "", ""},
    };
    for (const Row& row : rows) {
      INFO(std::string(row.name));
      const auto found = find_reproduction(ticket(TicketKind::bug, "s", row.body), shop_code());
      CHECK((found ? found->language : "") == std::string(row.language));
      CHECK((found ? found->code : "") == std::string(row.code));
    }
  }

  TEST_CASE("reproduction: a script that was attached is found") {
    Run run = ticket(TicketKind::bug, "s", "see file");
    run.ticket.attachments.push_back({"repro.py", "text/x-python", RawText("import shop")});
    run.redaction->attachments.push_back(safe("import shop"));
    const auto found = find_reproduction(run, shop_code());
    REQUIRE(found.has_value());
    CHECK(found->code == "import shop\n");
    CHECK(found->test_path == "tests/test_ticket_5120.py");
  }

  TEST_CASE("reproduction: the test file follows the repository's custom") {
    CHECK(test_path_for("python", "5120", {"a/b.py"}) == "tests/test_ticket_5120.py");
    CHECK(test_path_for("python", "PAY-7", {"x/y_test.py", "x/z_test.py", "tests/test_a.py"}) ==
          "x/ticket_pay_7_test.py");
    CHECK(test_path_for("javascript", "9", {"test/a.spec.js", "src/a.js"}) ==
          "test/ticket_9.spec.js");
    CHECK(test_path_for("sh", "../../x", {}) == "tests/test_ticket_x.sh");
  }

  TEST_CASE("wording: placeholders are not searched for") {
    CHECK(without_placeholders("a <EMAIL_1> b <API_KEY_12> <b> <X> <EMAIL_") ==
          "a   b   <b> <X> <EMAIL_");
  }

  TEST_CASE("wording: sentences leave out greetings, code and traces") {
    const auto found = sentences(
        "Hi team,\n\nThe total is wrong. It should be 5!\n```\nx = 1. y\n```\nTraceback (most "
        "recent call "
        "last):\n  File \"a.py\", line 1\n- first point here\n\nThanks a lot");
    CHECK(found ==
          std::vector<std::string>{"The total is wrong.", "It should be 5!", "first point here"});
  }

  TEST_CASE("wording: what is quoted tells the fault, and never hands over access") {
    struct Row {
      const char* text;
      std::vector<std::string> told;
    };
    const Row rows[] = {
        {"Hi, the export fails. If you need access our API key is <API_KEY_1>.",
         {"the export fails."}},
        {"The password is <PASSWORD_1> and it fails with an error.", {}},
        {"This shows it with your package:\n\nThe total is wrong.", {"The total is wrong."}},
        {"It is blue. The total is wrong.\n\nKeyError: 'se'\nThe end.", {"The total is wrong."}},
        {"<html><head><style>p{}</style></head><p>Hello,</p><p>the <b>weight</b> is&nbsp;wrong.</p>",
         {"the weight is wrong."}},
        {"Guten Tag,\n\ndie Summe ist falsch.\n\nMit freundlichen Grüßen\nPetra Hofmann",
         {"die Summe ist falsch."}},
        {"I want my lawyer to see it.", {}},
        {"", {}},
    };
    for (const Row& row : rows) {
      INFO(std::string(row.text));
      CHECK(telling_sentences(row.text, 2) == row.told);
    }
  }

  TEST_CASE("wording: the language is named only when it is clear") {
    CHECK(foreign_language("Die Summe ist nicht richtig und wir können nicht bestellen") == "German");
    CHECK(foreign_language("je ne peux pas commander, le message est étrange") == "French");
    CHECK(foreign_language("el total no es correcto y los pedidos no llegan por correo") == "Spanish");
    CHECK(foreign_language("The total is wrong and we can't order die der das") == "");
    CHECK(foreign_language("") == "");
  }

  TEST_CASE("wording: since when") {
    CHECK(says_since("It fails since Tuesday"));
    CHECK(says_since("Seit dem Update"));
    CHECK_FALSE(says_since("It fails"));
  }

  TEST_CASE("markup: HTML becomes what a person reads, all else stays") {
    struct Row {
      const char *text, *plain;
    };
    const Row rows[] = {
        {"<p>a &lt;b&gt; &amp; <EMAIL_1></p>", "\na <b> & <EMAIL_1>\n"},
        {"x<br/>y", "x\ny"},
        {"vector<int> a < b && c > d", "vector<int> a < b && c > d"},
        {"see <p> in the page", "see <p> in the page"},
        {"<script>alert(1)</script><div>x</div>", "\nx\n"},
        {"<style>never closed <br>", ""},
        {"a</p><", "a\n<"},
        {"<br><", "\n<"},
    };
    for (const Row& row : rows) CHECK(without_markup(row.text) == row.plain);
  }

  TEST_CASE("wording: identifiers are split into the words in them") {
    CHECK(content_words("applyDiscount RATE_TABLE the x1") ==
          std::set<std::string>{"apply", "discount", "rate", "table"});
  }
}

}  // namespace
}  // namespace triage::propose
