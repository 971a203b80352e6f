// A clock that stands still until a test moves it. Thread-safe.
#pragma once

#include <atomic>

#include "pipeline/base/clock.h"

namespace triage::fakes {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::string_view start = "2026-11-21T08:00:00Z")
      : now_(parse_rfc3339(start)->time_since_epoch().count()) {}
  TimePoint now() const override { return TimePoint(Milliseconds(now_.load())); }
  void advance(Milliseconds span) { now_ += span.count(); }

 private:
  std::atomic<Milliseconds::rep> now_;
};

}  // namespace triage::fakes
