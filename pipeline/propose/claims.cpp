#include "pipeline/propose/claims.h"

#include <algorithm>
#include <array>

#include "pipeline/propose/asking.h"
#include "pipeline/propose/citations.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/mermaid.h"
#include "pipeline/propose/specification.h"
#include "pipeline/redact/promises.h"

namespace triage::propose {
namespace {

constexpr size_t kMinPart = 8;  // of a quote; less stands anywhere
constexpr std::string_view kNotSaid = " (not said in the ticket)";

using Quotes = CitationCheck::Quotes;

// Whether all parts between the dots of an abridged quote stand in the text, in order.
bool stands_in(std::string_view quote, std::string_view text) {
  std::string plain(quote);
  for (size_t at = plain.find("…"); at != std::string::npos; at = plain.find("…"))
    plain.replace(at, std::string_view("…").size(), "...");
  size_t from = 0;
  bool any = false;
  for (std::string_view rest = plain; !rest.empty();) {
    const size_t dots = std::min(rest.find("..."), rest.size());
    const std::string_view part = trim(rest.substr(0, dots), " .,;:!?\"'[]()");
    rest.remove_prefix(std::min(dots + 3, rest.size()));
    if (part.empty()) continue;
    const size_t at = text.find(part, from);
    if (at == std::string_view::npos) return false;
    from = at + part.size();
    any = true;
  }
  return any;
}

// What stands between quotation marks in folded text.
std::vector<std::string> quotes_in(const std::string& words) {
  std::vector<std::string> out;
  for (size_t open = words.find('"'); open != std::string::npos;) {
    const size_t close = words.find('"', open + 1);
    if (close == std::string::npos) break;
    out.push_back(words.substr(open + 1, close - open - 1));
    open = words.find('"', close + 1);
  }
  return out;
}

// A sentence of the ticket, or words around quotes from it that are most of the entry.
bool is_from_ticket(const std::string& entry, std::string_view ticket) {
  const std::string words = folded(entry);
  if (stands_in(words, ticket)) return true;
  size_t quoted = 0;
  for (const std::string& quote : quotes_in(words)) {
    if (!stands_in(quote, ticket)) return false;
    quoted += quote.size();
  }
  return quoted * 2 > words.size();
}

void move_misquotes(Draft& draft, std::string_view ticket, size_t& misquoted) {
  std::vector<std::string> kept;
  for (std::string& entry : draft.understood) {
    if (is_from_ticket(entry, ticket)) {
      kept.push_back(std::move(entry));
    } else {
      ++misquoted;
      draft.assumed.push_back(std::move(entry));
    }
  }
  draft.understood = std::move(kept);
}

// In a specification every quote is somebody's word.
void mark_misquotes(std::vector<std::string>& entries, std::string_view ticket, size_t& misquoted) {
  for (std::string& entry : entries) {
    const bool wrong = std::ranges::any_of(quotes_in(folded(entry)), [&](const std::string& quote) {
      return quote.size() >= kMinPart && !stands_in(quote, ticket);
    });
    if (!wrong) continue;
    ++misquoted;
    entry += kNotSaid;
  }
}

// A root cause says why; how to cure it belongs to the change.
void move_cures(Draft& draft) {
  static constexpr auto kCures = std::to_array<std::string_view>(
      {"to fix", "the fix ", "a fix ", "fix: ", "fix by ", "solution: ", "the solution ",
       "we should ", "you should ", "i propose", "i suggest", "proposed fix", "suggested fix",
       "recommendation: ", "the remedy ", "to resolve this", "to solve this"});
  std::string kept;
  std::string change = draft.change;
  const std::string_view cause = draft.cause;
  size_t start = 0;
  for (size_t i = 0; i < cause.size(); ++i) {
    const bool mark = cause[i] == '.' || cause[i] == '!' || cause[i] == '?';
    const bool ends = cause[i] == '\n' || i + 1 == cause.size() ||
                      (mark && (cause[i + 1] == ' ' || cause[i + 1] == '\n'));
    if (!ends) continue;
    const std::string_view sentence = cause.substr(start, i + 1 - start);
    start = i + 1;
    const std::string words = folded(trim(sentence, " \t*_-"));
    const bool cures =
        std::ranges::any_of(kCures, [&](auto cure) { return words.starts_with(cure); });
    if (cures) {
      change.append(change.empty() ? "" : " ").append(trim(sentence));
    } else {
      kept += sentence;
    }
  }
  // A draft that is all cure keeps its words: they are what there is.
  if (trim(kept).empty()) return;
  draft.cause = std::string(trim(kept));
  draft.change = std::move(change);
}

void check_timeline(Draft& draft, CitationCheck& citations) {
  for (TimelineEvent& event : draft.timeline) {
    const size_t before = citations.found().size();
    citations.check(event.what);
    if (!event.evidence.path.empty()) {
      if (!citations.check(event.evidence)) {
        event.what += kNotInCode;
        event.evidence = {};
      }
    } else if (citations.found().size() > before) {
      event.evidence = citations.found()[before];
    }
  }
}

void check_code(Draft& draft, CitationCheck& citations) {
  for (std::string* text : {&draft.headline, &draft.cause}) citations.check(*text);
  for (std::string* text : {&draft.change, &draft.title, &draft.question, &draft.customer_note})
    citations.check(*text, Quotes::leave);
  check_timeline(draft, citations);
  for (auto* list : {&draft.understood, &draft.assumed, &draft.not_known, &draft.out_of_scope})
    for (std::string& entry : *list) citations.check(entry);
  for (auto* list : {&draft.acceptance, &draft.steps, &draft.requirements, &draft.disagreements,
                     &draft.undecided})
    for (std::string& entry : *list) citations.check(entry, Quotes::leave);
}

void take_evidence(Draft& draft, const CitationCheck& citations) {
  for (const Evidence& evidence : citations.found()) {
    const bool known = std::ranges::any_of(draft.evidence, [&](const Evidence& e) {
      return e.path == evidence.path && e.start == evidence.start;
    });
    if (!known) draft.evidence.push_back(evidence);
  }
  const std::vector<std::string>& missing = citations.missing();
  draft.struck += static_cast<std::uint32_t>(missing.size());
  if (missing.empty()) return;
  draft.problems.push_back("The model cited " + std::to_string(missing.size()) +
                           " place(s) that are not in the code: " + missing.front() +
                           (missing.size() > 1 ? " and others." : "."));
}

void check_words_of_ticket(Draft& draft, const Run& run) {
  const std::string ticket = folded(run.redaction->text.str());
  size_t misquoted = 0;
  move_misquotes(draft, ticket, misquoted);
  if (run.classification && run.classification->kind == TicketKind::transcript) {
    for (auto* list : {&draft.requirements, &draft.disagreements, &draft.undecided})
      mark_misquotes(*list, ticket, misquoted);
    if (const auto talk = talk_of(run)) hide_speakers(draft, *talk);
  }
  if (misquoted == 0) return;
  draft.problems.push_back(std::to_string(misquoted) +
                           " sentence(s) that the model gave as the ticket's are not in it.");
}

void check_diagram(Draft& draft) {
  if (draft.mermaid.empty()) return;
  auto checked = check_mermaid(draft.mermaid);
  if (checked) {
    draft.mermaid = std::move(*checked);
    return;
  }
  draft.mermaid.clear();
  draft.problems.push_back("The model's diagram was left out: " + checked.error().message + ".");
}

void check_customer_note(Draft& draft, const Run& run) {
  redact::Unpromised kept = redact::without_promises(draft.customer_note, run.redaction->text.str());
  std::size_t dropped = kept.dropped;
  draft.customer_note = std::move(kept.text);
  if (!redact::promise_in(draft.question).empty()) {
    draft.question.clear();
    ++dropped;
  }
  if (dropped == 0) return;
  draft.problems.push_back("The model's words for the customer promised something; " +
                           std::to_string(dropped) + " sentence(s) were left out.");
  if (draft.customer_note.empty()) draft.customer_note = words_for_customer(run, draft);
}

}  // namespace

void check_claims(Draft& draft, const Run& run, const CodeAtCommit& code) {
  const TicketKind kind = run.classification ? run.classification->kind : TicketKind::other;
  if (kind == TicketKind::bug || kind == TicketKind::incident) move_cures(draft);
  check_words_of_ticket(draft, run);
  CitationCheck citations(code, run.redaction->text.str());
  check_code(draft, citations);
  take_evidence(draft, citations);
  check_diagram(draft);
  check_customer_note(draft, run);
}

void take_artifacts(Draft& draft, Draft& by_model) {
  const bool ours = draft.kind == DraftKind::workflow || draft.kind == DraftKind::spec;
  const bool theirs = !by_model.steps.empty() || !by_model.mermaid.empty() ||
                      !by_model.requirements.empty() || !by_model.disagreements.empty() ||
                      !by_model.undecided.empty();
  if (!by_model.timeline.empty()) draft.timeline = std::move(by_model.timeline);
  if (!theirs) {
    // Ours are the ticket's own words, and stand beside whatever the model found.
    if (ours && by_model.kind == DraftKind::diagnosis) by_model.kind = draft.kind;
    return;
  }
  draft.steps = std::move(by_model.steps);
  draft.mermaid = std::move(by_model.mermaid);
  draft.requirements = std::move(by_model.requirements);
  draft.disagreements = std::move(by_model.disagreements);
  draft.undecided = std::move(by_model.undecided);
}

}  // namespace triage::propose
