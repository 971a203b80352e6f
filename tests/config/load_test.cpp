#include "config/load.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "pipeline/base/codec.h"
#include "tests/config/fake_environment.h"

using namespace triage;
using namespace triage::config;

namespace {

FakeEnvironment outside() {
  return {.variables = {{"HOOK", "hook-value"},
                        {"EMPTY", ""},
                        {"CREDENTIALS_DIRECTORY", "/run/credentials/triaged.service"}},
          .files = {{"/etc/keys/model", {"model-value\n", false}},
                    {"/etc/keys/two-lines", {"one\n\n", false}},
                    {"/etc/keys/open", {"open-value", true}},
                    {"/run/credentials/triaged.service/github-token", {"github-value\n", true}}}};
}

Result<Settings> load(std::string_view yaml, std::vector<std::string>* warnings = nullptr) {
  const FakeEnvironment fake = outside();
  return load_text(yaml, "t.yaml", fake.environment(), warnings);
}

std::string problem(std::string_view yaml) {
  const auto settings = load(yaml);
  CHECK_FALSE(settings.ok());
  if (settings.ok()) return "";
  CHECK(settings.error().kind == ErrorKind::invalid_input);
  return settings.error().message;
}

constexpr std::string_view kShop = "projects: {shop: {repository: /srv/shop.git}}\n";

}  // namespace

TEST_SUITE("config") {
  TEST_CASE("an empty file is the defaults") {
    for (const std::string_view yaml : {"", "# nothing\n", "---\n", "server:\nprojects:\n"}) {
      CAPTURE(yaml);
      const auto settings = load(yaml);
      REQUIRE(settings.ok());
      CHECK(settings->server.port == 8377);
      CHECK(settings->model.name == "offline");
      CHECK(settings->projects.empty());
    }
  }

  TEST_CASE("every type of value reaches its field") {
    const auto settings = load(R"(
workers: 4
lease: 2m
server: {address: "::1", port: 0, max_body: 10MB}
log: {level: debug, format: json}
model: {name: gpt-x, base_url: "https://models.example/v1", api_key: "${file:/etc/keys/model}",
        input_price: 0.25, timeout: 1500ms}
sandbox: {memory: 1GiB, processes: 64}
projects:
  shop:
    repository: git@example.com:acme/shop.git
    depth: draft-pull-request
    forge: shop-issues
    forge_repository: acme/shop
    labels: [bug, "good first issue"]
    protected_paths: []
    test_command: make test
    max_patch: 2048
sources:
  shop-issues:
    connector: github
    project: shop
    poll: 0
    shadow: true
    repository: acme/shop
    since: 7
    token: ${credential:github-token}
    webhook_secret: "${env:HOOK}"
)");
    REQUIRE_MESSAGE(settings.ok(), settings.error().message);
    CHECK(settings->workers == 4);
    CHECK(settings->lease == Milliseconds(120'000));
    CHECK(settings->server.address == "::1");
    CHECK(settings->server.port == 0);
    CHECK(settings->server.max_body == 10'000'000);
    CHECK(settings->log.format == "json");
    CHECK(settings->model.api_key.reveal() == "model-value");
    CHECK(settings->model.input_price == doctest::Approx(0.25));
    CHECK(settings->model.timeout == Milliseconds(1500));
    CHECK(settings->sandbox.memory == 1'073'741'824);
    const ProjectSettings& project = settings->projects.at("shop");
    CHECK(project.name == "shop");
    CHECK(project.depth == Depth::draft_pull_request);
    CHECK(project.labels == std::vector<std::string>{"bug", "good first issue"});
    CHECK(project.max_patch == 2048);
    CHECK(project.proof_runs == 3);
    const SourceSettings& source = settings->sources.at("shop-issues");
    CHECK(source.connector == "github");
    CHECK(source.poll == Milliseconds(0));
    CHECK(source.shadow);
    CHECK(source.settings ==
          std::map<std::string, std::string>{{"repository", "acme/shop"}, {"since", "7"}});
    REQUIRE(source.secrets.size() == 2);
    CHECK(source.secrets.at("token").reveal() == "github-value");
    CHECK(source.secrets.at("webhook_secret").reveal() == "hook-value");
  }

  TEST_CASE("a problem names file, line, column, key and what to write") {
    struct Row {
      const char* yaml;
      const char* message;
    };
    const Row rows[] = {
        {"servr:\n", "t.yaml:1:1: key \"servr\" is not known; did you mean \"server\"?"},
        {"log:\n  level: info\n  fromat: json\n",
         "t.yaml:3:3: key \"fromat\" is not known in log; did you mean \"format\"?"},
        {"zzzzzz: 1\n", "t.yaml:1:1: key \"zzzzzz\" is not known"},
        {"server: {port: 99999}\n", "t.yaml:1:16: server.port must be 0…65535, got \"99999\""},
        {"server: {port: 99999999999999999999999}\n",
         "t.yaml:1:16: server.port must be a whole number, 0…65535, got "
         "\"99999999999999999999999\""},
        {"server: {port: -1}\n",
         "t.yaml:1:16: server.port must be a whole number, 0…65535, got \"-1\""},
        {"lease: 60\n",
         "t.yaml:1:8: lease must be a duration like 250ms, 60s, 5m or 1h, got \"60\""},
        {"lease: 2h\n", "t.yaml:1:8: lease must be 1s…1h, got \"2h\""},
        {"server: {max_body: 25 MiB}\n",
         "t.yaml:1:20: server.max_body must be a size like 512KiB, 25MiB or 2GiB, got \"25 MiB\""},
        {"budget: {per_run: lots}\n", "t.yaml:1:19: budget.per_run must be a number, got \"lots\""},
        {"budget: {per_run: .nan}\n", "t.yaml:1:19: budget.per_run must be a number, got \".nan\""},
        {"budget: {per_run: -1}\n", "t.yaml:1:19: budget.per_run must be 0…10000 USD, got \"-1\""},
        {"log: {level: inf}\n",
         "t.yaml:1:14: log.level must be one of debug, info, warn, error, got \"inf\"; did you "
         "mean "
         "\"info\"?"},
        {"server: 8377\n", "t.yaml:1:9: server must hold keys, like \"name: value\""},
        {"- a\n", "t.yaml:1:1: the file must hold keys, like \"name: value\""},
        {"workers: [1]\n", "t.yaml:1:10: workers must be one value: integer"},
        {"state_dir: ${env:HOME}\n",
         "t.yaml:1:12: state_dir is not a secret and takes its value as it is, not "
         "\"${env:HOME}\""},
        {"workers: 1\nlog: {}\nworkers: 2\n",
         "t.yaml:3:1: key \"workers\" is given twice, first on line 1"},
        {"projects: {shop: {branch: main}}\n",
         "t.yaml:1:18: projects.shop needs repository: Absolute path or URL that git can fetch."},
        {"projects: {shop: {repository: }}\n",
         "t.yaml:1:18: projects.shop needs repository: Absolute path or URL that git can fetch."},
        {"projects: {My Shop: {repository: /r}}\n",
         "t.yaml:1:12: the name \"My Shop\" in projects may hold a-z, 0-9, - and _ only, at most "
         "64 of "
         "them"},
        {"projects: {shop: {repository: /r, labels: bug}}\n",
         "t.yaml:1:43: projects.shop.labels must be a list of texts, like [one, two]"},
        {"projects: {shop: {repository: /r, depth: pull}}\n",
         "t.yaml:1:42: projects.shop.depth must be one of skip, classify, diagnose, spec, patch, "
         "draft-pull-request, got \"pull\""},
        {"sources: {s: {connector: local, project: p, polls: 3s}}\n",
         "t.yaml:1:45: key \"polls\" is not known in sources.s; did you mean \"poll\"?"},
        {"sources: {s: {connector: local, project: p, folder: [a]}}\n",
         "t.yaml:1:53: sources.s.folder must be one value"},
        {"sources: {s: {connector: local, project: p, shadow: yes}}\n",
         "t.yaml:1:53: sources.s.shadow must be true or false, got \"yes\""},
    };
    for (const Row& row : rows) {
      CAPTURE(row.yaml);
      CHECK(problem(row.yaml) == row.message);
    }
  }

  TEST_CASE("all problems come at once, in the order of the file") {
    CHECK(problem("workers: 0\nlog: {level: loud}\nserver:\n  prot: 1\n") ==
          "3 problems in the configuration\n"
          "t.yaml:1:10: workers must be 1…256, got \"0\"\n"
          "t.yaml:2:14: log.level must be one of debug, info, warn, error, got \"loud\"\n"
          "t.yaml:4:3: key \"prot\" is not known in server; did you mean \"port\"?");
    std::string many;
    for (int i = 0; i < 80; ++i) many += "key" + std::to_string(i) + "x: 1\n";
    CHECK(problem(many).ends_with("\nand 30 more"));
  }

  TEST_CASE("values that need each other are checked together") {
    struct Row {
      std::string yaml;
      const char* message;
    };
    const std::string shop(kShop);
    const Row rows[] = {
        {shop + "sources: {s: {connector: local, project: shp}}\n",
         "t.yaml:2:33: sources.s.project names no project (did you mean \"shop\"?)"},
        {"projects: {p: {repository: /r, forge: githb, forge_repository: a/b}}\n",
         "t.yaml:1:32: projects.p.forge names no source; write git, or a source that can open pull "
         "requests"},
        {"server: {address: 0.0.0.0}\n",
         "t.yaml:1:10: server.api_token is needed, because server.address is not loopback: write "
         "api_token: ${credential:api-token}, or listen on 127.0.0.1"},
        {"model: {name: gpt-x}\n",
         "t.yaml:1:9: model.base_url is needed for every model but offline: write base_url: "
         "https://api.openai.com/v1, or name: offline"},
        {"model: {name: m, base_url: localhost:1}\n",
         "t.yaml:1:18: model.base_url has to begin with https:// or http://"},
        {"model: {fallbacks: [spar]}\nmodels: {spare: {name: m, base_url: \"http://h\"}}\n",
         "t.yaml:1:9: model.fallbacks names no entry of models: \"spar\" (did you mean \"spare\"?)"},
        {"projects: {p: {repository: /r, embeddings: vector}}\n"
         "models: {vectors: {name: m, base_url: \"http://h\"}}\n",
         "t.yaml:1:32: projects.p.embeddings names no entry of models: \"vector\" (did you mean "
         "\"vectors\"?)"},
        {"projects: {p: {repository: /r, embeddings: a}}\n"
         "models: {a: {name: m, api: anthropic, base_url: \"http://h\"}}\n",
         "t.yaml:1:32: projects.p.embeddings names \"a\", whose api is not chat: vectors come from "
         "OpenAI-compatible endpoints only"},
        {"model: {fallbacks: [a, a]}\nmodels: {a: {name: m, base_url: \"http://h\"}}\n",
         "t.yaml:1:9: model.fallbacks names \"a\" twice"},
        {"model: {fallbacks: [a]}\nmodels: {a: {name: m, api: codex, base_url: \"http://h\"}}\n",
         "t.yaml:1:9: model.fallbacks names \"a\", which is an agent: only endpoints can stand in"},
        {"model: {name: m, api: claude, base_url: \"http://h\", fallbacks: [a]}\n"
         "models: {a: {name: m, base_url: \"http://h\"}}\n",
         "t.yaml:1:53: model.fallbacks can't be used with an agent (model.api)"},
        {"model: {fallbacks: [a]}\nmodels: {a: {name: m}}\n",
         "t.yaml:2:14: models.a.base_url is needed for every model but offline: write base_url: "
         "https://api.openai.com/v1, or name: offline"},
        {"models: {a: {api: chat}}\n", "t.yaml:1:13: models.a needs name: Name of the model at its "
                                       "endpoint, or offline for none."},
        {"models: {a: {name: m, rounds: 2}}\n", "t.yaml:1:23: key \"rounds\" is not known in models.a"},
        {"state_dir: here\n", "t.yaml:1:1: state_dir has to be an absolute path"},
        {"sandbox: {user: root}\n",
         "t.yaml:1:11: sandbox.user must not be root: name an ordinary account"},
        {"projects: {p: {repository: \"https://bot:s3cr3t@h/r\"}}\n",
         "t.yaml:1:16: projects.p.repository must not hold a user or password: use git_token"},
        {"projects: {p: {repository: \"ext::sh -c id\"}}\n",
         "t.yaml:1:16: projects.p.repository has to be an absolute path, an https:// or ssh:// "
         "URL, "
         "or user@host:path"},
        {"projects: {p: {repository: \"--upload-pack=x\"}}\n",
         "t.yaml:1:16: projects.p.repository has to be an absolute path, an https:// or ssh:// "
         "URL, "
         "or user@host:path"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.yaml);
      CHECK(problem(row.yaml) == row.message);
    }
  }

  TEST_CASE("a repository is a path, a URL of a safe transport, or user@host:path") {
    for (const char* good : {"/srv/shop", "https://h/r.git", "ssh://git@h:22/r", "file:///srv/r",
                             "git@github.com:acme/shop.git"}) {
      CAPTURE(good);
      CHECK(load("projects: {p: {repository: \"" + std::string(good) + "\"}}").ok());
    }
    for (const char* bad :
         {"shop", "./shop", "https://", "fd::17", "a@b::c", "ftp://h/r", "https://token@h/r"}) {
      CAPTURE(bad);
      CHECK_FALSE(load("projects: {p: {repository: \"" + std::string(bad) + "\"}}").ok());
    }
  }

  TEST_CASE("what works and is likely not meant is a warning") {
    std::vector<std::string> warnings;
    REQUIRE(load("projects: {p: {repository: /r, depth: patch}}\n"
                 "model: {name: m, base_url: \"http://models.example:80/v1\", api_key: "
                 "\"${env:HOOK}\"}\n"
                 "budget: {per_run: 9, per_day: 1}\n",
                 &warnings)
                .ok());
    REQUIRE(warnings.size() == 3);
    CHECK(warnings[0] == "t.yaml:2:18: model.api_key travels unencrypted: use https://");
    CHECK(warnings[1] == "t.yaml:3:10: budget.per_run is more than budget.per_day allows");
    CHECK(warnings[2].starts_with("t.yaml:1:32: projects.p.test_command is empty"));
    warnings.clear();
    REQUIRE(load("model: {name: m, base_url: \"http://127.0.0.1:8000/v1\"}", &warnings).ok());
    CHECK(warnings.empty());
    REQUIRE(load("models: {a: {name: m, base_url: \"http://127.0.0.1:8000/v1\"}}", &warnings).ok());
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0] == "t.yaml:1:10: models.a is not used: no fallback names it");
  }

  TEST_CASE("a secret that cannot be had says which and why, and never its value") {
    struct Row {
      const char* value;
      const char* why;
    };
    const std::string literal =
        "a secret is written as ${env:NAME}, ${file:/PATH} or "
        "${credential:NAME}, never as itself";
    const Row rows[] = {
        {"sk-literal", literal.c_str()},
        {"Bearer ${env:HOOK}", literal.c_str()},
        {"${env:HOOK}x", literal.c_str()},
        {"${env:}", literal.c_str()},
        {"${vault:HOOK}", literal.c_str()},
        {"${env:NOT_THERE}", "environment variable NOT_THERE is not set"},
        {"${env:EMPTY}", "${env:EMPTY} is empty"},
        {"${file:keys/model}", "the path in ${file:…} has to begin with /"},
        {"${file:/nowhere}", "cannot read /nowhere: no such file"},
        {"${file:/etc/keys/open}",
         "/etc/keys/open can be read by everybody: chmod o-r /etc/keys/open"},
        {"${credential:../model}", "the name in ${credential:…} must not hold a path"},
        {"${credential:other}",
         "credential other is not there: put it into /etc/triaged/credentials/other and restart, "
         "or "
         "add LoadCredential=other:PATH to the unit"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.value);
      CHECK(problem("model: {api_key: \"" + std::string(row.value) + "\"}\n") ==
            "t.yaml:1:18: model.api_key: " + std::string(row.why));
    }
    const std::string connector_secret =
        problem("sources: {s: {connector: c, project: p, token: ghp_literal}}\n");
    CHECK(connector_secret.find("sources.s.token: " + literal) != std::string::npos);
    CHECK(connector_secret.find("ghp_") == std::string::npos);
  }

  TEST_CASE("a file's last newline is not part of the secret, the one before is") {
    const auto settings = load("model: {api_key: \"${file:/etc/keys/two-lines}\"}");
    REQUIRE(settings.ok());
    CHECK(settings->model.api_key.reveal() == "one\n");
  }

  TEST_CASE("a credential that systemd took from a directory goes by its file's name") {
    FakeEnvironment fake = outside();
    fake.files["/run/credentials/triaged.service/triaged_model-key"] = {"from-directory\n", false};
    const auto settings =
        load_text("model: {api_key: \"${credential:model-key}\"}", "t.yaml", fake.environment());
    REQUIRE(settings.ok());
    CHECK(settings->model.api_key.reveal() == "from-directory");
  }

  TEST_CASE("credentials without systemd say so") {
    const FakeEnvironment nothing;
    const auto settings =
        load_text("model: {api_key: \"${credential:k}\"}", "t.yaml", nothing.environment());
    REQUIRE_FALSE(settings.ok());
    CHECK(settings.error().message.find("CREDENTIALS_DIRECTORY is not set") != std::string::npos);
  }

  TEST_CASE("a file that is not there says how to get one") {
    const FakeEnvironment nothing;
    const auto settings = load_file("/etc/none.yaml", nothing.environment());
    REQUIRE_FALSE(settings.ok());
    CHECK(settings.error().kind == ErrorKind::not_found);
    CHECK(settings.error().message.find("triaged config example") != std::string::npos);
  }

  TEST_CASE("a damaged file is read or refused, and no secret gets into the refusal") {
    const std::string yaml =
        "server: {address: 0.0.0.0, api_token: \"${env:HOOK}\"}\nmodel:\n  name: &n m\n  base_url: "
        "https://h/v1\n  api_key: ${file:/etc/keys/model}\nprojects:\n  shop: {repository: /r, "
        "labels: "
        "[a, 'b']}\nsources:\n  s:\n    connector: *n\n    project: shop\n    token: "
        "\"${credential:github-token}\"\n";
    REQUIRE(load(yaml).ok());
    std::uint32_t random = 1;
    const auto next = [&random](size_t below) {
      random = random * 1664525U + 1013904223U;
      return static_cast<size_t>(random >> 8U) % below;
    };
    constexpr std::string_view kBytes = "\n\t :-[]{}&*!|>'\"%@`#,?~${}0a\x80\xff";
    int refused = 0;
    for (int round = 0; round < 3000; ++round) {
      std::string damaged = yaml;
      for (size_t i = next(4) + 1; i > 0; --i)
        damaged[next(damaged.size())] = kBytes[next(kBytes.size())];
      const auto settings = load(damaged);
      if (settings.ok()) continue;
      ++refused;
      CHECK(settings.error().message.find("-value") == std::string::npos);
      CHECK(settings.error().message.find("t.yaml:") != std::string::npos);
    }
    CHECK(refused > 1000);
  }

  TEST_CASE("depths are named in order") {
    CHECK(name_of(Depth::skip) == "skip");
    CHECK(name_of(Depth::draft_pull_request) == "draft-pull-request");
    CHECK(names(Depth{}).size() == 6);
  }
}
