#include <algorithm>
#include <array>
#include <cctype>

#include "pipeline/base/ascii.h"
#include "pipeline/transcript_lines_internal.h"

namespace triage::transcript {
namespace {

constexpr size_t kMaxLabel = 48;
constexpr size_t kMaxWords = 4;  // of a name

// clang-format off
constexpr auto kRoles = std::to_array<std::string_view>({
    "account manager", "agent", "analyst", "architect", "berater", "beraterin", "caller", "ceo",
    "client", "consultant", "cto", "customer", "designer", "dev", "developer", "engineer",
    "entwickler", "entwicklerin", "facilitator", "head of sales", "host", "interviewer",
    "kunde", "kundin", "manager", "marketing", "me", "moderator", "moderatorin", "ops", "owner",
    "pm", "po", "product", "product manager", "product owner", "produkt", "projektleiter",
    "projektleiterin", "qa", "sales", "support", "team lead", "tester", "user", "vertrieb", "we"});

// What stands before a colon in reports, logs and mail, and is nobody.
constexpr auto kNobody = std::to_array<std::string_view>({
    "actual", "actual result", "additional context", "also", "answer", "body", "browser", "bug",
    "caused by", "cc", "code", "command", "config", "context", "date", "debug", "describe",
    "description", "device", "docs", "edit", "environment", "error", "example", "expected",
    "expected result", "fatal", "file", "fix", "for example", "from", "hint", "hinweis", "http",
    "https", "info", "input", "issue", "language", "link", "links", "log", "logs", "message",
    "name", "node", "note", "notes", "operating system", "os", "output", "path", "platform",
    "possible solution", "problem", "ps", "python", "question", "reason", "request", "response",
    "result", "sent", "severity", "solution", "source", "status", "step", "steps", "subject",
    "summary", "system", "time", "tip", "title", "to", "trace", "type", "update", "url",
    "usage", "value", "version", "von", "warning", "workaround", "an", "betreff", "datum",
    "fehler", "ergebnis"});

// clang-format on

struct Heading {
  std::string_view name;
  TurnPart part;
};
constexpr auto kHeadings = std::to_array<Heading>({
    {"attendees", TurnPart::attendees},
    {"participants", TurnPart::attendees},
    {"present", TurnPart::attendees},
    {"teilnehmer", TurnPart::attendees},
    {"teilnehmende", TurnPart::attendees},
    {"anwesend", TurnPart::attendees},
    {"agenda", TurnPart::talk},
    {"discussion", TurnPart::talk},
    {"diskussion", TurnPart::talk},
    {"besprechungsnotizen", TurnPart::talk},
    {"notes", TurnPart::talk},
    {"meeting notes", TurnPart::talk},
    {"call notes", TurnPart::talk},
    {"besprechung", TurnPart::talk},
    {"decision", TurnPart::decided},
    {"decisions", TurnPart::decided},
    {"decided", TurnPart::decided},
    {"beschluss", TurnPart::decided},
    {"beschlüsse", TurnPart::decided},
    {"entscheidungen", TurnPart::decided},
    {"action item", TurnPart::action},
    {"action items", TurnPart::action},
    {"actions", TurnPart::action},
    {"next steps", TurnPart::action},
    {"todo", TurnPart::action},
    {"aufgaben", TurnPart::action},
    {"nächste schritte", TurnPart::action},
    {"open", TurnPart::open},
    {"open questions", TurnPart::open},
    {"open points", TurnPart::open},
    {"parking lot", TurnPart::open},
    {"tbd", TurnPart::open},
    {"offen", TurnPart::open},
    {"offene punkte", TurnPart::open},
    {"offene fragen", TurnPart::open},
});

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_one_of(std::string_view word, const auto& words) {
  return std::ranges::find(words, word) != words.end();
}

bool is_placeholder(std::string_view text) {
  return text.size() > 3 && text.front() == '<' && text.back() == '>' &&
         std::ranges::all_of(text.substr(1, text.size() - 2),
                             [](char c) { return is_upper(c) || is_digit(c) || c == '_'; });
}

}  // namespace

size_t time_size(std::string_view text) {
  size_t i = 0;
  const bool bracket = text.starts_with('[') || text.starts_with('(');
  if (bracket) ++i;
  const size_t from = i;
  size_t colons = 0;
  while (i < text.size() && (is_digit(text[i]) || text[i] == ':' ||
                             (colons > 0 && (text[i] == '.' || text[i] == ',')))) {
    if (text[i] == ':') ++colons;
    ++i;
  }
  if (colons == 0 || colons > 2 || !is_digit(text[from]) || i - from < 4 || !is_digit(text[i - 1]))
    return 0;
  for (const std::string_view half : {" AM", " PM", " am", " pm", " Uhr"}) {
    if (text.substr(i).starts_with(half)) i += half.size();
  }
  if (!bracket) return i;
  return i < text.size() && (text[i] == ']' || text[i] == ')') ? i + 1 : 0;
}

std::optional<Who> who_in(std::string_view text) {
  text = trim(text, " \t*_");
  Who who;
  if (const size_t open = text.find('('); open != std::string_view::npos && text.ends_with(')')) {
    const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
    if (time_size(inside) != inside.size()) who.role = inside;
    text = trim(text.substr(0, open));
  }
  if (text.empty() || text.size() > kMaxLabel || who.role.size() > kMaxLabel) return std::nullopt;
  who.name = text;
  const std::string words = lower_ascii(text);
  const auto said = [&] {
    who.said = true;
    return who;
  };
  if (is_placeholder(text) || is_one_of(words, kRoles)) return said();
  const bool numbered = words.starts_with("speaker ") || words.starts_with("sprecher ");
  if (numbered && std::ranges::all_of(words.substr(words.find(' ') + 1), is_digit)) return said();
  if (is_one_of(words, kNobody) || words.ends_with("error") || words.ends_with("exception"))
    return std::nullopt;
  size_t count = 0;
  bool small = false;
  for (std::string_view rest = text; !rest.empty(); rest = trim(rest)) {
    const size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    const bool begins = is_upper(word.front()) ||
                        static_cast<unsigned char>(word.front()) == 0xC3 || is_placeholder(word);
    const bool joins = word == "von" || word == "van" || word == "de";
    if (++count > kMaxWords || (!begins && !joins)) return std::nullopt;
    for (size_t i = 1; i < word.size(); ++i) {
      const char c = word[i];
      const bool letter =
          std::isalpha(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
      if (!letter && c != '.' && c != '-' && c != '\'' && !is_placeholder(word))
        return std::nullopt;
      small = small || (c >= 'a' && c <= 'z');
    }
    small = small || is_placeholder(word) || word.size() == 1;
  }
  return small ? std::optional(who) : std::nullopt;  // "ERROR", "HTTP" are nobody
}

std::optional<TurnPart> heading_in(std::string_view line) {
  const std::string words = lower_ascii(trim(line, " \t*#_:=-"));
  const auto found = std::ranges::find(kHeadings, words, &Heading::name);
  return found == kHeadings.end() ? std::nullopt : std::optional(found->part);
}

std::string_view without_bullet(std::string_view line) {
  line = trim(line);
  for (const std::string_view bullet : {"- [ ] ", "- [x] ", "- ", "* ", "• ", "+ "}) {
    if (line.starts_with(bullet)) return trim(line.substr(bullet.size()));
  }
  return line;
}

}  // namespace triage::transcript
