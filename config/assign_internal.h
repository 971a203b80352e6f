// Turns one YAML value into one field, as the field's type and the key's bounds have it.
#pragma once

#include <optional>
#include <string>

#include "config/declaration_internal.h"
#include "config/environment.h"
#include "config/yaml_internal.h"

namespace triage::config {

// Nothing, or what is wrong with the value as the rest of a sentence that starts with the key:
// "must be 0…65535, got \"99999\"". Then the field is unchanged. A secret is never quoted.
std::optional<std::string> assign(const Key& key, const Field& field, const Node& value,
                                  const Environment& environment);

}  // namespace triage::config
