// What a model says about the code and the ticket, held to both.
#include "pipeline/propose/claims.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "pipeline/propose/asking.h"
#include "pipeline/propose/citations.h"
#include "pipeline/redact/promises.h"
#include "tests/pipeline/propose/sample_run.h"

namespace triage::propose {
namespace {

using namespace testing;  // NOLINT: the sample run's words

struct Row {
  const char *name, *said, *read;
  size_t missing;
};

// shop/pricing.py has 3 lines: def apply_discount(lines, code): / rate = RATES[code] / return
// round(…, 2)
constexpr Row kRows[] = {
    {"there", "See shop/pricing.py:2.", "See shop/pricing.py:2.", 0},
    {"in backticks", "See `shop/pricing.py:2`.", "See `shop/pricing.py:2`.", 0},
    {"a range", "shop/pricing.py:2-3", "shop/pricing.py:2-3", 0},
    {"an en dash", "shop/pricing.py:2–3", "shop/pricing.py:2–3", 0},
    {"a column", "shop/pricing.py:2:5", "shop/pricing.py:2:5", 0},
    {"of a permalink", "shop/pricing.py#L2-L3", "shop/pricing.py#L2-L3", 0},
    {"in parentheses", "shop/pricing.py(2)", "shop/pricing.py(2)", 0},
    {"in words", "shop/pricing.py line 2", "shop/pricing.py line 2", 0},
    {"in words with a comma", "In `shop/pricing.py`, lines 2-3, it",
     "In `shop/pricing.py`, lines 2-3, it", 0},
    {"line before path", "On line 2 of `shop/pricing.py` it", "On line 2 of `shop/pricing.py` it",
     0},
    {"no such line", "See `shop/pricing.py:99`.", "See `shop/pricing.py:99` (not in the code).", 1},
    {"range ends too late", "shop/pricing.py:2-4", "shop/pricing.py:2-4 (not in the code)", 1},
    {"permalink too late", "shop/pricing.py#L9", "shop/pricing.py#L9 (not in the code)", 1},
    {"parentheses too late", "shop/pricing.py(9)", "shop/pricing.py(9) (not in the code)", 1},
    {"words too late", "shop/pricing.py at line 9", "shop/pricing.py at line 9 (not in the code)",
     1},
    {"before, too late", "line 9 of shop/pricing.py", "line 9 of shop/pricing.py (not in the code)",
     1},
    {"no such file", "shop/gone.py:1", "shop/gone.py:1 (not in the code)", 1},
    {"line beyond counting", "shop/pricing.py:99999999999",
     "shop/pricing.py:99999999999 (not in the code)", 1},
    {"Windows", "shop\\pricing.py:2", "shop/pricing.py:2 (path corrected)", 0},
    {"Windows with a drive", "C:\\app\\shop\\pricing.py:2", "shop/pricing.py:2 (path corrected)",
     0},
    {"deployed", "`/srv/app/v7/shop/pricing.py:2`", "`shop/pricing.py:2` (path corrected)", 0},
    {"a bare name that one file has", "pricing.py:2", "shop/pricing.py:2 (path corrected)", 0},
    {"a bare name that nobody has", "prices.py:2", "prices.py:2 (not in the code)", 1},
    {"deployed, but not ours", "/usr/lib/python3/json.py:2",
     "/usr/lib/python3/json.py:2 (not in the code)", 1},
    {"quoted line", "`rate = RATES[code]` (shop/pricing.py:2)",
     "`rate = RATES[code]` (shop/pricing.py:2)", 0},
    {"part of a line", "shop/pricing.py:3 has `round(lines * rate, 2)`",
     "shop/pricing.py:3 has `round(lines * rate, 2)`", 0},
    {"quoted with other blanks", "`rate  =  RATES[code]` in shop/pricing.py:2",
     "`rate  =  RATES[code]` in shop/pricing.py:2", 0},
    {"quoted line stands elsewhere", "`return round(lines * rate, 2)` (shop/pricing.py:1)",
     "`return round(lines * rate, 2)` (shop/pricing.py:3 (line corrected))", 0},
    {"quoted line, line too high", "shop/pricing.py:88 reads `rate = RATES[code]`.",
     "shop/pricing.py:2 (line corrected) reads `rate = RATES[code]`.", 0},
    {"quoted line is invented", "shop/pricing.py:2 reads `rate = PRICES[code] or 0`.",
     "shop/pricing.py:2 reads `rate = PRICES[code] or 0` (not in the code).", 1},
    {"a quote of another sentence",
     "It fails in shop/pricing.py:2. Try `x = compute(1, 2)` instead.",
     "It fails in shop/pricing.py:2. Try `x = compute(1, 2)` instead.", 0},
    {"words of the ticket are no code", "shop/pricing.py:2 says `it fails with (code 7) = bad`",
     "shop/pricing.py:2 says `it fails with (code 7) = bad`", 0},
    {"an error is no line of code", "shop/pricing.py:2 raises `KeyError: 'X' (in RATES)`",
     "shop/pricing.py:2 raises `KeyError: 'X' (in RATES)`", 0},
    {"a command is no line of code", "`pytest -k \"a = b\"` shows shop/pricing.py:2",
     "`pytest -k \"a = b\"` shows shop/pricing.py:2", 0},
    {"a name is no line of code", "`apply_discount` in shop/pricing.py:2",
     "`apply_discount` in shop/pricing.py:2", 0},
    {"a fence", "shop/pricing.py:2\n```python\nrate = RATES[code]\n```",
     "shop/pricing.py:2\n```python\nrate = RATES[code]\n```", 0},
    {"a fence with numbers", "shop/pricing.py:2\n```\n> 2 | rate = RATES[code]\n```",
     "shop/pricing.py:2\n```\n> 2 | rate = RATES[code]\n```", 0},
    {"a fence with an invented line",
     "```python shop/pricing.py\nrate = RATES[code]\nrate = max(rate, 0)\n```",
     "```python shop/pricing.py\nrate = RATES[code]\nrate = max(rate, 0) (not in the code)\n```",
     1},
    {"a fence of nobody's", "Try:\n```python\nx = 1\n```", "Try:\n```python\nx = 1\n```", 0},
    {"addresses and times",
     "At 12:30 see http://example.com:80/a.py:7, 127.0.0.1:8080, db.internal:5432, note:5",
     "At 12:30 see http://example.com:80/a.py:7, 127.0.0.1:8080, db.internal:5432, note:5", 0},
    {"typographic quotes", "“shop/pricing.py:9”", "“shop/pricing.py:9 (not in the code)”", 1},
    {"empty", "", "", 0},
};

Draft claimed(TicketKind kind, Draft draft) {
  Run run =
      ticket(kind, "Checkout fails", "The checkout fails.  It said “no code”, twice.\nI want CSV.");
  check_claims(draft, run, shop_code());
  return draft;
}

TEST_SUITE("propose") {
  TEST_CASE("citations: what is there stays, what can be put right is, the rest is struck") {
    const CodeAtCommit code = shop_code();
    for (const Row& row : kRows) {
      CAPTURE(std::string(row.name));
      CitationCheck check(code, "It fails with (code 7) = bad.");
      std::string text = row.said;
      check.check(text);
      CHECK(text == std::string(row.read));
      CHECK(check.missing().size() == row.missing);
    }
  }

  TEST_CASE("citations: what was found is evidence with its line, each once") {
    const CodeAtCommit code = shop_code();
    CitationCheck check(code, "");
    std::string text =
        "shop/pricing.py:88 is `rate = RATES[code]`, see /app/shop/cart.py:3-4 and shop/cart.py:3";
    check.check(text);
    REQUIRE(check.found().size() == 2);
    CHECK(check.found()[0].start == 2);
    CHECK(check.found()[0].text == "rate = RATES[code]");
    CHECK(check.found()[1].path == "shop/cart.py");
    CHECK(check.found()[1].end == 4);
    CHECK(check.found()[1].commit == code.commit);
  }

  TEST_CASE("citations: a name that two files have is not guessed at") {
    CodeAtCommit code = shop_code();
    CitationCheck one(code, "");
    std::string text = "cart.py:3";
    one.check(text);
    CHECK(one.missing().empty());
    code.paths.emplace_back("old/cart.py");
    CitationCheck two(code, "");
    text = "cart.py:3";
    two.check(text);
    CHECK(text == "cart.py:3 (not in the code)");
  }

  TEST_CASE("citations: where no code could be read, nothing passes") {
    const CodeAtCommit none;
    CitationCheck check(none, "");
    std::string text = "See shop/pricing.py:2.";
    check.check(text);
    CHECK(text == "See shop/pricing.py:2 (not in the code).");
  }

  TEST_CASE("citations: hostile text is bounded, and what was not looked up says so") {
    const CodeAtCommit code = shop_code();
    CitationCheck check(code, "");
    std::string text;
    for (int i = 1; i <= 300; ++i) text += "shop/f" + std::to_string(i) + ".py:1\n";
    check.check(text);
    CHECK(text.find("shop/f200.py:1 (not in the code)") != std::string::npos);
    CHECK(text.find("shop/f201.py:1 (not checked)") != std::string::npos);
    CHECK(check.missing().size() == 300);
    for (std::string odd :
         {std::string(200'000, ':'), std::string(200'000, '`'), std::string(200'000, '/'),
          std::string("a.py:1`b.py:2`") + std::string(50'000, '`'), std::string("```\n```\n```")}) {
      CitationCheck other(code, "");
      const size_t size = odd.size();
      other.check(odd);
      CHECK(odd.size() >= size);
    }
  }

  TEST_CASE("claims: every prose field is checked, and what is struck is counted") {
    Draft draft;
    draft.headline = "a.py:1";
    draft.cause = "b.py:1";
    draft.change = "c.py:1, then `x = f(1, 2)` in shop/pricing.py:2";
    draft.title = "d.py:1";
    draft.question = "e.py:1?";
    draft.customer_note = "f.py:1";
    draft.assumed = {"g.py:1"};
    draft.not_known = {"h.py:1"};
    draft.out_of_scope = {"i.py:1"};
    draft.acceptance = {"j.py:1"};
    draft.steps = {"k.py:1"};
    draft.requirements = {"l.py:1"};
    draft.disagreements = {"m.py:1"};
    draft.undecided = {"n.py:1"};
    draft.timeline = {{"o.py:1", "", {}},
                      {"gone", "", {"code", "p.py", 1, 1, "", ""}},
                      {"good", "", {"code", "/app/shop/cart.py", 4, 4, "", ""}},
                      {"cites shop/cart.py:3", "", {}}};
    const Draft checked = claimed(TicketKind::bug, draft);
    CHECK(checked.struck == 16);
    for (const std::string& text :
         {checked.headline, checked.cause, checked.title, checked.question, checked.customer_note,
          checked.assumed[0], checked.not_known[0], checked.out_of_scope[0], checked.acceptance[0],
          checked.steps[0], checked.requirements[0], checked.disagreements[0], checked.undecided[0],
          checked.timeline[0].what, checked.timeline[1].what})
      CHECK(text.find("(not in the code)") != std::string::npos);
    CHECK(checked.change == "c.py:1 (not in the code), then `x = f(1, 2)` in shop/pricing.py:2");
    CHECK(checked.timeline[1].evidence.path.empty());
    CHECK(checked.timeline[2].evidence.path == "shop/cart.py");
    CHECK(checked.timeline[2].evidence.text == "return apply_discount(cart.lines, cart.code)");
    CHECK(checked.timeline[3].evidence.start == 3);
    REQUIRE(checked.problems.size() == 1);
    CHECK(
        checked.problems[0].starts_with("The model cited 16 place(s) that are not in the code: "));
  }

  TEST_CASE("claims: understood is what the ticket says, all else was assumed") {
    struct Quote {
      const char* said;
      bool from_ticket;
    };
    for (const Quote& row :
         {Quote{"The checkout fails.", true}, Quote{"\"the CHECKOUT   fails\"", true},
          Quote{"“It said \"no code\", twice.”", true}, Quote{"It said ... twice", true},
          Quote{"The customer says “the checkout fails” and “I want CSV”", true},
          Quote{"The checkout is slow.", false}, Quote{"It said ... CSV ... twice", false},
          Quote{"The customer says “I want PDF”", false},
          Quote{"A long story of mine around “I want CSV” that says far more than that", false},
          Quote{"...", false}}) {
      CAPTURE(std::string(row.said));
      Draft draft;
      draft.understood = {row.said};
      const Draft checked = claimed(TicketKind::bug, draft);
      CHECK(checked.understood.size() == (row.from_ticket ? 1 : 0));
      CHECK(checked.assumed.size() == (row.from_ticket ? 0 : 1));
      CHECK(checked.problems.size() == (row.from_ticket ? 0 : 1));
    }
  }

  TEST_CASE("claims: in a specification nobody is given words that they did not say") {
    Draft draft;
    draft.requirements = {"Export as CSV — “I want CSV” (customer)",
                          "PDF — “we all want PDF now” (customer)"};
    draft.disagreements = {"format: “I want CSV” (customer); “CSV is impossible” (engineer)"};
    draft.undecided = {"the date"};
    const Draft checked = claimed(TicketKind::transcript, draft);
    CHECK(checked.requirements[0] == draft.requirements[0]);
    CHECK(checked.requirements[1] == draft.requirements[1] + " (not said in the ticket)");
    CHECK(checked.disagreements[0].ends_with("(not said in the ticket)"));
    CHECK(checked.undecided[0] == "the date");
    REQUIRE(checked.problems.size() == 1);
    CHECK(checked.problems[0].starts_with("2 sentence(s)"));
  }

  TEST_CASE("claims: speakers stand by what we call them, after their words were looked up") {
    Run run = ticket(TicketKind::transcript, "Call",
                     "Anna Berg (PM): we want it as CSV\nBen: no, PDF is what we need\nAnna Berg: "
                     "why is that, Ben?\nBen: because of the bank");
    Draft draft;
    draft.cause = "Anna and Ben differ.";
    draft.requirements = {"CSV — “we want it as CSV” (Anna Berg)",
                          "why — “why is that, Ben?” (Anna)"};
    check_claims(draft, run, shop_code());
    CHECK(draft.cause == "[PM] and [Speaker 2] differ.");
    CHECK(draft.requirements[0] == "CSV — “we want it as CSV” (PM)");
    CHECK(draft.requirements[1] == "why — “why is that, [Speaker 2]?” (PM)");
    CHECK(draft.problems.empty());
  }

  TEST_CASE("claims: a root cause holds no cure") {
    Draft draft;
    draft.cause =
        "It rounds twice. To fix this, round once.\nThe fix is small. We should know why.";
    draft.change = "Round once.";
    CHECK(claimed(TicketKind::bug, draft).cause == "It rounds twice.");
    CHECK(claimed(TicketKind::bug, draft).change ==
          "Round once. To fix this, round once. The fix is small. We should know why.");
    CHECK(claimed(TicketKind::feature, draft).cause == draft.cause);
    draft.cause = "The fixture is wrong (shop/cart.py:3). It rounds.";
    CHECK(claimed(TicketKind::bug, draft).cause == draft.cause);
    draft.cause = "To fix this, round once.";
    CHECK(claimed(TicketKind::bug, draft).cause == draft.cause);
  }

  TEST_CASE("claims: a diagram passes in our writing or not at all") {
    Draft draft;
    draft.mermaid = "graph TD\na[x]-->b";
    CHECK(claimed(TicketKind::operations, draft).mermaid == "flowchart TD\n  a[\"x\"] --> b\n");
    draft.mermaid = "graph TD\na-->b\nclick a \"https://evil.example\"";
    const Draft checked = claimed(TicketKind::operations, draft);
    CHECK(checked.mermaid.empty());
    REQUIRE(checked.problems.size() == 1);
    CHECK(checked.problems[0] ==
          "The model's diagram was left out: line 3 of the diagram: it is not plain nodes and "
          "links.");
  }

  TEST_CASE("claims: a model that gives no artifact leaves ours") {
    Draft offline;
    offline.kind = DraftKind::spec;
    offline.requirements = {"“CSV” (customer)"};
    offline.undecided = {"when"};
    Draft by_model;
    take_artifacts(offline, by_model);
    CHECK(by_model.kind == DraftKind::spec);
    CHECK(offline.requirements.size() == 1);
    by_model.requirements = {"R"};
    take_artifacts(offline, by_model);
    CHECK(offline.requirements == std::vector<std::string>{"R"});
    CHECK(offline.undecided.empty());
  }
}

struct Words {
  const char* text;
  bool promise;
};
constexpr Words kWords[] = {
    {"We will look into it.", false},
    {"We'll confirm once it has been reviewed.", false},
    {"We will let you know what we find.", false},
    {"Thank you. Is this what you meant?", false},
    {"We believe we found the reason.", false},
    {"When will it fail for you?", false},
    {"Does the willow theme show it?", false},
    {"Wir werden das prüfen.", false},
    {"We will fix it.", true},
    {"We’ll fix this for you.", true},
    {"It will be fixed in the next release.", true},
    {"You will get a refund.", true},
    {"We will look into it by Friday.", true},
    {"We will get back to you within 24 hours.", true},
    {"We'll gladly add that.", true},
    {"The fix has been deployed.", true},
    {"This is fixed in version 2.", true},
    {"We guarantee that no data is lost.", true},
    {"It won't happen again.", true},
    {"Our engineers will ship a patch.", true},
    {"Das wird morgen behoben.", true},
    {"Wir garantieren das.", true},
};

TEST_SUITE("propose") {
  TEST_CASE("promises: what a colleague may say passes, a promise does not") {
    for (const Words& row : kWords) {
      CAPTURE(std::string(row.text));
      CHECK(redact::promise_in(row.text).empty() != row.promise);
    }
  }

  TEST_CASE("promises: only the sentence that promises goes") {
    const redact::Unpromised kept =
        redact::without_promises("Thank you. We will fix it by Monday! Is this what you meant?", "");
    CHECK(kept.text == "Thank you. Is this what you meant?");
    CHECK(kept.dropped == 1);
    const redact::Unpromised whole = redact::without_promises("Thank you for version 1.2 of it", "");
    CHECK(whole.text == "Thank you for version 1.2 of it");
    CHECK(whole.dropped == 0);

    Draft draft;
    draft.customer_note = "We will fix it.";
    const Draft checked = claimed(TicketKind::bug, draft);
    CHECK_FALSE(checked.customer_note.empty());
    CHECK(redact::promise_in(checked.customer_note).empty());
    REQUIRE(checked.problems.size() == 1);
  }

  TEST_CASE("promises: none of our own words promises anything") {
    for (size_t i = 0; i < names(TicketKind{}).size(); ++i) {
      for (const char* body :
           {"The total is wrong.", "Die Summe ist nicht richtig und wir können nicht bestellen",
            "je ne peux pas commander, le message est étrange",
            "el total no es correcto y los pedidos no llegan por correo"}) {
        Run run = ticket(static_cast<TicketKind>(i), "Wrong", body);
        run.classification->missing = {"steps"};
        Draft draft;
        draft.understood = {body};
        const std::string note = words_for_customer(run, draft);
        CAPTURE(note);
        CHECK(redact::without_promises(note, body).text == note);
      }
    }
  }
}

}  // namespace
}  // namespace triage::propose
