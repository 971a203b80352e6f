#include "pipeline/propose/agents/agent_program.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <vector>

namespace triage::propose {
namespace {

namespace fs = std::filesystem;

#if defined(__aarch64__)
constexpr std::string_view kPlatform = "linux-arm64";
constexpr std::string_view kTriple = "aarch64-unknown-linux-musl";
#else
constexpr std::string_view kPlatform = "linux-x64";
constexpr std::string_view kTriple = "x86_64-unknown-linux-musl";
#endif

struct Package {
  std::string_view name, scope, package;
  bool keeps_companions;  // programs beside it that it calls
};
constexpr std::array<Package, 2> kPackages{{
    {"codex", "@openai", "codex", true},
    {"claude", "@anthropic-ai", "claude-code", false},
}};

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::optional<fs::path> in_usual_places(std::string_view name) {
  for (const char* folder : {"/usr/local/bin", "/usr/bin", "/opt/triaged/bin"}) {
    if (fs::path path = fs::path(folder) / name; is_program(path)) return path;
  }
  return std::nullopt;
}

// The platform's own package: beside the starter's, or inside it where npm nested it.
std::optional<AgentProgram> in_platform_package(const Package& package, const fs::path& starter) {
  fs::path root = starter.parent_path();
  while (root.filename() != package.package && root.has_relative_path()) root = root.parent_path();
  if (root.parent_path().filename() != package.scope) return std::nullopt;
  const std::string name = std::string(package.package) + "-" + std::string(kPlatform);
  for (const fs::path& folder :
       {root.parent_path() / name, root / "node_modules" / package.scope / name, root}) {
    const fs::path vendor = folder / "vendor" / kTriple;
    if (package.keeps_companions && is_program(vendor / "bin" / package.name))
      return AgentProgram{vendor.string(), "bin/" + std::string(package.name)};
    if (!package.keeps_companions && is_program(folder / package.name))
      return AgentProgram{(folder / package.name).string(), ""};
  }
  return std::nullopt;
}

}  // namespace

Result<AgentProgram> find_agent_program(std::string_view name, const std::string& configured) {
  const auto package = std::ranges::find(kPackages, name, &Package::name);
  if (package == kPackages.end())
    return invalid_input("there is no agent called " + std::string(name));
  const std::optional<fs::path> named =
      configured.empty() ? in_usual_places(name) : std::optional(fs::path(configured));
  std::error_code failed;
  const fs::path path = named ? fs::canonical(*named, failed) : fs::path();
  if (!named || failed || !is_program(path))
    return Error{ErrorKind::not_found,
                 "the program " + (configured.empty() ? std::string(name) : configured) +
                     " is not there: npm install --global " + std::string(package->scope) + "/" +
                     std::string(package->package) + ", or set model.program"};
  if (auto found = in_platform_package(*package, path)) return *found;
  return AgentProgram{path.string(), ""};
}

}  // namespace triage::propose
