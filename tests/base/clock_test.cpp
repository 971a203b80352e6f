#include "pipeline/base/clock.h"

#include <doctest/doctest.h>

#include <array>

namespace triage {
namespace {

TimePoint at(std::int64_t milliseconds) { return TimePoint(Milliseconds(milliseconds)); }

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("clock: RFC 3339 is read with any offset and fraction") {
    struct Row {
      std::string_view text;
      std::int64_t ms;
    };
    static constexpr std::array kRows{
        Row{"1970-01-01T00:00:00Z", 0},
        Row{"1970-01-01t00:00:01z", 1000},
        Row{"1970-01-01 00:00:00.5Z", 500},
        Row{"1970-01-01T00:00:00.123456789Z", 123},
        Row{"1970-01-01T02:00:00+02:00", 0},
        Row{"1969-12-31T18:30:00-05:30", 0},
        Row{"1969-12-31T23:59:59.999Z", -1},
        Row{"2000-02-29T00:00:00Z", 951'782'400'000},
        Row{"2016-12-31T23:59:60Z", 1'483'228'800'000},  // a leap second is the next one
        Row{"2026-11-21T02:08:00.000Z", 1'795'226'880'000},
    };
    for (const Row& row : kRows) {
      CAPTURE(row.text);
      const auto time = parse_rfc3339(row.text);
      REQUIRE(time.has_value());
      CHECK(time->time_since_epoch().count() == row.ms);
    }
  }

  TEST_CASE("clock: what is not RFC 3339 is nothing") {
    static constexpr std::array<std::string_view, 19> kBad{
        "", "2026", "2026-11-21", "2026-11-21T02:08:00", "2026-11-21T02:08Z",
        "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-21T24:00:00Z",
        "2026-11-21T02:60:00Z", "2026-11-21T02:08:61Z", "2026-11-21T02:08:00.Z",
        "2026-11-21T02:08:00+0200", "2026-11-21T02:08:00+24:00", "2026-11-21T02:08:00+01:60",
        "2026-11-21T02:08:00Zulu", "+026-11-21T02:08:00Z", " 2026-11-21T02:08:00Z",
        "2026/11/21T02:08:00Z", "2026-11-21T-2:08:00Z"};
    for (const std::string_view text : kBad) {
      CAPTURE(text);
      CHECK_FALSE(parse_rfc3339(text).has_value());
    }
  }

  TEST_CASE("clock: RFC 3339 goes there and back") {
    for (const std::int64_t ms : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{951'782'399'999},
                                  std::int64_t{1'795'226'880'001}})
      CHECK(parse_rfc3339(to_rfc3339(at(ms))) == at(ms));
    CHECK(to_rfc3339(at(-1)) == "1969-12-31T23:59:59.999Z");
    CHECK(to_rfc3339(at(1'795'226'880'007)) == "2026-11-21T02:08:00.007Z");
  }

  TEST_CASE("clock: an HTTP date is read in its one fixed form") {
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == at(784'111'777'000));
    CHECK(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT") == at(0));
    static constexpr std::array<std::string_view, 10> kBad{
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 anF 1994 08:49:37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun; 06 Nov 1994 08.49.37 GMT"};
    for (const std::string_view text : kBad) {
      CAPTURE(text);
      CHECK_FALSE(parse_http_date(text).has_value());
    }
  }

  TEST_CASE("clock: durations for people") {
    struct Row {
      std::int64_t ms;
      std::string_view text;
    };
    static constexpr std::array kRows{
        Row{-5, "0 ms"},          Row{0, "0 ms"},           Row{999, "999 ms"},
        Row{1000, "1 s"},         Row{41'900, "41 s"},      Row{119'999, "119 s"},
        Row{120'000, "2 min"},    Row{7'199'999, "119 min"}, Row{7'200'000, "2 h"},
        Row{172'799'999, "47 h"}, Row{172'800'000, "2 days"}};
    for (const Row& row : kRows) CHECK(human_duration(Milliseconds(row.ms)) == row.text);
  }

  TEST_CASE("clock: the system's clock is not before this was written") {
    CHECK(SystemClock().now() > *parse_rfc3339("2020-01-01T00:00:00Z"));
  }
}

}  // namespace triage
