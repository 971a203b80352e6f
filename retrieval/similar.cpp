#include "retrieval/similar.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "retrieval/tokens_internal.h"
#include "retrieval/traces.h"

namespace triage::retrieval {

namespace {

// Fitted on pairs of duplicates that people marked, of two trackers.
constexpr double kWords = 0.5, kAll = 1.0 / 6, kSubject = 1.0 / 6, kPairs = 1.0 / 6;
constexpr double kSubjectWord = 2;  // a word of the asking subject counts as this many more
constexpr double kSaturation = 1.2, kLength = 0.6;

// Tickets without any of the words that are thought to be there as well: among three tickets that all
// match, what they share would else say nothing.
constexpr double kUnseen = 20;

constexpr size_t kMostText = 32 * 1024;  // bytes of one ticket that are read
constexpr size_t kShortestWord = 3;
constexpr size_t kMostNamed = 3;         // words in one reason

using Counts = std::unordered_map<Term, float>;

// Calls emit(word) for each identifier-like word outside placeholders.
template <class Emit>
void each_word(std::string_view text, const Emit& emit) {
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '<') {
      const size_t end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", i + 1);
      i = end != text.npos && end > i + 1 && text[end] == '>' ? end + 1 : i + 1;
      continue;
    }
    if (!is_identifier_part(text[i])) {
      ++i;
      continue;
    }
    const size_t begin = i;
    while (i < text.size() && is_identifier_part(text[i])) ++i;
    if (i - begin >= kShortestWord) emit(text.substr(begin, i - begin));
  }
}

bool says_something(std::string_view lower) {
  return lower.size() >= kShortestWord && !is_stop_word(lower);
}

// One ticket's words, counted.
struct Words {
  Words(std::string_view subject_text, std::string_view text) {
    add(subject_text, &subject);
    if (text.starts_with(subject_text)) text.remove_prefix(subject_text.size());
    add(text.substr(0, kMostText), nullptr);
  }

  void add(std::string_view text, Counts* also) {
    Term before = 0;
    each_word(text, [&](std::string_view word) {
      const std::string lower = lower_ascii(word);
      if (!says_something(lower)) return;
      const Term whole = term_of(stem(lower));
      count(whole, also);
      if (before != 0) pairs[pair_of(before, whole)] = 1;
      before = whole;
      if (!is_code_like(word)) return;
      split_identifier(word, [&](std::string_view part) {
        if (says_something(part) && part.size() < lower.size()) count(term_of(stem(part)), also);
      });
    });
  }

  void count(Term term, Counts* also) {
    ++all[term];
    ++length;
    if (also != nullptr) ++(*also)[term];
  }

  Counts all, subject, pairs;
  float length = 0;
};

// How much it says that a ticket holds a term, by how few of all do.
class Rarity {
 public:
  void add(const Counts& terms) {
    ++tickets_;
    for (const auto& [term, count] : terms) ++held_[term];
  }
  double of(Term term) const {
    const auto found = held_.find(term);
    const double held = found == held_.end() ? 0 : found->second;
    return std::log(1 + (tickets_ - held + 0.5) / (held + 0.5));
  }

 private:
  double tickets_ = kUnseen;
  std::unordered_map<Term, double> held_;
};

double cosine(const Counts& a, const Counts& b, const Rarity& rarity) {
  const auto length = [&](const Counts& terms) {
    double sum = 0;
    for (const auto& [term, count] : terms) sum += rarity.of(term) * rarity.of(term);
    return std::sqrt(sum);
  };
  double shared = 0;
  for (const auto& [term, count] : a)
    shared += b.contains(term) ? rarity.of(term) * rarity.of(term) : 0;
  return shared > 0 ? shared / (length(a) * length(b)) : 0;
}

// BM25 of the asking ticket's words in another.
class Asked {
 public:
  Asked(const Words& words, const Rarity& rarity, double mean_length)
      : words_(words), mean_length_(mean_length) {
    for (const auto& [term, count] : words.all) {
      const double subject = words.subject.contains(term) ? 1 + kSubjectWord : 1;
      weights_.emplace_back(term, rarity.of(term) * (1 + std::log(static_cast<double>(count))) * subject);
    }
    // A fixed order: sums of floating-point numbers depend on it.
    std::ranges::sort(weights_);
    self_ = score(words);
  }
  // Of the highest there can be, which is that of the same text.
  double share(const Words& other) const {
    return self_ > 0 ? std::min(1.0, score(other) / self_) : 0;
  }

 private:
  double score(const Words& other) const {
    double sum = 0;
    const double norm = 1 - kLength + kLength * static_cast<double>(other.length) / mean_length_;
    for (const auto& [term, weight] : weights_) {
      const auto found = other.all.find(term);
      if (found == other.all.end()) continue;
      const auto title = other.subject.find(term);
      const double count = static_cast<double>(found->second) +
                           (title == other.subject.end() ? 0 : 2 * static_cast<double>(title->second));
      sum += weight * count * (kSaturation + 1) / (count + kSaturation * norm);
    }
    return sum;
  }

  const Words& words_;
  double mean_length_;
  double self_ = 0;
  std::vector<std::pair<Term, double>> weights_;
};

struct NamedTerm {
  Term term = 0;
  std::string text;
  double rarity = 0;
};

// What of the asking ticket can be named as a reason, the rarest first.
struct Reasons {
  Reasons(std::string_view subject, std::string_view text, const Rarity& rarity) {
    for (const Trace& trace : parse_traces(text)) {
      const size_t dot = trace.exception.find_last_of(".:");
      add(errors, trace.exception.substr(dot == std::string::npos ? 0 : dot + 1), rarity);
      for (const Frame& frame : trace.frames) {
        if (frame.in_app) add(frames, frame.function.substr(frame.function.find_last_of(".:#") + 1), rarity);
      }
    }
    each_word(text.substr(0, kMostText), [&](std::string_view word) {
      if (is_code_like(word) && word.find_first_not_of("0123456789") == 0) add(names, word, rarity);
    });
    each_word(subject, [&](std::string_view word) {
      if (!is_code_like(word)) add(words, word, rarity);
    });
    for (auto* list : {&names, &words})
      std::ranges::stable_sort(*list, std::greater{}, &NamedTerm::rarity);
  }

  std::vector<std::string> shared_with(const Words& other) const {
    std::vector<std::string> why;
    add_reason("frame", frames, other.all, 1, why);
    add_reason("error", errors, other.all, 1, why);
    add_reason("names", names, other.all, kMostNamed, why);
    add_reason("subject words", words, other.all, kMostNamed, why);
    return why;
  }

 private:
  static void add(std::vector<NamedTerm>& list, std::string_view word, const Rarity& rarity) {
    const std::string lower = lower_ascii(word);
    const Term term = term_of(stem(lower));
    if (!says_something(lower) ||
        std::ranges::any_of(list, [&](const NamedTerm& known) { return known.term == term; }))
      return;
    list.push_back({term, std::string(word), rarity.of(term)});
  }
  static void add_reason(std::string_view kind, const std::vector<NamedTerm>& list,
                         const Counts& other, size_t most, std::vector<std::string>& why) {
    std::string words;
    size_t count = 0;
    for (const NamedTerm& named : list) {
      if (count == most) break;
      if (!other.contains(named.term)) continue;
      words += (count++ == 0 ? " " : ", ") + named.text;
    }
    if (count > 0) why.push_back(std::string(kind) + words);
  }

  std::vector<NamedTerm> frames, errors, names, words;
};

}  // namespace

std::vector<Likeness> rank_alike(std::string_view text, std::span<const EarlierTicket> earlier) {
  const std::string_view subject = text.substr(0, text.find('\n'));
  const Words asking(subject, text);
  Rarity terms, pairs;
  terms.add(asking.all);
  pairs.add(asking.pairs);
  std::vector<Words> words;
  words.reserve(earlier.size());
  double length = static_cast<double>(asking.length);
  for (const EarlierTicket& ticket : earlier) {
    words.emplace_back(ticket.subject, ticket.text);
    terms.add(words.back().all);
    pairs.add(words.back().pairs);
    length += static_cast<double>(words.back().length);
  }
  const Asked asked(asking, terms, std::max(1.0, length / static_cast<double>(earlier.size() + 1)));
  const Reasons reasons(subject, text, terms);
  std::vector<Likeness> out;
  for (size_t i = 0; i < words.size(); ++i) {
    const double score = kWords * asked.share(words[i]) + kAll * cosine(asking.all, words[i].all, terms) +
                         kSubject * cosine(asking.subject, words[i].subject, terms) +
                         kPairs * cosine(asking.pairs, words[i].pairs, pairs);
    if (score > 0) out.push_back({i, score, reasons.shared_with(words[i])});
  }
  std::ranges::stable_sort(out, std::greater{}, &Likeness::score);
  return out;
}

std::vector<std::string> words_to_ask(std::string_view text, size_t most) {
  std::vector<std::string> out;
  std::set<std::string> known;
  each_word(text.substr(0, kMostText), [&](std::string_view word) {
    std::string lower = lower_ascii(word);
    if (says_something(lower) && known.insert(lower).second) out.push_back(std::move(lower));
  });
  // Long words are rarer, and the subject's come first among equals.
  if (out.size() > most) {
    std::ranges::stable_sort(out, std::greater{}, &std::string::size);
    out.resize(most);
  }
  return out;
}

}  // namespace triage::retrieval
