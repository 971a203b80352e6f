// Runs of one ticket of a small shop (a cart's total is a cent too low), made by hand, as they stand
// before publish. Each function is one way for a run to end.
#pragma once

#include <string>

#include "pipeline/base/digest.h"
#include "pipeline/publish/publish.h"
#include "pipeline/receipt/statement.h"
#include "pipeline/redact/redact.h"
#include "tests/fakes/git_repository.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/scripted_http.h"

namespace triage::publish::testing {

inline const std::string kCommit = "1d4e0c2a9b8c7d6e5f40312233445566778899aa";
inline const std::string kEmail = "jane.roe@customer.example";
inline const std::string kApiKey = "sk_live_51HxQw8ZtR2vNc7Lp0aYb3Ge";

inline Ticket shop_ticket() {
  Ticket ticket;
  ticket.key = {"desk", "5120"};
  ticket.revision = "r1";
  ticket.url = "https://desk.example/tickets/5120";
  ticket.subject = RawText("Totals are off by a cent since Tuesday");
  ticket.body = RawText(
      "Hello,\n\nour totals are off by a cent since Tuesday. Three items at 19.99 with the code "
      "SAVE10 come out at 53.96 instead of 53.97. The shop is reached with " + kApiKey +
      ".\n\nRegards\n" + kEmail);
  return ticket;
}

// What every run of this ticket has before it differs.
inline Run retrieved_run() {
  Run run;
  run.ticket = shop_ticket();
  run.id = run_id_for(run.ticket.key, run.ticket.revision);
  run.project = "shop";
  run.depth = config::Depth::draft_pull_request;
  run.started = *parse_rfc3339("2026-11-21T07:59:19Z");
  Classification& kind = run.classification.emplace();
  kind.kind = TicketKind::bug;
  kind.p = 0.91;
  kind.severity = "normal";
  run.redaction = redact::redact_ticket(run.ticket);
  Retrieved& found = run.retrieved.emplace();
  found.branch = "main";
  found.commit = kCommit;
  found.trust = "exact";
  Place place;
  place.path = "shop/pricing.py";
  place.start = 88;
  place.end = 97;
  place.symbol = "apply_discount";
  place.score = 9.5;
  place.why = {"symbol discount", "rare words: cent, rounding"};
  place.last_change = LastChange{"4f2c1aa0000000000000000000000000000000ff", "Ada Lovelace",
                                 "round per line", *parse_rfc3339("2026-11-17T10:00:00Z")};
  found.places.push_back(place);
  found.similar.push_back({{"desk", "1311"}, "Cart shows one cent too much", "", 0.8, "9be01d2"});
  return run;
}

inline Draft model_draft() {
  Draft draft;
  draft.kind = DraftKind::patch;
  draft.made_by = "gpt-test";
  draft.by_model = true;
  draft.headline = "Likely cause: discount codes are applied after rounding";
  draft.cause =
      "The total of 3 × 19.99 with SAVE10 comes out one cent too low because `apply_discount` "
      "rounds each line before it subtracts.";
  draft.confidence = Confidence::high;
  draft.evidence.push_back(
      {"symbol", "shop/pricing.py", 91, 91, kCommit, "line_total = round(price * count, 2)"});
  draft.understood = {"our totals are off by a cent since Tuesday."};
  draft.assumed = {"the EU price list (the customer's country)"};
  draft.not_known = {"whether refunds are affected"};
  draft.customer_note =
      "Thanks for the clear example. We believe that we found the reason: is the total always a cent "
      "too low when a code is used? We'll confirm once it has been reviewed.";
  draft.acceptance = {"A cart of 3 × 19.99 with SAVE10 totals 53.97.",
                      "Carts without a discount are unchanged.",
                      "A discount is rounded once."};
  draft.timeline = {{"Discounts began to be rounded for each line", "17 Nov 2026",
                     {"commit", "", 0, 0, "4f2c1aa0000000000000000000000000000000ff", ""}},
                    {"Each line's discount is rounded, then subtracted", "",
                     {"symbol", "shop/pricing.py", 91, 91, kCommit, ""}}};
  draft.rounds = 2;
  draft.title = "Apply discounts before rounding so that cart totals match line totals";
  draft.change = "Subtract the discount first and round once, at the end.";
  draft.edits.push_back({"shop/pricing.py", {{"a", "b", 91}}, std::nullopt, false});
  draft.exchanges.push_back({"gpt-test", "https://models.example/v1", "aa", "bb", 9000, 700, 0, 0.058,
                             Milliseconds(21'000), ""});
  return draft;
}

inline Verification red_green() {
  Verification v;
  v.proof = Proof::red_green;
  v.why =
      "tests.test_pricing.PricingTest.test_discount_rounding fails on the base with "
      "\"AssertionError\" and passes with the patch 3 of 3 times; 214 tests passed before, 215 after";
  v.red = "AssertionError: Decimal('53.96') != Decimal('53.97')";
  v.tests.fixed = {"tests.test_pricing.PricingTest.test_discount_rounding"};
  v.tests.passed_before = 214;
  v.tests.passed_after = 215;
  v.changes = {{"shop/pricing.py",
                "def apply_discount(lines, code):\n    total = round(sum(lines), 2)\n    return total\n",
                false},
               {"tests/test_pricing.py", "from shop import pricing\n\nclass PricingTest: ...\n", false}};
  v.diff =
      "diff --git a/shop/pricing.py b/shop/pricing.py\n--- a/shop/pricing.py\n"
      "+++ b/shop/pricing.py\n@@ -88,5 +88,5 @@ def apply_discount\n-a\n-b\n+c\n+d\n+e\n"
      "diff --git a/tests/test_pricing.py b/tests/test_pricing.py\n--- a/tests/test_pricing.py\n"
      "+++ b/tests/test_pricing.py\n@@ -10,0 +11,2 @@\n+x\n+y\n";
  v.steps = {{"base tests", "python3 -m unittest", 0, Milliseconds(1900),
              "Ran 214 tests in 1.8s\n\nOK\n"},
             {"new tests on base", "python3 -m unittest", 1, Milliseconds(2000),
              "FAIL: test_discount_rounding\nAssertionError: Decimal('53.96') != "
              "Decimal('53.97')\n"},
             {"tests with the patch 1/3", "python3 -m unittest", 0, Milliseconds(2000),
              "Ran 215 tests in 1.9s\n\nOK\n"},
             {"tests with the patch 2/3", "python3 -m unittest", 0, Milliseconds(2000),
              "Ran 215 tests in 1.9s\n\nOK\n"},
             {"tests with the patch 3/3", "python3 -m unittest", 0, Milliseconds(2000),
              "Ran 215 tests in 1.9s\n\nOK\n"}};
  return v;
}

inline Run proven_run() {
  Run run = retrieved_run();
  run.draft = model_draft();
  run.verification = red_green();
  return run;
}

inline Run wrong_patch_run() {
  Run run = proven_run();
  Verification& v = *run.verification;
  v.proof = Proof::applies;
  v.tests.fixed.clear();
  v.tests.broken = {"tests.test_cart.CartTest.test_total"};
  v.why = "with the patch tests.test_cart.CartTest.test_total no longer passes";
  v.red.clear();
  return run;
}

inline Draft offline_diagnosis() {
  Draft draft;
  draft.made_by = "offline";
  draft.headline =
      "Made without a model from the code index: most likely `apply_discount` in "
      "shop/pricing.py:91";
  draft.cause =
      "The words of the ticket match `apply_discount` in shop/pricing.py:91 best (symbol discount). "
      "It was last changed by Ada Lovelace on 17 Nov 2026 in 4f2c1aa (\"round per line\"). This says "
      "where to look, not why it happens: no model was asked.";
  draft.confidence = Confidence::medium;
  draft.understood = {"our totals are off by a cent since Tuesday."};
  draft.assumed = {"the customer runs code like `main` at 1d4e0c2"};
  draft.not_known = {"which version the customer runs",
                     "why it happens: nothing was run and no model was asked"};
  draft.customer_note =
      "Thank you for the clear report. As we understand it: \"our totals are off by a cent since "
      "Tuesday.\" Did we understand you right, and does it happen every time?";
  draft.title = "Totals are off by a cent since Tuesday";
  return draft;
}

inline Run offline_run() {
  Run run = retrieved_run();
  run.draft = offline_diagnosis();
  run.verification.emplace().why = "no patch was proposed";
  return run;
}

inline Run reproduced_run() {
  Run run = offline_run();
  Verification& v = *run.verification;
  v.reproduced = true;
  v.red = "AssertionError: Decimal('53.96') != Decimal('53.97')";
  v.why = "a failing test made from the ticket's own reproduction";
  v.changes = {{"tests/test_ticket_5120.py", "import unittest\n", false}};
  v.diff =
      "diff --git a/tests/test_ticket_5120.py b/tests/test_ticket_5120.py\n--- /dev/null\n"
      "+++ b/tests/test_ticket_5120.py\n@@ -0,0 +1,1 @@\n+import unittest\n";
  return run;
}

inline Run question_run() {
  Run run = retrieved_run();
  run.retrieved->places.clear();
  run.retrieved->similar.clear();
  Draft& draft = run.draft.emplace();
  draft.kind = DraftKind::question;
  draft.made_by = "offline";
  draft.headline =
      "Made without a model from the code index: too little to search with; one question would help";
  draft.cause = "The ticket does not say enough to find a place in the code. No model was asked.";
  draft.understood = {"It does not work."};
  draft.not_known = {"which version the customer runs"};
  draft.question = "Which version do you use? Settings → About shows it.";
  draft.customer_note = "Thank you for writing to us. " + draft.question;
  return run;
}

inline Run no_change_run() {
  Run run = retrieved_run();
  run.classification->kind = TicketKind::question;
  run.retrieved->similar.clear();
  run.retrieved->places.front() = {"docs/codes.md", 12, 18, "Codes end at midnight", 7.0,
                                   {"words: code, midnight"}, "", std::nullopt, std::nullopt};
  Draft& draft = run.draft.emplace();
  draft.kind = DraftKind::no_change;
  draft.made_by = "gpt-test";
  draft.by_model = true;
  draft.headline = "No code change is needed: discount codes end at midnight UTC";
  draft.cause = "The documentation says when a code ends; the customer tried it an hour later.";
  draft.confidence = Confidence::high;
  draft.understood = {"my code stopped working at one in the morning"};
  draft.customer_note = "Codes end at midnight UTC, which is one in the morning in your country.";
  return run;
}

inline Run skipped_run(TicketKind kind, const std::string& reason) {
  Run run = retrieved_run();
  run.retrieved.reset();
  run.classification->kind = kind;
  run.classification->skip_reason = reason;
  return run;
}

inline Run model_unreachable_run() {
  Run run = offline_run();
  run.draft->problems = {
      "The model gpt-test at https://models.example/v1 could not be used: connect: timed out after "
      "10 s; this was made without a model."};
  return run;
}

inline Run repository_unreachable_run() {
  Run run = retrieved_run();
  Retrieved found;
  found.stale =
      "The code of project shop could not be read, so nothing was searched: fetch: no such host: "
      "check the repository's address in projects.shop.repository";
  run.retrieved = found;
  Draft& draft = run.draft.emplace();
  draft.made_by = "offline";
  draft.headline =
      "Made without a model from the code index: the code could not be read, so nothing was "
      "searched";
  draft.cause = found.stale;
  draft.understood = {"our totals are off by a cent since Tuesday."};
  return run;
}

struct NoMemory final : TicketMemory {
  std::vector<SimilarTicket> similar(const SafeText&, const TicketKey&, size_t) override {
    return {};
  }
};

// A tree out of thin air whose blobs are the digests of what they hold.
struct Entry {
  std::string content;
  retrieval::TreeFile::Kind kind = retrieval::TreeFile::Kind::regular;
};
inline verify::BaseTree tree(const std::map<std::string, Entry>& entries) {
  std::vector<retrieval::TreeFile> files;
  for (const auto& [path, entry] : entries)
    files.push_back({path, sha256_hex(entry.content), entry.kind});
  return {std::move(files), [entries](const retrieval::TreeFile& file) -> Result<std::string> {
            return entries.at(file.path).content;
          }};
}

// Everything the stage is given; it uses project, clock and console_url only.
struct Desk {
  Desk() {
    project.name = "shop";
    project.web_url = "https://git.example/shop/shop";
    project.labels = {"triage/bug", "triage/question", "severity/high", "severity/normal"};
  }
  // The publication of a run.
  Publication publish(Run& run) {
    LimitedBudget budget(1.0);
    const StageContext context{settings, project, clock, http, code, memory, budget,
                               "https://triage.example/runs/" + run.id, "", {}, false, nullptr, open_drafts};
    std::optional<CodeAtHand> trees;
    if (run.verification) {
      std::map<std::string, Entry> result = base;
      for (const FileChange& change : run.verification->changes) {
        result.erase(change.path);
        if (change.content) result[change.path] = {*change.content, {}};
      }
      trees = CodeAtHand{tree(base), tree(result)};
    }
    auto publication = make_publication(context, run, trees ? &*trees : nullptr);
    REQUIRE(publication.ok());
    run.publication = *publication;
    run.publication->statement =
        receipt::run_statement(run, publication->effects, publication->ending, clock.now());
    return *run.publication;
  }

  // The shop's repository at the base commit.
  std::map<std::string, Entry> base{
      {"shop/pricing.py", {"def apply_discount(lines, code):\n    total = 0\n    return total\n", {}}},
      {".github/CODEOWNERS", {"* @acme/everybody\n/shop/ @acme/pricing @ada\n", {}}},
      {"tests/test_cart.py", {"class CartTest: ...\n", {}}}};

  std::uint32_t open_drafts = 0;
  fakes::TemporaryDirectory cache;
  config::Settings settings;
  config::ProjectSettings project;
  fakes::ManualClock clock;
  triage::testing::ScriptedHttp http;
  retrieval::CodeLibrary code{cache.path()};
  NoMemory memory;
};

inline const Effect* effect_of(const Publication& publication, EffectKind kind) {
  for (const Effect& effect : publication.effects) {
    if (effect.kind == kind) return &effect;
  }
  return nullptr;
}

}  // namespace triage::publish::testing
