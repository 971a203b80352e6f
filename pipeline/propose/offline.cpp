#include "pipeline/propose/offline.h"

#include <algorithm>
#include <array>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/evidence.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/reproduction.h"
#include "pipeline/propose/wording.h"

namespace triage::propose {
namespace {

constexpr std::string_view kPreface = "Made without a model from the code index: ";
constexpr size_t kMaxCode = 120;
constexpr size_t kMaxTitle = 100;
constexpr size_t kMaxCriteria = 6;

// What a ticket may lack: how we ask the customer for it, and how we tell colleagues.
struct Gap {
  std::string_view missing;  // as classify names it
  std::string_view question;
  std::string_view not_known;
};
constexpr auto kGaps = std::to_array<Gap>({
    {"error message",
     "What exactly does the program say when it happens? The full text of the message, or a "
     "screenshot "
     "of it, would help us most.",
     "the exact error message"},
    {"steps",
     "Could you tell us, step by step, what you did just before it happened, and what you expected "
     "to "
     "see instead?",
     "the steps that lead to it"},
    {"expected",
     "What did you expect to see, and what did you see instead? One example with real numbers or "
     "names "
     "is enough.",
     "what the customer expected instead"},
    {"version", "Which version do you use? It is usually shown under Help or Settings → About.",
     "which version the customer uses"},
    {"environment", "On which device, operating system or browser do you see this?",
     "the environment in which it happens"},
    {"time", "When did you first notice this, and does it happen every time?",
     "when it began and how often it happens"},
});
constexpr std::string_view kOpenQuestion =
    "Could you give us one example: what you did, what you expected, and what happened instead? An "
    "exact "
    "message or a screenshot helps most.";

bool lacks(const Run& run, std::string_view what) {
  return std::ranges::any_of(run.classification->missing, [&](const std::string& missing) {
    return missing.find(what) != std::string::npos;
  });
}

std::string quoted(std::string_view text) { return "“" + std::string(text) + "”"; }

std::string code(std::string_view text) {
  std::string line = repair_utf8(truncate_utf8(text, kMaxCode));
  std::ranges::replace(line, '`', '\'');
  return "`" + line + "`";
}

std::string join(const std::vector<std::string>& parts, std::string_view separator, size_t most) {
  std::string text;
  for (size_t i = 0; i < std::min(most, parts.size()); ++i) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  return text;
}

std::string date_of(TimePoint time) { return to_rfc3339(time).substr(0, 10); }

std::string trust_words(const Retrieved& found) {
  if (found.trust == "exact") return "The evidence points at this place directly.";
  if (found.trust == "likely") return "This is the best match by a clear margin, not a certainty.";
  return "The match is weak: take it as a place to start, not as an answer.";
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
                                                                    {"c++", "C++"}});
  const auto name = std::ranges::find(kNames, language, &decltype(kNames)::value_type::first);
  return name == kNames.end() ? language : std::string(name->second);
}

std::string trace_words(const retrieval::Trace& trace) {
  const std::string error =
      trace.message.empty() ? trace.exception : trace.exception + ": " + trace.message;
  const std::string language = language_name(trace.language);
  std::string text =
      "The ticket holds a " + (language.empty() ? "" : language + " ") + "stack trace";
  if (!error.empty()) text += " that ends in " + code(error);
  text += ". ";
  std::vector<const retrieval::Frame*> own;
  for (const retrieval::Frame& frame : trace.frames) {
    if (frame.in_app && frame.line > 0) own.push_back(&frame);
  }
  if (own.empty()) return text + "None of its lines could be found in this project's code. ";
  const auto named = [](const retrieval::Frame& frame) {
    const std::string where = frame.path + ":" + std::to_string(frame.line);
    return frame.function.empty() ? where : code(frame.function) + " (" + where + ")";
  };
  text += "In this project's code it passed last through " + named(*own.front());
  if (own.size() > 1) text += ", called from " + named(*own[1]);
  return text + ". ";
}

std::string change_words(const Spot& spot) {
  if (!spot.last_change) return "";
  const LastChange& change = *spot.last_change;
  std::string text = "It was last changed by " + change.author + " on " + date_of(change.time) +
                     " in " + short_id(change.commit);
  if (!change.summary.empty()) text += " (" + quoted(change.summary) + ")";
  return text + ". ";
}

std::string similar_words(const Retrieved& found) {
  const auto fixed = std::ranges::find_if(
      found.similar, [](const SimilarTicket& ticket) { return !ticket.fixed_by.empty(); });
  if (fixed == found.similar.end()) return "";
  return "A similar ticket, " + fixed->key.external_id + " (" + quoted(fixed->subject) +
         "), was settled by " + short_id(fixed->fixed_by) + ". ";
}

std::string_view limits_of(TicketKind kind) {
  switch (kind) {
    case TicketKind::feature: return " This says where it would go, not how: no model was asked.";
    case TicketKind::question:
      return " This says where the answer stands, not what it is: no model was asked.";
    default: return " This says where to look, not why it happens: no model was asked.";
  }
}

std::string cause_of(const Run& run, const std::optional<Spot>& spot) {
  const Retrieved& found = *run.retrieved;
  if (!spot) {
    if (found.commit.empty()) return found.stale;
    return "Nothing in the code matches the words of this ticket. " + similar_words(found) +
           "No model was asked.";
  }
  std::string text;
  const retrieval::Trace* trace = leading_trace(found);
  if (trace != nullptr) text = trace_words(*trace);
  if (trace == nullptr || app_frame(*trace) == nullptr) {
    text += "The words of the ticket match " +
            (spot->symbol.empty() ? spot->where() : code(spot->symbol) + " in " + spot->where()) +
            " best";
    const std::string why = found.places.empty() ? "" : join(found.places.front().why, ", ", 3);
    text += (why.empty() ? "" : " (" + why + ")") + std::string(". ");
  }
  if (!spot->text.empty()) text += "That line reads " + code(spot->text) + ". ";
  text += change_words(*spot) + similar_words(found) + trust_words(found);
  return text + std::string(limits_of(run.classification->kind));
}

std::string headline_of(const Run& run, const std::optional<Spot>& spot) {
  std::string text(kPreface);
  if (!spot) {
    const bool searched = !run.retrieved->commit.empty();
    return text + (searched ? "no place in the code matches this ticket"
                            : "the code could not be read, so nothing was searched");
  }
  switch (run.classification->kind) {
    case TicketKind::feature: text += "this would most likely touch "; break;
    case TicketKind::question: text += "the answer is most likely in "; break;
    default: text += "most likely "; break;
  }
  if (run.retrieved->trust == "weak") text += "(weak match) ";
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

std::vector<std::string> not_known_of(const Run& run, const std::optional<Spot>& spot) {
  std::vector<std::string> out;
  for (const Gap& gap : kGaps) {
    if (lacks(run, gap.missing)) out.emplace_back(gap.not_known);
  }
  if (!spot) return out;
  if (run.classification->kind == TicketKind::bug ||
      run.classification->kind == TicketKind::incident) {
    out.push_back("why it happens: nothing was run and no model was asked");
    if (!spot->symbol.empty())
      out.push_back("whether other callers of `" + spot->symbol + "` are affected");
  }
  return out;
}

std::string question_of(const Run& run) {
  for (const Gap& gap : kGaps) {
    if (lacks(run, gap.missing)) return std::string(gap.question);
  }
  return std::string(kOpenQuestion);
}

std::string customer_note_of(const Run& run, const Draft& draft) {
  if (!draft.question.empty()) return "Thank you for writing to us. " + draft.question;
  const std::string heard = draft.understood.empty() ? "" : quoted(draft.understood.front());
  switch (run.classification->kind) {
    case TicketKind::feature:
      return heard.empty() ? ""
                           : "Thank you for the suggestion. As we understand it: " + heard +
                                 " Did we understand you right, or is there more to it?";
    case TicketKind::bug:
    case TicketKind::incident:
      return heard.empty() ? ""
                           : "Thank you for the clear report. As we understand it: " + heard +
                                 " Did we understand you right, and does it happen every time?";
    default: return "";
  }
}

// "When I export, the file should hold all rows." → Given / When / Then, in the customer's words.
std::string criterion_from(std::string_view sentence) {
  constexpr size_t kMinClause = 10;  // "when possible" is no condition
  sentence = trim(sentence, " .!");
  const std::string words = lower(sentence);
  std::string_view when;
  std::string_view then = sentence;
  for (const std::string_view start : {"when ", "if "}) {
    const size_t comma = sentence.find(',');
    const size_t inner = words.find(" " + std::string(start));
    if (words.starts_with(start) && comma != std::string_view::npos) {
      when = trim(sentence.substr(start.size(), comma - start.size()));
      then = trim(sentence.substr(comma + 1));
    } else if (inner != std::string::npos && sentence.size() - inner > start.size() + kMinClause) {
      when = trim(sentence.substr(inner + 1 + start.size()), " ,");
      then = trim(sentence.substr(0, inner), " ,");
    }
    if (!when.empty()) break;
  }
  if (when.empty()) when = "the request is met";
  return "Given the application as it is today, when " + std::string(when) +
         ", then: " + quoted(then);
}

std::vector<std::string> acceptance_of(const Run& run) {
  static constexpr auto kWishes =
      std::to_array<std::string_view>({"should", "would like", "want", "need", "able to",
                                       "could you add", "please add", "allow", "must"});
  std::vector<std::string> out;
  for (const std::string& sentence : sentences(run.redaction->body.str())) {
    const std::string words = lower(sentence);
    const bool wish = std::ranges::any_of(
        kWishes, [&](std::string_view w) { return words.find(w) != std::string::npos; });
    if (wish && out.size() < kMaxCriteria) out.push_back(criterion_from(sentence));
  }
  if (!out.empty())
    out.emplace_back(
        "Given everything else, when nothing of this is used, then: it behaves as before");
  return out;
}

bool is_documentation(std::string_view path) {
  return path.ends_with(".md") || path.ends_with(".rst") || path.ends_with(".adoc") ||
         path.starts_with("docs/") || path.starts_with("doc/");
}

DraftKind kind_of(const Run& run, const std::optional<Spot>& spot) {
  const bool weak = run.retrieved->trust == "weak";
  const bool searched = !run.retrieved->commit.empty();
  // Without the code there is no telling whether the customer or the repository is at fault.
  if (run.classification->vague || (searched && (!spot || weak))) return DraftKind::question;
  const bool asks = run.classification->kind == TicketKind::question;
  if (asks && spot && is_documentation(spot->path)) return DraftKind::no_change;
  return DraftKind::diagnosis;
}

bool about_money(TicketKind kind) {
  return kind == TicketKind::billing || kind == TicketKind::complaint;
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
  draft.cause = cause_of(run, spot);
  draft.confidence = spot ? confidence_of(found) : Confidence::low;
  draft.evidence = evidence_of(found, source);
  draft.understood = telling_sentences(run.redaction->body.str(), 3);
  if (draft.understood.empty() && !run.redaction->subject.empty()) {
    draft.understood.push_back(run.redaction->subject.str());
  }
  if (spot) draft.assumed = assumed_of(run);
  draft.not_known = not_known_of(run, spot);
  if (about_money(run.classification->kind)) {
    draft.out_of_scope.emplace_back("payments, refunds and contracts: only the code was looked at");
  }
  if (draft.kind == DraftKind::question) draft.question = question_of(run);
  if (run.classification->vague) {
    draft.headline = std::string(kPreface) + "too little to search with; one question would help";
    draft.cause = "The ticket does not say enough to find a place in the code. No model was asked.";
    draft.evidence.clear();
  }
  if (run.classification->kind == TicketKind::feature) draft.acceptance = acceptance_of(run);
  draft.customer_note = customer_note_of(run, draft);
  draft.title = repair_utf8(truncate_utf8(run.redaction->subject.str(), kMaxTitle));
  draft.reproduction = find_reproduction(run, source);
  return draft;
}

}  // namespace triage::propose
