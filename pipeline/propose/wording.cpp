#include "pipeline/propose/wording.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/markup.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxText = 256 * 1024;  // of a ticket; more says nothing new
constexpr size_t kMaxSentence = 240;
constexpr size_t kMinSentence = 12;
constexpr size_t kMaxSentences = 400;
constexpr int kNever = -1000;  // the weight of what is never quoted

constexpr auto kCommon = std::to_array<std::string_view>(
    {"the",   "and",     "for",  "that",    "this",   "with",  "have",   "has",     "had",
     "was",   "were",    "are",  "but",     "not",    "you",   "your",   "our",     "they",
     "them",  "their",   "from", "into",    "when",   "then",  "than",   "there",   "here",
     "what",  "which",   "who",  "how",     "why",    "can",   "could",  "would",   "should",
     "will",  "shall",   "may",  "might",   "does",   "did",   "done",   "doing",   "get",
     "got",   "gets",    "its",  "all",     "any",    "some",  "one",    "two",     "out",
     "off",   "also",    "just", "like",    "please", "hello", "dear",   "hi",      "thanks",
     "thank", "regards", "team", "support", "since",  "after", "before", "because", "been",
     "being", "about",   "very", "still",   "only",   "now"});

// What reports and code are full of.
constexpr auto kLittle = std::to_array<std::string_view>(
    {"nothing", "everything", "something", "anything", "work",   "works",  "working", "worked",
     "error",   "errors",     "value",     "values",   "line",   "lines",  "number",  "numbers",
     "data",    "text",       "name",      "names",    "type",   "types",  "time",    "page",
     "user",    "users",      "use",       "used",     "using",  "call",   "called",  "new",
     "example", "problem",    "issue",     "fails",    "failed", "wrong",  "false",   "true",
     "null",    "none",       "see",       "set",      "way",    "add",    "print",   "return",
     "returns", "class",      "string",    "int",      "auto",   "void",   "std",     "passed",
     "following", "import", "because",  "customer",  "version",  "post",   "body",   "de",      "per"});

constexpr auto kSince = std::to_array<std::string_view>(
    {"since ", "after the update", "after update", "after updating", "after the upgrade",
     "after upgrading", "last week", "yesterday", "no longer", "stopped working", "used to work",
     "worked before", "recently", "as of today", "seit ", "nach dem update", "depuis ", "desde "});

constexpr size_t kShortMessage = 600;
constexpr auto kSolved = std::to_array<std::string_view>(
    {"works fine now", "works now", "works again", "working now", "working again", "is solved",
     "problem solved", "is resolved", "you can close", "please close this", "close this ticket",
     "funktioniert jetzt", "funktioniert wieder", "hat sich erledigt"});
constexpr auto kNotQuite = std::to_array<std::string_view>(
    {"but ", "still ", "however", "nothing works again", "not working", "doesn't", "does not",
     "aber ", "nicht ", "except"});

// Words of other languages that English has not.
struct Tongue {
  std::string_view name;
  std::array<std::string_view, 12> words;
};
constexpr std::array kTongues{
    Tongue{"German",
           {"der", "und", "nicht", "ich", "ist", "wir", "bei", "mit", "für", "wird", "seit", "bitte"}},
    Tongue{"French",
           {"le", "les", "est", "je", "ne", "pas", "une", "nous", "avec", "pour", "depuis", "vous"}},
    Tongue{"Spanish",
           {"el", "los", "es", "que", "una", "por", "con", "para", "desde", "mi", "cuando", "muy"}}};
constexpr size_t kSureOfTongue = 4;

// Words that make a sentence worth quoting, with their weight.
struct Signal {
  std::string_view word;
  int weight;
};
constexpr std::array kSignals{
    Signal{"error", 3},    Signal{"exception", 3},  Signal{"crash", 3},
    Signal{"fail", 3},     Signal{"wrong", 3},      Signal{"instead", 3},
    Signal{"expect", 3},   Signal{"broken", 3},     Signal{"incorrect", 3},
    Signal{"missing", 2},  Signal{"cannot", 3},     Signal{"can't", 3},
    Signal{"doesn't", 2},  Signal{"does not", 2},   Signal{"not work", 3},
    Signal{"too low", 3},  Signal{"too high", 3},   Signal{"slow", 2},
    Signal{"should", 2},   Signal{"would like", 3}, Signal{"want", 2},
    Signal{"need", 2},     Signal{"able to", 2},    Signal{"when ", 1},
    Signal{"after ", 1},   Signal{"since ", 1},     Signal{"every time", 1},
    Signal{"returns", 1},  Signal{"shows", 1},      Signal{"how do", 2},
    Signal{"is there", 2}, Signal{"twice", 1},      Signal{"not accepted", 3},
    Signal{"not change", 3}, Signal{"great if", 2},  Signal{"possible to", 2},
    Signal{"but ", 1},     Signal{"fehler", 3},     Signal{"falsch", 3},
    Signal{"nicht", 2},    Signal{"statt", 2},      Signal{"stimm", 2},
    Signal{"seit ", 1},    Signal{"erreur", 3},     Signal{"ne peux", 3},
    Signal{"depuis", 1},   Signal{"error al", 3},   Signal{"no funciona", 3},
    Signal{"lawyer", -4},  Signal{"cancel my", -4}, Signal{"unacceptable", -3}};

// A sentence with one of these hands over access; quoting it helps nobody.
constexpr auto kAccess = std::to_array<std::string_view>(
    {"<api_key_", "<password_", "<token_", "<secret_", "<private_key_", "api key", "api token",
     "password is", "passwort", "credentials", "in case you need access", "if you need access"});

constexpr auto kGreetings = std::to_array<std::string_view>(
    {"hi", "hello", "dear", "thanks", "thank you", "best", "kind regards", "regards", "cheers",
     "good morning", "sent from", "greetings", "best wishes", "many thanks", "good afternoon",
     "guten tag", "hallo", "sehr geehrte", "mit freundlichen", "viele grüße", "danke", "vielen dank",
     "bonjour", "cordialement", "merci", "hola", "gracias", "saludos", "buenos días"});

bool is_common(std::string_view word) { return std::ranges::find(kCommon, word) != kCommon.end(); }

void add_word(std::set<std::string>& words, std::string_view part) {
  if (part.size() < 3 || part.size() > 60) return;
  std::string word = lower_ascii(part);
  if (!is_common(word)) words.insert(std::move(word));
}

bool is_greeting(std::string_view sentence) {
  const std::string words = lower_ascii(sentence);
  return std::ranges::any_of(kGreetings, [&](std::string_view start) {
    constexpr size_t kName = 25;  // "Kind regards, Anna Berg"
    const size_t most = start.size() + (start.find(' ') == std::string_view::npos ? kName : 2 * kName);
    return words.starts_with(start) && words.size() < most &&
           (words.size() == start.size() || !is_word_char(words[start.size()]));
  });
}

// "KeyError: 'se'", "java.io.IOException: closed": one word that names an error, then its message.
bool is_error_line(std::string_view text) {
  const std::string_view word = text.substr(0, text.find(':'));
  return word.size() < text.size() && word.find(' ') == std::string_view::npos &&
         (word.ends_with("Error") || word.ends_with("Exception"));
}

// "Hi, our monitoring …" from "our".
std::string_view without_greeting(std::string_view text) {
  constexpr size_t kLongest = 30;
  const size_t end = text.substr(0, kLongest).find_first_of(",!");
  if (end == std::string_view::npos || end + 1 >= text.size()) return text;
  return is_greeting(text.substr(0, end)) ? trim(text.substr(end + 1)) : text;
}

// Lines that people paste rather than write.
bool is_pasted(std::string_view line) {
  const std::string_view text = trim(line);
  static constexpr std::array<std::string_view, 17> kStarts{
      "Traceback", "File \"", "at ", "Caused by", "#", "$ ", ">", "goroutine ", "...", "|",
      "PHP ", "thrown in ", "Stack trace", "panic:", "http://", "https://", "thread '"};
  if (std::ranges::any_of(kStarts, [&](auto start) { return text.starts_with(start); }))
    return true;
  const auto letters = static_cast<size_t>(std::ranges::count_if(
      text, [](unsigned char c) { return std::isalpha(c) != 0 || c == ' ' || c >= 0x80; }));
  if (is_error_line(text)) return true;
  return line.starts_with("    ") || line.starts_with('\t') || letters * 10 < text.size() * 7;
}

void add_sentence(std::vector<std::string>& out, std::string_view text) {
  text = without_greeting(trim(text, " \t\r\n-*"));
  if (text.size() < kMinSentence || is_greeting(text) || out.size() >= kMaxSentences) return;
  std::string sentence(truncate_utf8(text, kMaxSentence));
  if (sentence.size() < text.size()) sentence += "…";
  out.push_back(std::move(sentence));
}

// Cuts at ". ", "! ", "? "; a paragraph's end always ends a sentence.
void add_paragraph(std::vector<std::string>& out, std::string_view text) {
  size_t start = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const bool stop = text[i] == '.' || text[i] == '!' || text[i] == '?';
    if (!stop || text[i + 1] != ' ') continue;
    add_sentence(out, text.substr(start, i + 1 - start));
    start = i + 1;
  }
  add_sentence(out, text.substr(start));
}

bool names_any(std::string_view words, const auto& phrases) {
  return std::ranges::any_of(
      phrases, [&](std::string_view p) { return words.find(p) != std::string_view::npos; });
}

int weight_of(std::string_view sentence) {
  const std::string words = lower_ascii(sentence);
  if (names_any(words, kAccess)) return kNever;
  int weight = sentence.ends_with(':') ? -3 : 0;  // it introduces what was pasted
  for (const Signal& signal : kSignals) {
    if (words.find(signal.word) != std::string::npos) weight += signal.weight;
  }
  if (weight > 0 && words.find_first_of("0123456789") != std::string::npos) ++weight;
  return weight;
}

}  // namespace

std::set<std::string> content_words(std::string_view text) {
  std::set<std::string> words;
  text = truncate_utf8(text, kMaxText);
  size_t start = 0;
  const auto upper = [&](size_t i) {
    return std::isupper(static_cast<unsigned char>(text[i])) != 0;
  };
  for (size_t i = 0; i <= text.size(); ++i) {
    const bool inside = i < text.size() && is_word_char(text[i]) && text[i] != '_';
    const bool hump = inside && i > start && upper(i) && !upper(i - 1);
    if (inside && !hump) continue;
    add_word(words, text.substr(start, i - start));
    start = hump ? i : i + 1;
  }
  return words;
}

std::string without_placeholders(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<') {
      size_t end = i + 1;
      while (end < text.size() &&
             (std::isupper(static_cast<unsigned char>(text[end])) != 0 ||
              std::isdigit(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) {
        ++end;
      }
      const bool numbered =
          end > i + 1 && std::isdigit(static_cast<unsigned char>(text[end - 1])) != 0;
      if (numbered && end < text.size() && text[end] == '>') {
        out += ' ';
        i = end;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

std::vector<std::string> sentences(std::string_view text) {
  std::vector<std::string> out;
  std::string paragraph;
  bool fenced = false;
  const std::string readable = without_markup(truncate_utf8(text, kMaxText));
  const auto flush = [&] {
    add_paragraph(out, paragraph);
    paragraph.clear();
  };
  for (const std::string_view line : split_lines(readable)) {
    const std::string_view words = trim(line);
    if (words.starts_with("```")) fenced = !fenced;
    if (words.empty() || fenced || words.starts_with("```") || is_pasted(line)) {
      flush();
      continue;
    }
    if (words.starts_with("- ") || words.starts_with("* ")) flush();
    if (!paragraph.empty()) paragraph += ' ';
    paragraph += words;
  }
  flush();
  return out;
}

std::vector<std::string> quotable_sentences(std::string_view text) {
  std::vector<std::string> out = sentences(text);
  std::erase_if(
      out, [](const std::string& sentence) { return names_any(lower_ascii(sentence), kAccess); });
  return out;
}

std::vector<std::string> telling_sentences(std::string_view text, size_t most) {
  const std::vector<std::string> all = sentences(text);
  std::vector<std::pair<int, size_t>> ranked;  // the earlier one wins a tie
  for (size_t i = 0; i < all.size(); ++i) {
    if (const int weight = weight_of(all[i]); weight > 0) ranked.emplace_back(-weight, i);
  }
  std::ranges::sort(ranked);
  ranked.resize(std::min(most, ranked.size()));
  std::ranges::sort(ranked, {}, &std::pair<int, size_t>::second);
  std::vector<std::string> out;
  for (const auto& [weight, index] : ranked) {
    if (std::ranges::find(out, all[index]) == out.end()) out.push_back(all[index]);
  }
  return out;
}

bool says_little(std::string_view word) {
  return word.size() < 3 || is_common(word) || std::ranges::find(kLittle, word) != kLittle.end();
}

bool says_since(std::string_view text) {
  return names_any(lower_ascii(truncate_utf8(text, kMaxText)), kSince);
}

bool says_solved(std::string_view text) {
  if (text.size() > kShortMessage) return false;
  const std::string words = lower_ascii(text);
  return names_any(words, kSolved) && !names_any(words, kNotQuite);
}

std::string_view foreign_language(std::string_view text) {
  std::map<std::string_view, size_t> found;
  const std::string words = lower_ascii(truncate_utf8(text, kMaxText));
  size_t english = 0;
  for (std::string_view rest = words; !rest.empty();) {
    const size_t end = std::min(rest.find_first_of(" \t\r\n.,;:!?\"'()"), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (is_common(word)) ++english;
    for (const Tongue& tongue : kTongues) {
      if (std::ranges::find(tongue.words, word) != tongue.words.end()) ++found[tongue.name];
    }
  }
  const auto best = std::ranges::max_element(found, {}, [](const auto& f) { return f.second; });
  if (best == found.end() || best->second < kSureOfTongue || best->second <= english) return {};
  return best->first;
}

}  // namespace triage::propose
