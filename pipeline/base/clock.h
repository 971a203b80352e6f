// Time, injected: nothing below the daemon reads a clock of its own, so tests can pin and advance it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace triage {

using Milliseconds = std::chrono::milliseconds;
using TimePoint = std::chrono::sys_time<Milliseconds>;      // UTC wall clock
using Deadline = std::chrono::steady_clock::time_point;     // for time limits

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
};

inline Deadline deadline_in(Milliseconds span) { return std::chrono::steady_clock::now() + span; }

// RFC 3339 in UTC with milliseconds, "2026-11-21T02:08:00.000Z".
std::string to_rfc3339(TimePoint time);
// Accepts an offset or Z, fractions of any length; nothing for anything else.
std::optional<TimePoint> parse_rfc3339(std::string_view text);
// RFC 9110 HTTP-date (IMF-fixdate), "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<TimePoint> parse_http_date(std::string_view text);

// "41 s", "3 min", "2 h": for people.
std::string human_duration(Milliseconds span);

}  // namespace triage
