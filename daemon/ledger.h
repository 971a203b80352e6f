// The ledger's words: what models cost, as the store keeps it, and the limits it is held against.
//
// Every model call is a row that is written before the call is made, with what it could cost at most,
// and settled to what it did cost. Amounts are USD here and whole billionths of one in the file. Days
// and months are UTC, and a call belongs to the moment at which it was set aside. A call whose price
// was never learnt (the process died, the answer was lost) is charged in full: the endpoint may have
// billed it, and a limit that counts too little is none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "pipeline/base/codec.h"

namespace triage::daemon {

// What stands in the way of one run. The limits of projects may be absent (0), the others may not:
// there 0 lets nothing be spent.
struct BudgetLimits {
  double run = 0, day = 0, month = 0;
  double project_day = 0, project_month = 0;
};
BudgetLimits limits_of(const config::BudgetSettings& budget, const config::ProjectSettings& project);

struct Spending {
  double spent = 0;     // settled and charged
  double charged = 0;   // of that, charged in full because the price was never learnt
  double reserved = 0;  // set aside for calls under way
  double counted() const { return spent + reserved; }
};

// One limit and how far it is used.
struct LimitState {
  std::string name;  // "budget.per_day", "projects.shop.budget_per_month"
  double limit = 0;
  Spending used;
  TimePoint opens{};  // when it starts anew
  double left() const { return limit > used.counted() ? limit - used.counted() : 0; }
};

// What one run that is over has cost, for the forecast.
struct RunCost {
  std::string project;
  std::string kind;  // of the ticket; empty where it was not classified
  double usd = 0;
  bool asked_model = false;
  TimePoint finished{};
};

TimePoint next_day(TimePoint now);
TimePoint next_month(TimePoint now);

template <class V>
void describe(V& v, Spending& s) {
  v("spent", s.spent), v("charged", s.charged), v("reserved", s.reserved);
}
template <class V>
void describe(V& v, LimitState& l) {
  v("name", l.name), v("limit", l.limit), v("used", l.used), v("opens", l.opens);
}

}  // namespace triage::daemon
