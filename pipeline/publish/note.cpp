#include "pipeline/publish/note.h"

#include <algorithm>

#include "pipeline/base/phrases.h"
#include "pipeline/publish/failure_place.h"
#include "pipeline/publish/fragment.h"
#include "pipeline/publish/parts.h"
#include "pipeline/redact/promises.h"

namespace triage::publish {
namespace {

const Draft& draft_of(const Run& run) {
  static const Draft none;
  return run.draft ? *run.draft : none;
}

const Verification& verification_of(const Run& run) {
  static const Verification none;
  return run.verification ? *run.verification : none;
}

bool offered(Ending ending) {
  return ending == Ending::draft_pull_request || ending == Ending::preview_branch;
}

// Proven, and nothing against it but perhaps its risk.
bool proven(const Run& run, Ending ending, const NoteContext& context) {
  return (offered(ending) || !context.held.empty()) &&
         verification_of(run).proof == Proof::red_green;
}

// A change that was proposed and not proven speaks against the diagnosis and what was to be told to
// the customer, whatever its author says.
bool is_doubtful(const Run& run, Ending ending, const NoteContext& context) {
  return !draft_of(run).edits.empty() && !proven(run, ending, context);
}

std::string first_line(const Run& run, Ending ending, const NoteContext& context) {
  const Draft& draft = draft_of(run);
  if (ending == Ending::skipped && !run.failure.empty())
    return "**This ticket could not be looked at:** " + sentence(run.failure, 400);
  if (ending == Ending::skipped)
    return "**Not looked at:** " +
           prose(run.classification ? run.classification->skip_reason : "no reason was recorded");
  std::string line = "**" + prose(draft.headline, 240);
  const bool found = run.retrieved && !run.retrieved->places.empty();
  const bool tells_where = ending == Ending::diagnosis || ending == Ending::answer;
  if (found && (tells_where || proven(run, ending, context))) {
    const Confidence confidence = is_doubtful(run, ending, context)
                                      ? std::min(draft.confidence, Confidence::medium)
                                      : draft.confidence;
    line += " (confidence " + std::string(name_of(confidence));
    if (proven(run, ending, context)) line += ", patch proven";
    line += ")";
  }
  line += "**";
  return line;
}

// A bound that ended the work early, told before anything is read from what there is.
std::string stopped_paragraph(const Run& run) {
  const std::string& why = draft_of(run).stopped_by;
  if (why.empty()) return {};
  return "*Stopped early: " + sentence(why, 300) + " This is what there is so far.*\n";
}

std::string tests_in_words(const Verification& v) {
  return "(failing test → passes; " +
         counted(v.tests.passed_before, "existing test", "existing tests") + " still pass)";
}

std::string held_in_words(const NoteContext& context) {
  const bool by_risk = context.risk && context.held.starts_with("its risk");
  const std::string reasons = by_risk ? risk_reasons(*context.risk, 3) : "";
  return prose(context.held, 300) + (reasons.empty() ? "." : ": " + reasons + ".");
}

// What was tried without success, and how often.
std::string failed_attempts(const Run& run) {
  const Draft& draft = draft_of(run);
  const Verification& v = verification_of(run);
  if (draft.edits.empty() && draft.rounds == 0) return {};
  const std::string why = v.policy.empty() ? v.why : "policy refuses it: " + v.policy.front();
  const std::string what =
      draft.rounds > 1
          ? std::to_string(draft.rounds) + " changes were tried and are **not** offered. The last one: "
          : "A change was proposed and is **not** offered: ";
  return what + sentence(why.empty() ? "nothing was proven" : why, 400) + "\n";
}

// What there is to look at, or what became of the attempt.
std::string result_paragraph(const Run& run, Ending ending, const NoteContext& context) {
  const Verification& v = verification_of(run);
  const std::string slot{kPullRequestLink};
  const std::string risk = context.risk ? " Risk: " + context.risk->level + "." : "";
  if (ending == Ending::draft_pull_request)
    return "A fix is ready for review: " + slot + " " + tests_in_words(v) + "." + risk + "\n";
  if (ending == Ending::preview_branch && v.proof == Proof::red_green)
    return "A proven fix is on the preview branch " + slot + " " + tests_in_words(v) + "." +
           (context.held.empty() ? risk
                                 : " It is no draft pull request because " + held_in_words(context)) +
           "\n";
  if (ending == Ending::preview_branch)
    return "A failing test made from the script in the ticket is on the preview branch " + slot +
           ". There is no fix yet.\n";
  if (!context.held.empty())
    return "A change was made and proven " + tests_in_words(v) + ". It is **not** offered because " +
           held_in_words(context) + "\n";
  return failed_attempts(run);
}

std::string failed_where(const Run& run) {
  const FailurePlace place = failure_place(verification_of(run));
  if (!place.path.empty()) {
    const std::string where = code(place.path + ":" + std::to_string(place.line), 160);
    return " in " + (place.function.empty() ? where : code(place.function, 80) + " (" + where + ")");
  }
  if (!place.expected.empty())
    return " (expected " + code(place.expected, 80) + ", got " + code(place.got, 80) + ")";
  return place.check.empty() ? "" : " at " + code(place.check, 160);
}

std::string reproduction_paragraph(const Run& run) {
  const Verification& v = verification_of(run);
  if (!v.reproduced) return {};
  const std::string commit = run.retrieved ? run.retrieved->commit.substr(0, 7) : "the base";
  if (!*v.reproduced)
    return "The script in the ticket was run on " + code(commit) +
           " and ended without an error: it does not show the fault there.\n";
  return "The script in the ticket was run on " + code(commit) + ": it fails" +
         (v.red.empty() ? "" : " with " + code(v.red, 160)) + failed_where(run) +
         ", so the fault is reproduced.\n";
}

std::string known_line(const Run& run) {
  const Draft& draft = draft_of(run);
  constexpr size_t kMost = 4;
  std::string out;
  const auto add = [&](std::string_view title, const std::vector<std::string>& items, auto shown) {
    if (items.empty()) return;
    out += (out.empty() ? "**" : " · **") + std::string(title) + "** ";
    for (size_t i = 0; i < items.size() && i < kMost; ++i)
      out += (i == 0 ? "" : "; ") + shown(items[i], size_t{160});
  };
  add("Understood", draft.understood, quoted);
  add("Assumed", draft.assumed, prose);
  add("Not known", draft.not_known, prose);
  add("Out of scope", draft.out_of_scope, prose);
  return out.empty() ? out : out + "\n";
}

std::string change_in_words(const LastChange& change) {
  return " (last changed in " + code(change.commit.substr(0, 7)) + ", " +
         quoted(change.summary, 80) + ", " + prose(change.author, 60) + ", " +
         day_month(change.time) + ")";
}

// Why a place was found is said where the cause doesn't: for the places after the first.
std::string where_lines(const Run& run, const NoteContext& context) {
  if (!run.retrieved) return {};
  const Draft& draft = draft_of(run);
  std::string out;
  for (size_t i = 0; i < run.retrieved->places.size() && i < 3; ++i) {
    const Place& place = run.retrieved->places[i];
    out += i == 0 ? "- Where: " : "- Also: ";
    out += place_link(context.web, run.retrieved->commit, place.path, place.start, place.end);
    if (!place.symbol.empty()) out += " " + code(place.symbol, 80);
    if (place.last_change &&
        draft.cause.find(place.last_change->commit.substr(0, 7)) == std::string::npos)
      out += change_in_words(*place.last_change);
    if (i > 0 && !draft.by_model && !place.why.empty()) {
      std::vector<std::string> reasons;
      for (size_t w = 0; w < place.why.size() && w < 3; ++w)
        reasons.push_back(prose(place.why[w], 120));
      out += ": " + listed(reasons);
    }
    out += "\n";
  }
  return out;
}

std::string similar_line(const Run& run) {
  if (!run.retrieved || run.retrieved->similar.empty()) return {};
  std::string out = "- Similar: ";
  for (size_t i = 0; i < run.retrieved->similar.size() && i < 3; ++i) {
    const SimilarTicket& ticket = run.retrieved->similar[i];
    if (i > 0) out += " · ";
    out += prose(ticket.key.str(), 60) + " " + quoted(ticket.subject, 80);
    if (!ticket.fixed_by.empty()) out += " (fixed in " + code(ticket.fixed_by, 60) + ")";
  }
  return out + "\n";
}

std::string left_out(size_t dropped) {
  if (dropped == 0) return {};
  return " *(" + counted(dropped, "sentence", "sentences") + " that promised something " +
         (dropped == 1 ? "was" : "were") + " left out)*";
}

// One paragraph where the words for the customer hold the question, else one of each.
std::string for_customer(const Run& run, Ending ending, const NoteContext& context) {
  const Draft& draft = draft_of(run);
  const std::string ticket = run.redaction ? run.redaction->text.str() : std::string();
  const redact::Unpromised question = redact::without_promises(draft.question, ticket);
  const redact::Unpromised note = redact::without_promises(draft.customer_note, ticket);
  const bool asks_in_note =
      !question.text.empty() && note.text.find(question.text) != std::string::npos;
  const std::string once = " (nothing was sent): ";
  std::string out;
  if (!question.text.empty())
    out += "One question to ask, if you agree" + once +
           quoted(asks_in_note ? note.text : question.text, 600) + left_out(question.dropped) + "\n";
  const bool sayable = !asks_in_note && !is_doubtful(run, ending, context);
  if (!note.text.empty() && sayable)
    out += (out.empty() ? "" : "\n") + std::string("For the customer, if you agree") + once +
           quoted(note.text, 600) + left_out(note.dropped) + "\n";
  return out;
}

std::string problems(const Run& run) {
  const Draft& draft = draft_of(run);
  std::vector<std::string> all = draft.problems;
  if (run.retrieved && !run.retrieved->stale.empty() && draft.cause != run.retrieved->stale)
    all.insert(all.begin(), run.retrieved->stale);
  if (run.draft && !run.failure.empty()) all.push_back("A step was given up: " + run.failure);
  if (draft.struck > 0)
    all.push_back(counted(draft.struck, "place", "places") + " that the model named " +
                  (draft.struck == 1 ? "is" : "are") + " not in the code and " +
                  (draft.struck == 1 ? "was" : "were") + " struck out");
  std::string out;
  for (size_t i = 0; i < all.size() && i < 5; ++i)
    out += (i == 0 ? "" : "\n") + std::string("Please note: ") + sentence(all[i], 300) + "\n";
  return out;
}

std::string footer(const Run& run, const NoteContext& context) {
  std::string out = "<sub>triaged run ";
  out += link(run.id, context.console_url);
  out += " · " + spent(run, context.now);
  const std::string hidden = hidden_values(run);
  if (!hidden.empty()) out += " · " + hidden;
  out += " · receipt " + std::string(kReceiptSlot) + "</sub>\n";
  return out;
}

// Of a wish for which nothing is offered yet: how one could tell that it is met.
std::string acceptance_lines(const Run& run, Ending ending) {
  constexpr size_t kMost = 6;
  const bool wish = run.classification && run.classification->kind == TicketKind::feature;
  if (!wish || offered(ending)) return {};  // a pull request has them
  std::string out;
  const std::vector<Criterion> criteria = criteria_of(run);
  for (size_t i = 0; i < criteria.size() && i < kMost; ++i)
    out += "- " + prose(criteria[i].text, 300) + "\n";
  return out.empty() ? out : "**How one could tell that it is done**\n" + out;
}

}  // namespace

std::string render_note(const Run& run, Ending ending, const NoteContext& context) {
  constexpr size_t kMostEvents = 5;
  std::string out = first_line(run, ending, context) + "\n";
  const auto paragraph = [&](const std::string& text) {
    if (!text.empty()) out += "\n" + text;
  };
  if (ending != Ending::skipped) {
    paragraph(stopped_paragraph(run));
    const std::string cause = paragraphs(draft_of(run).cause, 1600);
    paragraph(cause.empty() ? "" : cause + "\n");
    paragraph(artifact(run, ending, context.web));
    paragraph(reproduction_paragraph(run));
    paragraph(result_paragraph(run, ending, context));
    const std::string events = timeline(run, context.web, kMostEvents);
    if (ending == Ending::diagnosis && !events.empty())
      paragraph("**How it comes about**\n" + events);
    paragraph(acceptance_lines(run, ending));
    paragraph(known_line(run));
    if (ending != Ending::answer || draft_of(run).evidence.empty())
      paragraph(where_lines(run, context) + similar_line(run));
    paragraph(for_customer(run, ending, context));
  }
  paragraph(problems(run));
  paragraph(footer(run, context));
  return out;
}

}  // namespace triage::publish
