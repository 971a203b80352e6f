// How much a reviewer has to fear from a patch: a score of 0 to 100, a level and the reasons.
//
// A table of rows, each with its points; nothing a model says counts. The level decides how far a
// proven patch may go: above projects.*.max_risk it stays a preview branch, and a high risk stays a
// diagnosis. Pure.
#pragma once

#include <string>
#include <vector>

#include "pipeline/publish/gate.h"
#include "pipeline/run.h"

namespace triage::publish {

inline constexpr std::uint32_t kMediumRisk = 25, kHighRisk = 60;

Risk risk_of(const Run& run, const std::vector<TreeChange>& changes);

// "low" < "medium" < "high".
int rank_of_risk(std::string_view level);

// Identifiers in which letters of several alphabets stand together ("pаyment" with a Cyrillic a).
std::vector<std::string> mixed_identifiers(std::string_view code);

}  // namespace triage::publish
