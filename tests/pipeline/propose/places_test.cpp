#include "pipeline/propose/places.h"

#include <doctest/doctest.h>

#include "pipeline/propose/reasons.h"

namespace triage::propose {
namespace {

using Words = std::vector<std::string>;

Place place_of(std::uint32_t start, std::uint32_t end, std::string symbol, Words why) {
  Place place;
  place.path = "shop/a.py";
  place.start = start;
  place.end = end;
  place.symbol = std::move(symbol);
  place.why = std::move(why);
  return place;
}

TEST_SUITE("propose") {
  TEST_CASE("reasons: what search says is weighed") {
    struct Row {
      Words why;
      Weight weight;
    };
    const Row rows[] = {
        {{"frame shop/a.py:3"}, Weight::evidence},
        {{"error string \"no such code\""}, Weight::evidence},
        {{"words everything", "defines cart_total"}, Weight::evidence},
        {{"words everything"}, Weight::chance},
        {{"words error, value, line, working"}, Weight::chance},
        {{"words invoice", "changed in similar commit 0c8f92e"}, Weight::chance},
        {{"words save10, save"}, Weight::chance},
        {{"words invoice, total"}, Weight::hint},
        {{"words shipping", "path mentions shipping"}, Weight::hint},
        {{"words invoice, total", "words total, discount"}, Weight::words},
        {{}, Weight::chance},
    };
    for (const Row& row : rows) {
      CAPTURE(row.why.size());
      CHECK(weight_of(row.why) == row.weight);
    }
  }

  TEST_CASE("reasons: at most three, the strongest first, each in words") {
    const retrieval::Frame end{"shop/a.py", 3, "f", true};
    CHECK(plain_reasons({"words total, the, cent", "frame shop/a.py:3", "path mentions a"}, &end) ==
          Words{"the stack trace ends here, in line 3", "its path says “a”"});
    CHECK(plain_reasons({"frame shop/a.py:9"}, &end) ==
          Words{"the stack trace passes through line 9"});
    CHECK(plain_reasons({"words a1b, cent, totals", "changed in similar commit 0c8f92e",
                         "defines cart_total", "error string \"no such code\"", "words cent"},
                        nullptr) ==
          Words{"the message “no such code” is written here",
                "it defines `cart_total`, which the ticket names",
                "it shares the words “a1b”, “cent” and “totals” with the ticket"});
    CHECK(plain_reasons({"words total"}, nullptr) ==
          Words{"it shares the word “total” with the ticket"});
    CHECK(plain_reasons({"something else", "frame"}, nullptr).empty());
    CHECK(evidence_kind("the stack trace ends here, in line 3") == "frame");
    CHECK(evidence_kind("the message “x” is written here") == "error string");
    CHECK(evidence_kind("its path says “a”") == "symbol");
  }

  TEST_CASE("places: what was found by chance is not shown") {
    std::vector<Place> places{place_of(1, 2, "f", {"words everything"}),
                              place_of(3, 4, "g", {"words invoice, total, cent"})};
    drop_chance(places);
    REQUIRE(places.size() == 1);
    CHECK(places[0].symbol == "g");
  }

  TEST_CASE("places: the line that carries the evidence is marked") {
    const std::string content =
        "def cart_total(cart):\n"
        "    \"\"\"The cart total with discount.\"\"\"\n"
        "    rate = discount_rate(cart)\n"
        "    if rate is None:\n"
        "        raise InvalidCode(\"no such code\")\n"
        "    return 1\n";
    struct Row {
      const char* name;
      Words why;
      std::vector<retrieval::Trace> traces;
      std::set<std::string> words;
      std::uint32_t line;
    };
    const retrieval::Trace trace{"python", "E", "", {{"shop/a.py", 6, "cart_total", true}}, {}};
    const Row rows[] = {
        {"a frame wins", {"error string \"no such code\""}, {trace}, {"discount"}, 6},
        {"then the message", {"error string \"no such code\""}, {}, {"discount"}, 5},
        {"then code rather than name or comment", {}, {}, {"cart", "total", "discount", "rate"}, 3},
        {"the name where nothing else matches", {}, {}, {"total", "def"}, 1},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      std::vector<Place> places{place_of(1, 6, "cart_total", row.why)};
      add_excerpts(places, row.traces, row.words, [&](const auto&) { return std::optional(content); });
      CHECK(key_line(places[0]).number == row.line);
    }
  }
}

}  // namespace
}  // namespace triage::propose
