#include "pipeline/propose/answer.h"

#include <array>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/answer_internal.h"
#include "pipeline/propose/edits.h"
#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

using namespace answer;  // NOLINT: the private half of this pair

constexpr size_t kMaxAnswer = 4 << 20;

struct Heading {
  Section section = Section::other;
  std::string_view rest;  // what stands behind it on the line
};

// "## Cause", "**Cause:** text", "Confidence: high".
std::optional<Heading> heading_in(std::string_view line) {
  line = trim(line);
  const bool marked = line.starts_with('#') || line.starts_with("**");
  if (marked) {
    if (const auto section = section_named(line)) return Heading{*section, {}};
  }
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    if (const auto section = section_named(line.substr(0, colon))) {
      return Heading{*section, trim(line.substr(colon + 1), " \t*")};
    }
  }
  if (line.starts_with("# ") || line.starts_with("##")) return Heading{};
  return std::nullopt;
}

Sections split_sections(std::string_view prose) {
  Sections sections;
  Section current = Section::other;
  bool fenced = false;  // a comment in a code sample is no heading
  for (const std::string_view line : split_lines(prose)) {
    if (trim(line).starts_with("```")) fenced = !fenced;
    const auto heading = fenced ? std::nullopt : heading_in(line);
    std::string_view text = line;
    if (heading) {
      current = heading->section;
      text = heading->rest;
    }
    if (!text.empty() || !sections[current].empty()) sections[current].append(text).push_back('\n');
  }
  return sections;
}

// Prose without headings is a diagnosis only when it speaks of code: `name`, a.b or path/file.
bool speaks_of_code(std::string_view prose) {
  for (size_t i = 1; i + 1 < prose.size(); ++i) {
    if (prose[i] == '`') return true;
    const bool joint = prose[i] == '.' || prose[i] == '/' || prose[i] == '_' || prose[i] == '(';
    if (joint && is_word_char(prose[i - 1]) &&
        (is_word_char(prose[i + 1]) || prose[i + 1] == ')')) {
      return true;
    }
  }
  return false;
}

bool denies_change(std::string_view text) {
  const std::string words = lower_ascii(text);
  for (const std::string_view phrase :
       {"no change", "no code change", "not a bug", "no fix needed"}) {
    if (words.find(phrase) != std::string::npos) return true;
  }
  return false;
}

DraftKind kind_of(const Draft& draft, TicketKind ticket) {
  if (!draft.edits.empty()) return DraftKind::patch;
  const bool spec =
      !draft.requirements.empty() || !draft.disagreements.empty() || !draft.undecided.empty();
  if (spec && ticket == TicketKind::transcript) return DraftKind::spec;
  const bool handles = ticket == TicketKind::complaint || ticket == TicketKind::operations;
  if (handles && (!draft.steps.empty() || !draft.mermaid.empty())) return DraftKind::workflow;
  if (ticket == TicketKind::question && !draft.cause.empty()) return DraftKind::answer;
  if (denies_change(draft.change)) return DraftKind::no_change;
  if (!draft.question.empty() && draft.cause.empty()) return DraftKind::question;
  return DraftKind::diagnosis;
}

bool says_something(const Draft& draft) {
  return !draft.cause.empty() || !draft.headline.empty() || !draft.question.empty() ||
         !draft.acceptance.empty() || !draft.steps.empty() || !draft.requirements.empty() ||
         !draft.edits.empty();
}

Draft read_markdown(std::string_view text, bool prose_counts) {
  EditsAndProse taken = take_edits(text);
  const Sections sections = split_sections(taken.prose);
  Draft draft = draft_of(sections);
  draft.edits = std::move(taken.edits);
  draft.problems = std::move(taken.problems);
  draft.mermaid = diagram_in(taken.prose).value_or("");
  const auto other = sections.find(Section::other);
  const std::string prose = other == sections.end() ? "" : other->second;
  if (prose_counts && draft.cause.empty() && (!draft.edits.empty() || speaks_of_code(prose))) {
    draft.cause = paragraph(prose);
  }
  return draft;
}

// JSON where it is the whole answer, or where there is no answer in Markdown around it: a sample of
// JSON in an answer is not the answer.
Result<Draft> read_either(std::string_view answer) {
  if (!is_json(answer)) {
    Draft marked = read_markdown(answer, false);
    if (says_something(marked)) return read_markdown(answer, true);
  }
  const auto object = find_object(answer);
  if (object && *object) return read_object(**object);
  Draft draft = read_markdown(answer, object.ok());
  if (!object && !says_something(draft)) return object.error();
  return draft;
}

// Some models think aloud first; that is not part of the answer.
std::string_view without_thoughts(std::string_view text) {
  constexpr std::string_view kEnd = "</think>";
  text = trim(text);
  const size_t end = text.find(kEnd);
  return text.starts_with("<think>") && end != std::string_view::npos
             ? text.substr(end + kEnd.size())
             : text;
}

}  // namespace

Result<Draft> parse_answer(std::string_view text, TicketKind kind) {
  const std::string safe = repair_utf8(text.substr(0, kMaxAnswer));
  const std::string_view answer = without_thoughts(safe);
  if (trim(answer).empty()) return invalid_input("the answer is empty");
  Result<Draft> read = read_either(answer);
  if (!read) return read;
  Draft draft = std::move(*read);
  if (text.size() > kMaxAnswer) {
    draft.problems.push_back("The model's answer is longer than 4 MB; the rest was not read.");
  }
  if (!says_something(draft)) {
    return invalid_input(
        "the model's answer holds neither a diagnosis nor a change; give at least `headline` and "
        "`cause`");
  }
  draft.kind = kind_of(draft, kind);
  return draft;
}

}  // namespace triage::propose
