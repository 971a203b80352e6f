// StoreBudget: the budget of one run whose books are in the store.
//
// Each reservation is on disk before reserve() returns, so limits hold across restarts, for runs at
// the same time, and for a run that is resumed: what its earlier attempts spent counts. What is not
// settled when the budget goes away is charged in full. Thread-safe. The store outlives it.
// Errors: exhausted, naming the limit and when it opens again; those of the store (nothing is asked
// of a model then).
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "daemon/store.h"
#include "pipeline/budget.h"

namespace triage::daemon {

class StoreBudget final : public Budget {
 public:
  StoreBudget(Store& store, std::string run, std::string project, BudgetLimits limits)
      : store_(store), run_(std::move(run)), project_(std::move(project)), limits_(limits) {}
  ~StoreBudget() override;
  StoreBudget(const StoreBudget&) = delete;
  StoreBudget& operator=(const StoreBudget&) = delete;

  Result<void> reserve(double usd) override;
  void settle(double reserved, double spent) override;
  Result<BudgetAccount> account() const override;

 private:
  struct Open {
    std::int64_t id;
    double usd;
  };

  Store& store_;
  const std::string run_, project_;
  const BudgetLimits limits_;
  std::mutex mutex_;
  std::vector<Open> open_;
};

}  // namespace triage::daemon
