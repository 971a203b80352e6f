#include "connectors/plugins/plugin.h"

#include <array>

namespace triage::connectors {
namespace {

struct Row {
  std::string_view name;
  Plugin run;
};

// Alphabetical.
constexpr std::array<Row, 1> kPlugins{{
    {"github-branch", github_branch},
}};

}  // namespace

Plugin find_plugin(std::string_view name) {
  for (const Row& row : kPlugins) {
    if (row.name == name) return row.run;
  }
  return nullptr;
}

std::vector<std::string> plugin_names() {
  std::vector<std::string> out;
  for (const Row& row : kPlugins) out.emplace_back(row.name);
  return out;
}

}  // namespace triage::connectors
