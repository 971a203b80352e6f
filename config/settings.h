// Settings: what an operator configured, typed and immutable once loaded.
//
// Every key is declared once, in settings.cpp: path, type, default, unit, bounds, one line of help.
// Reading, checking, `triaged config reference`, the JSON schema and the example file all come from
// that declaration. Nobody below reads YAML or the environment.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/result.h"

namespace triage::config {

// A value from ${env:…}, ${file:…} or ${credential:…}. It never prints: only reveal() shows it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

// How far a run may go; each includes those before it.
enum class Depth { skip, classify, diagnose, spec, patch, draft_pull_request };
std::span<const std::string_view> names(Depth);  // "skip" … "draft-pull-request"

struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8377;       // 0: any free port, printed at start
  Secret api_token;                // required unless the address is loopback
  std::uint64_t max_body = 26'214'400;
  std::uint32_t max_connections = 1024;
  std::string public_url;          // how people reach the console; empty: http://address:port
};

struct LogSettings {
  std::string level = "info";      // debug, info, warn, error
  std::string format = "text";     // text, json
};

struct ModelSettings {
  std::string name = "offline";    // "offline", or the model's name at the endpoint
  std::string api = "chat";        // chat, responses, anthropic, azure; codex, claude: agents
  std::string base_url;            // e.g. https://api.openai.com/v1
  Secret api_key;
  std::string program;             // of an agent; empty: looked up by its name
  Milliseconds timeout{120'000};   // one answer
  Milliseconds idle_timeout{60'000};  // silence while it streams
  std::uint32_t context_tokens = 24'000;
  std::uint32_t max_output_tokens = 8'000;
  double input_price = 0;          // USD per million tokens; all 0: the built-in table's
  double cached_price = 0;         // of input that the endpoint had cached
  double output_price = 0;
  bool tools = true;               // it can call tools; false: one question, one answer
  std::uint32_t max_turns = 40;    // answers in one round
  std::uint32_t rounds = 3;        // proposals that are verified, each with the failure of the last
  std::uint32_t candidates = 1;    // worked on side by side; the first that is proven wins
  std::uint32_t max_tokens = 1'000'000;  // all calls of a run together
  std::vector<std::string> fallbacks;    // of Settings::models, asked in this order when it fails
};

struct SandboxSettings {
  std::string user = "nobody";     // used when the daemon runs as root
  Milliseconds time_limit{300'000};
  std::uint64_t memory = 2'147'483'648;  // bytes
  std::uint32_t processes = 256;
  std::uint64_t file_size = 268'435'456;
  std::uint64_t output = 16'777'216;
};

struct BudgetSettings {
  double per_run = 2.0;            // USD; days and months are UTC
  double per_day = 50.0;
  double per_month = 1000.0;
  Milliseconds run_time{1'800'000};
};

struct ProjectSettings {
  std::string name;
  std::string repository;          // path or URL that git can fetch
  std::string branch;              // empty: the repository's default branch
  Secret git_token;                // for https repositories
  std::string forge = "git";       // "git", or the name of a source whose connector is a forge
  std::string forge_repository;    // "owner/name" at that forge
  std::string web_url;             // for permalinks: https://github.com/owner/name
  std::string test_command;        // run in the sandbox with sh -c; empty: nothing is run
  std::string build_command;
  Depth depth = Depth::diagnose;
  std::uint32_t proof_runs = 3;
  std::vector<std::string> labels;       // the only labels that may be added
  std::vector<std::string> protected_paths;  // globs, besides the built-in ones
  std::uint32_t max_files = 20;
  std::uint64_t max_patch = 204'800;     // bytes
  bool allow_manifests = false;          // package.json, pyproject.toml … may be changed
  bool allow_lock_files = false;         // package-lock.json, go.sum … may be changed
  std::vector<std::string> allowed_hosts;  // network hosts that added lines may name
  std::string max_risk = "medium";       // low, medium, high: what may still become a pull request
  bool request_reviewers = false;        // name owners so that the forge notifies them
  std::string web_kind = "auto";         // auto, github, gitlab, gitea, bitbucket, azure
  double budget_per_day = 0;             // USD; 0: no limit of its own
  double budget_per_month = 0;
  std::vector<std::string> commanders;   // logins or e-mails whose /triage commands count
  bool skip_assigned = true;             // no pull request once a person has the ticket
  std::uint32_t max_open_drafts = 10;
  Milliseconds draft_expiry{2'592'000'000};  // 30 days: an older draft counts as ignored
  std::string embeddings;  // of Settings::models: code and redacted tickets go there; empty: none
};

struct SourceSettings {
  std::string name;
  std::string connector;           // name of a spec: "local", "github"
  std::string project;
  std::map<std::string, std::string> settings;  // declared by the connector's spec
  std::map<std::string, Secret> secrets;        // likewise: token, webhook_secret …
  Milliseconds poll{60'000};       // 0: webhooks only
  bool shadow = false;             // do everything, post nothing
};

struct Settings {
  std::string state_dir = "/var/lib/triaged";
  std::string cache_dir = "/var/cache/triaged";
  std::uint32_t workers = 2;
  std::uint32_t max_attempts = 5;
  Milliseconds lease{60'000};
  Milliseconds drain{10'000};
  ServerSettings server;
  LogSettings log;
  ModelSettings model;
  std::map<std::string, ModelSettings> models;  // stand-ins; they have an endpoint's keys only
  SandboxSettings sandbox;
  BudgetSettings budget;
  std::map<std::string, SourceSettings> sources;
  std::map<std::string, ProjectSettings> projects;
};

}  // namespace triage::config
