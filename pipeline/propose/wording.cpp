#include "pipeline/propose/wording.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxText = 256 * 1024;  // of a ticket; more says nothing new
constexpr size_t kMaxSentence = 240;
constexpr size_t kMinSentence = 12;
constexpr size_t kMaxSentences = 400;

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
    Signal{"is there", 2}, Signal{"twice", 1}};

constexpr auto kGreetings = std::to_array<std::string_view>(
    {"hi", "hello", "dear", "thanks", "thank you", "best", "kind regards", "regards", "cheers",
     "good morning", "sent from", "greetings"});

bool is_common(std::string_view word) { return std::ranges::find(kCommon, word) != kCommon.end(); }

void add_word(std::set<std::string>& words, std::string_view part) {
  if (part.size() < 3 || part.size() > 60) return;
  std::string word = lower(part);
  if (!is_common(word)) words.insert(std::move(word));
}

bool is_greeting(std::string_view sentence) {
  const std::string words = lower(sentence);
  return std::ranges::any_of(kGreetings, [&](std::string_view start) {
    return words.starts_with(start) && words.size() < start.size() + 25 &&
           (words.size() == start.size() || !is_word_char(words[start.size()]));
  });
}

// Lines that people paste rather than write.
bool is_pasted(std::string_view line) {
  const std::string_view text = trim(line);
  static constexpr std::array<std::string_view, 10> kStarts{
      "Traceback", "File \"", "at ", "Caused by", "#", "$ ", ">", "goroutine ", "...", "|"};
  if (std::ranges::any_of(kStarts, [&](auto start) { return text.starts_with(start); }))
    return true;
  const auto letters = static_cast<size_t>(std::ranges::count_if(
      text, [](unsigned char c) { return std::isalpha(c) != 0 || c == ' ' || c >= 0x80; }));
  return line.starts_with("    ") || line.starts_with('\t') || letters * 10 < text.size() * 7;
}

void add_sentence(std::vector<std::string>& out, std::string_view text) {
  text = trim(text, " \t\r\n-*");
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

int weight_of(std::string_view sentence) {
  const std::string words = lower(sentence);
  int weight = 0;
  for (const Signal& signal : kSignals) {
    if (words.find(signal.word) != std::string::npos) weight += signal.weight;
  }
  if (words.find_first_of("0123456789") != std::string::npos) ++weight;
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
  const auto flush = [&] {
    add_paragraph(out, paragraph);
    paragraph.clear();
  };
  for (const std::string_view line : split_lines(truncate_utf8(text, kMaxText))) {
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

std::vector<std::string> telling_sentences(std::string_view text, size_t most) {
  const std::vector<std::string> all = sentences(text);
  std::vector<std::pair<int, size_t>> ranked;  // the earlier one wins a tie
  for (size_t i = 0; i < all.size(); ++i) ranked.emplace_back(-weight_of(all[i]), i);
  std::ranges::sort(ranked);
  ranked.resize(std::min(most, ranked.size()));
  if (ranked.size() > 1) {
    std::erase_if(ranked,
                  [&](const auto& entry) { return entry.first == 0 && entry != ranked.front(); });
  }
  std::ranges::sort(ranked, {}, &std::pair<int, size_t>::second);
  std::vector<std::string> out;
  for (const auto& [weight, index] : ranked) {
    if (std::ranges::find(out, all[index]) == out.end()) out.push_back(all[index]);
  }
  return out;
}

}  // namespace triage::propose
