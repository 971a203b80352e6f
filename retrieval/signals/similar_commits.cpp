// Files that were changed by commits whose messages are like the ticket.
#include <algorithm>
#include <cmath>

#include "retrieval/signals/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::size_t kSimilarCommits = 40;
constexpr std::size_t kToldCommits = 8;

struct Similar {
  std::uint32_t commit;
  float score;
};

std::vector<Similar> most_similar(const TicketText& ticket, const View& view) {
  std::vector<float> scores(view.commits());
  View::Scratch scratch;
  for (const QueryTerm& term : ticket.terms) {
    const auto postings = view.commit_postings(term.term, scratch);
    if (postings.empty()) continue;
    const float worth = rarity(scores.size(), postings.size()) * (term.weight + term.title);
    for (const auto& posting : postings)
      scores[posting.at] += worth / std::sqrt(4 + view.commit(posting.at).length);
  }
  std::vector<Similar> order;
  for (std::uint32_t i = 0; i < scores.size(); ++i) {
    if (scores[i] > 0 && !view.commit(i).files.empty()) order.push_back({i, scores[i]});
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
  const std::vector<Similar> similar = most_similar(ticket, view);
  for (std::size_t i = 0; i < similar.size(); ++i) {
    const auto& [number, score] = similar[i];
    const View::Commit commit = view.commit(number);
    // An import of everything says nothing about any file.
    if (view.files() > 3 && commit.files.size() * 2 > view.files()) continue;
    const float share = score / std::sqrt(static_cast<float>(commit.files.size()));
    for (const std::uint32_t file : commit.files) {
      evidence.add_file(file, Feature::similar_commit, share);
      if (i < kToldCommits)
        evidence.reason(file, View::kNone, 0.5 * static_cast<double>(score / similar[0].score),
                        "changed in similar commit " + std::string(commit.id.substr(0, 7)));
    }
  }
}

}  // namespace triage::retrieval
