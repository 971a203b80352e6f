// More ways for a run of the small shop to end: answers, workflows, specifications, a budget that is
// used up, a proven patch that is too risky to offer.
#pragma once

#include "tests/pipeline/publish/shop_runs.h"

namespace triage::publish::testing {

inline Run answer_run() {
  Run run = retrieved_run();
  run.classification->kind = TicketKind::question;
  run.retrieved->similar.clear();
  Draft& draft = run.draft.emplace();
  draft.kind = DraftKind::answer;
  draft.made_by = "gpt-test";
  draft.by_model = true;
  draft.headline = "Discount codes end at midnight UTC";
  draft.cause =
      "`is_valid` compares the code's last day with the time in UTC, so a code that ends today stops "
      "working at midnight UTC, whatever the customer's time zone is.";
  draft.confidence = Confidence::high;
  draft.evidence = {{"symbol", "shop/codes.py", 12, 14, kCommit, "return now.date() <= code.last_day"},
                    {"text", "docs/codes.md", 12, 12, kCommit, "Codes end at midnight UTC."}};
  draft.understood = {"when does SAVE10 end?"};
  draft.not_known = {"which time zone the customer is in"};
  draft.out_of_scope = {"whether codes should end at local midnight"};
  draft.customer_note = "SAVE10 ends at midnight UTC on its last day. Is this what you meant?";
  return run;
}

inline Run workflow_run() {
  Run run = retrieved_run();
  run.classification->kind = TicketKind::operations;
  run.retrieved->places.clear();
  run.retrieved->similar.clear();
  Draft& draft = run.draft.emplace();
  draft.kind = DraftKind::workflow;
  draft.made_by = "gpt-test";
  draft.by_model = true;
  draft.headline = "Proposal: one person owns a return from the call to the answer";
  draft.cause = "The customer was asked for the order number by three people, because nobody sees what the "
                "other two wrote down.";
  draft.confidence = Confidence::medium;
  draft.understood = {"I had to give my order number three times"};
  draft.assumed = {"returns are written down in two systems"};
  draft.not_known = {"who decides about a return"};
  draft.mermaid =
      "flowchart TD\n  call[Customer calls] --> note[Support writes the order number down]\n"
      "  note --> owner{Owner?}\n  owner -->|yes| answer[Owner answers]\n"
      "  owner -->|no| assign[Shift lead names an owner] --> answer\n";
  draft.steps = {"Support writes the order number on the ticket, once.",
                 "The shift lead names an owner when there is none.",
                 "The owner answers the customer."};
  draft.customer_note = "Thank you for telling us. You were asked for the same number three times: is this "
                        "what you meant?";
  return run;
}

inline Run spec_run() {
  Run run = workflow_run();
  run.classification->kind = TicketKind::transcript;
  Draft& draft = *run.draft;
  draft.kind = DraftKind::spec;
  draft.headline = "Draft requirements from the call: gift cards";
  draft.cause = "Three people spoke about gift cards; two points are open.";
  draft.understood = {"gift cards must work together with discount codes"};
  draft.assumed.clear();
  draft.not_known = {"who speaks for the customer"};
  draft.mermaid.clear();
  draft.steps.clear();
  draft.requirements = {"A gift card can be used together with a discount code.",
                        "The rest of a gift card stays on it."};
  draft.disagreements = {"Sales: “cards never end” – Finance: “they end after three years”"};
  draft.undecided = {"whether a card can be used in another currency"};
  draft.customer_note.clear();
  return run;
}

inline Run stopped_run() {
  Run run = wrong_patch_run();
  Draft& draft = *run.draft;
  draft.rounds = 2;
  draft.struck = 1;
  draft.stopped_by = "this run's budget of $2.00 is used up";
  draft.timeline = {
      {"Discounts were rounded for each line", "17 Nov", {"commit", "", 0, 0, "4f2c1aa0000000000000000000000000000000ff", ""}},
      {"Every line's discount is rounded before it is subtracted", "", {"symbol", "shop/pricing.py", 91, 91, kCommit, ""}},
      {"The customer saw 53.96 instead of 53.97", "since Tuesday", {"ticket", "", 0, 0, "", "come out at 53.96"}}};
  return run;
}

// The same patch, touching what nobody wants to see changed unasked.
inline Run risky_run(const std::string& code) {
  Run run = proven_run();
  run.verification->changes.front().content =
      "def apply_discount(lines, code):\n" + code + "    total = 0\n    return total\n";
  return run;
}
inline const std::string kMediumRiskCode = "    lock.acquire()\n    db.execute('SELECT 1')\n    pay.refund()\n";
inline const std::string kHighRiskCode =
    "    subprocess.run(['id'])\n    eval(lines)\n    pickle.loads(code)\n";

}  // namespace triage::publish::testing
