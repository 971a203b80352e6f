#include "pipeline/transcript.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "pipeline/base/utf8.h"

namespace triage {
namespace {

constexpr size_t kMaxText = 256 * 1024;
constexpr size_t kMaxTurns = 2'000;
constexpr size_t kMaxSpeakers = 40;
constexpr size_t kMaxTurn = 2'000;  // bytes
constexpr size_t kMaxLabel = 48;
constexpr size_t kMaxWords = 4;  // of a name

constexpr auto kRoles = std::to_array<std::string_view>(
    {"account manager", "agent", "analyst", "architect", "berater", "beraterin", "caller", "ceo", "client",
     "consultant", "cto", "customer", "designer", "dev", "developer", "engineer", "entwickler",
     "entwicklerin", "facilitator", "head of sales", "host", "interviewer", "kunde", "kundin",
     "manager", "marketing", "me", "moderator", "moderatorin", "ops", "owner", "pm", "po", "product",
     "product manager", "product owner", "produkt", "projektleiter", "projektleiterin", "qa",
     "sales", "support", "team lead", "tester", "user", "vertrieb", "we"});

// What stands before a colon in reports, logs and mail, and is nobody.
constexpr auto kNobody = std::to_array<std::string_view>(
    {"actual", "actual result", "additional context", "also", "answer", "body", "browser", "bug",
     "caused by", "cc", "code", "command", "config", "context", "date", "debug", "describe",
     "description", "device", "docs", "edit", "environment", "error", "example", "expected",
     "expected result", "fatal", "file", "fix", "for example", "from", "hint", "hinweis", "http",
     "https", "info", "input", "issue", "language", "link", "links", "log", "logs", "message", "name", "node",
     "note", "notes", "operating system", "os", "output", "path", "platform", "possible solution",
     "problem", "ps", "python", "question", "reason", "request", "response", "result", "sent", "severity",
     "solution", "source", "status", "step", "steps", "subject", "summary", "system", "time", "tip",
     "title", "to", "trace", "type", "update", "url", "usage", "value", "version", "von", "warning",
     "workaround", "an", "betreff", "datum", "fehler", "ergebnis"});

struct Heading {
  std::string_view name;
  TurnPart part;
};
constexpr auto kHeadings = std::to_array<Heading>({
    {"attendees", TurnPart::attendees}, {"participants", TurnPart::attendees},
    {"present", TurnPart::attendees}, {"teilnehmer", TurnPart::attendees},
    {"teilnehmende", TurnPart::attendees}, {"anwesend", TurnPart::attendees},
    {"agenda", TurnPart::talk}, {"discussion", TurnPart::talk}, {"notes", TurnPart::talk},
    {"meeting notes", TurnPart::talk}, {"call notes", TurnPart::talk}, {"besprechung", TurnPart::talk},
    {"decision", TurnPart::decided}, {"decisions", TurnPart::decided}, {"decided", TurnPart::decided},
    {"beschluss", TurnPart::decided}, {"beschlüsse", TurnPart::decided},
    {"entscheidungen", TurnPart::decided}, {"action item", TurnPart::action},
    {"action items", TurnPart::action}, {"actions", TurnPart::action}, {"next steps", TurnPart::action},
    {"todo", TurnPart::action}, {"aufgaben", TurnPart::action}, {"nächste schritte", TurnPart::action},
    {"open", TurnPart::open}, {"open questions", TurnPart::open}, {"open points", TurnPart::open},
    {"parking lot", TurnPart::open}, {"tbd", TurnPart::open}, {"offen", TurnPart::open},
    {"offene punkte", TurnPart::open}, {"offene fragen", TurnPart::open},
});

std::string_view trim(std::string_view text, std::string_view what = " \t\r\n") {
  const size_t start = text.find_first_not_of(what);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(what) - start + 1);
}
std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}
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

// A time of day or of a recording at the start, with brackets around it: its size, 0 for none.
size_t time_size(std::string_view text) {
  size_t i = 0;
  const bool bracket = text.starts_with('[') || text.starts_with('(');
  if (bracket) ++i;
  const size_t from = i;
  size_t colons = 0;
  while (i < text.size() && (is_digit(text[i]) || text[i] == ':' || (colons > 0 && (text[i] == '.' || text[i] == ',')))) {
    if (text[i] == ':') ++colons;
    ++i;
  }
  if (colons == 0 || colons > 2 || !is_digit(text[from]) || i - from < 4 || !is_digit(text[i - 1])) return 0;
  for (const std::string_view half : {" AM", " PM", " am", " pm", " Uhr"}) {
    if (text.substr(i).starts_with(half)) i += half.size();
  }
  if (!bracket) return i;
  return i < text.size() && (text[i] == ']' || text[i] == ')') ? i + 1 : 0;
}

struct Who {
  std::string name, role;
};

// A name, a role or a placeholder; nothing where the text before a colon is something else.
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
  const std::string words = lower(text);
  if (is_placeholder(text)) return who;
  if (is_one_of(words, kRoles)) return who;
  const bool numbered = words.starts_with("speaker ") || words.starts_with("sprecher ");
  if (numbered && std::ranges::all_of(words.substr(words.find(' ') + 1), is_digit)) return who;
  if (is_one_of(words, kNobody) || words.ends_with("error") || words.ends_with("exception")) return std::nullopt;
  size_t count = 0;
  bool small = false;
  for (std::string_view rest = text; !rest.empty(); rest = trim(rest)) {
    const size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    const bool begins = is_upper(word.front()) || static_cast<unsigned char>(word.front()) == 0xC3 || is_placeholder(word);
    const bool joins = word == "von" || word == "van" || word == "de";
    if (++count > kMaxWords || (!begins && !joins)) return std::nullopt;
    for (size_t i = 1; i < word.size(); ++i) {
      const char c = word[i];
      const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
      if (!letter && c != '.' && c != '-' && c != '\'' && !is_placeholder(word)) return std::nullopt;
      small = small || (c >= 'a' && c <= 'z');
    }
    small = small || is_placeholder(word) || word.size() == 1;
  }
  return small ? std::optional(who) : std::nullopt;  // "ERROR", "HTTP" are nobody
}

std::optional<TurnPart> heading_in(std::string_view line) {
  const std::string words = lower(trim(line, " \t*#_:=-"));
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

class Reader {
 public:
  void read(std::string_view text) {
    while (!text.empty() && out_.turns.size() < kMaxTurns) {
      const size_t end = std::min(text.find('\n'), text.size());
      line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  std::optional<Transcript> take() {
    std::erase_if(out_.turns, [](const Turn& turn) { return trim(turn.text).empty(); });
    if (!is_conversation()) return std::nullopt;
    return std::move(out_);
  }

 private:
  void line(std::string_view raw) {
    std::string_view text = trim(raw);
    read_ += text.size();
    if (text.starts_with("```")) fenced_ = !fenced_;
    if (fenced_ || text.starts_with("```") || text.starts_with('>')) return;
    if (text.empty()) {
      open_ = false;
      return;
    }
    if (cue(text) || heading(text)) return;
    const bool bullet = without_bullet(text).size() < text.size();
    text = without_bullet(text);
    std::string when;
    if (const size_t size = time_size(text); size > 0) {
      when = trim(text.substr(0, size), "[]() ");
      text = trim(text.substr(size), " \t-–—");
    }
    if (spoken(text, when) || (bullet_or_timed(bullet, text, when))) return;
    if (open_ && !out_.turns.empty()) append(text);
  }

  // "00:00:01.000 --> 00:00:04.000": the words follow. Numbers of subtitles say nothing.
  bool cue(std::string_view text) {
    const size_t size = time_size(text);
    if (size > 0 && trim(text.substr(size)).starts_with("-->")) {
      when_ = text.substr(0, size);
      return true;
    }
    return text == "WEBVTT" || std::ranges::all_of(text, is_digit);
  }

  // "## Attendees", "Decisions:", "Open: who pays for it".
  bool heading(std::string_view text) {
    const size_t colon = text.find(':');
    const auto whole = heading_in(text);
    const auto start = colon == std::string_view::npos ? std::nullopt : heading_in(text.substr(0, colon));
    if (!whole && !start) return false;
    part_ = whole ? *whole : *start;
    ++headings_;
    open_ = false;
    const std::string_view rest = whole ? std::string_view{} : trim(text.substr(colon + 1), " \t*");
    if (!rest.empty()) add(std::nullopt, "", rest);
    if (!rest.empty() && part_ != TurnPart::attendees) part_ = TurnPart::talk;
    return true;
  }

  // "Anna (PM): words", "<v Anna>words", "Anna Berg  0:12" above the words.
  bool spoken(std::string_view text, std::string_view when) {
    if (text.starts_with("<v ")) {
      const size_t end = text.find('>', text.starts_with("<v <") ? text.find('>') + 1 : 0);
      const auto who = end == std::string_view::npos ? std::nullopt : who_in(text.substr(3, end - 3));
      std::string_view words = end == std::string_view::npos ? "" : text.substr(end + 1);
      if (words.ends_with("</v>")) words.remove_suffix(4);
      if (who) return add(speaker(*who), take_when(when), words);
    }
    const size_t colon = text.find(':');
    if (colon != std::string_view::npos && colon > 0 && text.substr(colon).size() > 1) {
      std::string_view name = text.substr(0, colon);
      std::string_view words = trim(text.substr(colon + 1), " \t*");
      // "Anna [10:31]: words": the first colon is in the time.
      const size_t bracket = name.find_first_of("[(");
      if (bracket != std::string_view::npos && bracket > 0) {
        const size_t size = time_size(text.substr(bracket));
        const std::string_view rest = text.substr(std::min(bracket + size, text.size()));
        if (size > 0 && trim(rest).starts_with(':')) {
          when = trim(text.substr(bracket, size), "[]()");
          name = text.substr(0, bracket);
          words = trim(trim(rest).substr(1), " \t*");
        }
      }
      const bool glued = text[colon + 1] != ' ' && text[colon + 1] != '*' && text[colon + 1] != '\t';
      const auto who = glued && name.size() == colon ? std::nullopt : who_in(name);
      if (who && !words.empty()) return add(speaker(*who), take_when(when), words);
    }
    return header(text, when);
  }

  // A name with a time before or behind it, alone on its line; or "Anna – words" after a time.
  bool header(std::string_view text, std::string_view when) {
    size_t digit = text.find_first_of("0123456789");
    if (digit != std::string_view::npos && digit > 0 && (text[digit - 1] == '[' || text[digit - 1] == '(')) --digit;
    const size_t size = digit == std::string_view::npos ? 0 : time_size(text.substr(digit));
    const bool ends = size > 0 && digit > 1 && digit + size == text.size();
    if (ends) {
      const auto who = who_in(text.substr(0, digit));
      return who && add(speaker(*who), trim(text.substr(digit), "[]() "), "");
    }
    if (when.empty()) return false;
    for (const std::string_view dash : {" – ", " — ", " - "}) {
      const size_t at = text.find(dash);
      const auto who = at == std::string_view::npos ? std::nullopt : who_in(text.substr(0, at));
      if (who) return add(speaker(*who), when, text.substr(at + dash.size()));
    }
    const auto who = who_in(text);
    return who && add(speaker(*who), when, "");
  }

  bool bullet_or_timed(bool bullet, std::string_view text, std::string_view when) {
    const bool listed = bullet && headings_ > 0;
    if (!listed && when.empty() && when_.empty()) return false;
    return add(std::nullopt, take_when(when), text);
  }

  std::string take_when(std::string_view when) {
    std::string taken = when.empty() ? when_ : std::string(when);
    when_.clear();
    return taken;
  }

  bool add(std::optional<size_t> who, std::string_view when, std::string_view words) {
    out_.turns.push_back({who, std::string(when), "", part_});
    if (!when.empty()) ++timed_;
    append(words);
    open_ = true;
    return true;
  }

  void append(std::string_view words) {
    std::string& text = out_.turns.back().text;
    if (text.size() >= kMaxTurn) return;
    if (!text.empty()) text += ' ';
    text += truncate_utf8(trim(words), kMaxTurn);
  }

  std::optional<size_t> speaker(const Who& who) {
    const auto known = std::ranges::find_if(out_.speakers, [&](const Speaker& s) { return lower(s.name) == lower(who.name); });
    if (known != out_.speakers.end()) return static_cast<size_t>(known - out_.speakers.begin());
    if (out_.speakers.size() == kMaxSpeakers) return std::nullopt;
    const std::string name = lower(who.name);
    const bool said = is_placeholder(who.name) || is_one_of(name, kRoles) || name.starts_with("speaker ") || name.starts_with("sprecher ");
    out_.speakers.push_back({who.name, said ? who.name : !who.role.empty() ? who.role : "Speaker " + std::to_string(out_.speakers.size() + 1)});
    return out_.speakers.size() - 1;
  }

  bool is_conversation() const {
    std::vector<size_t> turns(out_.speakers.size());
    size_t spoken = 0;
    size_t sentences = 0;
    for (const Turn& turn : out_.turns) {
      if (!turn.speaker) continue;
      ++turns[*turn.speaker];
      ++spoken;
      if (std::ranges::count(turn.text, ' ') > 1) ++sentences;
    }
    size_t said = 0;
    for (const Turn& turn : out_.turns) said += turn.text.size();
    // "Score: 33" is no talk, and four lines of steps in a long report are none.
    if (sentences * 2 < spoken || said * 3 < read_) return false;
    const bool repeats = std::ranges::any_of(turns, [](size_t n) { return n > 1; });
    const bool two = std::ranges::count_if(turns, [](size_t n) { return n > 0; }) > 1;
    if (two && spoken >= 4 && repeats) return true;
    if (two && spoken >= 3 && timed_ >= 3) return true;
    const bool attended = std::ranges::any_of(out_.turns, [](const Turn& t) { return t.part == TurnPart::attendees; });
    const bool concluded = std::ranges::any_of(out_.turns, [](const Turn& t) { return t.part != TurnPart::talk && t.part != TurnPart::attendees; });
    return headings_ >= 2 && out_.turns.size() >= 3 && (attended || headings_ >= 3) && concluded;
  }

  Transcript out_;
  TurnPart part_ = TurnPart::talk;
  std::string when_;  // of the cue above
  size_t headings_ = 0, timed_ = 0;
  size_t read_ = 0;  // bytes
  bool open_ = false;    // a line without a name goes on with the turn above
  bool fenced_ = false;
};

}  // namespace

std::optional<Transcript> read_transcript(std::string_view text) {
  Reader reader;
  reader.read(truncate_utf8(text, kMaxText));
  return reader.take();
}

}  // namespace triage
