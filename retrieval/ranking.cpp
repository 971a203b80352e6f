#include "retrieval/ranking_internal.h"

#include <algorithm>
#include <cmath>
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

// Printed by fit_weights.py beside the table that shows how well they hold.
constexpr double kConfidenceSlope = 0.76, kConfidenceOffset = 0.23;
constexpr double kLikely = 0.5, kExact = 0.65;
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
    roles.push_back(static_cast<float>(role_weight(view.role(file_of(number)))));
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

  std::vector<Scored> files(std::size_t k) {
    score_files();
    std::vector<Scored> scored;
    for (std::uint32_t slot = 0; slot < file_scores_.size(); ++slot) {
      if (file_scores_[slot] > 0)
        scored.push_back({evidence_.files.touched()[slot], file_scores_[slot]});
    }
    keep_best(scored, k);
    return scored;
  }

  SearchAnswer answer(std::size_t k) {
    score_files();
    std::vector<Scored> ranked;
    for (const std::uint32_t file : evidence_.candidates)
      ranked.push_back({file, file_scores_[evidence_.files.slot_of(file)]});
    keep_best(ranked, k);
    const std::vector<Scored> chunks = best_chunks(k);
    SearchAnswer answer;
    std::vector<Place> places;
    for (const auto& [number, score] : ranked) {
      const View::File file = view_.file(number);
      places.push_back({number, file.first_chunk, file.first_chunk + file.chunks, true});
      answer.files.push_back({std::string(file.path), score, {}});
    }
    for (const auto& [chunk, score] : chunks) {
      places.push_back({view_.file_of_chunk(chunk), chunk, chunk + 1, false});
      answer.chunks.push_back({view_.chunk(chunk), score, {}});
    }
    std::vector<std::vector<std::string>> reasons = why(places);
    for (std::size_t i = 0; i < reasons.size(); ++i)
      (i < ranked.size() ? answer.files[i].why : answer.chunks[i - ranked.size()].why) =
          std::move(reasons[i]);
    answer.confidence = confidence();
    answer.trust = trust(ranked, answer.confidence);
    return answer;
  }

 private:
  // A file or a chunk that is answered.
  struct Place {
    std::uint32_t file, first, last;  // chunks, half-open
    bool whole_file;
  };

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
      // Those without a kind were not looked at closely.
      const FeatureRow& row = rows.row(slot);
      if (row[index_of(Feature::size)] <= 0) continue;
      const std::uint32_t chunk = rows.touched()[slot];
      const double file_score = file_scores_[evidence_.files.slot_of(file_of(chunk))];
      scored.push_back({chunk, weighed(row, roles[slot], unit, weights_.chunk) +
                                   weights_.chunk[index_of(Feature::file_score)] * file_score /
                                       most_file});
    }
    keep_best(scored, k);
    return scored;
  }

  // The strongest reasons for each place, then the words that matched.
  std::vector<std::vector<std::string>> why(const std::vector<Place>& places) const {
    const std::vector<std::string> words = matched_words(places);
    std::vector<std::vector<std::string>> out(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Place& place = places[i];
      std::vector<const Reason*> mine;
      for (const Reason& r : evidence_.reasons) {
        if (r.file == place.file &&
            (place.whole_file || (r.chunk >= place.first && r.chunk < place.last)))
          mine.push_back(&r);
      }
      std::ranges::stable_sort(mine, std::greater<>(), [](const Reason* r) { return r->strength; });
      for (const Reason* r : mine) {
        if (out[i].size() == kReasons) break;
        if (std::ranges::find(out[i], r->words) == out[i].end()) out[i].push_back(r->words);
      }
      if (!words[i].empty()) out[i].push_back("words " + words[i]);
    }
    return out;
  }

  // The ticket's terms that the code has, those that say most first.
  std::vector<std::pair<float, const QueryTerm*>> telling_terms() const {
    std::vector<std::pair<float, const QueryTerm*>> terms;
    for (std::size_t i = 0; i < evidence_.holding.size(); ++i) {
      if (evidence_.holding[i] == 0) continue;
      const QueryTerm& term = ticket_.terms[i];
      terms.emplace_back(term.weight * rarity(view_.chunks(), evidence_.holding[i]), &term);
    }
    std::ranges::stable_sort(terms, std::greater<>(), [](const auto& t) { return t.first; });
    return terms;
  }

  // The most telling words of the ticket that each place holds. Terms outside, places inside, and no
  // term is read when every place has enough: the last ones have the longest postings.
  std::vector<std::string> matched_words(const std::vector<Place>& places) const {
    std::vector<std::string> out(places.size());
    std::vector<std::size_t> words(places.size());
    std::size_t lacking = places.size();
    View::Scratch scratch;
    for (const auto& [worth, term] : telling_terms()) {
      if (lacking == 0) break;
      const auto postings = view_.postings(term->term, scratch);
      for (std::size_t i = 0; i < places.size(); ++i) {
        if (words[i] == kMatchedWords) continue;
        const auto at = std::ranges::lower_bound(postings, places[i].first, {}, &View::Posting::at);
        if (at == postings.end() || at->at >= places[i].last) continue;
        out[i] += (words[i] == 0 ? "" : ", ") + term->text;
        if (++words[i] == kMatchedWords) --lacking;
      }
    }
    return out;
  }

  // The first file's share of the softmax that the weights were fitted with, calibrated: several
  // right files, and evidence that repeats itself, make the bare share too sure or not sure enough.
  double confidence() const {
    if (evidence_.candidates.empty()) return 0;
    double most = -1e9, sum = 0;
    for (const std::uint32_t file : evidence_.candidates)
      most = std::max(most, file_scores_[evidence_.files.slot_of(file)]);
    for (const std::uint32_t file : evidence_.candidates)
      sum += std::exp(file_scores_[evidence_.files.slot_of(file)] - most);
    const double share = std::clamp(1 / sum, 1e-4, 1 - 1e-4);
    const double odds = kConfidenceSlope * std::log(share / (1 - share)) + kConfidenceOffset;
    return 1 / (1 + std::exp(-odds));
  }

  Trust trust(const std::vector<Scored>& files, double sure) const {
    if (files.empty() || sure < kLikely) return Trust::weak;
    const bool exact = std::ranges::any_of(evidence_.reasons, [&](const Reason& reason) {
      return reason.exact && reason.file == files[0].number;
    });
    return exact && sure >= kExact ? Trust::exact : Trust::likely;
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

std::vector<std::uint32_t> best_files(const TicketText& ticket, const Evidence& evidence,
                                      std::size_t k, const Weights& weights) {
  std::vector<std::uint32_t> out;
  for (const auto& [number, score] : Ranking(ticket, evidence, weights).files(k))
    out.push_back(number);
  return out;
}

SearchAnswer rank(const TicketText& ticket, const Evidence& evidence, std::size_t k,
                  const Weights& weights) {
  return Ranking(ticket, evidence, weights).answer(k);
}

}  // namespace triage::retrieval
