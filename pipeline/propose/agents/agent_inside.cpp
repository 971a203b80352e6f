#include "pipeline/propose/agents/agent_inside.h"

#include <filesystem>

#include "pipeline/base/utf8.h"

namespace triage::propose {
namespace {

constexpr const char* kBridge = "/agent/triaged";
constexpr const char* kPort = "8088";  // free: the sandbox's loopback is its own
constexpr std::string_view kProgram = "/agent/program";

std::string shell_word(std::string_view word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

Result<std::string> own_program() {
  std::error_code failed;
  const std::filesystem::path path = std::filesystem::canonical("/proc/self/exe", failed);
  if (failed)
    return Error{ErrorKind::not_found,
                 "this program's own file is gone (replaced while it runs?): restart it"};
  return path.string();
}

}  // namespace

Result<AgentInside> AgentInside::make(std::string_view name, const config::ModelSettings& endpoint,
                                      const std::string& bridge) {
  AgentInside inside;
  inside.program_ = TRY(find_agent_program(name, endpoint.program));
  inside.bridge_ = bridge.empty() ? TRY(own_program()) : bridge;
  return inside;
}

std::string AgentInside::program_inside() const {
  const std::string file = std::filesystem::path(program_.visible).filename();
  return std::string(kProgram) + "/" + (program_.program.empty() ? file : program_.program);
}

verify::SandboxExtras AgentInside::extras() const {
  verify::SandboxExtras extras;
  extras.mounts = {
      {program_.visible, program_.program.empty() ? program_inside() : std::string(kProgram)},
      {bridge_, kBridge}};
  extras.scratch = {kAgentHome};
  extras.env = {{"HOME", kAgentHome}};
  extras.unlimited_address_space = true;
  return extras;
}

std::string AgentInside::command_line(const std::vector<std::string>& arguments) const {
  std::string line = "exec " + std::string(kBridge) + " bridge --socket " + kAgentSocket +
                     " --port " + kPort + " -- " + shell_word(program_inside());
  for (const std::string& word : arguments) line += " " + shell_word(word);
  return line;
}

Result<std::string> probe_agent(const config::Settings& settings, std::string_view name,
                                const std::string& bridge) {
  constexpr Milliseconds kLimit{30'000};
  const AgentInside inside = TRY(AgentInside::make(name, settings.model, bridge));
  const ProcessResult said = TRY(verify::Sandbox(settings.sandbox)
                                     .run("", inside.command_line({"--version"}), kLimit, {},
                                          inside.extras()));
  if (!said.success() || said.out.empty())
    return Error{ErrorKind::unavailable,
                 std::string(name) + " does not start in the sandbox (exit " +
                     std::to_string(said.exit_code) + "): " +
                     std::string(truncate_utf8(said.err, 200))};
  return std::string(truncate_utf8(said.out.substr(0, said.out.find('\n')), 100));
}

}  // namespace triage::propose
