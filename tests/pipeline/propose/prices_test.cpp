#include "pipeline/propose/models/prices.h"

#include <doctest/doctest.h>

#include <string>

namespace triage::propose {
namespace {

TEST_SUITE("propose") {
  TEST_CASE("prices: a model is found by its longest name, never by a relative's") {
    struct Row {
      const char* model;
      double input, output;  // 0: not listed
    };
    const Row rows[] = {
        {"gpt-5", 1.25, 10},
        {"gpt-5-2025-08-07", 1.25, 10},
        {"gpt-5-mini", 0.25, 2},
        {"gpt-5-mini-2025-08-07", 0.25, 2},
        {"gpt-5-pro", 15, 120},
        {"openai/gpt-4.1", 2, 8},
        {"gpt-5.4-mini", 0.75, 4.5},
        {"claude-sonnet-4-5-20250929", 3, 15},
        {"claude-sonnet-4-20250514", 3, 15},
        {"claude-opus-4-5", 5, 25},
        {"claude-opus-4-20250514", 15, 75},
        {"claude-sonnet-5-5[1m]", 2, 10},
        {"claude-haiku-4-5@20251001", 1, 5},
        {"claude-3-5-haiku-latest", 0.8, 4},
        {"gpt-5-ultra", 0, 0},
        {"gpt-5.9", 0, 0},
        {"gpt-55", 0, 0},
        {"claude-opus-4-9", 0, 0},
        {"qwen3-coder", 0, 0},
        {"", 0, 0},
    };
    for (const Row& row : rows) {
      const std::string model = row.model;
      CAPTURE(model);
      const auto price = listed_price(row.model);
      CHECK(price.has_value() == (row.input > 0));
      if (!price) continue;
      CHECK(price->input == doctest::Approx(row.input));
      CHECK(price->output == doctest::Approx(row.output));
      CHECK(price->cached <= price->input);
      CHECK(price->written >= price->input);
    }
  }

  TEST_CASE("prices: the settings' come first, and say what they don't say by the others") {
    config::ModelSettings settings;
    settings.name = "gpt-5";
    CHECK(price_for(settings)->input == doctest::Approx(1.25));
    settings.output_price = 3;
    CHECK(price_for(settings)->output == doctest::Approx(3));
    CHECK(price_for(settings)->input == doctest::Approx(0));
    settings.input_price = 2;
    CHECK(price_for(settings)->cached == doctest::Approx(2));
    CHECK(price_for(settings)->written == doctest::Approx(2));
    settings.api = "anthropic";
    CHECK(price_for(settings)->written == doctest::Approx(2.5));
    config::ModelSettings unknown;
    unknown.name = "local";
    CHECK_FALSE(price_for(unknown).has_value());
  }

  TEST_CASE("prices: cached, written and long input, and the worst of them") {
    const Price price{10, 1, 12.5, 50, 1000, 2, 1.5};
    struct Row {
      TokenUsage usage;
      double micro_usd;
    };
    const Row rows[] = {
        {{0, 0, 0, 0}, 0},
        {{100, 10, 0, 0}, 100 * 10 + 10 * 50},
        {{100, 0, 60, 0}, 40 * 10 + 60},
        {{100, 0, 60, 40}, 60 + 40 * 12.5},
        {{100, 0, 500, 500}, 100},         // never more cached than there was
        {{1000, 10, 0, 0}, 10'000 + 500},  // the line itself is not over it
        {{1001, 10, 0, 0}, 1001 * 20 + 750},
    };
    for (const Row& row : rows) {
      CHECK(cost_of(price, row.usage) == doctest::Approx(row.micro_usd / 1e6));
      CHECK(worst_cost_of(price, row.usage.input, row.usage.output) >= cost_of(price, row.usage));
    }
  }
}

}  // namespace
}  // namespace triage::propose
