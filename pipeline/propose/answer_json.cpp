// The JSON form of an answer: where it is, what models wrap it in, and what its members say.
#include <algorithm>
#include <charconv>

#include "pipeline/propose/answer_internal.h"
#include "pipeline/propose/edits.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/nearly_json.h"

namespace triage::propose::answer {
namespace {

constexpr int kMaxWrappers = 3;                  // {"arguments": {"answer": {…}}}
constexpr std::string_view kCutOff = "cut off";  // marks an object that broke off

Result<Json> read_tolerant(std::string_view text) {
  const NearlyJson nearly = rewrite_json(text);
  auto parsed = parse_json(nearly.text);
  if (parsed && nearly.cut_off && parsed->is_object()) parsed->set(kCutOff, true);
  return parsed;
}

bool names_a_section(const Json& object) {
  return std::ranges::any_of(object.members(), [](const auto& member) {
    return section_named(member.first).has_value() && !member.second.is_object();
  });
}

// Stricter, for an object in the middle of prose: one with a title may be a sample.
bool is_answer(const Json& object) {
  return std::ranges::any_of(object.members(), [](const auto& member) {
    const auto section = section_named(member.first);
    return section == Section::headline || section == Section::cause || section == Section::edits;
  });
}

// The answer inside what a model may put around it: a list of one, a call of a tool, text in JSON.
Json unwrapped(Json json) {
  for (int i = 0; i < kMaxWrappers && !names_a_section(json); ++i) {
    if (json.is_array() && json.items().size() == 1) {
      json = Json(json.items().front());
      continue;
    }
    const auto inner = std::ranges::find_if(json.members(), [](const auto& member) {
      return member.second.is_object() || member.second.as_string().starts_with('{');
    });
    if (inner == json.members().end()) break;
    if (inner->second.is_object()) {
      json = Json(inner->second);
    } else if (auto parsed = read_tolerant(inner->second.as_string())) {
      json = std::move(*parsed);
    } else {
      break;
    }
  }
  return json;
}

// Where an object may begin: at the start, in a fence, or at the start of a line of prose.
std::vector<size_t> beginnings(std::string_view text) {
  constexpr size_t kMost = 8;  // each may be read to the end of the answer
  std::vector<size_t> found;
  for (const std::string_view line : split_lines(text)) {
    const std::string_view words = trim(line);
    if (!words.starts_with('{') && !words.starts_with("[{")) continue;
    found.push_back(static_cast<size_t>(words.data() - text.data()));
    if (found.size() == kMost) break;
  }
  return found;
}

// ---- from JSON to a draft
// --------------------------------------------------------------------------

std::string joined(const Json::Array& items, std::string_view between);

std::string quoted(const Json& quote, const Json& by) {
  std::string text = quote.as_string().empty() ? "" : "“" + quote.as_string() + "”";
  if (!by.as_string().empty()) text += (text.empty() ? "(" : " (") + by.as_string() + ")";
  return text;
}

// The members that the schema asks for, as a person would write them.
std::string object_text(const Json& object) {
  const auto said = [&](std::string_view name) { return object[name].as_string(); };
  if (object.contains("given") || object.contains("then")) {
    std::string text = said("given").empty() ? "" : "Given " + said("given") + ", ";
    if (!said("when").empty()) text += "when " + said("when") + ", ";
    return text + "then " + said("then");
  }
  if (object.contains("sides")) return said("about") + ": " + joined(object["sides"].items(), "; ");
  if (object.contains("phase")) {
    const std::string phase = lower_ascii(said("phase")).starts_with("t") ? "Today" : "Proposed";
    return phase + ": " + (said("who").empty() ? "" : said("who") + " – ") + said("what");
  }
  const std::string quote = quoted(object["quote"], object["by"]);
  const std::string text = said("text");
  return text + (text.empty() || quote.empty() ? "" : " — ") + quote;
}

std::string text_of(const Json& json) {
  if (json.is_string()) return json.as_string();
  if (json.is_object()) return object_text(json);
  if (json.is_array()) return joined(json.items(), "\n");
  return json.is_null() ? "" : json.dump();
}

std::string joined(const Json::Array& items, std::string_view between) {
  std::string text;
  for (const Json& item : items) {
    const std::string next = text_of(item);
    if (!text.empty() && !next.empty()) text += between;
    text += next;
  }
  return text;
}

std::vector<std::string> list_of(const Json& json) {
  if (!json.is_array()) return items(text_of(json));
  std::vector<std::string> out;
  for (const Json& entry : json.items()) {
    std::string text = item(text_of(entry));
    if (!says_nothing(text) && out.size() < kMaxItems) out.push_back(std::move(text));
  }
  return out;
}

std::uint32_t line_of(const Json& json) {
  if (json.is_integer()) {
    const std::int64_t line = json.as_integer();
    return line > 0 && line < 10'000'000 ? static_cast<std::uint32_t>(line) : 0;
  }
  std::uint32_t line = 0;
  const std::string& text = json.as_string();
  std::from_chars(text.data(), text.data() + text.size(), line);
  return line;
}

std::vector<TimelineEvent> timeline_of(const Json& json) {
  std::vector<TimelineEvent> out;
  for (const Json& entry : json.items()) {
    if (out.size() == kMaxItems) break;
    TimelineEvent event;
    event.what = item(entry.is_object() ? entry["what"].as_string() : text_of(entry));
    event.when = sentence(entry["when"].as_string());
    if (const std::string& path = entry["path"].as_string(); !says_nothing(path)) {
      const std::uint32_t line = line_of(entry["line"]);
      event.evidence = {"code", path, line, line, "", ""};
    }
    if (!says_nothing(event.what)) out.push_back(std::move(event));
  }
  return out;
}

// Nothing where it does not say, or says twice, what is to become of the file.
std::optional<Edit> edit_of(const Json& json) {
  Edit edit;
  edit.path = std::string(trim(json["path"].as_string()));
  const std::string& search = json["search"].as_string();
  const Json& replace = json["replace"];
  const Json& content = json["content"];
  edit.remove = json["remove"].as_bool() || json["delete"].as_bool();
  const bool writes =
      !search.empty() || !replace.as_string().empty() || !content.as_string().empty();
  if (edit.path.empty() || (edit.remove && writes)) return std::nullopt;
  if (edit.remove) return edit;
  if (!search.empty()) {
    if (search == replace.as_string() || !content.as_string().empty()) return std::nullopt;
    edit.hunks.push_back({search, replace.as_string(), 0});
  } else if (!replace.as_string().empty()) {
    edit.content = replace.as_string();
  } else if (content.is_string() && (!content.as_string().empty() || !replace.is_string())) {
    edit.content = content.as_string();
  } else {
    return std::nullopt;
  }
  return edit;
}

void read_edits(Draft& draft, const Json& json) {
  Json::Array list = json.items();
  if (json.is_object()) list.push_back(json);
  size_t left_out = 0;
  for (const Json& entry : list) {
    auto edit = edit_of(entry);
    if (!edit) {
      ++left_out;
    } else if (draft.edits.size() <= kMaxHunks) {
      add_edit(draft.edits, std::move(*edit));
    }
  }
  if (left_out > 0) {
    draft.problems.push_back(
        std::to_string(left_out) +
        " change(s) of the model lack a file name or one clear thing to do; they were left out.");
  }
  if (json.is_string()) {
    EditsAndProse taken = take_edits(json.as_string());
    for (Edit& edit : taken.edits) add_edit(draft.edits, std::move(edit));
    std::ranges::move(taken.problems, std::back_inserter(draft.problems));
  }
}

// The members of an answer by what they are called; the first that says something counts.
class Members {
 public:
  explicit Members(const Json& object) {
    for (const auto& [name, value] : object.members()) {
      const auto section = section_named(name);
      if (section && !says_nothing(text_of(value))) found_.emplace(*section, &value);
    }
  }
  const Json& operator[](Section section) const {
    static const Json kNone;
    const auto entry = found_.find(section);
    return entry == found_.end() ? kNone : *entry->second;
  }

 private:
  std::map<Section, const Json*> found_;
};

Confidence confidence_of(double share) {
  return share >= 0.8 ? Confidence::high : share >= 0.5 ? Confidence::medium : Confidence::low;
}

}  // namespace

bool is_json(std::string_view text) {
  text = trim(text, " \t\r\n\xEF\xBB\xBF");
  return text.starts_with('{') || text.starts_with("[{") || text.starts_with("\"{") ||
         text.starts_with("```json");
}

Result<std::optional<Json>> find_object(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text = trim(text);
  std::string inner;  // a whole object in a JSON string
  if (text.starts_with("\"{")) {
    if (const auto parsed = parse_json(text)) inner = parsed->as_string();
    if (!inner.empty()) text = inner;
  }
  std::string reason;
  for (const size_t at : beginnings(text)) {
    auto parsed = read_tolerant(text.substr(at));
    if (!parsed) {
      if (reason.empty()) reason = parsed.error().message;
      continue;
    }
    Json object = unwrapped(std::move(*parsed));
    const bool all = at == 0 && object.is_object();
    if (all || is_answer(object)) return std::optional(std::move(object));
  }
  if (!reason.empty() && is_json(text)) {
    return invalid_input("the answer is not valid JSON (" + reason +
                         "); give one JSON object and nothing else, with strings in double quotes");
  }
  return std::optional<Json>();
}

Draft read_object(const Json& object) {
  const Members members(object);
  const auto at = [&](Section section) -> const Json& { return members[section]; };
  Sections plain;
  for (const Section section :
       {Section::headline, Section::cause, Section::confidence, Section::question,
        Section::customer_note, Section::title, Section::change})
    plain[section] = text_of(at(section));
  Draft draft = draft_of(plain);
  if (const Json& share = at(Section::confidence); share.is_number())
    draft.confidence = confidence_of(share.as_double());
  draft.understood = list_of(at(Section::understood));
  draft.assumed = list_of(at(Section::assumed));
  draft.not_known = list_of(at(Section::not_known));
  draft.out_of_scope = list_of(at(Section::out_of_scope));
  draft.acceptance = list_of(at(Section::acceptance));
  draft.timeline = timeline_of(at(Section::timeline));
  draft.steps = list_of(at(Section::steps));
  draft.requirements = list_of(at(Section::requirements));
  draft.disagreements = list_of(at(Section::disagreements));
  draft.undecided = list_of(at(Section::undecided));
  const std::string& diagram = at(Section::mermaid).as_string();
  draft.mermaid = diagram_in(diagram).value_or(diagram);
  for (const auto& [name, value] : object.members()) {
    if (section_named(name) == Section::edits) read_edits(draft, value);
  }
  cap_edits(draft.edits, draft.problems);
  if (object.contains(kCutOff)) {
    draft.problems.emplace_back(
        "The model's answer breaks off in the middle; only what was complete was read.");
  }
  return draft;
}

}  // namespace triage::propose::answer
