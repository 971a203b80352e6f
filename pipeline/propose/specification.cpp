#include "pipeline/propose/specification.h"

#include <algorithm>
#include <array>
#include <set>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/citations.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/wording.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxStatements = 1'500;
constexpr size_t kMaxCompared = 200;  // wishes, each against each
constexpr size_t kMaxQuote = 240;
constexpr size_t kMinWords = 4;
constexpr size_t kMaxRequirements = 20, kMaxDisagreements = 10, kMaxUndecided = 15, kMaxOthers = 8;
constexpr size_t kMaxUnderstood = 3;
constexpr size_t kReach = 4;  // turns back to what somebody disagrees with

constexpr auto kWish = std::to_array<std::string_view>(
    {" must ",       " mustn't ", " should ",   " shouldn't ", " shall ",    " have to ",
     " has to ",     " need ",    " needs ",    " want ",      " wants ",    " don't want ",
     " would like ", " require ", " requires ", " expect ",    " muss ",     " müssen ",
     " soll ",       " sollen ",  " sollte ",   " sollten ",   " brauchen ", " braucht ",
     " möchte ",     " möchten ", " wollen ",   " wünsche"});
// Wishes for the talk itself.
constexpr auto kNoWish = std::to_array<std::string_view>({"need to check",
                                                          "have to check",
                                                          "need to ask",
                                                          "have to ask",
                                                          "have to go",
                                                          "have to leave",
                                                          "want to say",
                                                          "want to thank",
                                                          "want to start",
                                                          "want to ask",
                                                          "should start",
                                                          "should wrap up",
                                                          "should take a break",
                                                          "need a break",
                                                          "should get going",
                                                          "should move on",
                                                          "want to add something",
                                                          "muss los",
                                                          "muss weg",
                                                          "sollten anfangen"});
constexpr auto kNegation = std::to_array<std::string_view>(
    {" not ", "n't ", " never ", " no ", " without ", " nicht ", " kein", " ohne ", " nie "});
constexpr auto kAgainst = std::to_array<std::string_view>(
    {"i disagree",      "we disagree",           "don't agree",          "do not agree",
     "not agree",       "see it differently",    "see that differently", "don't think so",
     "that won't work", "that doesn't work for", "not acceptable",       "i'd rather",
     "we'd rather",     "i would rather",        "absolutely not",       "on the contrary",
     "i object",        "sehe ich anders",       "sehen wir anders",     "nicht einverstanden",
     "bin dagegen",     "sind dagegen",          "stimmt nicht",         "lieber nicht"});
constexpr auto kNo =
    std::to_array<std::string_view>({"no, ", "no. ", "nope", "no way", "nein, ", "nein. "});
constexpr auto kBut = std::to_array<std::string_view>(
    {"but ", "aber ", "however", "actually, ", "yes, but ", "ja, aber "});
constexpr auto kOpen = std::to_array<std::string_view>({"tbd",
                                                        "tbc",
                                                        "to be decided",
                                                        "to be confirmed",
                                                        "to be defined",
                                                        "not decided",
                                                        "haven't decided",
                                                        "decide later",
                                                        "decide that later",
                                                        "decide this later",
                                                        "let's decide",
                                                        "decide next",
                                                        "still open",
                                                        "open question",
                                                        "open point",
                                                        "not sure",
                                                        "don't know",
                                                        "no idea",
                                                        "unclear",
                                                        "need to check",
                                                        "have to check",
                                                        "i'll check",
                                                        "let me check",
                                                        "need to ask",
                                                        "have to ask",
                                                        "come back to that",
                                                        "come back to this",
                                                        "let's park",
                                                        "park that",
                                                        "park this",
                                                        "take it offline",
                                                        "take that offline",
                                                        "take this offline",
                                                        "revisit",
                                                        "haven't agreed",
                                                        "noch offen",
                                                        "bleibt offen",
                                                        "unklar",
                                                        "noch klären",
                                                        "klären wir",
                                                        "muss ich klären",
                                                        "später entscheiden",
                                                        "entscheiden wir später",
                                                        "nicht entschieden",
                                                        "weiß nicht",
                                                        "weiß ich nicht",
                                                        "keine ahnung",
                                                        "prüfen wir noch"});
constexpr auto kOutside = std::to_array<std::string_view>(
    {"out of scope", "not in scope", "not part of this", "not in this release",
     "not in this version", "phase two", "phase 2", "second phase", "later release", "nicht teil",
     "nicht im umfang", "zweite phase", "phase zwei"});
constexpr auto kSmallTalk = std::to_array<std::string_view>(
    {"hear me", "see my screen", "how are you", "shall we start", "can we start", "everyone here",
     "anything else", "any questions", "make sense", "right?", "okay?", "wie geht", "hört man mich",
     "können wir anfangen", "noch fragen", "passt das"});

bool holds_any(std::string_view text, const auto& phrases) {
  return std::ranges::any_of(
      phrases, [&](std::string_view p) { return text.find(p) != std::string_view::npos; });
}
bool begins_any(std::string_view text, const auto& phrases) {
  return std::ranges::any_of(phrases, [&](std::string_view p) { return text.starts_with(p); });
}

// One sentence of one speaker.
struct Statement {
  const Turn* turn = nullptr;
  size_t number = 0;  // of the turn
  std::string text;
  std::string words;  // folded, a blank at both ends, without commas
  std::string start;  // folded, as it stands
  std::set<std::string> content;
  bool wish = false, negated = false, question = false, first = false, last = false;
  bool taken = false;  // it stands on a side of a disagreement
};

size_t word_count(std::string_view text) {
  return static_cast<size_t>(std::ranges::count(text, ' ')) + 1;
}

Statement statement_of(const Turn& turn, size_t number, std::string_view text) {
  Statement said;
  said.turn = &turn;
  said.number = number;
  said.text = text;
  said.start = folded(text);
  said.words = " " + said.start + " ";
  std::ranges::replace_if(
      said.words, [](char c) { return c == ',' || c == ';' || c == '.' || c == '!'; }, ' ');
  for (const std::string& word : content_words(text)) {
    if (word.size() > 3 && !says_little(word)) said.content.insert(word);
  }
  said.question = text.ends_with('?');
  said.wish = !said.question && holds_any(said.words, kWish) && !holds_any(said.words, kNoWish);
  said.negated = holds_any(said.words, kNegation);
  return said;
}

// "No." and "I disagree." belong to what follows.
bool goes_on(std::string_view part) {
  const std::string words = folded(part);
  return word_count(words) < kMinWords &&
         (begins_any(words + " ", kNo) || holds_any(words, kAgainst));
}

std::vector<Statement> statements_of(const Transcript& talk) {
  std::vector<Statement> out;
  for (size_t number = 0; number < talk.turns.size(); ++number) {
    const Turn& turn = talk.turns[number];
    if (turn.part == TurnPart::attendees) continue;
    const size_t before = out.size();
    const std::string_view text = turn.text;
    size_t from = 0;
    for (size_t i = 0; i < text.size() && out.size() < kMaxStatements; ++i) {
      const bool mark = text[i] == '.' || text[i] == '!' || text[i] == '?';
      if (i + 1 < text.size() && !(mark && text[i + 1] == ' ')) continue;
      const std::string_view part = trim(text.substr(from, i + 1 - from));
      if (i + 1 < text.size() && goes_on(part)) continue;
      from = i + 1;
      if (!part.empty()) out.push_back(statement_of(turn, number, part));
    }
    if (out.size() == before) continue;
    out[before].first = true;
    out.back().last = true;
  }
  return out;
}

size_t shared(const Statement& a, const Statement& b) {
  return static_cast<size_t>(std::ranges::count_if(
      a.content, [&](const std::string& word) { return b.content.contains(word); }));
}

bool other_speaker(const Statement& a, const Statement& b) {
  return a.turn->speaker && b.turn->speaker && a.turn->speaker != b.turn->speaker;
}

// Names of speakers, whole and in parts, with what we call them.
using Names = std::vector<std::pair<std::string, std::string>>;
Names names_of(const Transcript& talk) {
  Names names;
  for (const Speaker& speaker : talk.speakers) {
    if (speaker.name == speaker.label) continue;
    names.emplace_back(speaker.name, speaker.label);
    for (std::string_view rest = speaker.name; !rest.empty(); rest = trim(rest)) {
      const size_t end = std::min(rest.find(' '), rest.size());
      if (end > 2) names.emplace_back(rest.substr(0, end), speaker.label);
      rest.remove_prefix(end);
    }
  }
  return names;
}

// Inside a quote a label stands in brackets; alone in parentheses it needs none.
std::string hidden(std::string text, const Names& names) {
  for (const auto& [name, label] : names) {
    for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      const size_t end = at + name.size();
      const bool whole = (at == 0 || !is_word_char(text[at - 1])) &&
                         (end == text.size() || !is_word_char(text[end]));
      const bool alone = at > 0 && text[at - 1] == '(' && end < text.size() &&
                         (text[end] == ')' || text[end] == ',');
      std::string put = alone ? label : "[" + label + "]";
      if (!whole) put = name;
      text.replace(at, name.size(), put);
      at += put.size();
    }
  }
  return text;
}

// Quotes with who said them.
class Quoting {
 public:
  explicit Quoting(const Transcript& talk) : talk_(talk), names_(names_of(talk)) {}

  std::string operator()(const Statement& said) const {
    const std::string text = "“" + quote(said.text) + "”";
    std::string by;
    if (said.turn->speaker) by = talk_.speakers[*said.turn->speaker].label;
    if (!said.turn->when.empty()) by += (by.empty() ? "" : ", ") + said.turn->when;
    return by.empty() ? text : text + " (" + by + ")";
  }

  std::string quote(std::string_view said) const {
    std::string text(truncate_utf8(said, kMaxQuote));
    if (text.size() < said.size()) text += "…";
    return hidden(std::move(text), names_);
  }

 private:
  const Transcript& talk_;
  Names names_;
};

void add(std::vector<std::string>& list, size_t most, std::string text) {
  if (list.size() < most && std::ranges::find(list, text) == list.end())
    list.push_back(std::move(text));
}

// What the speaker answers with a "no": the nearest statement of somebody else that shares most
// with it; a question is asked, not held.
Statement* opposed_by(std::vector<Statement>& all, size_t index, bool must_share) {
  const Statement& answer = all[index];
  Statement* best = nullptr;
  size_t most = 0;
  for (size_t i = index; i-- > 0;) {
    Statement& before = all[i];
    if (answer.number - before.number > kReach) break;
    if (!other_speaker(before, answer) || before.question || word_count(before.text) < kMinWords)
      continue;
    const size_t common = shared(before, answer);
    if (best == nullptr ? (common > 0 || !must_share) : common > most) {
      best = &before;
      most = common;
    }
    if (!must_share && answer.number - before.number > 1 && best != nullptr) break;
  }
  return best;
}

void find_disagreements(Draft& draft, std::vector<Statement>& all, const Quoting& quoted) {
  const auto pair = [&](Statement& one, Statement& other) {
    if (draft.disagreements.size() >= kMaxDisagreements) return;
    one.taken = other.taken = true;
    add(draft.disagreements, kMaxDisagreements, quoted(one) + " – " + quoted(other));
  };
  for (size_t i = 0; i < all.size(); ++i) {
    Statement& said = all[i];
    const bool strong =
        holds_any(said.start, kAgainst) || (said.first && begins_any(said.start, kNo));
    const bool weak = begins_any(said.start, kBut) && (said.wish || said.negated);
    if (said.taken || said.question || (!strong && !weak)) continue;
    if (Statement* before = opposed_by(all, i, !strong)) pair(*before, said);
  }
  std::vector<Statement*> wishes;
  for (Statement& said : all) {
    if (said.wish && said.turn->speaker && wishes.size() < kMaxCompared) wishes.push_back(&said);
  }
  for (size_t i = 0; i < wishes.size(); ++i) {
    for (size_t k = i + 1; k < wishes.size(); ++k) {
      const bool opposite =
          wishes[i]->negated != wishes[k]->negated && other_speaker(*wishes[i], *wishes[k]);
      if (opposite && !wishes[i]->taken && !wishes[k]->taken && shared(*wishes[i], *wishes[k]) > 0)
        pair(*wishes[i], *wishes[k]);
    }
  }
}

// Nobody answers: the talk ends, goes on with another question, or the answer is that it is open.
bool is_unanswered(const std::vector<Statement>& all, size_t index) {
  const Statement& asked = all[index];
  if (!asked.question || !asked.last || holds_any(asked.start, kSmallTalk)) return false;
  if (word_count(asked.text) < kMinWords || asked.content.empty()) return false;
  if (index + 1 == all.size()) return true;
  const Statement& next = all[index + 1];
  return next.question || holds_any(next.start, kOpen) || next.turn->part != asked.turn->part;
}

void find_undecided(Draft& draft, const std::vector<Statement>& all, const Quoting& quoted) {
  for (size_t i = 0; i < all.size(); ++i) {
    const Statement& said = all[i];
    if (is_unanswered(all, i)) {
      add(draft.undecided, kMaxUndecided, quoted(said) + " – asked, not answered");
    } else if (said.turn->part == TurnPart::open || holds_any(said.start, kOpen)) {
      add(draft.undecided, kMaxUndecided, quoted(said));
    }
  }
}

void find_requirements(Draft& draft, const std::vector<Statement>& all, const Quoting& quoted) {
  for (const Statement& said : all) {
    if (holds_any(said.start, kOutside)) {
      add(draft.out_of_scope, kMaxOthers, quoted(said));
      continue;
    }
    const bool open = said.turn->part == TurnPart::open || holds_any(said.start, kOpen);
    if (said.turn->part == TurnPart::action) {
      add(draft.steps, kMaxOthers, "Taken on: " + quoted(said));
    } else if (said.turn->part == TurnPart::decided && !open) {
      add(draft.requirements, kMaxRequirements, "Decided: " + quoted(said));
      add(draft.understood, kMaxUnderstood, quoted.quote(said.text));
    } else if (said.wish && !said.taken && !open && word_count(said.text) >= kMinWords) {
      add(draft.requirements, kMaxRequirements, quoted(said));
      add(draft.understood, kMaxUnderstood, quoted.quote(said.text));
    }
  }
}

}  // namespace

std::optional<Transcript> talk_of(const Run& run) {
  auto talk = read_transcript(run.redaction->body.str());
  for (const SafeText& attached : run.redaction->attachments) {
    if (!talk) talk = read_transcript(attached.str());
  }
  return talk;
}

void hide_speakers(Draft& draft, const Transcript& talk) {
  const Names names = names_of(talk);
  for (std::string* text : {&draft.headline, &draft.cause, &draft.question, &draft.customer_note})
    *text = hidden(std::move(*text), names);
  for (auto* list : {&draft.understood, &draft.assumed, &draft.not_known, &draft.out_of_scope,
                     &draft.requirements, &draft.disagreements, &draft.undecided, &draft.steps})
    for (std::string& entry : *list) entry = hidden(std::move(entry), names);
}

void write_specification(Draft& draft, const Transcript& talk) {
  std::vector<Statement> all = statements_of(talk);
  const Quoting quoted(talk);
  find_disagreements(draft, all, quoted);
  find_undecided(draft, all, quoted);
  find_requirements(draft, all, quoted);
}

}  // namespace triage::propose
