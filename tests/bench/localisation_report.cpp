#include <algorithm>
#include <array>
#include <cstdio>

#include "tests/bench/localisation_internal.h"

namespace triage::bench {

namespace {

constexpr std::array kDepths{1, 3, 5, 10, 20};

double percent(int part, int whole) { return whole == 0 ? 0 : 100.0 * part / whole; }

std::string group_of(const Report& report) {
  return report.style + ", " + (report.language == "python" ? "python" : "other languages");
}

}  // namespace

void Tally::add_files(const std::string& variant, const Report& report,
                      const std::vector<std::string>& ranked) {
  if (std::ranges::find(variants_, variant) == variants_.end()) variants_.push_back(variant);
  std::vector<std::string> groups{group_of(report)};
  if (report.language != "python") groups.push_back(report.style + ", " + report.language);
  for (const std::string& group : groups) {
    Shares& shares = groups_[group][variant];
    ++shares.reports;
    std::size_t worst = 0, best = ranked.size();
    for (const std::string& gold : report.files) {
      const auto at = static_cast<std::size_t>(std::ranges::find(ranked, gold) - ranked.begin());
      worst = std::max(worst, at == ranked.size() ? SIZE_MAX : at);
      best = std::min(best, at);
    }
    if (best < ranked.size()) shares.reciprocal += 1 / (1.0 + static_cast<double>(best));
    for (const int k : kDepths) {
      shares.all[k] += worst < static_cast<std::size_t>(k) ? 1 : 0;
      shares.any[k] += best < std::min(static_cast<std::size_t>(k), ranked.size()) ? 1 : 0;
    }
  }
}

void Tally::add_chunks(const std::string& variant, const Report& report,
                       const std::vector<retrieval::ChunkHit>& ranked) {
  if (report.functions.empty()) return;
  Shares& shares = groups_[group_of(report)][variant];
  ++shares.with_functions;
  for (const int k : kDepths) {
    std::size_t found = 0;
    for (const auto& [path, symbol] : report.functions) {
      const auto end = ranked.begin() + std::min<std::ptrdiff_t>(k, std::ssize(ranked));
      found += std::any_of(ranked.begin(), end, [&](const retrieval::ChunkHit& hit) {
        return hit.chunk.path == path && hit.chunk.symbol == symbol;
      }) ? 1 : 0;
    }
    shares.functions[k] += found == report.functions.size() ? 1 : 0;
  }
}

void Tally::add_confidence(const Report& report, double confidence, bool right) {
  Bin& bin = confidence_[report.style][static_cast<int>(confidence * 10)];
  ++bin.count;
  bin.right += right ? 1 : 0;
  bin.sum += confidence;
}

void Tally::print() const {
  for (const auto& [group, variants] : groups_) {
    std::printf("\n%s\n%-28s %7s | all files %7s %6s %6s %6s | any %6s %6s %6s | functions %6s %6s | %5s\n",
                group.c_str(), "", "reports", "@1", "@3", "@5", "@10", "@1", "@5", "@10", "@5",
                "@10", "MRR");
    for (const std::string& variant : variants_) {
      const auto found = variants.find(variant);
      if (found == variants.end()) continue;
      const Shares& s = found->second;
      const auto all = [&](int k) { return percent(s.all.at(k), s.reports); };
      const auto any = [&](int k) { return percent(s.any.at(k), s.reports); };
      const auto functions = [&](int k) {
        return s.with_functions == 0 ? 0 : percent(s.functions.at(k), s.with_functions);
      };
      std::printf("%-28s %7d | %17.1f %6.1f %6.1f %6.1f | %10.1f %6.1f %6.1f | %16.1f %6.1f | %.3f\n",
                  variant.c_str(), s.reports, all(1), all(3), all(5), all(10), any(1), any(5),
                  any(10), functions(5), functions(10), s.reciprocal / std::max(1, s.reports));
    }
  }
  for (const auto& [style, bins] : confidence_) {
    std::printf("\nconfidence, %s: said, right, reports\n", style.c_str());
    for (const auto& [number, bin] : bins)
      std::printf("  %.2f %.2f %d\n", bin.sum / bin.count, 1.0 * bin.right / bin.count, bin.count);
  }
  if (times_.empty()) return;
  std::vector<double> times = times_;
  std::ranges::sort(times);
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  std::printf("\nquery time: median %.2f ms, p99 %.2f ms\n", at(0.5), at(0.99));
}

}  // namespace triage::bench
