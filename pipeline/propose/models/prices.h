// What models cost, for the budget: the prices of the settings, else of a built-in table.
//
// The table is data with a date (kPricesAsOf), of models whose provider lists a price. A name is
// found by its longest prefix at which it ends or a date or version tag begins, so gpt-5-pro is
// never taken for gpt-5. A model without a price counts as free: `triaged check` says so, and each
// exchange.
#pragma once

#include <optional>
#include <string_view>

#include "config/settings.h"
#include "pipeline/propose/models/model.h"

namespace triage::propose {

constexpr std::string_view kPricesAsOf = "2026-11-06";

// USD per million tokens.
struct Price {
  double input = 0;
  double cached = 0;   // input read from the endpoint's cache
  double written = 0;  // input that the endpoint puts into its cache
  double output = 0;
  // Requests with more input than this cost more on every token of theirs; 0: there is no such line.
  std::uint64_t long_from = 0;
  double long_input = 1;   // times the prices of input
  double long_output = 1;
};

std::optional<Price> listed_price(std::string_view model);
std::optional<Price> price_for(const config::ModelSettings& endpoint);

double cost_of(const Price& price, const TokenUsage& usage);
// The most that a call of this size can cost.
double worst_cost_of(const Price& price, std::uint64_t input, std::uint64_t output);

}  // namespace triage::propose
