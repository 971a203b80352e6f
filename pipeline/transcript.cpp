#include "pipeline/transcript.h"

#include <algorithm>
#include <map>

#include "pipeline/base/utf8.h"
#include "pipeline/transcript_lines_internal.h"

namespace triage {
namespace {

using namespace transcript;  // NOLINT: the private half of this file

constexpr size_t kMaxText = 256 * 1024;
constexpr size_t kMaxTurns = 2'000;
constexpr size_t kMaxSpeakers = 40;
constexpr size_t kMaxTurn = 2'000;  // bytes

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
      const bool listed = !out_.turns.empty() && out_.turns.back().part == TurnPart::attendees;
      if (part_ == TurnPart::attendees && listed) part_ = TurnPart::talk;
      return;
    }
    if (cue(text)) {
      read_ -= text.size();
      return;
    }
    if (heading(text)) return;
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
    return text == "WEBVTT" || text.find_first_not_of("0123456789") == std::string_view::npos;
  }

  // "## Attendees", "Decisions:", "Open: who pays for it".
  bool heading(std::string_view text) {
    const size_t colon = text.find(':');
    const auto whole = heading_in(text);
    const auto start =
        colon == std::string_view::npos ? std::nullopt : heading_in(text.substr(0, colon));
    if (!whole && !start) {
      if (text.starts_with('#')) part_ = TurnPart::talk;
      return text.starts_with('#');
    }
    part_ = whole ? *whole : *start;
    ++headings_;
    open_ = false;
    const std::string_view rest = whole ? std::string_view{} : trim(text.substr(colon + 1), " \t*");
    if (!rest.empty()) add(std::nullopt, "", rest);
    if (!rest.empty()) part_ = TurnPart::talk;
    return true;
  }

  // "Anna (PM): words", "<v Anna>words", "Anna Berg  0:12" above the words.
  bool spoken(std::string_view text, std::string_view when) {
    if (text.starts_with("<v ")) {
      const size_t end = text.find('>', text.starts_with("<v <") ? text.find('>') + 1 : 0);
      const auto who =
          end == std::string_view::npos ? std::nullopt : who_in(text.substr(3, end - 3));
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
      const bool glued =
          text[colon + 1] != ' ' && text[colon + 1] != '*' && text[colon + 1] != '\t';
      const auto who = glued && name.size() == colon ? std::nullopt : who_in(name);
      if (who && !words.empty()) return add(speaker(*who), take_when(when), words);
    }
    return header(text, when);
  }

  // A name with a time before or behind it, alone on its line; or "Anna – words" after a time.
  bool header(std::string_view text, std::string_view when) {
    size_t digit = text.find_first_of("0123456789");
    if (digit != std::string_view::npos && digit > 0 &&
        (text[digit - 1] == '[' || text[digit - 1] == '('))
      --digit;
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

  // "Frau Kern (Vertrieb), Tom (PM)"
  void know_roles(std::string_view words) {
    for (; !words.empty() && roles_.size() < kMaxSpeakers;) {
      const size_t end = std::min(words.find_first_of(",;"), words.size());
      const auto who = who_in(words.substr(0, end));
      if (who && !who->role.empty()) roles_[lower_ascii(who->name)] = who->role;
      words.remove_prefix(std::min(end + 1, words.size()));
    }
  }

  bool add(std::optional<size_t> who, std::string_view when, std::string_view words) {
    if (part_ == TurnPart::attendees) know_roles(words);
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
    const auto known = std::ranges::find_if(
        out_.speakers,
        [&](const Speaker& s) { return lower_ascii(s.name) == lower_ascii(who.name); });
    if (known != out_.speakers.end()) return static_cast<size_t>(known - out_.speakers.begin());
    if (out_.speakers.size() == kMaxSpeakers) return std::nullopt;
    const std::string name = lower_ascii(who.name);
    const auto listed = roles_.find(name);
    std::string label = "Speaker " + std::to_string(out_.speakers.size() + 1);
    if (who.said)
      label = who.name;
    else if (!who.role.empty())
      label = who.role;
    else if (listed != roles_.end())
      label = listed->second;
    const auto same = std::ranges::count_if(
        out_.speakers, [&](const Speaker& s) { return s.label.starts_with(label); });
    if (same > 0) label += " " + std::to_string(same + 1);
    out_.speakers.push_back({who.name, std::move(label)});
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
    const bool attended = std::ranges::any_of(
        out_.turns, [](const Turn& t) { return t.part == TurnPart::attendees; });
    const bool concluded = std::ranges::any_of(out_.turns, [](const Turn& t) {
      return t.part != TurnPart::talk && t.part != TurnPart::attendees;
    });
    return headings_ >= 2 && out_.turns.size() >= 3 && (attended || headings_ >= 3) && concluded;
  }

  Transcript out_;
  TurnPart part_ = TurnPart::talk;
  std::string when_;  // of the cue above
  size_t headings_ = 0, timed_ = 0;
  size_t read_ = 0;                           // bytes
  std::map<std::string, std::string> roles_;  // by name, from the list of who was there
  bool open_ = false;                         // a line without a name goes on with the turn above
  bool fenced_ = false;
};

}  // namespace

std::optional<Transcript> read_transcript(std::string_view text) {
  Reader reader;
  reader.read(truncate_utf8(text, kMaxText));
  return reader.take();
}

}  // namespace triage
