// Rewrites a line that a program in between has changed: HTML entities, a trace as one JSON string,
// a trace whose line ends were lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace triage::retrieval::traces {

// With "&lt;", "&#39;", no-break spaces and the like decoded; nothing where there are none.
std::optional<std::string> without_entities(std::string_view line);

// The lines a line was made of; empty where it is one.
std::vector<std::string> split_wrapped(std::string_view line);

}  // namespace triage::retrieval::traces
