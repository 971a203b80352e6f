#include "pipeline/base/codec.h"

#include <doctest/doctest.h>

#include <array>
#include <limits>

namespace triage {
namespace codec_test {

enum class Colour { red, green };
inline std::span<const std::string_view> names(Colour) {
  static constexpr std::array<std::string_view, 2> kNames{"red", "green"};
  return kNames;
}

struct Inner {
  std::string word;
  bool operator==(const Inner&) const = default;
};
template <class V>
void describe(V& v, Inner& i) {
  v("word", i.word);
}

struct Everything {
  bool flag = false;
  double share = 0;
  std::int64_t whole = 0;
  std::uint64_t wide = 0;
  std::uint16_t narrow = 7;
  std::string text;
  RawText raw;
  SafeText safe;
  Json json;
  TimePoint time{};
  Milliseconds span{0};
  Colour colour = Colour::red;
  std::optional<std::string> maybe;
  std::optional<Inner> nothing;
  std::vector<Inner> several;
  std::map<std::string, double> shares;
  Inner inner;
  bool operator==(const Everything&) const = default;
};
template <class V>
void describe(V& v, Everything& e) {
  v("flag", e.flag);
  v("share", e.share);
  v("whole", e.whole);
  v("wide", e.wide);
  v("narrow", e.narrow);
  v("text", e.text);
  v("raw", e.raw);
  v("safe", e.safe);
  v("json", e.json);
  v("time", e.time);
  v("span", e.span);
  v("colour", e.colour);
  v("maybe", e.maybe);
  v("nothing", e.nothing);
  v("several", e.several);
  v("shares", e.shares);
  v("inner", e.inner);
}

Everything sample() {
  Everything e;
  e.flag = true;
  e.share = 0.25;
  e.whole = std::numeric_limits<std::int64_t>::min();
  e.wide = std::numeric_limits<std::uint64_t>::max();
  e.narrow = 65535;
  e.text = "grüße \"quoted\"\n";
  e.raw = RawText("raw <b>");
  e.safe = SafeTextCodec::restore("<EMAIL_1>");
  e.json = Json::object().set("k", Json::array().push(1).push(nullptr));
  e.time = *parse_rfc3339("2026-11-21T02:08:00.123Z");
  e.span = Milliseconds(41'000);
  e.colour = Colour::green;
  e.maybe = "here";
  e.several = {{"one"}, {"two"}};
  e.shares = {{"bug", 0.7}, {"other", 0.3}};
  e.inner = {"deep"};
  return e;
}

}  // namespace codec_test

using codec_test::Colour;
using codec_test::Everything;

TEST_SUITE("base") {
  TEST_CASE("codec: every type of field survives the way to text and back") {
    const Everything before = codec_test::sample();
    const auto json = parse_json(to_json(before).dump());
    REQUIRE(json.ok());
    const auto after = from_json<Everything>(*json);
    REQUIRE(after.ok());
    CHECK(*after == before);
  }

  TEST_CASE("codec: fields are written in the order of their description") {
    const std::string text = to_json(Everything{}).dump();
    CHECK(text.starts_with(R"({"flag":false,"share":0,"whole":0,)"));
    CHECK(text.find(R"("maybe":null)") != std::string::npos);
  }

  TEST_CASE("codec: a missing field keeps its default, an unknown one is passed over") {
    const auto read = from_json<Everything>(Json::object().set("text", "x").set("later", 1));
    REQUIRE(read.ok());
    CHECK(read->text == "x");
    CHECK(read->narrow == 7);
    CHECK_FALSE(read->maybe.has_value());
  }

  TEST_CASE("codec: a field of another type is named") {
    struct Row {
      std::string_view field;
      Json value;
    };
    const std::array rows{
        Row{"flag", 1},          Row{"share", "x"},        Row{"whole", "1"},
        Row{"whole", 1.5},       Row{"whole", 1e300},      Row{"narrow", 65536},
        Row{"narrow", -1},       Row{"text", nullptr},     Row{"raw", 1},
        Row{"safe", true},       Row{"time", "yesterday"}, Row{"span", "1s"},
        Row{"colour", "blue"},   Row{"colour", 0},         Row{"maybe", 3},
        Row{"nothing", "inner"}, Row{"several", Json::object()},
        Row{"several", Json::array().push(1)},             Row{"shares", Json::array()},
        Row{"inner", "text"}};
    for (const Row& row : rows) {
      CAPTURE(row.field);
      const auto read = from_json<Everything>(Json::object().set(row.field, row.value));
      REQUIRE_FALSE(read.ok());
      CHECK(read.error().kind == ErrorKind::corrupt);
      CHECK(read.error().message.find("\"" + std::string(row.field) + "\"") != std::string::npos);
    }
  }

  TEST_CASE("codec: null empties an optional") {
    const auto read = from_json<Everything>(Json::object().set("maybe", nullptr));
    REQUIRE(read.ok());
    CHECK_FALSE(read->maybe.has_value());
  }

  TEST_CASE("codec: what is no object is refused") {
    CHECK_FALSE(from_json<Everything>(Json::array()).ok());
    CHECK_FALSE(from_json<std::vector<std::string>>(Json("x")).ok());
  }

  TEST_CASE("codec: enums go by their names") {
    CHECK(name_of(Colour::green) == "green");
    CHECK(enum_of<Colour>("red") == Colour::red);
    CHECK_FALSE(enum_of<Colour>("Red").has_value());
    CHECK_FALSE(enum_of<Colour>("").has_value());
    CHECK(name_of(static_cast<Colour>(9)) == "?");
  }
}

}  // namespace triage
