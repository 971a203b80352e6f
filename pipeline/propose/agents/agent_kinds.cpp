#include "pipeline/propose/agents/agent_kinds.h"

#include <algorithm>
#include <array>

#include "pipeline/base/json.h"

namespace triage::propose {
namespace {

// The gateway retries, and every wait of the agent is ended by ours: it has to be the more patient.
std::string patience(const config::ModelSettings& endpoint) {
  constexpr int kTimes = 4;
  return std::to_string(endpoint.timeout.count() * kTimes);
}

// A TOML basic string is written as a JSON string.
AgentStart start_codex(const config::ModelSettings& endpoint, const std::string& base,
                       const std::string& home) {
  const std::string provider =
      "model_providers.triage={name=\"triage\",base_url=" + json_quote(base + "/v1") +
      ",wire_api=\"responses\",request_max_retries=0,stream_max_retries=0,"
      "stream_idle_timeout_ms=" + patience(endpoint) + "}";
  AgentStart start;
  start.arguments = {"exec", "--json", "--ephemeral", "--ignore-user-config", "--ignore-rules",
                     "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox",
                     "--cd", "/w", "--model", endpoint.name,
                     "-c", "model_provider=\"triage\"", "-c", provider};
  for (const char* setting :
       {"project_doc_max_bytes=0", "web_search=\"disabled\"", "history.persistence=\"none\"",
        "analytics.enabled=false", "check_for_update_on_startup=false", "otel.exporter=\"none\"",
        "features.multi_agent=false", "features.goals=false", "features.hooks=false",
        "features.plugins=false", "features.apps=false", "features.shell_snapshot=false",
        "features.image_generation=false", "features.browser_use=false",
        "features.computer_use=false"}) {
    start.arguments.emplace_back("-c");
    start.arguments.emplace_back(setting);
  }
  start.arguments.emplace_back("-");
  start.env = {{"CODEX_HOME", home}};
  return start;
}

AgentStart start_claude(const config::ModelSettings& endpoint, const std::string& base,
                        const std::string& home) {
  AgentStart start;
  start.arguments = {"--print", "--bare", "--output-format", "stream-json", "--verbose",
                     "--no-session-persistence", "--strict-mcp-config",
                     "--permission-mode", "bypassPermissions",
                     "--tools", "Bash,Read,Edit,Write,Grep,Glob", "--model", endpoint.name};
  start.env = {{"CLAUDE_CONFIG_DIR", home + "/.claude"},
               {"ANTHROPIC_BASE_URL", base},
               {"ANTHROPIC_API_KEY", "added-by-the-gateway"},
               // The models that it would ask on its own.
               {"ANTHROPIC_SMALL_FAST_MODEL", endpoint.name},
               {"ANTHROPIC_DEFAULT_HAIKU_MODEL", endpoint.name},
               {"ANTHROPIC_DEFAULT_SONNET_MODEL", endpoint.name},
               {"ANTHROPIC_DEFAULT_OPUS_MODEL", endpoint.name},
               {"CLAUDE_CODE_SUBAGENT_MODEL", endpoint.name},
               {"CLAUDE_CODE_MAX_OUTPUT_TOKENS", std::to_string(endpoint.max_output_tokens)},
               {"CLAUDE_CODE_MAX_RETRIES", "1"},
               {"API_TIMEOUT_MS", patience(endpoint)},
               {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"},
               {"DISABLE_AUTOUPDATER", "1"},
               {"DISABLE_TELEMETRY", "1"},
               {"DISABLE_ERROR_REPORTING", "1"},
               {"IS_SANDBOX", "1"}};
  return start;
}

constexpr std::array<AgentKind, 2> kKinds{{
    {"codex", AgentDialect::responses, read_codex_event, start_codex},
    {"claude", AgentDialect::messages, read_claude_event, start_claude},
}};

}  // namespace

const AgentKind* agent_kind(std::string_view api) {
  const auto found = std::ranges::find(kKinds, api, &AgentKind::name);
  return found == kKinds.end() ? nullptr : &*found;
}

}  // namespace triage::propose
