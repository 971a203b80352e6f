// String literals that the ticket quotes, with values where the literal has placeholders.
#include <algorithm>
#include <cmath>
#include <set>

#include "retrieval/parsed_internal.h"
#include "retrieval/signals/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::size_t kHole = 8;         // words that a placeholder may stand for
constexpr std::size_t kFewestWords = 3;
constexpr std::size_t kMostOfPair = 200;  // a pair that begins more literals is a common phrase

struct Found {
  View::Literal literal;
  std::size_t words = 0;
};

std::size_t first_pair(std::span<const Term> words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i - 1] != kPlaceholder && words[i] != kPlaceholder) return i - 1;
  }
  return 0;
}

// How many words of a literal the ticket holds from `at`, placeholders standing for a few words
// each; 0 where it is not all of them.
std::size_t match(std::span<const Term> literal, const std::vector<Term>& ticket, std::size_t at) {
  std::size_t matched = 0, skip = 0;
  for (std::size_t w = first_pair(literal); w < literal.size(); ++w) {
    if (literal[w] == kPlaceholder) {
      skip = kHole;
      continue;
    }
    const std::size_t end = std::min(at + skip + 1, ticket.size());
    std::size_t found = at;
    while (found < end && ticket[found] != literal[w]) ++found;
    if (found >= end) return 0;
    at = found + 1;
    skip = 0;
    ++matched;
  }
  return matched;
}

std::vector<Found> quoted_literals(const TicketText& ticket, const View& view) {
  std::vector<Found> found;
  std::vector<View::Literal> literals;
  std::set<Term> tried;
  for (std::size_t i = 1; i < ticket.words.size(); ++i) {
    const Term start = pair_of(ticket.words[i - 1], ticket.words[i]);
    literals.clear();
    view.literals(start, literals);
    if (literals.empty() || literals.size() > kMostOfPair || !tried.insert(start).second) continue;
    for (const View::Literal& literal : literals) {
      const std::size_t words = match(literal.words, ticket.words, i - 1);
      if (words >= kFewestWords) found.push_back({literal, words});
    }
  }
  return found;
}

}  // namespace

void find_error_strings(const TicketText& ticket, Evidence& evidence) {
  const std::vector<Found> found = quoted_literals(ticket, evidence.view);
  const double share = 1 / std::sqrt(static_cast<double>(std::max<std::size_t>(found.size(), 1)));
  for (const auto& [literal, words] : found) {
    const std::uint32_t file = evidence.view.file_of_chunk(literal.chunk);
    const double worth = std::min(1.0, 0.2 * static_cast<double>(words)) * share;
    evidence.raise_file(file, Feature::error_string, static_cast<float>(worth));
    evidence.raise_chunk(literal.chunk, Feature::error_string, static_cast<float>(worth));
    evidence.reason(file, literal.chunk, 7 * worth,
                    "error string \"" + std::string(literal.text) + "\"",
                    words >= kFewestWords + 1 && evidence.is_source(file));
  }
}

}  // namespace triage::retrieval
