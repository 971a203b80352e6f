#include <algorithm>
#include <array>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/answer_internal.h"
#include "pipeline/propose/lines.h"

namespace triage::propose::answer {
namespace {

constexpr size_t kMaxLine = 300;
constexpr size_t kMaxItem = 500;  // a quote and who said it
constexpr size_t kMaxWhen = 40;
constexpr size_t kMaxParagraph = 4'000;
constexpr size_t kMaxDiagram = 16'000;  // before it is checked

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
    Name{"unknown", Section::not_known},
    Name{"out of scope", Section::out_of_scope},
    Name{"question", Section::question},
    Name{"customer note", Section::customer_note},
    Name{"for the customer", Section::customer_note},
    Name{"acceptance criteria", Section::acceptance},
    Name{"acceptance", Section::acceptance},
    Name{"timeline", Section::timeline},
    Name{"mermaid", Section::mermaid},
    Name{"diagram", Section::mermaid},
    Name{"workflow", Section::mermaid},
    Name{"steps", Section::steps},
    Name{"requirements", Section::requirements},
    Name{"disagreements", Section::disagreements},
    Name{"undecided", Section::undecided},
    Name{"not decided", Section::undecided},
    Name{"title", Section::title},
    Name{"change", Section::change},
    Name{"fix", Section::change},
    Name{"edits", Section::edits},
    Name{"patch", Section::edits},
    Name{"changes", Section::edits},
};

std::string bounded(std::string_view text, size_t most) {
  text = trim(text);
  if (text.size() <= most) return std::string(text);
  return std::string(truncate_utf8(text, most - 3)) + "…";
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

Confidence confidence_in(std::string_view text) {
  const std::string word = lower_ascii(text);
  const std::string_view start = trim(word, " \t\r\n*_`:-");
  if (start.starts_with("high") || start.starts_with("very high")) return Confidence::high;
  if (start.starts_with("med") || start.starts_with("mod")) return Confidence::medium;
  return Confidence::low;
}

bool opens_diagram(std::string_view line) {
  line = trim(line);
  const size_t ticks = line.find_first_not_of(line.starts_with('~') ? '~' : '`');
  return ticks != std::string_view::npos && ticks >= 3 &&
         lower_ascii(trim(line.substr(ticks))).starts_with("mermaid");
}
bool is_fence(std::string_view line) {
  line = trim(line);
  return line.starts_with("```") || line.starts_with("~~~");
}

// Splits the text into the lines of its diagrams and all others.
struct Parts {
  std::string prose;
  std::optional<std::string> diagram;  // the first
};
Parts without_diagrams(std::string_view text) {
  Parts parts;
  bool inside = false;
  bool first = true;
  for (const std::string_view line : split_lines(text)) {
    if (!inside && opens_diagram(line)) {
      inside = true;
      first = !parts.diagram;
      if (first) parts.diagram.emplace();
    } else if (inside && is_fence(line)) {
      inside = false;
    } else if (!inside) {
      parts.prose.append(line).push_back('\n');
    } else if (first && parts.diagram->size() < kMaxDiagram) {
      parts.diagram->append(line).push_back('\n');
    }
  }
  return parts;
}

// "2026-03-02 — the rounding moved (shop/a.py:3)": what stands before the dash is when.
TimelineEvent event_in(const std::string& line) {
  constexpr std::string_view kDash = " — ";
  const size_t dash = line.find(kDash);
  if (dash > kMaxWhen) return {line, "", {}};  // npos is, too
  return {line.substr(dash + kDash.size()), std::string(trim(line.substr(0, dash), " *_`")), {}};
}

std::string_view at(const Sections& sections, Section section) {
  const auto found = sections.find(section);
  return found == sections.end() ? std::string_view{} : std::string_view(found->second);
}

}  // namespace

std::optional<Section> section_named(std::string_view text) {
  std::string name = lower_ascii(trim(text, " \t:*#_`."));
  std::ranges::replace(name, '_', ' ');
  const auto row = std::ranges::find(kNames, name, &Name::name);
  return row == kNames.end() ? std::nullopt : std::optional(row->section);
}

bool says_nothing(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kNothing{
      "none", "n/a", "na", "nothing", "-", "no", "nil", "null", "not applicable"};
  const std::string word = lower_ascii(trim(text, " \t\r\n.*_()`-"));
  return word.empty() || std::ranges::find(kNothing, word) != kNothing.end();
}

std::string paragraph(std::string_view text) {
  if (says_nothing(text)) return "";
  return bounded(without_diagrams(text).prose, kMaxParagraph);
}

std::string sentence(std::string_view text) {
  for (std::string_view line : split_lines(text)) {
    line = trim(line, " \t#*>");
    if (!says_nothing(line) && !is_fence(line)) return bounded(line, kMaxLine);
  }
  return "";
}

std::string item(std::string_view text) {
  std::string line;
  for (const std::string_view part : split_lines(text)) {
    if (is_fence(part)) continue;
    if (!line.empty()) line += ' ';
    line += trim(part);
  }
  return bounded(line, kMaxItem);
}

std::vector<std::string> items(std::string_view text) {
  std::vector<std::string> out;
  bool open = false;  // a line without a mark continues the item above
  for (const std::string_view line : split_lines(text)) {
    const std::string_view marked = item_in(line);
    const std::string_view plain = trim(line);
    if (!marked.empty()) {
      out.emplace_back(marked);
    } else if (plain.empty() || is_fence(plain)) {
      open = false;
      continue;
    } else if (open && out.back().size() < kMaxItem) {
      out.back().append(" ").append(plain);
    } else if (!open) {
      out.emplace_back(plain);
    }
    open = true;
  }
  std::erase_if(out, says_nothing);
  if (out.size() > kMaxItems) out.resize(kMaxItems);
  for (std::string& entry : out) entry = item(entry);
  return out;
}

std::optional<std::string> diagram_in(std::string_view text) {
  return without_diagrams(text).diagram;
}

Draft draft_of(const Sections& sections) {
  const auto list = [&](Section section) { return items(at(sections, section)); };
  Draft draft;
  draft.headline = sentence(at(sections, Section::headline));
  draft.cause = paragraph(at(sections, Section::cause));
  draft.confidence = confidence_in(at(sections, Section::confidence));
  draft.understood = list(Section::understood);
  draft.assumed = list(Section::assumed);
  draft.not_known = list(Section::not_known);
  draft.out_of_scope = list(Section::out_of_scope);
  draft.question = sentence(at(sections, Section::question));
  draft.customer_note = paragraph(at(sections, Section::customer_note));
  draft.acceptance = list(Section::acceptance);
  for (const std::string& line : list(Section::timeline)) draft.timeline.push_back(event_in(line));
  draft.steps = list(Section::steps);
  draft.requirements = list(Section::requirements);
  draft.disagreements = list(Section::disagreements);
  draft.undecided = list(Section::undecided);
  draft.title = sentence(at(sections, Section::title));
  draft.change = paragraph(at(sections, Section::change));
  return draft;
}

}  // namespace triage::propose::answer
