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

class Budget {
 public:
  virtual ~Budget() = default;
  // Sets `usd` aside for a step that may cost that much. Errors: exhausted, naming the limit in the
  // way and what is left of it; nothing is set aside then.
  virtual Result<void> reserve(double usd) = 0;
  // What the step cost takes the place of what was reserved for it.
  virtual void settle(double reserved, double spent) = 0;
};

inline std::string dollars(double amount) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "$%.4f", amount);
  return std::string(text.data(), static_cast<size_t>(size));
}

class LimitedBudget final : public Budget {
 public:
  explicit LimitedBudget(double usd) : left_(usd) {}

  Result<void> reserve(double usd) override {
    const std::lock_guard lock(mutex_);
    if (left_ <= 0 || usd > left_) {
      return Error{ErrorKind::exhausted, "asking the model could cost up to " + dollars(usd) +
                                             ", and " + dollars(std::max(left_, 0.0)) +
                                             " of this run's budget is left"};
    }
    left_ -= usd;
    return {};
  }
  void settle(double reserved, double spent) override {
    const std::lock_guard lock(mutex_);
    left_ += reserved - spent;
  }

 private:
  std::mutex mutex_;
  double left_;
};

}  // namespace triage
