#include "pipeline/propose/answer.h"

#include <array>
#include <map>

#include "pipeline/base/json.h"
#include "pipeline/base/utf8.h"
#include "pipeline/propose/edits.h"
#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxAnswer = 4 << 20;
constexpr size_t kMaxLine = 300;
constexpr size_t kMaxParagraph = 4'000;
constexpr size_t kMaxItems = 12;

// The sections of an answer, by what models call them.
enum class Section {
  headline,
  cause,
  confidence,
  understood,
  assumed,
  not_known,
  out_of_scope,
  question,
  customer_note,
  acceptance,
  title,
  change,
  edits,
  other
};
struct Name {
  std::string_view name;
  Section section;
};
constexpr std::array kNames{
    Name{"headline", Section::headline},
    Name{"summary", Section::headline},
    Name{"cause", Section::cause},
    Name{"root cause", Section::cause},
    Name{"likely cause", Section::cause},
    Name{"diagnosis", Section::cause},
    Name{"analysis", Section::cause},
    Name{"answer", Section::cause},
    Name{"confidence", Section::confidence},
    Name{"understood", Section::understood},
    Name{"assumed", Section::assumed},
    Name{"assumptions", Section::assumed},
    Name{"not known", Section::not_known},
    Name{"not_known", Section::not_known},
    Name{"unknown", Section::not_known},
    Name{"out of scope", Section::out_of_scope},
    Name{"out_of_scope", Section::out_of_scope},
    Name{"question", Section::question},
    Name{"customer note", Section::customer_note},
    Name{"customer_note", Section::customer_note},
    Name{"for the customer", Section::customer_note},
    Name{"acceptance criteria", Section::acceptance},
    Name{"acceptance", Section::acceptance},
    Name{"title", Section::title},
    Name{"change", Section::change},
    Name{"fix", Section::change},
    Name{"edits", Section::edits},
    Name{"patch", Section::edits},
    Name{"changes", Section::edits},
};

std::optional<Section> section_named(std::string_view text) {
  const std::string name = lower(trim(text, " \t:*#_`."));
  const auto row = std::ranges::find(kNames, name, &Name::name);
  return row == kNames.end() ? std::nullopt : std::optional(row->section);
}

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

using Sections = std::map<Section, std::string>;

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

bool says_nothing(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kNothing{"none", "n/a", "na",  "nothing",
                                                            "-",    "no",  "nil", "not applicable"};
  const std::string word = lower(trim(text, " \t\r\n.*_()`-"));
  return word.empty() || std::ranges::find(kNothing, word) != kNothing.end();
}

std::string bounded(std::string_view text, size_t most) {
  text = trim(text);
  if (text.size() <= most) return std::string(text);
  return std::string(truncate_utf8(text, most - 3)) + "…";
}

std::string paragraph(std::string_view text) {
  return says_nothing(text) ? "" : bounded(text, kMaxParagraph);
}

// The first line that says something, without Markdown around it.
std::string sentence(std::string_view text) {
  for (std::string_view line : split_lines(text)) {
    line = trim(line, " \t#*>");
    if (!says_nothing(line)) return bounded(line, kMaxLine);
  }
  return "";
}

// "- [ ] text", "2. text" → "text"; empty where the line begins no item.
std::string_view item_in(std::string_view line) {
  line = trim(line);
  size_t mark = 0;
  if (line.starts_with("- ") || line.starts_with("* ") || line.starts_with("+ ")) {
    mark = 2;
  } else {
    const size_t digits = line.find_first_not_of("0123456789");
    if (digits != std::string_view::npos && digits > 0 && digits < 4 &&
        (line[digits] == '.' || line[digits] == ')')) {
      mark = digits + 1;
    }
  }
  if (mark == 0) return {};
  line = trim(line.substr(mark));
  if (line.starts_with("[ ]") || line.starts_with("[x]")) line = trim(line.substr(3));
  return line;
}

std::vector<std::string> items(std::string_view text) {
  std::vector<std::string> out;
  bool open = false;  // a line without a mark continues the item above
  for (const std::string_view line : split_lines(text)) {
    const std::string_view item = item_in(line);
    const std::string_view plain = trim(line);
    if (!item.empty()) {
      out.emplace_back(item);
    } else if (plain.empty()) {
      open = false;
      continue;
    } else if (open && out.back().size() < kMaxLine) {
      out.back().append(" ").append(plain);
    } else if (!open) {
      out.emplace_back(plain);
    }
    open = true;
  }
  std::erase_if(out, says_nothing);
  if (out.size() > kMaxItems) out.resize(kMaxItems);
  for (std::string& entry : out) entry = bounded(entry, kMaxLine);
  return out;
}

Confidence confidence_in(std::string_view text) {
  const std::string word = lower(text);
  const std::string_view start = trim(word, " \t\r\n*_`:-");
  if (start.starts_with("high") || start.starts_with("very high")) return Confidence::high;
  if (start.starts_with("med") || start.starts_with("mod")) return Confidence::medium;
  return Confidence::low;
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
  const std::string words = lower(text);
  for (const std::string_view phrase :
       {"no change", "no code change", "not a bug", "no fix needed"}) {
    if (words.find(phrase) != std::string::npos) return true;
  }
  return false;
}

DraftKind kind_of(const Draft& draft) {
  if (!draft.edits.empty()) return DraftKind::patch;
  if (denies_change(draft.change)) return DraftKind::no_change;
  if (!draft.question.empty() && draft.cause.empty()) return DraftKind::question;
  return DraftKind::diagnosis;
}

Draft draft_of(Sections& sections) {
  Draft draft;
  draft.headline = sentence(sections[Section::headline]);
  draft.cause = paragraph(sections[Section::cause]);
  draft.confidence = confidence_in(sections[Section::confidence]);
  draft.understood = items(sections[Section::understood]);
  draft.assumed = items(sections[Section::assumed]);
  draft.not_known = items(sections[Section::not_known]);
  draft.out_of_scope = items(sections[Section::out_of_scope]);
  draft.question = sentence(sections[Section::question]);
  draft.customer_note = paragraph(sections[Section::customer_note]);
  draft.acceptance = items(sections[Section::acceptance]);
  draft.title = sentence(sections[Section::title]);
  draft.change = paragraph(sections[Section::change]);
  return draft;
}

std::string text_of(const Json& json) {
  if (json.is_string()) return json.as_string();
  std::string lines;
  for (const Json& item : json.items()) lines += "- " + item.as_string() + "\n";
  return lines;
}

Edit edit_of(const Json& json) {
  Edit edit;
  edit.path = json["path"].as_string();
  edit.remove = json["remove"].as_bool() || json["delete"].as_bool();
  const std::string& search = json["search"].as_string();
  if (json["content"].is_string()) {
    edit.content = json["content"].as_string();
  } else if (!search.empty()) {
    edit.hunks.push_back({search, json["replace"].as_string(), 0});
  } else if (json["replace"].is_string()) {
    edit.content = json["replace"].as_string();
  }
  return edit;
}

std::optional<Json> as_json(std::string_view text) {
  text = trim(text);
  if (text.starts_with("```json") && text.ends_with("```")) {
    text = trim(text.substr(7, text.size() - 10));
  }
  if (!text.starts_with('{')) return std::nullopt;
  auto parsed = parse_json(text);
  return parsed ? std::optional(std::move(*parsed)) : std::nullopt;
}

Draft read_json(const Json& json) {
  Sections sections;
  for (const auto& [name, value] : json.members()) {
    if (const auto section = section_named(name)) sections[*section] = text_of(value);
  }
  Draft draft = draft_of(sections);
  for (const Json& item : json["edits"].items()) {
    Edit edit = edit_of(item);
    const bool usable = edit.remove || edit.content || !edit.hunks.empty();
    if (edit.path.empty() || !usable) {
      draft.problems.push_back(
          "The model gave a change without a file name or text; it was left out.");
    } else if (draft.edits.size() <= kMaxHunks) {
      add_edit(draft.edits, std::move(edit));
    }
  }
  if (const std::string& patch = json["patch"].as_string(); !patch.empty()) {
    for (Edit& edit : take_edits(patch).edits) add_edit(draft.edits, std::move(edit));
  }
  cap_edits(draft.edits, draft.problems);
  return draft;
}

Draft read_markdown(std::string_view text) {
  EditsAndProse taken = take_edits(text);
  Sections sections = split_sections(taken.prose);
  Draft draft = draft_of(sections);
  draft.edits = std::move(taken.edits);
  draft.problems = std::move(taken.problems);
  const std::string& prose = sections[Section::other];
  if (draft.cause.empty() && (!draft.edits.empty() || speaks_of_code(prose))) {
    draft.cause = paragraph(prose);
  }
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

Result<Draft> parse_answer(std::string_view text) {
  const std::string safe = repair_utf8(text.substr(0, kMaxAnswer));
  const std::string_view answer = without_thoughts(safe);
  const auto json = as_json(answer);
  Draft draft = json ? read_json(*json) : read_markdown(answer);
  if (text.size() > kMaxAnswer) {
    draft.problems.push_back("The model's answer is longer than 4 MB; the rest was not read.");
  }
  const bool says = !draft.cause.empty() || !draft.headline.empty() || !draft.question.empty() ||
                    !draft.acceptance.empty();
  if (!says && draft.edits.empty()) {
    return invalid_input("the model's answer holds neither a diagnosis nor a change");
  }
  draft.kind = kind_of(draft);
  return draft;
}

Json answer_schema(TicketKind) { return Json::object().set("type", "object"); }

}  // namespace triage::propose
