// Files that were changed by commits whose messages are like the ticket: the team's own words for its
// own code. The strongest single signal where a ticket holds no code.
#include <algorithm>
#include <cmath>

#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::size_t kSimilarCommits = 60;
constexpr std::size_t kToldCommits = 8;
constexpr float kSaturation = 1.2F, kLengthShare = 0.75F;  // BM25's k1 and b

struct Similar {
  std::uint32_t commit;
  float score;
};

// BM25 of the ticket's words over messages; the best commits first.
std::vector<Similar> most_similar(const TicketText& ticket, const History& history) {
  std::vector<float> norms(history.size()), scores(history.size());
  std::ranges::transform(history.lengths(), norms.begin(), [](float length) {
    return kSaturation * (1 - kLengthShare + kLengthShare * length);
  });
  for (const QueryTerm& term : ticket.terms) {
    const auto postings = history.find(term.term);
    if (postings.empty()) continue;
    const float worth = rarity(history.size(), postings.size()) * (term.weight + term.title);
    for (const History::Posting posting : postings) {
      const auto count = static_cast<float>(posting.count);
      scores[posting.commit] += worth * count / (count + norms[posting.commit]);
    }
  }
  std::vector<Similar> order;
  for (std::uint32_t i = 0; i < scores.size(); ++i) {
    if (scores[i] > 0) order.push_back({i, scores[i]});
  }
  const std::size_t count = std::min(order.size(), kSimilarCommits);
  std::ranges::partial_sort(
      order, order.begin() + static_cast<std::ptrdiff_t>(count), [](const auto& a, const auto& b) {
        return a.score != b.score ? a.score > b.score : a.commit < b.commit;
      });
  order.resize(count);
  return order;
}

}  // namespace

void find_similar_commits(const TicketText& ticket, Evidence& evidence) {
  const View& view = evidence.view;
  const History& history = view.history();
  const std::vector<Similar> similar = most_similar(ticket, history);
  for (std::size_t i = 0; i < similar.size(); ++i) {
    const auto& [commit, score] = similar[i];
    const auto files = history.files(commit);
    // An import of everything says nothing about any file.
    if (view.files() > 3 && files.size() * 2 > view.files()) continue;
    // Squared: one commit that says the same outweighs many that share a word.
    const float likeness = score / similar[0].score;
    const float share = likeness * likeness / std::sqrt(static_cast<float>(files.size()));
    for (const std::uint32_t file : files) {
      evidence.add_file(file, Feature::similar_commit, share);
      if (i < kToldCommits)
        evidence.reason(file, View::kNone, 0.5 * static_cast<double>(likeness),
                        "changed in similar commit " + std::string(history.id(commit).substr(0, 7)));
    }
  }
}

}  // namespace triage::retrieval
