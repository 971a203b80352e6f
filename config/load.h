// Reads a configuration into Settings, or says everything that is wrong with it at once.
//
// The error is invalid_input and its message one line per problem, "file:line:column: what, and
// what to write instead"; not_found or denied where the file itself cannot be read. Warnings are
// lines of the same form about settings that work and are likely not meant. Pure but for the
// Environment. Secrets are in the Settings only, never in a message.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/environment.h"
#include "config/settings.h"
#include "pipeline/base/result.h"

namespace triage::config {

inline constexpr std::string_view kDefaultPath = "/etc/triaged/triaged.yaml";

Result<Settings> load_file(const std::string& path, const Environment& environment,
                           std::vector<std::string>* warnings = nullptr);

Result<Settings> load_text(std::string_view yaml, const std::string& filename,
                           const Environment& environment,
                           std::vector<std::string>* warnings = nullptr);

}  // namespace triage::config
