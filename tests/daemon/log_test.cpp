#include "daemon/log.h"

#include <doctest/doctest.h>

#include "pipeline/base/json.h"

using namespace triage;
using namespace triage::daemon;

namespace {

const TimePoint kTime = *parse_rfc3339("2026-11-21T08:00:00.250Z");

}  // namespace

TEST_SUITE("log") {
  TEST_CASE("a line for people is a sentence with its fields") {
    CHECK(log_line(false, kTime, "info", "classify done in 2 ms", {{"run", "7Q2K"}, {"where", ""}}) ==
          "2026-11-21T08:00:00.250Z info  classify done in 2 ms  run=7Q2K");
    CHECK(log_line(false, kTime, "error", "x", {{"again_in", "2 min"}}) ==
          "2026-11-21T08:00:00.250Z error x  again_in=\"2 min\"");
  }

  TEST_CASE("whatever a message or field holds, it stays one line") {
    const std::string hostile = "a\nb\r\n\x1b[31m\x7f\t\xff" + std::string(1, '\0') + "\"=";
    for (const bool json : {false, true}) {
      const std::string line = log_line(json, kTime, "warn", hostile, {{"field", hostile}});
      for (const char c : line) CHECK(static_cast<unsigned char>(c) >= 0x20);
      if (!json) CHECK(line.find('\x7f') == std::string::npos);
    }
  }

  TEST_CASE("a JSON line parses back to what was said") {
    const auto line = parse_json(
        log_line(true, kTime, "warn", "poll \"failed\"\n", {{"source", "a\nb"}, {"run", ""}}));
    REQUIRE(line.ok());
    CHECK((*line)["time"].as_string() == "2026-11-21T08:00:00.250Z");
    CHECK((*line)["level"].as_string() == "warn");
    CHECK((*line)["message"].as_string() == "poll \"failed\" ");
    CHECK((*line)["source"].as_string() == "a\nb");
  }
}
