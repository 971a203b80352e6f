// Budget: what a run may still spend on models, set aside before each step and never after it.
//
// The daemon's keeps its books in the store, so that run, project, day and month hold across
// restarts and across runs at the same time; LimitedBudget is for one run by itself. Amounts are USD.
// Thread-safe: candidates of one run spend from it side by side.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <mutex>
#include <string>

#include "pipeline/base/result.h"

namespace triage {

// What a run has cost so far, earlier attempts included.
struct BudgetAccount {
  double spent = 0;     // settled, and what was charged because its price was never learnt
  double charged = 0;   // of that, the latter
  double reserved = 0;  // still set aside
  double limit = 0;     // of the run
};

class Budget {
 public:
  virtual ~Budget() = default;
  // Sets `usd` aside for a step that may cost that much. Errors: exhausted, naming the limit in the
  // way and what is left of it; nothing is set aside then.
  virtual Result<void> reserve(double usd) = 0;
  // What the step cost takes the place of what was reserved for it.
  virtual void settle(double reserved, double spent) = 0;
  virtual Result<BudgetAccount> account() const { return BudgetAccount{}; }
};

inline std::string dollars(double amount) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "$%.4f", amount);
  return std::string(text.data(), static_cast<size_t>(size));
}

class LimitedBudget final : public Budget {
 public:
  explicit LimitedBudget(double usd) : limit_(usd) {}

  Result<void> reserve(double usd) override {
    const std::lock_guard lock(mutex_);
    const double left = std::max(limit_ - spent_ - reserved_, 0.0);
    if (limit_ <= 0 || usd > left) {
      return Error{ErrorKind::exhausted, "asking the model could cost up to " + dollars(usd) +
                                             ", and " + dollars(left) +
                                             " of this run's budget is left"};
    }
    reserved_ += usd;
    return {};
  }
  void settle(double reserved, double spent) override {
    const std::lock_guard lock(mutex_);
    reserved_ -= reserved;
    spent_ += spent;
  }
  Result<BudgetAccount> account() const override {
    const std::lock_guard lock(mutex_);
    return BudgetAccount{spent_, 0, std::max(reserved_, 0.0), limit_};
  }

 private:
  mutable std::mutex mutex_;
  const double limit_;
  double spent_ = 0, reserved_ = 0;
};

}  // namespace triage
