// The specs of connectors/specs/ as they were when this was built; embed_specs.cmake writes the list.
#pragma once

#include <span>
#include <string_view>

namespace triage::connectors {

struct EmbeddedSpec {
  std::string_view file;  // "connectors/specs/github.yaml", for messages
  std::string_view yaml;
};

std::span<const EmbeddedSpec> embedded_specs();

}  // namespace triage::connectors
