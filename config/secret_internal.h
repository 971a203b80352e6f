// Secrets by reference: ${env:NAME}, ${file:/PATH}, ${credential:NAME}, always a whole value.
#pragma once

#include <string>
#include <string_view>

#include "config/environment.h"
#include "config/settings.h"

namespace triage::config {

inline constexpr std::string_view kSecretForms = "${env:NAME}, ${file:/PATH} or ${credential:NAME}";

// Whether a text asks for a secret, well-formed or not.
bool is_reference(std::string_view text);

// Errors: invalid_input naming what is missing or malformed; never with the value.
Result<Secret> resolve_secret(std::string_view reference, const Environment& environment);

}  // namespace triage::config
