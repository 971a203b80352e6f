#include "daemon/forecast.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

namespace triage::daemon {
namespace {

constexpr double kDaysInWeek = 7;
constexpr double kDaysInMonth = 30.4375;
constexpr double kOneInTwenty = 1.645;  // standard deviations
constexpr std::size_t kResamples = 500;
constexpr std::size_t kMostDraws = 5'000'000;  // of the bootstrap, however many runs there are
constexpr std::uint32_t kSeed = 20'261'121;

using Costs = std::vector<double>;

double mean_of(const Costs& costs) {
  if (costs.empty()) return 0;
  return std::accumulate(costs.begin(), costs.end(), 0.0) / static_cast<double>(costs.size());
}

// Nearest rank, of sorted values.
double quantile(const Costs& sorted, double share) {
  if (sorted.empty()) return 0;
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

KindCost kind_cost(std::string kind, const std::vector<const RunCost*>& runs) {
  KindCost out{std::move(kind), runs.size(), 0, 0, 0, 0};
  Costs costs;
  for (const RunCost* run : runs) {
    costs.push_back(run->usd);
    out.asked_model += run->asked_model ? 1 : 0;
  }
  std::ranges::sort(costs);
  out.mean = mean_of(costs);
  out.median = quantile(costs, 0.5);
  out.p90 = quantile(costs, 0.9);
  return out;
}

std::vector<KindCost> by_kind(const std::vector<RunCost>& runs) {
  std::vector<const RunCost*> all;
  std::map<std::string, std::vector<const RunCost*>> groups;
  for (const RunCost& run : runs) {
    all.push_back(&run);
    groups[run.kind.empty() ? "not classified" : run.kind].push_back(&run);
  }
  std::vector<KindCost> out;
  for (const auto& [kind, members] : groups) out.push_back(kind_cost(kind, members));
  std::ranges::stable_sort(out, std::greater{}, &KindCost::runs);
  out.insert(out.begin(), kind_cost("all", all));
  return out;
}

// The 5th and 95th percentile of the mean, resampled.
std::pair<double, double> interval_of_mean(const Costs& costs) {
  if (costs.empty()) return {0, 0};
  std::mt19937 random(kSeed);
  const std::size_t draws = std::min(costs.size(), kMostDraws / kResamples);
  // A mean of fewer draws spreads wider by the root of the ratio; brought back below.
  const double shrink = std::sqrt(static_cast<double>(draws) / static_cast<double>(costs.size()));
  const double centre = mean_of(costs);
  Costs means;
  for (std::size_t round = 0; round < kResamples; ++round) {
    double sum = 0;
    for (std::size_t n = 0; n < draws; ++n) sum += costs[random() % costs.size()];
    means.push_back(centre + (sum / static_cast<double>(draws) - centre) * shrink);
  }
  std::ranges::sort(means);
  return {std::max(quantile(means, 0.05), 0.0), quantile(means, 0.95)};
}

// What `tickets` of these costs come to in all, and what one in twenty such sums exceeds.
struct Sum {
  double expected = 0, busy = 0;
};
Sum sum_of(const Costs& costs, double tickets) {
  Costs squares;
  for (const double cost : costs) squares.push_back(cost * cost);
  const double expected = tickets * mean_of(costs);
  return {expected, expected + kOneInTwenty * std::sqrt(tickets * mean_of(squares))};
}

std::string two_digits(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

// At which part of an even day or month a sum passes the limit.
std::string when_passed(double limit, double sum, bool of_day) {
  const double part = sum > 0 ? std::clamp(limit / sum, 0.0, 1.0) : 1;
  if (!of_day) return "from day " + std::to_string(1 + static_cast<int>(part * kDaysInMonth)) + " on";
  const int minute = static_cast<int>(part * 24 * 60);
  return "from " + two_digits(minute / 60) + ":" + two_digits(minute % 60) + " UTC on";
}

LimitForecast judge(std::string name, double limit, const Sum& sum, bool of_day) {
  LimitForecast out{std::move(name), limit, sum.expected, sum.busy, "holds", "", sum.busy};
  const std::string period = of_day ? "day" : "month";
  if (sum.expected > limit) {
    out.verdict = "hit on an ordinary " + period;
    out.when = when_passed(limit, sum.expected, of_day);
  } else if (sum.busy > limit) {
    out.verdict = "hit on a busy " + period;
    out.when = when_passed(limit, sum.busy, of_day);
  }
  return out;
}

Costs costs_of(const std::vector<RunCost>& runs, const std::string& project) {
  Costs out;
  for (const RunCost& run : runs) {
    if (project.empty() || run.project == project) out.push_back(run.usd);
  }
  return out;
}

void judge_pair(const std::string& prefix, double day, double month, const Costs& costs,
                double per_week, std::vector<LimitForecast>& into) {
  const Sum of_day = sum_of(costs, per_week / kDaysInWeek);
  const Sum of_month = sum_of(costs, per_week / kDaysInWeek * kDaysInMonth);
  const bool own = prefix != "budget.";
  if (!own || day > 0) into.push_back(judge(prefix + "per_day", day, of_day, true));
  if (!own || month > 0) into.push_back(judge(prefix + "per_month", month, of_month, false));
}

// A run's own limit is not a matter of how many there are.
LimitForecast judge_run(double limit, const Costs& costs) {
  Costs sorted = costs;
  std::ranges::sort(sorted);
  LimitForecast out{"budget.per_run", limit, mean_of(costs), quantile(sorted, 0.95), "holds", "",
                    quantile(sorted, 0.95)};
  constexpr double kNear = 0.95;  // the step that would have crossed it was not taken
  const auto stopped = std::ranges::count_if(costs, [&](double c) { return c >= kNear * limit; });
  if (stopped == 0) return out;
  out.verdict = "reached by " + std::to_string(stopped) + " of " + std::to_string(costs.size()) +
                " recorded runs";
  return out;
}

}  // namespace

Forecast forecast(const std::vector<RunCost>& runs, double per_week,
                  const config::Settings& settings, const std::string& project) {
  Forecast out;
  out.per_week = per_week;
  out.runs = runs.size();
  out.enough = runs.size() >= kEnoughRuns;
  const Costs costs = costs_of(runs, "");
  out.kinds = by_kind(runs);
  out.mean = mean_of(costs);
  std::tie(out.mean_low, out.mean_high) = interval_of_mean(costs);
  if (!runs.empty())
    out.model_share = static_cast<double>(out.kinds.front().asked_model) / static_cast<double>(runs.size());
  for (const auto& [period, days] :
       {std::pair{"day", 1.0}, std::pair{"week", kDaysInWeek}, std::pair{"month", kDaysInMonth}}) {
    const double tickets = per_week / kDaysInWeek * days;
    const Sum sum = sum_of(costs, tickets);
    out.periods.push_back(
        {period, sum.expected, tickets * out.mean_low, tickets * out.mean_high, sum.busy});
  }
  out.limits.push_back(judge_run(settings.budget.per_run, costs));
  judge_pair("budget.", settings.budget.per_day, settings.budget.per_month, costs, per_week,
             out.limits);
  for (const auto& [name, own] : settings.projects) {
    if (!project.empty() && name != project) continue;
    const Costs its = costs_of(runs, name);
    const double share = costs.empty() ? 0 : static_cast<double>(its.size()) / static_cast<double>(costs.size());
    judge_pair("projects." + name + ".budget_", own.budget_per_day, own.budget_per_month, its,
               per_week * share, out.limits);
  }
  return out;
}

}  // namespace triage::daemon
