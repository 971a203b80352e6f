#include "retrieval/ranking_internal.h"

#include <algorithm>
#include <functional>

namespace triage::retrieval {

namespace {

enum class Scale : std::uint8_t { best, share };

struct Weight {
  double file, chunk;
  Scale scale;
};

#define FEATURE(name, file, chunk, scale, what) Weight{file, chunk, Scale::scale},
constexpr std::array kWeights = {
#include "retrieval/weights.inc"
};
#undef FEATURE

constexpr double kHistoryWithoutCode = 1.6;  // prose alone: past changes speak more
constexpr double kFileOfChunk = 0.6;         // what its file's score counts for a chunk
constexpr double kNameless = 0.6;            // a nameless block is seldom what a fault is in
constexpr std::size_t kReasons = 5;
constexpr std::size_t kMatchedWords = 5;

struct Scored {
  std::uint32_t number;
  double score;
};

// The unit of each feature: what counts as 1.
FeatureRow units(const Rows& rows) {
  FeatureRow most{};
  for (std::size_t slot = 0; slot < rows.touched().size(); ++slot) {
    for (std::size_t f = 0; f < kFeatures; ++f) most[f] = std::max(most[f], rows.row(slot)[f]);
  }
  for (std::size_t f = 0; f < kFeatures; ++f) {
    if (kWeights[f].scale == Scale::share || most[f] <= 0) most[f] = std::max(most[f], 1.F);
  }
  return most;
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
  Ranking(const TicketText& ticket, Evidence& evidence)
      : ticket_(ticket), evidence_(evidence), view_(evidence.view) {}

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
    Rows& rows = evidence_.files;
    // A long change log must not set the scale by which sources are measured.
    for (std::size_t slot = 0; slot < rows.touched().size(); ++slot) {
      const auto role = static_cast<float>(role_weight(view_.file(rows.touched()[slot]).role));
      for (float& value : rows.row(slot)) value *= role;
    }
    const FeatureRow unit = units(rows);
    file_scores_.resize(rows.touched().size());
    for (std::size_t slot = 0; slot < file_scores_.size(); ++slot) {
      for (std::size_t f = 0; f < kFeatures; ++f) {
        const double scale = f == static_cast<std::size_t>(Feature::similar_commit) &&
                                     !ticket_.has_code ? kHistoryWithoutCode : 1;
        file_scores_[slot] +=
            scale * kWeights[f].file * static_cast<double>(rows.row(slot)[f] / unit[f]);
      }
    }
  }

  std::vector<Scored> best_chunks(std::size_t k) const {
    const Rows& rows = evidence_.chunks;
    const FeatureRow unit = units(rows);
    const double most_file =
        std::max(1e-9, file_scores_.empty() ? 0 : std::ranges::max(file_scores_));
    std::vector<Scored> scored;
    for (std::size_t slot = 0; slot < rows.touched().size(); ++slot) {
      double own = 0;
      for (std::size_t f = 0; f < kFeatures; ++f)
        own += kWeights[f].chunk * static_cast<double>(rows.row(slot)[f] / unit[f]);
      if (own <= 0) continue;
      const std::uint32_t chunk = rows.touched()[slot];
      const std::uint32_t file = view_.file_of_chunk(chunk);
      const std::uint32_t file_slot = evidence_.files.slot_of(file);
      const double file_score = file_slot == View::kNone ? 0 : file_scores_[file_slot];
      own *= (view_.has_symbol(chunk) ? 1 : kNameless) * role_weight(view_.file(file).role);
      scored.push_back({chunk, own + kFileOfChunk * file_score / most_file});
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
  Evidence& evidence_;
  const View& view_;
  std::vector<double> file_scores_;  // by slot of evidence_.files
};

}  // namespace

SearchAnswer rank(const TicketText& ticket, Evidence& evidence, std::size_t k) {
  return Ranking(ticket, evidence).answer(k);
}

}  // namespace triage::retrieval
