#include "config/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

namespace triage::config {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first, so that formatting takes the first that divides.
constexpr std::array<Unit, 5> kTimes = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 5> kBinarySizes = {{{"TiB", std::uint64_t{1} << 40U},
                                               {"GiB", std::uint64_t{1} << 30U},
                                               {"MiB", std::uint64_t{1} << 20U},
                                               {"KiB", std::uint64_t{1} << 10U},
                                               {"B", 1}}};
constexpr std::array<Unit, 4> kDecimalSizes = {
    {{"TB", 1'000'000'000'000}, {"GB", 1'000'000'000}, {"MB", 1'000'000}, {"kB", 1000}}};

constexpr std::uint64_t kLongest = std::uint64_t{10'000} * 86'400'000;  // milliseconds

std::optional<std::uint64_t> scaled(std::string_view text, std::span<const Unit> units,
                                    std::uint64_t limit) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_whole(text.substr(0, digits));
  const std::string_view suffix = text.substr(digits);
  for (const Unit& unit : units) {
    if (!count || unit.name != suffix) continue;
    if (*count > limit / unit.factor) return std::nullopt;
    return *count * unit.factor;
  }
  return std::nullopt;
}

std::string in_largest_unit(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0)
      return std::to_string(value / unit.factor).append(unit.name);
  }
  return "0";
}

}  // namespace

std::optional<std::uint64_t> parse_whole(std::string_view digits) {
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<double> parse_decimal(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<Milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return Milliseconds(0);
  const auto value = scaled(text, kTimes, kLongest);
  if (!value) return std::nullopt;
  return Milliseconds(static_cast<std::int64_t>(*value));
}

std::string format_duration(Milliseconds span) {
  return in_largest_unit(static_cast<std::uint64_t>(span.count()), kTimes);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (const auto bytes = parse_whole(text)) return bytes;
  constexpr auto kLimit = std::numeric_limits<std::uint64_t>::max();
  if (const auto binary = scaled(text, kBinarySizes, kLimit)) return binary;
  return scaled(text, kDecimalSizes, kLimit);
}

std::string format_size(std::uint64_t bytes) { return in_largest_unit(bytes, kBinarySizes); }

}  // namespace triage::config
