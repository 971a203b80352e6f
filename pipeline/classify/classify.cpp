#include "pipeline/classify/classify.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "pipeline/base/utf8.h"
#include "pipeline/classify/features.h"
#include "pipeline/transcript.h"
#include "retrieval/traces.h"

namespace triage::classify {
namespace {

constexpr std::size_t kMostBody = std::size_t{128} * 1024;  // head and tail
constexpr std::size_t kKinds = 10;
constexpr std::size_t kFeatures = static_cast<std::size_t>(Feature::conversation) + 1;
constexpr std::size_t kLongestPhrase = 4;
constexpr std::size_t kReasons = 6;
constexpr std::size_t kFewWords = 6;   // fewer content words give a search nothing to go by
constexpr double kOther = 0.4;         // what "other" has for nothing
constexpr double kAsking = 0.35;       // of all who write, many ask, in words no table has
constexpr double kSpamAtLeast = 0.75;  // share from which a ticket is not looked at

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Words in lower case, one blank between them; `starts` are the beginnings, then the end.
struct Words {
  std::string text;
  std::vector<std::size_t> starts;
  std::size_t count() const { return starts.size(); }
  std::string_view phrase(std::size_t first, std::size_t n) const {
    const std::size_t end = first + n < starts.size() ? starts[first + n] - 1 : text.size();
    return std::string_view(text).substr(starts[first], end - starts[first]);
  }
};

Words words_of(std::string_view raw) {
  Words words;
  words.text.reserve(raw.size());
  bool inside = false;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = lower(raw[i]);
    const bool joins = c == '\'' && inside && i + 1 < raw.size() && is_letter(lower(raw[i + 1]));
    if (!is_letter(c) && !is_digit(c) && !joins) {
      inside = false;
      continue;
    }
    if (!inside) {
      if (!words.text.empty()) words.text += ' ';
      words.starts.push_back(words.text.size());
      inside = true;
    }
    words.text += c;
  }
  return words;
}

// Calls on_match(index) once for every row of a table whose phrase stands in the words.
class PhraseTable {
 public:
  template <class Rows>
  explicit PhraseTable(const Rows& rows) : size_(rows.size()) {
    for (std::size_t i = 0; i < rows.size(); ++i) by_phrase_[rows[i].phrase].push_back(i);
  }
  template <class OnMatch>
  void match(const Words& words, OnMatch&& on_match) const {
    std::vector<bool> seen(size_);
    for (std::size_t first = 0; first < words.count(); ++first) {
      for (std::size_t n = 1; n <= kLongestPhrase && first + n <= words.count(); ++n) {
        const auto found = by_phrase_.find(words.phrase(first, n));
        if (found == by_phrase_.end()) continue;
        for (const std::size_t row : found->second) {
          if (!seen[row]) on_match(row);
          seen[row] = true;
        }
      }
    }
  }

 private:
  std::size_t size_;
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_phrase_;
};

bool has_any(std::string_view text, std::initializer_list<std::string_view> needles) {
  return std::any_of(needles.begin(), needles.end(), [&](std::string_view needle) {
    return text.find(needle) != std::string_view::npos;
  });
}

// "1.2", "v3.11.0": digits, a dot, digits.
bool has_version(std::string_view text) {
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos;
       dot = text.find('.', dot + 1)) {
    if (dot > 0 && dot + 1 < text.size() && is_digit(text[dot - 1]) && is_digit(text[dot + 1]))
      return true;
  }
  return false;
}

bool has_numbered_list(std::string_view text) {
  return text.find("1. ") != std::string_view::npos && text.find("2. ") != std::string_view::npos;
}

// A name from code: snake_case, camelCase, a path or a call. Something to search with.
bool has_identifier(std::string_view text) {
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const char before = text[i - 1], at = text[i], after = text[i + 1];
    const bool lower_before = before >= 'a' && before <= 'z';
    if (lower_before && at == '_' && is_letter(lower(after))) return true;
    if (lower_before && at >= 'A' && at <= 'Z' && after >= 'a' && after <= 'z') return true;
    if (is_letter(lower(before)) && at == '(' && after == ')') return true;
    if (is_letter(lower(before)) && at == '/' && is_letter(lower(after)) &&
        text.find('.', i) < i + 40)
      return true;
  }
  return false;
}

struct Facts {
  std::array<bool, kFeatures> features{};
  bool has(Feature f) const { return features[static_cast<std::size_t>(f)]; }
  void set(Feature f, bool value) { features[static_cast<std::size_t>(f)] = value; }
  std::size_t content_words = 0;
  bool identifier = false;
  bool condition = false;  // says when it happens: "if I type …"
};

std::size_t count_content_words(const Words& words) {
  static const std::unordered_set<std::string_view> kEmpty{
      "a",          "an",     "and",    "are",     "as",      "at",    "be",        "but",
      "can",        "do",     "does",   "for",     "from",    "has",   "have",      "hello",
      "hi",         "i",      "in",     "is",      "it",      "it's",  "its",       "me",
      "my",         "not",    "of",     "on",      "or",      "our",   "please",    "so",
      "thank",      "thanks", "that",   "the",     "this",    "to",    "was",       "we",
      "with",       "you",    "your",   "just",    "anymore", "work",  "works",     "working",
      "doesn't",    "help",   "broken", "problem", "issue",   "again", "something", "nothing",
      "everything", "there",  "wrong",  "fix",     "very",    "error"};
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < words.count(); ++i) {
    const std::string_view word = words.phrase(i, 1);
    if (word.size() > 1 && !kEmpty.contains(word)) seen.insert(word);
  }
  return seen.size();
}

Facts facts_of(std::string_view subject, std::string_view body, const Words& words) {
  const std::string_view all = words.text;
  Facts facts;
  facts.set(Feature::trace, !retrieval::parse_traces(body).empty());
  facts.set(Feature::error_code, has_any(body, {"Error:", "error:", "ERROR", "Exception", "errno",
                                                "panic:", "exit code"}));
  facts.set(Feature::code_block, body.find("```") != std::string_view::npos);
  facts.set(Feature::version,
            has_version(body) || has_version(subject) || has_any(all, {"version"}));
  facts.set(Feature::steps,
            has_numbered_list(body) || has_any(all, {"steps to", "to reproduce", "repro"}));
  facts.set(Feature::expected_actual, has_any(all, {"expect", "should be", "instead of"}) &&
                                          has_any(all, {"actual", "got", "instead", "but "}));
  facts.condition = has_any(all, {"when i ", "if i ", "when we ", "if we ", "as soon as i "});
  facts.set(Feature::question_mark, subject.find('?') != std::string_view::npos);
  facts.set(Feature::exclamations, std::count(body.begin(), body.end(), '!') +
                                               std::count(subject.begin(), subject.end(), '!') >=
                                           4 &&
                                       !facts.has(Feature::code_block));
  const auto uppers =
      std::count_if(body.begin(), body.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  facts.set(Feature::capitals,
            body.size() > 30 && static_cast<std::size_t>(uppers) * 2 > body.size());
  std::size_t links = 0;
  for (std::size_t at = body.find("http"); at != std::string_view::npos;
       at = body.find("http", at + 4))
    ++links;
  facts.set(Feature::many_links, links >= 3 && words.count() < links * 12);
  // Who pastes a chat about a crash reports the crash.
  facts.set(Feature::conversation,
            !facts.has(Feature::trace) && read_transcript(body).has_value());
  facts.content_words = count_content_words(words);
  facts.identifier = has_identifier(subject) || has_identifier(body);
  return facts;
}

struct Reason {
  double weight;
  TicketKind kind;
  std::string text;
};

void share_out(Classification& c, const std::array<double, kKinds>& scores) {
  const double top = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (const double score : scores) sum += std::exp(score - top);
  for (std::size_t i = 0; i < kKinds; ++i) {
    const double share = std::exp(scores[i] - top) / sum;
    c.labels[std::string(name_of(static_cast<TicketKind>(i)))] = share;
    if (share <= c.p) continue;
    c.p = share;
    c.kind = static_cast<TicketKind>(i);
  }
}

std::string severity_of(const Words& words, TicketKind kind) {
  static const PhraseTable kTable(severity_rules());
  int sum = kind == TicketKind::incident ? 2 : 0;
  kTable.match(words, [&](std::size_t row) { sum += severity_rules()[row].weight; });
  if (sum >= 3) return "critical";
  if (sum >= 1) return "high";
  return sum < 0 ? "low" : "normal";
}

void find_gaps(Classification& c, const Facts& facts) {
  c.vague = facts.content_words < kFewWords && !facts.has(Feature::trace) && !facts.identifier;
  if (c.kind != TicketKind::bug && c.kind != TicketKind::incident) return;
  if (!facts.has(Feature::version)) c.missing.emplace_back("version");
  if (!facts.has(Feature::steps) && !facts.condition) c.missing.emplace_back("steps");
  // Who tells what came out instead speaks of a wrong result, which has no message.
  if (!facts.has(Feature::trace) && !facts.has(Feature::error_code) &&
      !facts.has(Feature::expected_actual))
    c.missing.emplace_back("error message");
}

}  // namespace

Classification classify(std::string_view subject_in, std::string_view body_in) {
  static const PhraseTable kPhrases(phrase_rules());
  const std::string subject = head_and_tail(subject_in, 4096);
  const std::string body = head_and_tail(body_in, kMostBody);
  const Words subject_words = words_of(subject);
  const Words words = words_of(subject + "\n" + body);
  const Facts facts = facts_of(subject, body, words);

  std::array<double, kKinds> scores{};
  scores[static_cast<std::size_t>(TicketKind::other)] = kOther;
  if (words.count() > kFewWords) scores[static_cast<std::size_t>(TicketKind::question)] = kAsking;
  std::vector<Reason> reasons;
  const auto weigh = [&](TicketKind kind, double weight, std::string why) {
    scores[static_cast<std::size_t>(kind)] += weight;
    reasons.push_back({weight, kind, std::move(why)});
  };
  kPhrases.match(words, [&](std::size_t row) {
    const PhraseRule& rule = phrase_rules()[row];
    if (!rule.subject_only) weigh(rule.kind, rule.weight, "\"" + std::string(rule.phrase) + "\"");
  });
  kPhrases.match(subject_words, [&](std::size_t row) {
    const PhraseRule& rule = phrase_rules()[row];
    weigh(rule.kind, rule.subject_only ? rule.weight : rule.weight / 2,
          "\"" + std::string(rule.phrase) + "\" in the subject");
  });
  for (const FeatureRule& rule : feature_rules()) {
    if (facts.has(rule.feature)) weigh(rule.kind, rule.weight, std::string(rule.why));
  }

  Classification c;
  share_out(c, scores);
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const Reason& a, const Reason& b) { return a.weight > b.weight; });
  for (const Reason& reason : reasons) {
    if (reason.kind == c.kind && c.why.size() < kReasons) c.why.push_back(reason.text);
  }
  c.severity = severity_of(words, c.kind);
  find_gaps(c, facts);
  if (words.count() == 0) c.skip_reason = "the ticket has no text";
  if (c.kind == TicketKind::spam && c.p >= kSpamAtLeast)
    c.skip_reason = "spam: " + (c.why.empty() ? std::string() : c.why.front());
  return c;
}

}  // namespace triage::classify
