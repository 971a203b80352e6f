#include "pipeline/base/clock.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace triage {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Reads exactly `width` digits at `pos` and advances; nothing if they are not digits.
std::optional<int> digits(std::string_view text, size_t& pos, size_t width) {
  if (pos + width > text.size()) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < width; ++i) {
    const char c = text[pos + i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  pos += width;
  return value;
}

bool expect(std::string_view text, size_t& pos, char c) {
  if (pos >= text.size() || text[pos] != c) return false;
  ++pos;
  return true;
}

std::optional<TimePoint> civil(int year, int month, int day, int h, int m, int s, int ms) {
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || h > 23 || m > 59 || s > 60) return std::nullopt;
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::sys_days{date}) + hours{h} +
         minutes{m} + seconds{s} + Milliseconds{ms};
}

}  // namespace

TimePoint SystemClock::now() const {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

std::string to_rfc3339(TimePoint time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 40> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return out.data();
}

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  size_t pos = 0;
  const auto year = digits(text, pos, 4);
  if (!year || !expect(text, pos, '-')) return std::nullopt;
  const auto month = digits(text, pos, 2);
  if (!month || !expect(text, pos, '-')) return std::nullopt;
  const auto day = digits(text, pos, 2);
  if (!day || pos >= text.size() || (text[pos] != 'T' && text[pos] != 't' && text[pos] != ' '))
    return std::nullopt;
  ++pos;
  const auto h = digits(text, pos, 2);
  if (!h || !expect(text, pos, ':')) return std::nullopt;
  const auto m = digits(text, pos, 2);
  if (!m || !expect(text, pos, ':')) return std::nullopt;
  const auto s = digits(text, pos, 2);
  if (!s) return std::nullopt;
  int ms = 0;
  if (pos < text.size() && text[pos] == '.') {
    const size_t first = ++pos;
    int scale = 100;
    while (pos < text.size() && text[pos] >= '0' && text[pos] <= '9') {
      ms += (text[pos++] - '0') * scale;
      scale /= 10;
    }
    if (pos == first) return std::nullopt;
  }
  auto time = civil(*year, *month, *day, *h, *m, *s, ms);
  if (!time || pos >= text.size()) return std::nullopt;
  const char zone = text[pos++];
  if (zone == 'Z' || zone == 'z') return pos == text.size() ? time : std::nullopt;
  if (zone != '+' && zone != '-') return std::nullopt;
  const auto offset_h = digits(text, pos, 2);
  if (!offset_h || !expect(text, pos, ':')) return std::nullopt;
  const auto offset_m = digits(text, pos, 2);
  if (!offset_m || *offset_h > 23 || *offset_m > 59 || pos != text.size()) return std::nullopt;
  const auto offset = hours{*offset_h} + minutes{*offset_m};
  return zone == '+' ? *time - offset : *time + offset;
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  static constexpr std::string_view kShape = "..., .. ... .... ..:..:.. GMT";
  if (text.size() != kShape.size()) return std::nullopt;
  for (size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] != '.' && kShape[i] != text[i]) return std::nullopt;
  }
  size_t pos = 5;
  const auto day = digits(text, pos, 2);
  const size_t month = kMonths.find(text.substr(8, 3));
  pos = 12;
  const auto year = digits(text, pos, 4);
  pos = 17;
  const auto h = digits(text, pos, 2);
  pos = 20;
  const auto m = digits(text, pos, 2);
  pos = 23;
  const auto s = digits(text, pos, 2);
  if (!day || month == std::string_view::npos || month % 3 != 0 || !year || !h || !m || !s)
    return std::nullopt;
  return civil(*year, static_cast<int>(month / 3) + 1, *day, *h, *m, *s, 0);
}

std::string human_duration(Milliseconds span) {
  const auto ms = std::max<Milliseconds::rep>(span.count(), 0);  // a clock may be set back
  if (ms < 1000) return std::to_string(ms) + " ms";
  if (ms < 120'000) return std::to_string(ms / 1000) + " s";
  if (ms < 7'200'000) return std::to_string(ms / 60'000) + " min";
  if (ms < 172'800'000) return std::to_string(ms / 3'600'000) + " h";
  return std::to_string(ms / 86'400'000) + " days";
}

}  // namespace triage
