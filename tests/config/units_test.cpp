#include "config/units.h"

#include <doctest/doctest.h>

using namespace triage;
using namespace triage::config;

TEST_SUITE("config") {
  TEST_CASE("durations are one whole number and one unit") {
    struct Row {
      const char* text;
      long long milliseconds;
    };
    for (const Row& row :
         {Row{"0", 0}, Row{"0s", 0}, Row{"250ms", 250}, Row{"60s", 60'000}, Row{"5m", 300'000},
          Row{"1h", 3'600'000}, Row{"10000d", 864'000'000'000}}) {
      CAPTURE(row.text);
      const auto span = parse_duration(row.text);
      REQUIRE(span);
      CHECK(span->count() == row.milliseconds);
      CHECK(parse_duration(format_duration(*span)) == span);
    }
    for (const char* bad : {"", "s", "1", "1.5s", "-1s", "+1s", "1 s", "1S", "1sec", "0x1s",
                            "10001d", "99999999999999999999d", "18446744073709551615ms", "1m30s"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_duration(bad));
    }
    CHECK(format_duration(Milliseconds(90'000)) == "90s");
    CHECK(format_duration(Milliseconds(86'400'000)) == "1d");
  }

  TEST_CASE("sizes are bytes, or a whole number and a unit") {
    struct Row {
      const char* text;
      unsigned long long bytes;
    };
    for (const Row& row :
         {Row{"0", 0}, Row{"512", 512}, Row{"1B", 1}, Row{"25MiB", 26'214'400}, Row{"1kB", 1000},
          Row{"2GB", 2'000'000'000}, Row{"16777215TiB", 18446742974197923840ULL},
          Row{"18446744073709551615", 18446744073709551615ULL}}) {
      CAPTURE(row.text);
      const auto bytes = parse_size(row.text);
      REQUIRE(bytes);
      CHECK(*bytes == row.bytes);
      CHECK(parse_size(format_size(*bytes)) == bytes);
    }
    for (const char* bad : {"", "MiB", "1.5MiB", "-1", "1 MiB", "1mib", "1K", "16777216TiB",
                            "18446744073709551616"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_size(bad));
    }
    CHECK(format_size(26'214'400) == "25MiB");
    CHECK(format_size(1000) == "1000B");
  }

  TEST_CASE("numbers are finite and plain") {
    CHECK(parse_decimal("0.25") == 0.25);
    CHECK(parse_decimal("-1e3") == -1000);
    for (const char* bad : {"", "nan", "inf", "-inf", "1e999", "0x10", "1,5", " 1"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_decimal(bad));
    }
  }
}
