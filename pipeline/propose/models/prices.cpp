#include "pipeline/propose/models/prices.h"

#include <algorithm>
#include <array>

namespace triage::propose {
namespace {

constexpr double kTokensPerPrice = 1e6;
constexpr double kWriteSurcharge = 1.25;  // of Anthropic's caches that live five minutes

struct Listed {
  std::string_view model;
  Price price;
};

// Anthropic: writing to the cache costs a quarter more than input.
constexpr Listed claude(std::string_view model, double input, double cached, double output) {
  return {model, {input, cached, input * kWriteSurcharge, output, 0, 1, 1}};
}
// OpenAI up to GPT-5.5: writing to the cache is free.
constexpr Listed gpt(std::string_view model, double input, double cached, double output) {
  return {model, {input, cached, input, output, 0, 1, 1}};
}
// OpenAI's models with a line at 272,000 tokens of input.
constexpr Listed long_gpt(std::string_view model, double input, double cached, double output) {
  return {model, {input, cached, input, output, 272'000, 2, 1.5}};
}
// From GPT-5.6 on: both.
constexpr Listed new_gpt(std::string_view model, double input, double cached, double output) {
  return {model, {input, cached, input * kWriteSurcharge, output, 272'000, 2, 1.5}};
}

// Standard prices as Anthropic (platform.claude.com, pricing) and OpenAI (developers.openai.com,
// pricing) list them, read between 2026-09-22 and 2026-11-06.
constexpr std::array kListed{
    claude("claude-fable-5-1", 10, 0.25, 50),
    claude("claude-fable-5", 10, 1, 50),
    claude("claude-opus-5-5", 4, 0.2, 20),
    claude("claude-opus-5", 5, 0.5, 25),
    claude("claude-opus-4-8", 5, 0.5, 25),
    claude("claude-opus-4-7", 5, 0.5, 25),
    claude("claude-opus-4-6", 5, 0.5, 25),
    claude("claude-opus-4-5", 5, 0.5, 25),
    claude("claude-opus-4-1", 15, 1.5, 75),
    claude("claude-opus-4", 15, 1.5, 75),
    claude("claude-sonnet-5-5", 2, 0.1, 10),
    claude("claude-sonnet-5", 2, 0.2, 10),
    claude("claude-sonnet-4-6", 3, 0.3, 15),
    claude("claude-sonnet-4-5", 3, 0.3, 15),
    claude("claude-sonnet-4", 3, 0.3, 15),
    Listed{"claude-haiku-5-5", {0.1, 0.01, 0.125, 0.5, 100'000, 5, 5}},
    claude("claude-haiku-4-5", 1, 0.1, 5),
    claude("claude-3-5-haiku", 0.8, 0.08, 4),
    claude("claude-3-haiku", 0.25, 0.03, 1.25),
    new_gpt("gpt-6.1-sol", 2, 0.1, 10),
    new_gpt("gpt-6.1-terra", 1, 0.05, 5),
    new_gpt("gpt-6-astra", 10, 1, 50),
    new_gpt("gpt-6-sol", 2, 0.2, 10),
    new_gpt("gpt-6-luna", 0.1, 0.01, 0.5),
    new_gpt("gpt-5.6-sol", 5, 0.5, 30),
    new_gpt("gpt-5.6-terra", 2, 0.2, 12),
    Listed{"gpt-5.6-luna", {0.2, 0.02, 0.25, 1.2, 200'000, 2, 1.5}},
    long_gpt("gpt-5.5", 5, 0.5, 30),
    long_gpt("gpt-5.4", 2.5, 0.25, 15),
    gpt("gpt-5.4-mini", 0.75, 0.075, 4.5),
    gpt("gpt-5.4-nano", 0.2, 0.02, 1.25),
    gpt("gpt-5.3-codex", 1.75, 0.175, 14),
    gpt("gpt-5.2-codex", 1.75, 0.175, 14),
    gpt("gpt-5.2", 1.75, 0.175, 14),
    gpt("gpt-5.1", 1.25, 0.125, 10),
    gpt("gpt-5-codex", 1.25, 0.125, 10),
    gpt("gpt-5-pro", 15, 15, 120),
    gpt("gpt-5-mini", 0.25, 0.025, 2),
    gpt("gpt-5-nano", 0.05, 0.005, 0.4),
    gpt("gpt-5", 1.25, 0.125, 10),
    gpt("gpt-4.1-mini", 0.4, 0.1, 1.6),
    gpt("gpt-4.1-nano", 0.1, 0.025, 0.4),
    gpt("gpt-4.1", 2, 0.5, 8),
    gpt("gpt-4o-mini", 0.15, 0.075, 0.6),
    gpt("gpt-4o", 2.5, 1.25, 10),
    gpt("o3-mini", 1.1, 0.55, 4.4),
    gpt("o4-mini", 1.1, 0.275, 4.4),
    gpt("o3", 2, 0.5, 8),
};

// What may follow a model's name: nothing, a date, "latest", or a tag that a proxy adds.
bool is_version(std::string_view rest) {
  if (rest.empty() || rest == "-latest") return true;
  if (rest.front() == '@' || rest.front() == '[' || rest.front() == ':') return true;
  return rest.size() >= 5 && rest.front() == '-' &&
         rest.find_first_not_of("-0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<Price> listed_price(std::string_view model) {
  model.remove_prefix(model.rfind('/') + 1);  // proxies put the provider before it
  const Listed* best = nullptr;
  for (const Listed& row : kListed) {
    if (!model.starts_with(row.model) || !is_version(model.substr(row.model.size()))) continue;
    if (best == nullptr || row.model.size() > best->model.size()) best = &row;
  }
  return best == nullptr ? std::nullopt : std::optional(best->price);
}

std::optional<Price> price_for(const config::ModelSettings& endpoint) {
  if (endpoint.input_price <= 0 && endpoint.cached_price <= 0 && endpoint.output_price <= 0) {
    return listed_price(endpoint.name);
  }
  Price price;
  price.input = endpoint.input_price;
  price.cached = endpoint.cached_price > 0 ? endpoint.cached_price : endpoint.input_price;
  const bool surcharge = endpoint.api == "anthropic" || endpoint.api == "claude";
  price.written = endpoint.input_price * (surcharge ? kWriteSurcharge : 1);
  price.output = endpoint.output_price;
  return price;
}

double cost_of(const Price& price, const TokenUsage& usage) {
  const bool is_long = price.long_from > 0 && usage.input > price.long_from;
  const std::uint64_t cached = std::min(usage.cached, usage.input);
  const std::uint64_t written = std::min(usage.written, usage.input - cached);
  const double input = static_cast<double>(usage.input - cached - written) * price.input +
                       static_cast<double>(cached) * price.cached +
                       static_cast<double>(written) * price.written;
  const double output = static_cast<double>(usage.output) * price.output;
  return (input * (is_long ? price.long_input : 1) + output * (is_long ? price.long_output : 1)) /
         kTokensPerPrice;
}

double worst_cost_of(const Price& price, std::uint64_t input, std::uint64_t output) {
  Price worst = price;
  worst.input = std::max({price.input, price.cached, price.written});
  return cost_of(worst, {input, output, 0, 0});
}

}  // namespace triage::propose
