#include "pipeline/base/json.h"

#include <doctest/doctest.h>

#include <array>
#include <limits>

namespace triage {
namespace {

using namespace std::string_view_literals;

Json parsed(std::string_view text) {
  auto json = parse_json(text);
  INFO(text);
  REQUIRE(json.ok());
  return std::move(json).value();
}

std::string nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("json: what is not JSON is refused as the caller's fault") {
    static constexpr std::array kBad{
        ""sv,          " "sv,        "{"sv,         "[1,]"sv,      "{\"a\":1,}"sv, "{'a':1}"sv,
        "nul"sv,       "01"sv,       "1 2"sv,       "\"\n\""sv,    "\"\\x\""sv,    "\"\xFF\""sv,
        "[1] trail"sv, "NaN"sv,      "+1"sv,        "\"\\ud800\""sv, "// no\n1"sv, "\"open"sv};
    for (const std::string_view text : kBad) {
      CAPTURE(text);
      const auto json = parse_json(text);
      REQUIRE_FALSE(json.ok());
      CHECK(json.error().kind == ErrorKind::invalid_input);
      CHECK(json.error().message.starts_with("not valid JSON: "));
    }
  }

  TEST_CASE("json: nesting is read to a limit and no further") {
    CHECK(parse_json(nested(200)).ok());
    CHECK_FALSE(parse_json(nested(300)).ok());
    CHECK_FALSE(parse_json(std::string(1'000'000, '[')).ok());
  }

  TEST_CASE("json: whole numbers keep 64 bits, larger ones become doubles") {
    CHECK(parsed("9223372036854775807").as_integer() == std::numeric_limits<std::int64_t>::max());
    CHECK(parsed("-9223372036854775808").as_integer() == std::numeric_limits<std::int64_t>::min());
    const Json large = parsed("18446744073709551615");
    CHECK_FALSE(large.is_integer());
    CHECK(large.is_number());
    CHECK(large.as_double() == doctest::Approx(1.8446744073709552e19));
    CHECK(large.as_integer(-1) == -1);  // does not fit: the fallback
    CHECK(parsed("1.5").as_integer() == 1);
    CHECK(parsed("1e2").as_double() == 100.0);
  }

  TEST_CASE("json: members keep their order through reading, setting and writing") {
    Json json = parsed(R"({"z":1,"a":{"y":[],"b":null},"m":"x"})");
    json.set("z", 2).set("new", true);
    CHECK(json.dump() == R"({"z":2,"a":{"y":[],"b":null},"m":"x","new":true})");
  }

  TEST_CASE("json: what is written is read back the same") {
    Json json = Json::object();
    json.set("text", "tab\tquote\"back\\slash\x01 é 🎟")
        .set("numbers", Json::array().push(0).push(-7).push(0.1).push(1e300))
        .set("nothing", nullptr)
        .set("yes", true);
    CHECK(parsed(json.dump()) == json);
    CHECK(parsed(json.pretty()) == json);
  }

  TEST_CASE("json: pretty is indented by two, empty containers stay on one line") {
    CHECK(parsed(R"({"a":[1,{}],"b":[]})").pretty() ==
          "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
  }

  TEST_CASE("json: quoting leaves no control character and no ill-formed text") {
    CHECK(json_quote("a\n\r\t\"\\") == R"("a\n\r\t\"\\")");
    CHECK(json_quote("\x00\x1f"sv) == R"("\u0000\u001f")");
    CHECK(json_quote("\xC0\xAF") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    CHECK(parsed(json_quote("\xED\xA0\x80 z")).as_string().ends_with(" z"));
  }

  TEST_CASE("json: a number that JSON can't say is written as null") {
    CHECK(Json(std::numeric_limits<double>::infinity()).dump() == "null");
    CHECK(Json(std::numeric_limits<double>::quiet_NaN()).dump() == "null");
  }

  TEST_CASE("json: readers are lenient and chain over what is not there") {
    const Json json = parsed(R"({"a":{"b":"c"},"n":3})");
    CHECK(json["a"]["b"].as_string() == "c");
    CHECK(json["x"]["y"]["z"].is_null());
    CHECK(json["a"].as_integer(9) == 9);
    CHECK(json["n"].as_string().empty());
    CHECK(json["n"].as_double() == 3.0);
    CHECK(json["n"].items().empty());
    CHECK(json["n"].as_bool(true));
    CHECK(json.contains("n"));
    CHECK_FALSE(json.contains("N"));
  }

  TEST_CASE("json: set and push turn null into what is needed") {
    Json object;
    object.set("k", 1);
    CHECK(object.dump() == R"({"k":1})");
    Json array;
    array.push("x");
    CHECK(array.dump() == R"(["x"])");
  }
}

}  // namespace triage
