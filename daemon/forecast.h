// Forecast: what a number of tickets a week would cost, judged by the runs that are recorded.
//
// Pure functions. The mean and its 90 % interval come from a bootstrap with a fixed seed, so the same
// runs give the same figures. A busy day or month is the 95th percentile of a compound Poisson sum by
// its normal approximation: tickets arrive independently and cost as recorded ones did.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/ledger.h"

namespace triage::daemon {

inline constexpr std::size_t kEnoughRuns = 20;  // fewer say nothing worth planning with

struct KindCost {
  std::string kind;
  std::uint64_t runs = 0, asked_model = 0;
  double mean = 0, median = 0, p90 = 0;  // USD of one run
};

struct PeriodCost {
  std::string period;       // "day", "week", "month"
  double expected = 0;      // USD
  double low = 0, high = 0; // the same with the mean at either end of its interval
  double busy = 0;          // one in twenty costs more
};

struct LimitForecast {
  std::string name;
  double limit = 0;
  double expected = 0, busy = 0;  // what it would be held against
  std::string verdict;            // "holds", "hit on busy days" …, "hit"
  std::string when;               // "from 14:30 UTC on", "from day 21 on"; empty where it holds
  double needed = 0;              // that a busy period would stay within
};

struct Forecast {
  double per_week = 0;
  std::uint64_t runs = 0;      // recorded
  bool enough = false;
  double model_share = 0;      // of runs that asked a model
  double mean = 0, mean_low = 0, mean_high = 0;  // USD of one run, and the interval of that
  std::vector<KindCost> kinds;  // most frequent first; the first row is all of them
  std::vector<PeriodCost> periods;
  std::vector<LimitForecast> limits;
};

// `project`: the forecast is of one project, whose own limits count as well; empty: of all of them,
// each with the share of runs that it had.
Forecast forecast(const std::vector<RunCost>& runs, double per_week,
                  const config::Settings& settings, const std::string& project = "");

template <class V>
void describe(V& v, KindCost& k) {
  v("kind", k.kind), v("runs", k.runs), v("asked_model", k.asked_model), v("mean", k.mean);
  v("median", k.median), v("p90", k.p90);
}
template <class V>
void describe(V& v, PeriodCost& p) {
  v("period", p.period), v("expected", p.expected), v("low", p.low), v("high", p.high);
  v("busy", p.busy);
}
template <class V>
void describe(V& v, LimitForecast& l) {
  v("name", l.name), v("limit", l.limit), v("expected", l.expected), v("busy", l.busy);
  v("verdict", l.verdict), v("when", l.when), v("needed", l.needed);
}
template <class V>
void describe(V& v, Forecast& f) {
  v("per_week", f.per_week), v("runs", f.runs), v("enough", f.enough);
  v("model_share", f.model_share), v("mean", f.mean), v("mean_low", f.mean_low);
  v("mean_high", f.mean_high), v("kinds", f.kinds), v("periods", f.periods);
  v("limits", f.limits);
}

}  // namespace triage::daemon
