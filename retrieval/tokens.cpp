#include "retrieval/tokens_internal.h"

#include <algorithm>
#include <array>

namespace triage::retrieval {

namespace {

constexpr size_t kLongestIdentifier = 128;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::uint64_t mix(std::uint64_t h) {
  h ^= h >> 32U;
  h *= 0xd6e8feb86659fd93ULL;
  h ^= h >> 32U;
  return h;
}

// Sorted, for binary search: words that tell nothing about where in the code to look, and those of
// the issue templates people fill in.
constexpr std::array<std::string_view, 229> kStopWords{
    "a", "about", "above", "actual", "actually", "after", "again", "all", "also", "although",
    "always", "am", "an", "and", "another", "any", "are", "as", "at", "be", "because", "been",
    "before", "behavior", "behaviour", "being", "below", "between", "both", "bug", "but", "by",
    "can", "cannot", "change", "changed", "changes", "checklist", "could", "describe",
    "described", "description", "did", "do", "does", "doing", "don", "done", "down", "during",
    "each", "either", "else", "even", "ever", "every", "expect", "expected", "few", "find", "fix",
    "fixed", "fixes", "following", "for", "found", "from", "further", "get", "gets", "getting",
    "give", "given", "go", "goes", "got", "had", "happen", "happened", "happens", "has", "have",
    "having", "he", "hello", "hence", "her", "here", "hi", "him", "his", "how", "however", "i",
    "if", "in", "instead", "into", "is", "isn", "issue", "it", "its", "itself", "just", "know",
    "like", "ll", "look", "looks", "made", "make", "many", "may", "maybe", "me", "merge", "might",
    "minimal", "more", "most", "much", "must", "my", "need", "no", "not", "now", "of", "off",
    "on", "once", "one", "only", "or", "other", "our", "out", "over", "own", "please", "problem",
    "re", "really", "report", "reported", "reproduce", "reproducible", "reproduction", "running",
    "same", "screenshot", "see", "seem", "seems", "seen", "she", "should", "since", "so", "some",
    "something", "steps", "still", "such", "sure", "than", "thank", "thanks", "that", "the",
    "their", "them", "then", "there", "these", "they", "thing", "think", "this", "those",
    "though", "through", "thus", "to", "too", "try", "trying", "two", "under", "until", "up",
    "upon", "us", "use", "used", "using", "ve", "very", "via", "want", "was", "way", "we", "well",
    "were", "what", "when", "where", "whether", "which", "while", "who", "whole", "whom", "why",
    "will", "with", "within", "without", "won", "work", "working", "works", "would", "yes", "yet",
    "you", "your",};

}  // namespace

Term term_of(std::string_view text, TermKind kind) {
  std::uint64_t h = 0xcbf29ce484222325ULL + static_cast<std::uint64_t>(kind);
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mix(h);
}

Term pair_of(Term first, Term second) { return mix(first * 0x9e3779b97f4a7c15ULL + second); }

std::string joined(std::string_view identifier) {
  std::string out = lower_ascii(identifier);
  std::erase(out, '_');
  return out;
}

Term name_term(std::string_view simple_name) {
  return term_of(joined(simple_name), TermKind::name);
}

// Bytes of UTF-8 sequences count as letters: names in other scripts stay whole.
bool is_identifier_start(char c) {
  return is_lower(c) || is_upper(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_identifier_part(char c) { return is_identifier_start(c) || is_digit(c); }

std::string_view stem(std::string_view word) {
  const auto ends = [&](std::string_view suffix, size_t keep) {
    return word.size() >= suffix.size() + keep && word.ends_with(suffix);
  };
  if (ends("ies", 3)) return word.substr(0, word.size() - 2);
  if (ends("sses", 2)) return word.substr(0, word.size() - 2);
  if (ends("ing", 4)) return word.substr(0, word.size() - 3);
  if (ends("ed", 4)) return word.substr(0, word.size() - 2);
  if (ends("es", 4)) return word.substr(0, word.size() - 2);
  if (ends("s", 3) && !word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is"))
    return word.substr(0, word.size() - 1);
  if (ends("e", 4)) return word.substr(0, word.size() - 1);
  return word;
}

std::string root(std::string_view word) {
  // Longest first where one ends in another.
  static constexpr std::array<std::string_view, 38> kEndings{
      "izations", "ization", "izers",  "izer",  "izing", "ized", "izes", "ize", "ations", "ation",
      "ators",    "ator",    "ating",  "ated",  "ates",  "ate",  "ables", "able", "ibles", "ible",
      "ments",    "ment",    "ities",  "ity",   "ions",  "ion",  "ings", "ing", "ers",    "er",
      "ors",      "or",      "ies",    "ed",    "es",    "s",    "e",    "y"};
  constexpr size_t kShortestRoot = 4;
  for (const std::string_view ending : kEndings) {
    if (word.size() < ending.size() + kShortestRoot || !word.ends_with(ending)) continue;
    word.remove_suffix(ending.size());
    break;
  }
  // "formatt" of "formatter" is "format".
  const size_t size = word.size();
  if (size > kShortestRoot && word[size - 1] == word[size - 2] && word[size - 1] != 's' &&
      word[size - 1] != 'l')
    word.remove_suffix(1);
  return std::string(word);
}

bool is_stop_word(std::string_view word) {
  return std::ranges::binary_search(kStopWords, word);
}

void split_identifier(std::string_view identifier,
                      const std::function<void(std::string_view)>& emit) {
  const std::string lower = lower_ascii(identifier);
  size_t begin = 0;
  const auto cut = [&](size_t end) {
    if (end > begin) emit(std::string_view(lower).substr(begin, end - begin));
    begin = end;
  };
  for (size_t i = 0; i < identifier.size(); ++i) {
    const char c = identifier[i];
    if (c == '_') {
      cut(i);
      begin = i + 1;
    } else if (i > begin) {
      const char before = identifier[i - 1];
      const bool next_lower = i + 1 < identifier.size() && is_lower(identifier[i + 1]);
      // fooBar, HTTPServer, and the border between letters and digits.
      if ((is_upper(c) && (!is_upper(before) || next_lower)) ||
          (is_digit(c) != is_digit(before)))
        cut(i);
    }
  }
  cut(identifier.size());
}

bool is_code_like(std::string_view identifier) {
  for (size_t i = 0; i < identifier.size(); ++i) {
    const char c = identifier[i];
    if (c == '_' || is_digit(c)) return true;
    if (i > 0 && is_upper(c) && is_lower(identifier[i - 1])) return true;
  }
  return false;
}

void add_terms(std::string_view text, std::vector<Term>& out, TermKind kind) {
  for (size_t i = 0; i < text.size();) {
    if (!is_identifier_start(text[i])) {
      // A number's letters (0xff, 1e5) belong to it.
      if (is_digit(text[i])) {
        while (i < text.size() && is_identifier_part(text[i])) ++i;
      } else {
        ++i;
      }
      continue;
    }
    const size_t begin = i;
    while (i < text.size() && is_identifier_part(text[i])) ++i;
    const std::string_view identifier = text.substr(begin, std::min(i - begin, kLongestIdentifier));
    size_t parts = 0;
    split_identifier(identifier, [&](std::string_view part) {
      ++parts;
      if (part.size() > 1 && !is_digit(part.front())) out.push_back(term_of(stem(part), kind));
    });
    if (parts > 1) out.push_back(term_of(stem(joined(identifier)), kind));
  }
}

}  // namespace triage::retrieval
