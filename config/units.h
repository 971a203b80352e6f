// Durations and sizes as operators write them: "250ms", "60s", "5m", "25MiB".
//
// Reading is strict: one whole number and one unit. What format_… writes, parse_… reads back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/base/clock.h"

namespace triage::config {

// Units ms, s, m, h, d; a bare 0 needs none. Nothing for anything else, or over 10,000 days.
std::optional<Milliseconds> parse_duration(std::string_view text);
std::string format_duration(Milliseconds span);

// Units B, KiB, MiB, GiB, TiB and kB, MB, GB, TB; a bare number is bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

// A whole non-negative number, digits only (and "_" between them is not taken).
std::optional<std::uint64_t> parse_whole(std::string_view digits);
// A finite decimal number, as in JSON.
std::optional<double> parse_decimal(std::string_view text);

}  // namespace triage::config
