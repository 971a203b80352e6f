#include "retrieval/token_estimate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

using namespace triage::retrieval;

namespace {

// Counts of the o200k, cl100k and Claude tokenizers; the largest is what an estimate must not miss.
struct Sample {
  const char* name;
  std::string_view text;
  size_t counted;
};

constexpr Sample kSamples[] = {
    {"python",
     "class Cart:\n    def __init__(self, items=None):\n        self.items = list(items or [])\n\n"
     "    def total(self, discount_code=None):\n"
     "        \"\"\"Sum of all prices, after the discount.\"\"\"\n"
     "        price = sum(item.price * item.quantity for item in self.items)\n"
     "        if discount_code is not None:\n"
     "            price -= CODES[discount_code].apply(price)\n        return round(price, 2)\n",
     99},
    {"c++",
     "template <class Key, class Value>\n"
     "std::optional<Value> LruCache<Key, Value>::find(const Key& key) {\n"
     "  const std::lock_guard lock(mutex_);\n  const auto found = entries_.find(key);\n"
     "  if (found == entries_.end()) return std::nullopt;\n"
     "  order_.splice(order_.begin(), order_, found->second);  // most recently used\n"
     "  return found->second->value;\n}\n",
     103},
    {"prose",
     "Since the update on Tuesday our customers in Austria cannot pay with their cards any more. "
     "The page reloads and the basket is empty, although the money was taken. Could somebody please "
     "have a look at it before the weekend? We have lost about forty orders.",
     52},
    {"german",
     "Seit dem Update am Dienstag können unsere Kunden in Österreich nicht mehr mit Karte bezahlen. "
     "Die Seite lädt neu und der Warenkorb ist leer, obwohl das Geld abgebucht wurde.",
     51},
    {"base64",
     "TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24sIGJ1dCBieSB0aGlzIHNpbmd1bGFyIHBh"
     "c3Npb24gZnJvbSBvdGhlciBhbmltYWxz",
     80},
    {"json",
     "{\"id\":1311,\"items\":[{\"sku\":\"A-100\",\"price\":19.99,\"quantity\":2},{\"sku\":\"B-7\","
     "\"price\":5.0,\"quantity\":1}],\"total\":44.98,\"currency\":\"EUR\"}",
     52},
    {"zeros", "0, 0, 0, 0, 0, 0, 0, 0,\n0, 0, 0, 0, 0, 0, 0, 0,\n", 46},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("tokens: an estimate is close to the largest of three tokenizers' counts") {
    double least_by_bytes = 10;
    for (const Sample& sample : kSamples) {
      CAPTURE(sample.name);
      const double ratio = static_cast<double>(estimate_tokens(sample.text)) /
                           static_cast<double>(sample.counted);
      CHECK(ratio >= 0.87);
      CHECK(ratio <= 1.4);
      least_by_bytes = std::min(least_by_bytes, static_cast<double>(sample.text.size()) / 4 /
                                                    static_cast<double>(sample.counted));
    }
    // The rule of thumb, a token for four bytes, misses by half.
    CHECK(least_by_bytes < 0.5);
  }

  TEST_CASE("tokens: nothing is free but emptiness, and any bytes can be counted") {
    CHECK(estimate_tokens("") == 0);
    CHECK(estimate_tokens("total") == 1);
    // Chinese costs a token a character or more.
    CHECK(estimate_tokens("自周二更新以来") >= 7);
    CHECK(estimate_tokens("\xff\xfe\x80\xe2\x82") >= 4);
    CHECK(estimate_tokens(std::string(100, '\0')) >= 100);
    // A long rule is cheap, and so are blanks.
    CHECK(estimate_tokens(std::string(64, ' ')) < 4);
    CHECK(estimate_tokens("HTTPServer") >= 2);
  }
}
