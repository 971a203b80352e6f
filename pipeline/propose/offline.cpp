#include "pipeline/propose/offline.h"

#include <algorithm>
#include <array>

#include "pipeline/base/phrases.h"
#include "pipeline/base/utf8.h"
#include "pipeline/propose/acceptance.h"
#include "pipeline/propose/asking.h"
#include "pipeline/propose/evidence.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/reproduction.h"
#include "pipeline/propose/specification.h"
#include "pipeline/propose/timeline.h"
#include "pipeline/propose/wording.h"
#include "pipeline/propose/workflow.h"

namespace triage::propose {
namespace {

constexpr std::string_view kPreface = "Made without a model from the code index: ";
constexpr size_t kMaxCode = 120;
constexpr size_t kMaxTitle = 100;
constexpr size_t kQuoted = 2;  // sentences of the customer

std::string quoted(std::string_view text) { return "“" + std::string(text) + "”"; }

std::string code(std::string_view text) {
  std::string line = repair_utf8(truncate_utf8(text, kMaxCode));
  std::ranges::replace(line, '`', '\'');
  return "`" + line + "`";
}

std::string date_of(TimePoint time) { return to_rfc3339(time).substr(0, 10); }

std::string trust_words(const Retrieved& found) {
  if (found.trust == "exact") return "The evidence points at this place directly. ";
  if (found.trust == "likely") return "It is the best match by a clear margin, not a certainty. ";
  return "The match is weak: take it as a place to start, not as an answer. ";
}

Confidence confidence_of(const Retrieved& found) {
  if (found.trust == "exact") return Confidence::high;
  return found.trust == "likely" ? Confidence::medium : Confidence::low;
}

std::string language_name(const std::string& language) {
  static constexpr auto kNames =
      std::to_array<std::pair<std::string_view, std::string_view>>({{"python", "Python"},
                                                                    {"java", "Java"},
                                                                    {"javascript", "JavaScript"},
                                                                    {"go", "Go"},
                                                                    {"rust", "Rust"},
                                                                    {"ruby", "Ruby"},
                                                                    {"php", "PHP"},
                                                                    {"csharp", "C#"},
                                                                    {"c++", "C++"},
                                                                    {"c", "C"},
                                                                    {"objective-c", "Objective-C"},
                                                                    {"swift", "Swift"},
                                                                    {"kotlin", "Kotlin"},
                                                                    {"scala", "Scala"},
                                                                    {"groovy", "Groovy"},
                                                                    {"clojure", "Clojure"},
                                                                    {"elixir", "Elixir"},
                                                                    {"erlang", "Erlang"},
                                                                    {"perl", "Perl"},
                                                                    {"dart", "Dart"},
                                                                    {"lua", "Lua"}});
  const auto name = std::ranges::find(kNames, language, &decltype(kNames)::value_type::first);
  return name == kNames.end() ? language : std::string(name->second);
}

std::string trace_words(const retrieval::Trace& trace) {
  const std::string error =
      trace.message.empty() ? trace.exception : trace.exception + ": " + trace.message;
  const std::string language = language_name(trace.language);
  std::string text =
      "The " + (language.empty() ? "" : language + " ") + "stack trace in the ticket";
  if (!error.empty()) text += " ends in " + code(error);
  std::vector<const retrieval::Frame*> own;
  for (const retrieval::Frame& frame : trace.frames) {
    if (frame.in_app && frame.line > 0) own.push_back(&frame);
  }
  if (own.empty()) {
    return text + (error.empty() ? "" : ";") + " none of its lines are in this project's code. ";
  }
  const auto named = [](const retrieval::Frame& frame) {
    const std::string where = frame.path + ":" + std::to_string(frame.line);
    return frame.function.empty() ? where : code(frame.function) + " (" + where + ")";
  };
  const bool ours = own.front() == &trace.frames.front();
  text += (error.empty() ? " leads to "
           : ours        ? ", raised in "
                         : ", raised below ") +
          named(*own.front());
  if (own.size() > 1) text += ", called from " + named(*own[1]);
  return text + ". ";
}

// The commit that a ticket's "since last week" may be about, where the line itself is older.
std::string recent_words(const Spot& spot) {
  if (!spot.recent_change) return "";
  const RecentChange& recent = *spot.recent_change;
  const LastChange& change = recent.change;
  if (spot.last_change && spot.last_change->commit == change.commit) {
    return "The ticket says that it began lately, and this change is from shortly before. ";
  }
  std::string text = "The ticket says that it began lately: " + spot.path +
                     " was changed shortly before, on " + date_of(change.time) + " by " +
                     change.author + " in " + short_id(change.commit);
  if (!change.summary.empty()) text += " (" + quoted(change.summary) + ")";
  if (recent.start > 0) text += ", now at line " + std::to_string(recent.start);
  return text + ". ";
}

std::string change_words(const Spot& spot) {
  if (!spot.last_change) return "";
  const LastChange& change = *spot.last_change;
  std::string text = "It was last changed by " + change.author + " on " + date_of(change.time) +
                     " in " + short_id(change.commit);
  if (!change.summary.empty()) text += " (" + quoted(change.summary) + ")";
  return text + ". " + recent_words(spot);
}

std::string similar_words(const Retrieved& found) {
  const auto fixed = std::ranges::find_if(
      found.similar, [](const SimilarTicket& ticket) { return !ticket.fixed_by.empty(); });
  if (fixed == found.similar.end()) return "";
  return "A similar ticket, " + fixed->key.external_id + " (" + quoted(fixed->subject) +
         "), was settled by " + short_id(fixed->fixed_by) + ". ";
}

std::string_view limits_of(TicketKind kind, const Retrieved& found) {
  switch (kind) {
    case TicketKind::feature: return "This says where it would go, not how: no model was asked.";
    case TicketKind::question:
      return found.trust == "weak"
                 ? "This says where the answer may stand, not what it is: no model was asked."
                 : "The answer stands there, in the lines that are cited: no model was asked.";
    default: return "This says where to look, not why it happens: no model was asked.";
  }
}

// Why there is no place to show.
std::string nothing_found(const Run& run) {
  const Retrieved& found = *run.retrieved;
  if (found.commit.empty()) return found.stale;
  const std::string_view language = foreign_language(run.redaction->text.str());
  std::string text = "Nothing in the code matches the words of this ticket well enough to show. ";
  if (!language.empty()) {
    text += "The ticket is in " + std::string(language) +
            "; its words were searched for as they stand. ";
  }
  return text + similar_words(found) + "No model was asked.";
}

// What stands below the line that answers, to the end of its paragraph.
std::string following_words(const Spot& spot, const CodeAtCommit& source) {
  constexpr std::uint32_t kMost = 3;
  std::string text;
  for (std::uint32_t line = spot.line + 1; line <= spot.line + kMost; ++line) {
    const std::string next = line_at(source, spot.path, line);
    if (next.empty()) break;
    text += (text.empty() ? "It goes on: " : " ") + code(next);
  }
  return text.empty() ? "" : text + ". ";
}

std::string cause_of(const Run& run, const std::optional<Spot>& spot, const CodeAtCommit& source) {
  const Retrieved& found = *run.retrieved;
  std::string text;
  const retrieval::Trace* trace = leading_trace(found);
  if (trace != nullptr && !found.commit.empty()) text = trace_words(*trace);
  if (!spot) return text + nothing_found(run);
  if (trace == nullptr || app_frame(*trace) == nullptr) {
    if (!found.places.empty() && !found.places.front().why.empty()) {
      text += "This place was found because " + listed(found.places.front().why) + ". ";
    }
  }
  if (!spot->text.empty()) text += "The line reads " + code(spot->text) + ". ";
  if (run.classification->kind == TicketKind::question) text += following_words(*spot, source);
  text += change_words(*spot) + similar_words(found) + trust_words(found);
  return text + std::string(limits_of(run.classification->kind, found));
}

std::string headline_of(const Run& run, const std::optional<Spot>& spot) {
  std::string text(kPreface);
  const TicketKind kind = run.classification->kind;
  if (!spot) {
    if (run.retrieved->commit.empty())
      return text + "the code could not be read, so nothing was searched";
    return text + (kind == TicketKind::billing
                       ? "this reads as a matter of billing; no place in the code matches it"
                       : "no place in the code matches this ticket");
  }
  if (run.retrieved->trust == "weak") {
    text += "no clear match; the closest is ";
  } else if (kind == TicketKind::feature) {
    text += "this would most likely touch ";
  } else if (kind == TicketKind::question) {
    text += "the answer is most likely in ";
  } else {
    text += "most likely ";
  }
  if (!spot->symbol.empty()) text += code(spot->symbol) + " in ";
  return text + spot->where();
}

std::vector<std::string> assumed_of(const Run& run) {
  std::vector<std::string> out;
  const Retrieved& found = *run.retrieved;
  if (found.commit.empty()) return out;
  const std::string commit = found.branch.empty()
                                 ? "commit " + short_id(found.commit)
                                 : "`" + found.branch + "` at " + short_id(found.commit);
  out.push_back("the customer runs code like " + commit);
  if (!found.stale.empty()) out.push_back("the copy of the code is fresh enough: " + found.stale);
  return out;
}

DraftKind kind_of(const Run& run, const std::optional<Spot>& spot) {
  const bool weak = run.retrieved->trust == "weak";
  const bool searched = !run.retrieved->commit.empty();
  // Without the code there is no telling whether the customer or the repository is at fault.
  if (run.classification->vague) return DraftKind::question;
  if (run.classification->kind == TicketKind::billing && !spot) return DraftKind::diagnosis;
  if (searched && (!spot || weak)) return DraftKind::question;
  const bool asks = run.classification->kind == TicketKind::question;
  return asks && spot ? DraftKind::answer : DraftKind::diagnosis;
}

// The ticket says that all is well: said as it is, whatever its words match.
Draft solved_draft(Draft draft) {
  draft.kind = DraftKind::no_change;
  draft.headline =
      std::string(kPreface) + "the customer says that it works now; there is nothing to look into";
  draft.cause = "The ticket reports no fault and asks for nothing. No model was asked.";
  draft.confidence = Confidence::low;
  draft.evidence.clear();
  draft.assumed.clear();
  draft.not_known.clear();
  draft.question.clear();
  draft.customer_note.clear();
  return draft;
}

std::vector<std::string> understood_of(const Run& run) {
  std::vector<std::string> out = telling_sentences(run.redaction->body.str(), kQuoted);
  if (out.empty() && !run.redaction->subject.empty()) out.push_back(run.redaction->subject.str());
  return out;
}

// A match by a word or two says nothing about how people work or what they talked about.
void drop_weak(Draft& draft, const Run& run, const std::optional<Spot>& spot) {
  draft.question.clear();
  draft.confidence = Confidence::low;
  if (spot && run.retrieved->trust != "weak") {
    draft.cause += " The closest place in the code is " + spot->where() + ".";
    return;
  }
  draft.evidence.clear();
  draft.assumed.clear();
}

void make_specification(Draft& draft, const Run& run, const std::optional<Spot>& spot) {
  const auto talk = talk_of(run);
  if (!talk) return;
  draft.understood.clear();
  write_specification(draft, *talk);
  if (draft.requirements.empty() && draft.disagreements.empty() && draft.undecided.empty()) {
    draft.understood = understood_of(run);
    return;
  }
  if (draft.understood.empty()) draft.understood.push_back(run.redaction->subject.str());
  draft.kind = DraftKind::spec;
  draft.headline = "Made without a model from the conversation: " +
                   counted(draft.requirements.size(), "wish", "wishes") + ", " +
                   counted(draft.disagreements.size(), "disagreement", "disagreements") + ", " +
                   counted(draft.undecided.size(), "open point", "open points");
  draft.cause = "Draft requirements from " + counted(talk->speakers.size(), "speaker", "speakers") +
                " in their own words. Nothing was summed up, and nothing was decided between them. "
                "No model was asked.";
  drop_weak(draft, run, spot);
  draft.assumed.emplace_back("the names in the record say who spoke");
  draft.not_known = {
      "whether the speakers would agree with this draft: nobody has read it back to them"};
}

void make_workflow(Draft& draft, const Run& run, const std::optional<Spot>& spot) {
  // A complaint about a fault that was found is a fault first.
  if (run.classification->vague || !write_workflow(draft, run.redaction->body.str())) return;
  if (run.classification->kind == TicketKind::complaint && spot && run.retrieved->trust == "exact")
    return;
  draft.kind = DraftKind::workflow;
  draft.headline =
      "Made without a model from the ticket's own words: how it runs today, and what is wished for";
  draft.cause =
      "The steps stand in the order in which the ticket tells them; nothing was added. No model "
      "was asked.";
  drop_weak(draft, run, spot);
  draft.assumed.emplace_back("the steps follow each other as the ticket tells them");
  draft.not_known = {"who does each step and how long it takes, where the ticket does not say"};
}

// What a ticket of its kind gets besides the place in the code.
void add_artifacts(Draft& draft, const Run& run, const std::optional<Spot>& spot,
                   const CodeAtCommit& source) {
  switch (run.classification->kind) {
    case TicketKind::feature: draft.acceptance = acceptance_of(run.redaction->body.str()); break;
    case TicketKind::transcript: make_specification(draft, run, spot); break;
    case TicketKind::complaint:
    case TicketKind::operations: make_workflow(draft, run, spot); break;
    case TicketKind::bug:
    case TicketKind::incident: draft.timeline = timeline_of(run, spot, source); break;
    default: break;
  }
}

}  // namespace

Draft offline_draft(const Run& run, const CodeAtCommit& source) {
  const Retrieved& found = *run.retrieved;
  const std::optional<Spot> spot =
      run.classification->vague ? std::nullopt : first_spot(found, source);
  Draft draft;
  draft.made_by = kOfflineName;
  draft.kind = kind_of(run, spot);
  draft.headline = headline_of(run, spot);
  draft.cause = cause_of(run, spot, source);
  draft.confidence = spot ? confidence_of(found) : Confidence::low;
  draft.evidence = evidence_of(found, source);
  draft.understood = understood_of(run);
  if (spot) draft.assumed = assumed_of(run);
  if (run.classification->kind == TicketKind::billing) {
    draft.out_of_scope.emplace_back("payments, refunds and contracts: only the code was looked at");
  }
  draft.reproduction = find_reproduction(run, source);
  // A script shows the steps and what comes of them.
  if (!draft.reproduction) draft.not_known = gaps_of(run);
  if (draft.kind == DraftKind::question) draft.question = question_for(run);
  if (run.classification->vague) {
    draft.headline = std::string(kPreface) + "too little to search with; one question would help";
    draft.cause = "The ticket does not say enough to find a place in the code. No model was asked.";
    draft.evidence.clear();
  }
  add_artifacts(draft, run, spot, source);
  draft.customer_note = words_for_customer(run, draft);
  draft.title = repair_utf8(truncate_utf8(run.redaction->subject.str(), kMaxTitle));
  if (says_solved(run.redaction->text.str())) return solved_draft(std::move(draft));
  return draft;
}

}  // namespace triage::propose
