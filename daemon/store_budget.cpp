#include "daemon/store_budget.h"

#include <algorithm>

namespace triage::daemon {

StoreBudget::~StoreBudget() {
  // Where even this can't be written the row stays as it is, which counts the same.
  for (const Open& open : open_) static_cast<void>(store_.charge_reservation(open.id).ok());
}

Result<void> StoreBudget::reserve(double usd) {
  const std::int64_t id = TRY(store_.reserve(run_, project_, usd, limits_));
  const std::lock_guard lock(mutex_);
  open_.push_back({id, usd});
  return {};
}

// Reservations of the same amount stand for one another.
void StoreBudget::settle(double reserved, double spent) {
  Open open{};
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(open_, reserved, &Open::usd);
    if (found == open_.end()) return;
    open = *found;
    open_.erase(found);
  }
  // A settlement that can't be written leaves the reservation, which counts in full.
  if (store_.settle_reservation(open.id, spent).ok()) return;
  const std::lock_guard lock(mutex_);
  open_.push_back(open);
}

Result<BudgetAccount> StoreBudget::account() const {
  const Spending spending = TRY(store_.spending_of(run_));
  return BudgetAccount{spending.spent, spending.charged, spending.reserved, limits_.run};
}

}  // namespace triage::daemon
