// String literals that the ticket quotes, with values where the literal has placeholders.
#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "retrieval/parsed_internal.h"
#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::size_t kHole = 8;         // words that a placeholder may stand for
constexpr std::size_t kFewestWords = 3;
constexpr std::size_t kMostOfPair = 200;  // a pair that begins more literals is a common phrase

constexpr float kSurely = 16;  // the rarity of words that together leave no doubt

struct Found {
  View::Literal literal;
  float rarity = 0;  // sum over its words
};

std::size_t first_pair(std::span<const Term> words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i - 1] != kPlaceholder && words[i] != kPlaceholder) return i - 1;
  }
  return 0;
}

// Where in the ticket the words of a literal stand, the first at `at`, placeholders standing for a few
// words each; nothing where it is not all of them.
std::vector<std::size_t> match(std::span<const Term> literal, const std::vector<Term>& ticket,
                               std::size_t at) {
  std::vector<std::size_t> places;
  std::size_t skip = 0;
  for (std::size_t w = first_pair(literal); w < literal.size(); ++w) {
    if (literal[w] == kPlaceholder) {
      skip = kHole;
      continue;
    }
    const std::size_t end = std::min(at + skip + 1, ticket.size());
    std::size_t found = at;
    while (found < end && ticket[found] != literal[w]) ++found;
    if (found >= end) return {};
    places.push_back(found);
    at = found + 1;
    skip = 0;
  }
  return places;
}

std::vector<Found> quoted_literals(const TicketText& ticket, const View& view) {
  std::vector<Found> found;
  std::vector<View::Literal> literals;
  std::unordered_set<Term> tried;
  View::Scratch scratch;
  std::unordered_map<Term, float> rarities;
  const auto rarity_of = [&](Term term) {
    const auto [known, fresh] = rarities.emplace(term, 0.F);
    if (fresh) known->second = rarity(view.chunks(), view.postings(term, scratch).size());
    return known->second;
  };
  for (std::size_t i = 1; i < ticket.words.size(); ++i) {
    const Term start = pair_of(ticket.words[i - 1], ticket.words[i]);
    if (!tried.insert(start).second) continue;
    literals.clear();
    view.literals(start, kMostOfPair, literals);
    if (literals.empty() || literals.size() > kMostOfPair) continue;
    for (const View::Literal& literal : literals) {
      const auto places = match(literal.words, ticket.words, i - 1);
      if (places.size() < kFewestWords) continue;
      Found& entry = found.emplace_back(Found{literal, 0});
      for (const std::size_t place : places) entry.rarity += rarity_of(ticket.stems[place]);
    }
  }
  return found;
}

}  // namespace

void find_error_strings(const TicketText& ticket, Evidence& evidence) {
  const std::vector<Found> found = quoted_literals(ticket, evidence.view);
  const double share = 1 / std::sqrt(static_cast<double>(std::max<std::size_t>(found.size(), 1)));
  for (const auto& [literal, rarity] : found) {
    const std::uint32_t file = evidence.view.file_of_chunk(literal.chunk);
    const double worth = static_cast<double>(std::min(1.F, rarity / kSurely)) * share;
    evidence.raise_file(file, Feature::error_string, static_cast<float>(worth));
    evidence.raise_chunk(literal.chunk, Feature::error_string, static_cast<float>(worth));
    evidence.reason(file, literal.chunk, 7 * worth,
                    "error string \"" + std::string(literal.text) + "\"",
                    rarity >= kSurely && evidence.is_source(file));
  }
}

}  // namespace triage::retrieval
