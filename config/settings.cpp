// Every key that an operator can set. To add one: a field in settings.h and a row here.
#include "config/settings.h"

#include <array>
#include <map>
#include <vector>

#include "config/declaration_internal.h"

namespace triage::config {

namespace {

constexpr double kSecond = 1000;
constexpr double kMinute = 60 * kSecond;
constexpr double kHour = 60 * kMinute;
constexpr double kKiB = 1024;
constexpr double kMiB = 1024 * kKiB;
constexpr double kGiB = 1024 * kMiB;
constexpr double kTiB = 1024 * kGiB;

constexpr std::array<std::string_view, 6> kDepths = {"skip", "classify", "diagnose",
                                                     "spec", "patch",    "draft-pull-request"};
constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kFormats = {"text", "json"};
constexpr std::array<std::string_view, 3> kRisks = {"low", "medium", "high"};
constexpr std::array<std::string_view, 6> kWebKinds = {"auto",  "github",    "gitlab",
                                                       "gitea", "bitbucket", "azure"};
constexpr std::array<std::string_view, 6> kApis = {"chat",  "responses", "anthropic",
                                                   "azure", "codex",     "claude"};

// top<&Settings::server, &ServerSettings::port> is settings.server.port.
template <auto... Path>
Field top(const Scope& scope) {
  return &(*scope.settings.*....*Path);
}
// Of `model`, or of the entry of `models` that is being looked at.
template <auto Member>
Field model(const Scope& scope) {
  return &(scope.model->*Member);
}
template <auto Member>
Field project(const Scope& scope) {
  return &(scope.project->*Member);
}
template <auto Member>
Field source(const Scope& scope) {
  return &(scope.source->*Member);
}

constexpr auto kSections = std::to_array<Section>({
    {"", "The daemon itself.", ""},
    {"server", "How helpdesks and people reach the daemon.", ""},
    {"log", "What is written to standard error, where systemd collects it.", ""},
    {"model", "Who is asked for a diagnosis; without a model the code index alone answers.", ""},
    {"models.*", "One entry for each model that model.fallbacks or a project's embeddings names.", "spare"},
    {"sandbox", "The limits of code that a project's tests or a model bring along.", ""},
    {"budget", "Where a run stops, with what it has by then.", ""},
    {"projects.*", "One entry for each repository that tickets are about.", "shop"},
    {"sources.*",
     "One entry for each helpdesk or forge that tickets come from. Further keys belong to the "
     "connector: see `triaged connectors`.",
     "shop-issues"},
});

const auto kKeys = std::to_array<Key>({
    {.path = "state_dir",
     .field = top<&Settings::state_dir>,
     .help = "Directory of the store and the vault: back this one up."},
    {.path = "cache_dir",
     .field = top<&Settings::cache_dir>,
     .help = "Directory of mirrors and indexes: can be deleted, is made again."},
    {.path = "workers",
     .field = top<&Settings::workers>,
     .help = "Tickets that are worked on at the same time.",
     .low = 1,
     .high = 256},
    {.path = "max_attempts",
     .field = top<&Settings::max_attempts>,
     .help = "Attempts at a failing stage before a person is asked.",
     .low = 1,
     .high = 100},
    {.path = "lease",
     .field = top<&Settings::lease>,
     .help = "Time after which the work of a worker that died is taken over.",
     .low = kSecond,
     .high = kHour},
    {.path = "drain",
     .field = top<&Settings::drain>,
     .help = "Time that running stages get to finish when the daemon is told to stop.",
     .low = 0,
     .high = 10 * kMinute},

    {.path = "server.address",
     .field = top<&Settings::server, &ServerSettings::address>,
     .help = "IP address to listen on; put a reverse proxy with TLS before anything but loopback."},
    {.path = "server.port",
     .field = top<&Settings::server, &ServerSettings::port>,
     .help = "TCP port to listen on; 0 takes any free one and prints it.",
     .low = 0,
     .high = 65535},
    {.path = "server.api_token",
     .field = top<&Settings::server, &ServerSettings::api_token>,
     .help = "Bearer token of the API and console; needed unless the address is loopback.",
     .example = "${credential:api-token}"},
    {.path = "server.max_body",
     .field = top<&Settings::server, &ServerSettings::max_body>,
     .help = "Largest request body that is accepted.",
     .low = kKiB,
     .high = kGiB},
    {.path = "server.max_connections",
     .field = top<&Settings::server, &ServerSettings::max_connections>,
     .help = "Connections that may be open at the same time.",
     .low = 1,
     .high = 100'000},
    {.path = "server.public_url",
     .field = top<&Settings::server, &ServerSettings::public_url>,
     .help = "Address of the console as people reach it, for links; empty: http://address:port.",
     .example = "https://triaged.example.com"},

    {.path = "log.level",
     .field = top<&Settings::log, &LogSettings::level>,
     .help = "Least severe line that is written.",
     .choices = kLevels},
    {.path = "log.format",
     .field = top<&Settings::log, &LogSettings::format>,
     .help = "Sentences for people or one JSON object a line.",
     .choices = kFormats},

    {.path = "model.name",
     .field = model<&ModelSettings::name>,
     .of_endpoint = true,
     .help = "Name of the model at its endpoint, or offline for none."},
    {.path = "model.api",
     .field = model<&ModelSettings::api>,
     .of_endpoint = true,
     .help = "Dialect of the endpoint; codex and claude run that agent in the sandbox against it.",
     .choices = kApis},
    {.path = "model.base_url",
     .field = model<&ModelSettings::base_url>,
     .of_endpoint = true,
     .help = "Endpoint of the model.",
     .example = "https://api.openai.com/v1"},
    {.path = "model.api_key",
     .field = model<&ModelSettings::api_key>,
     .of_endpoint = true,
     .help = "Key of the endpoint; neither the sandbox nor a log sees it.",
     .example = "${credential:model-key}"},
    {.path = "model.program",
     .field = model<&ModelSettings::program>,
     .help = "Program of an agent; empty: looked up by its name.",
     .example = "/usr/local/bin/codex"},
    {.path = "model.timeout",
     .field = model<&ModelSettings::timeout>,
     .of_endpoint = true,
     .help = "Longest wait for one answer.",
     .low = kSecond,
     .high = kHour},
    {.path = "model.idle_timeout",
     .field = model<&ModelSettings::idle_timeout>,
     .of_endpoint = true,
     .help = "Longest silence of a model that is answering.",
     .low = 100,
     .high = kHour},
    {.path = "model.context_tokens",
     .field = model<&ModelSettings::context_tokens>,
     .help = "Code and history that are sent with one question.",
     .low = 1000,
     .high = 2'000'000,
     .unit = "tokens"},
    {.path = "model.max_output_tokens",
     .field = model<&ModelSettings::max_output_tokens>,
     .of_endpoint = true,
     .help = "Longest answer that is asked for.",
     .low = 100,
     .high = 1'000'000,
     .unit = "tokens"},
    {.path = "model.input_price",
     .field = model<&ModelSettings::input_price>,
     .of_endpoint = true,
     .help = "Price of what is sent; with all prices 0 the built-in table's hold, if it has the model.",
     .high = 10'000,
     .unit = "USD per million tokens"},
    {.path = "model.cached_price",
     .field = model<&ModelSettings::cached_price>,
     .of_endpoint = true,
     .help = "Price of what is sent and was in the endpoint's cache.",
     .high = 10'000,
     .unit = "USD per million tokens"},
    {.path = "model.output_price",
     .field = model<&ModelSettings::output_price>,
     .of_endpoint = true,
     .help = "Price of what is answered.",
     .high = 10'000,
     .unit = "USD per million tokens"},
    {.path = "model.tools",
     .field = model<&ModelSettings::tools>,
     .of_endpoint = true,
     .help = "The model can call tools; false asks it one question and takes one answer."},
    {.path = "model.max_turns",
     .field = model<&ModelSettings::max_turns>,
     .help = "Answers of a model in one round of work.",
     .low = 1,
     .high = 500},
    {.path = "model.rounds",
     .field = model<&ModelSettings::rounds>,
     .help = "Proposals that are verified in one run, each made knowing why the one before failed.",
     .low = 1,
     .high = 20},
    {.path = "model.candidates",
     .field = model<&ModelSettings::candidates>,
     .help = "Proposals worked on side by side; the first that is proven wins.",
     .low = 1,
     .high = 8},
    {.path = "model.max_tokens",
     .field = model<&ModelSettings::max_tokens>,
     .help = "Tokens of all calls of one run together.",
     .low = kKiB,
     .high = 1'000'000'000,
     .unit = "tokens"},
    {.path = "model.fallbacks",
     .field = model<&ModelSettings::fallbacks>,
     .help = "Entries of models that are asked, in this order, when this model fails.",
     .example = "[spare]"},

    {.path = "sandbox.user",
     .field = top<&Settings::sandbox, &SandboxSettings::user>,
     .help = "Account that runs the sandbox when the daemon is root; never root itself."},
    {.path = "sandbox.time_limit",
     .field = top<&Settings::sandbox, &SandboxSettings::time_limit>,
     .help = "Longest time of one command.",
     .low = kSecond,
     .high = 24 * kHour},
    {.path = "sandbox.memory",
     .field = top<&Settings::sandbox, &SandboxSettings::memory>,
     .help = "Memory of one command.",
     .low = 16 * kMiB,
     .high = kTiB},
    {.path = "sandbox.processes",
     .field = top<&Settings::sandbox, &SandboxSettings::processes>,
     .help = "Processes and threads of one command.",
     .low = 1,
     .high = 65536},
    {.path = "sandbox.file_size",
     .field = top<&Settings::sandbox, &SandboxSettings::file_size>,
     .help = "Largest file that a command may write.",
     .low = kMiB,
     .high = kTiB},
    {.path = "sandbox.output",
     .field = top<&Settings::sandbox, &SandboxSettings::output>,
     .help = "Output after which a command is ended.",
     .low = 64 * kKiB,
     .high = kGiB},

    {.path = "budget.per_run",
     .field = top<&Settings::budget, &BudgetSettings::per_run>,
     .help = "What one run may spend on models.",
     .high = 10'000,
     .unit = "USD"},
    {.path = "budget.per_day",
     .field = top<&Settings::budget, &BudgetSettings::per_day>,
     .help = "What all runs of a day (UTC) may spend on models; 0: nothing.",
     .high = 1'000'000,
     .unit = "USD"},
    {.path = "budget.per_month",
     .field = top<&Settings::budget, &BudgetSettings::per_month>,
     .help = "What all runs of a month (UTC) may spend on models; 0: nothing.",
     .high = 100'000'000,
     .unit = "USD"},
    {.path = "budget.run_time",
     .field = top<&Settings::budget, &BudgetSettings::run_time>,
     .help = "Longest time of one run, tests included.",
     .low = kSecond,
     .high = 24 * kHour},

    {.path = "projects.*.repository",
     .field = project<&ProjectSettings::repository>,
     .help = "Absolute path or URL that git can fetch.",
     .required = true,
     .example = "https://github.com/acme/shop.git"},
    {.path = "projects.*.branch",
     .field = project<&ProjectSettings::branch>,
     .help = "Branch that changes are made against; empty: the repository's default branch.",
     .example = "main"},
    {.path = "projects.*.git_token",
     .field = project<&ProjectSettings::git_token>,
     .help = "Token for fetching and pushing over https.",
     .example = "${credential:git-token}"},
    {.path = "projects.*.forge",
     .field = project<&ProjectSettings::forge>,
     .help = "Where drafts go: git for a preview branch, or a source that can open pull requests."},
    {.path = "projects.*.forge_repository",
     .field = project<&ProjectSettings::forge_repository>,
     .help = "The repository's name at the forge.",
     .example = "acme/shop"},
    {.path = "projects.*.web_url",
     .field = project<&ProjectSettings::web_url>,
     .help = "Address that links to lines of code start with.",
     .example = "https://github.com/acme/shop"},
    {.path = "projects.*.test_command",
     .field = project<&ProjectSettings::test_command>,
     .help = "Shell command that runs the tests in the sandbox; empty: nothing is run or proven.",
     .example = "make test"},
    {.path = "projects.*.build_command",
     .field = project<&ProjectSettings::build_command>,
     .help = "Shell command that runs before the tests.",
     .example = "make"},
    {.path = "projects.*.depth",
     .field = project<&ProjectSettings::depth>,
     .help = "How far a run may go."},
    {.path = "projects.*.proof_runs",
     .field = project<&ProjectSettings::proof_runs>,
     .help = "Times in a row that a new test has to pass.",
     .low = 1,
     .high = 20},
    {.path = "projects.*.labels",
     .field = project<&ProjectSettings::labels>,
     .help = "The only labels that may be added to a ticket.",
     .example = "[bug, feature-request]"},
    {.path = "projects.*.protected_paths",
     .field = project<&ProjectSettings::protected_paths>,
     .help = "Globs of files that no draft may touch, besides the built-in ones.",
     .example = "[\"migrations/**\"]"},
    {.path = "projects.*.max_files",
     .field = project<&ProjectSettings::max_files>,
     .help = "Files that one draft may change.",
     .low = 1,
     .high = 1000},
    {.path = "projects.*.max_patch",
     .field = project<&ProjectSettings::max_patch>,
     .help = "Largest patch of a draft.",
     .low = kKiB,
     .high = 10 * kMiB},
    {.path = "projects.*.allow_manifests",
     .field = project<&ProjectSettings::allow_manifests>,
     .help = "A draft may change manifests of packages such as package.json."},
    {.path = "projects.*.allow_lock_files",
     .field = project<&ProjectSettings::allow_lock_files>,
     .help = "A draft may change lock files such as package-lock.json."},
    {.path = "projects.*.allowed_hosts",
     .field = project<&ProjectSettings::allowed_hosts>,
     .help = "Network hosts that a draft may bring into a file; \"*.example.com\" for all below.",
     .example = "[api.acme.example]"},
    {.path = "projects.*.max_risk",
     .field = project<&ProjectSettings::max_risk>,
     .help = "Above this risk a proven patch becomes a preview branch; high risk only a diagnosis.",
     .choices = kRisks},
    {.path = "projects.*.request_reviewers",
     .field = project<&ProjectSettings::request_reviewers>,
     .help = "Mention the owners of the code in a pull request, so that the forge notifies them."},
    {.path = "projects.*.web_kind",
     .field = project<&ProjectSettings::web_kind>,
     .help = "How links to lines look at web_url; auto: by its host name.",
     .choices = kWebKinds},
    {.path = "projects.*.budget_per_day",
     .field = project<&ProjectSettings::budget_per_day>,
     .help = "What its runs of a day (UTC) may spend on models; 0: no limit of its own.",
     .high = 1'000'000,
     .unit = "USD"},
    {.path = "projects.*.budget_per_month",
     .field = project<&ProjectSettings::budget_per_month>,
     .help = "What its runs of a month (UTC) may spend on models; 0: no limit of its own.",
     .high = 100'000'000,
     .unit = "USD"},
    {.path = "projects.*.commanders",
     .field = project<&ProjectSettings::commanders>,
     .help = "Logins or e-mail addresses whose /triage commands count, besides those the helpdesk "
             "vouches for.",
     .example = "[maria, lead@example.com]"},
    {.path = "projects.*.skip_assigned",
     .field = project<&ProjectSettings::skip_assigned>,
     .help = "Open no pull request when a person took the ticket while it was worked on."},
    {.path = "projects.*.max_open_drafts",
     .field = project<&ProjectSettings::max_open_drafts>,
     .help = "Draft pull requests that may wait for reviewers; over it a run ends with its branch.",
     .high = 10'000},
    {.path = "projects.*.draft_expiry",
     .field = project<&ProjectSettings::draft_expiry>,
     .help = "Time without any activity after which a draft counts as ignored; it stays as it is.",
     .low = kHour,
     .high = 366 * 24 * kHour},
    {.path = "projects.*.embeddings",
     .field = project<&ProjectSettings::embeddings>,
     .help = "Entry of models whose /embeddings helps to rank code, which is sent there; empty: none.",
     .example = "spare"},

    {.path = "sources.*.connector",
     .field = source<&SourceSettings::connector>,
     .help = "The system it is, as `triaged connectors` names it.",
     .required = true,
     .example = "github"},
    {.path = "sources.*.project",
     .field = source<&SourceSettings::project>,
     .help = "The project that its tickets are about.",
     .required = true,
     .example = "shop"},
    {.path = "sources.*.poll",
     .field = source<&SourceSettings::poll>,
     .help = "Time between two looks for what a webhook lost; 0: webhooks only.",
     .low = 0,
     .high = 24 * kHour},
    {.path = "sources.*.shadow",
     .field = source<&SourceSettings::shadow>,
     .help = "Do everything and post nothing, to see what would happen."},
});

// The keys of an endpoint are declared once, for `model` and for each entry of `models`.
std::vector<Key> with_endpoints() {
  static const auto paths = [] {
    std::map<std::string_view, std::string> out;
    for (const Key& key : kKeys) {
      if (key.of_endpoint) out[key.path] = "models.*." + std::string(key.name());
    }
    return out;
  }();
  std::vector<Key> all;
  std::vector<Key> endpoints;
  for (const Key& key : kKeys) {
    if (key.section() != "model") all.insert(all.end(), endpoints.begin(), endpoints.end());
    if (key.section() != "model") endpoints.clear();
    all.push_back(key);
    if (!key.of_endpoint) continue;
    Key& entry = endpoints.emplace_back(key);
    entry.path = paths.at(key.path);
    entry.required = key.name() == "name";
  }
  return all;
}

}  // namespace

std::span<const std::string_view> names(Depth) { return kDepths; }
std::span<const Key> keys() {
  static const std::vector<Key> all = with_endpoints();
  return all;
}
std::span<const Section> sections() { return kSections; }

}  // namespace triage::config
