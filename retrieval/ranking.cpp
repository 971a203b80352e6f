#include "retrieval/ranking_internal.h"

#include <algorithm>
#include <functional>

namespace triage::retrieval {

namespace {

struct FeatureInfo {
  std::string_view name;
  Scale scale;
};
#define FEATURE(name, file, prose, chunk, scale, what) FeatureInfo{#name, Scale::scale},
constexpr std::array kInfo = {
#include "retrieval/weights.inc"
};
#undef FEATURE

constexpr double kFileOfChunk = 0.6;         // what its file's score counts for a chunk
constexpr double kNameless = 0.6;            // a nameless block is seldom what a fault is in
constexpr std::size_t kReasons = 5;
constexpr std::size_t kMatchedWords = 5;

struct Scored {
  std::uint32_t number;
  double score;
};

// What a hit in each row counts by: the role of its file.
std::vector<float> roles_of(const Rows& rows, const auto& file_of, const View& view) {
  std::vector<float> roles;
  roles.reserve(rows.touched().size());
  for (const std::uint32_t number : rows.touched())
    roles.push_back(static_cast<float>(role_weight(view.file(file_of(number)).role)));
  return roles;
}

// The unit of each feature: what counts as 1. A long change log must not set the scale by which
// sources are measured, so roles come first.
FeatureRow units(const Rows& rows, const std::vector<float>& roles) {
  FeatureRow most{};
  for (std::size_t slot = 0; slot < roles.size(); ++slot) {
    for (std::size_t f = 0; f < kFeatures; ++f)
      most[f] = std::max(most[f], rows.row(slot)[f] * roles[slot]);
  }
  for (std::size_t f = 0; f < kFeatures; ++f) {
    if (kInfo[f].scale == Scale::share || most[f] <= 0) most[f] = std::max(most[f], 1.F);
  }
  return most;
}

double weighed(const FeatureRow& row, float role, const FeatureRow& unit,
               const std::array<double, kFeatures>& weights) {
  double sum = 0;
  for (std::size_t f = 0; f < kFeatures; ++f)
    sum += weights[f] * static_cast<double>(row[f] * role / unit[f]);
  return sum;
}

void keep_best(std::vector<Scored>& scored, std::size_t k) {
  const std::size_t count = std::min(k, scored.size());
  std::ranges::partial_sort(scored, scored.begin() + static_cast<std::ptrdiff_t>(count),
                            [](const Scored& a, const Scored& b) {
                              return a.score != b.score ? a.score > b.score : a.number < b.number;
                            });
  scored.resize(count);
}

class Ranking {
 public:
  Ranking(const TicketText& ticket, const Evidence& evidence, const Weights& weights)
      : ticket_(ticket), evidence_(evidence), view_(evidence.view), weights_(weights) {}

  SearchAnswer answer(std::size_t k) {
    score_files();
    SearchAnswer answer;
    std::vector<Scored> files;
    for (std::uint32_t slot = 0; slot < file_scores_.size(); ++slot) {
      if (file_scores_[slot] > 0) files.push_back({evidence_.files.touched()[slot], file_scores_[slot]});
    }
    keep_best(files, k);
    for (const auto& [number, score] : files) {
      const View::File file = view_.file(number);
      answer.files.push_back({std::string(file.path), score,
                              why(number, file.first_chunk, file.first_chunk + file.chunks, true)});
    }
    for (const auto& [chunk, score] : best_chunks(k))
      answer.chunks.push_back(
          {view_.chunk(chunk), score, why(view_.file_of_chunk(chunk), chunk, chunk + 1, false)});
    answer.trust = trust(files);
    return answer;
  }

 private:
  void score_files() {
    const Rows& rows = evidence_.files;
    const auto roles = roles_of(rows, [](std::uint32_t file) { return file; }, view_);
    const FeatureRow unit = units(rows, roles);
    const auto& weights = ticket_.has_code ? weights_.file : weights_.prose;
    file_scores_.resize(roles.size());
    for (std::size_t slot = 0; slot < roles.size(); ++slot)
      file_scores_[slot] = weighed(rows.row(slot), roles[slot], unit, weights);
  }

  std::vector<Scored> best_chunks(std::size_t k) const {
    const Rows& rows = evidence_.chunks;
    const auto file_of = [&](std::uint32_t chunk) { return view_.file_of_chunk(chunk); };
    const auto roles = roles_of(rows, file_of, view_);
    const FeatureRow unit = units(rows, roles);
    const double most_file =
        std::max(1e-9, file_scores_.empty() ? 0 : std::ranges::max(file_scores_));
    std::vector<Scored> scored;
    for (std::size_t slot = 0; slot < roles.size(); ++slot) {
      const double own = weighed(rows.row(slot), roles[slot], unit, weights_.chunk);
      if (own <= 0) continue;
      const std::uint32_t chunk = rows.touched()[slot];
      const std::uint32_t file_slot = evidence_.files.slot_of(file_of(chunk));
      const double file_score = file_slot == View::kNone ? 0 : file_scores_[file_slot];
      scored.push_back({chunk, own * (view_.has_symbol(chunk) ? 1 : kNameless) +
                                   kFileOfChunk * file_score / most_file});
    }
    keep_best(scored, k);
    return scored;
  }

  // The strongest reasons for a file (or for one chunk of it), then the words that matched.
  std::vector<std::string> why(std::uint32_t file, std::uint32_t first, std::uint32_t last,
                               bool whole_file) const {
    std::vector<const Reason*> mine;
    for (const Reason& r : evidence_.reasons) {
      if (r.file == file && (whole_file || (r.chunk >= first && r.chunk < last))) mine.push_back(&r);
    }
    std::ranges::stable_sort(mine, std::greater<>(), [](const Reason* r) { return r->strength; });
    std::vector<std::string> out;
    for (const Reason* r : mine) {
      if (out.size() == kReasons) break;
      if (std::ranges::find(out, r->words) == out.end()) out.push_back(r->words);
    }
    if (std::string words = matched_words(first, last); !words.empty())
      out.push_back("words " + words);
    return out;
  }

  std::string matched_words(std::uint32_t first, std::uint32_t last) const {
    std::vector<std::pair<float, const QueryTerm*>> found;
    View::Scratch scratch;
    for (const QueryTerm& term : ticket_.terms) {
      const auto postings = view_.postings(term.term, scratch);
      const auto at = std::ranges::lower_bound(postings, first, {}, &View::Posting::at);
      if (at == postings.end() || at->at >= last) continue;
      found.emplace_back(term.weight * rarity(view_.chunks(), postings.size()), &term);
    }
    std::ranges::stable_sort(found, std::greater<>(), [](const auto& f) { return f.first; });
    std::string words;
    for (std::size_t i = 0; i < std::min(found.size(), kMatchedWords); ++i)
      words += (i == 0 ? "" : ", ") + found[i].second->text;
    return words;
  }

  Trust trust(const std::vector<Scored>& files) const {
    if (files.empty()) return Trust::weak;
    bool named = false;
    for (const Reason& r : evidence_.reasons) {
      if (r.file != files[0].number) continue;
      if (r.exact) return Trust::exact;
      named |= r.strength >= 2;
    }
    const double second = files.size() > 1 ? files[1].score : 0;
    const double margin = files[0].score / std::max(second, 1e-9);
    return (named && margin > 1.05) || margin > 1.25 ? Trust::likely : Trust::weak;
  }

  const TicketText& ticket_;
  const Evidence& evidence_;
  const View& view_;
  const Weights& weights_;
  std::vector<double> file_scores_;  // by slot of evidence_.files
};

}  // namespace

const Weights& fitted_weights() {
#define FEATURE(name, file, prose, chunk, scale, what) file,
  static constexpr Weights kWeights{{
#include "retrieval/weights.inc"
                                    },
#undef FEATURE
#define FEATURE(name, file, prose, chunk, scale, what) prose,
                                    {
#include "retrieval/weights.inc"
                                    },
#undef FEATURE
#define FEATURE(name, file, prose, chunk, scale, what) chunk,
                                    {
#include "retrieval/weights.inc"
                                    }};
#undef FEATURE
  return kWeights;
}

std::string_view feature_name(Feature feature) {
  return kInfo[static_cast<std::size_t>(feature)].name;
}
Scale feature_scale(Feature feature) { return kInfo[static_cast<std::size_t>(feature)].scale; }

SearchAnswer rank(const TicketText& ticket, const Evidence& evidence, std::size_t k,
                  const Weights& weights) {
  return Ranking(ticket, evidence, weights).answer(k);
}

}  // namespace triage::retrieval
