#include "config/documents.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

#include "config/declaration_internal.h"
#include "config/load.h"
#include "tests/config/fake_environment.h"

using namespace triage;
using namespace triage::config;

namespace {

// Takes the "#" away that stands before a key, as an operator would for every key at once.
std::string with_every_key_set(const std::string& example) {
  std::string out;
  for (size_t start = 0; start < example.size();) {
    const size_t end = example.find('\n', start);
    std::string line = example.substr(start, end - start);
    const size_t hash = line.find('#');
    const bool before_key = hash != std::string::npos && line.find_first_not_of(' ') == hash &&
                            hash + 1 < line.size() && line[hash + 1] != ' ';
    if (before_key) line.erase(hash, 1);
    out += line + "\n";
    start = end + 1;
  }
  return out;
}

FakeEnvironment with_credentials() {
  FakeEnvironment fake;
  fake.variables["CREDENTIALS_DIRECTORY"] = "/c";
  for (const char* name :
       {"api-token", "model-key", "git-token", "github-token", "github-webhook-secret"})
    fake.files["/c/" + std::string(name)] = {"hush-hush", false};
  return fake;
}

}  // namespace

TEST_SUITE("config") {
  TEST_CASE("every key is declared once, in its section, within its type") {
    std::set<std::string_view> paths;
    std::set<std::string_view> known_sections;
    for (const Section& section : sections()) known_sections.insert(section.path);
    for (const Key& key : keys()) {
      CAPTURE(key.path);
      CHECK(paths.insert(key.path).second);
      CHECK(known_sections.contains(key.section()));
      CHECK(key.help.ends_with('.'));
      CHECK(key.help.size() < 100);
      const bool small = with_default(
          key, [](auto* field) { return std::is_same_v<decltype(field), std::uint16_t*>; });
      const bool whole = with_default(
          key, [](auto* field) { return std::is_same_v<decltype(field), std::uint32_t*>; });
      if (small) CHECK(key.high <= std::numeric_limits<std::uint16_t>::max());
      if (whole) CHECK(key.high <= std::numeric_limits<std::uint32_t>::max());
      if (!bounds_text(key).empty()) CHECK(key.high < 1e15);
    }
  }

  TEST_CASE("no two keys share a field") {
    Settings settings;
    ProjectSettings project;
    SourceSettings source;
    ModelSettings model;
    std::set<const void*> fields;
    for (const Key& key : keys()) {
      CAPTURE(key.path);
      const bool entry = key.section() == "models.*";
      const Field field =
          key.field({&settings, &project, &source, entry ? &model : &settings.model});
      CHECK(std::visit([&](const auto* at) { return fields.insert(at).second; }, field));
    }
  }

  TEST_CASE("the example loads as it is, and is the defaults") {
    const FakeEnvironment nothing;
    std::vector<std::string> warnings;
    const auto settings = load_text(example(), "example", nothing.environment(), &warnings);
    REQUIRE_MESSAGE(settings.ok(), settings.error().message);
    CHECK(warnings.empty());
    CHECK(effective(*settings) == effective(Settings{}));
  }

  TEST_CASE("the example loads with every key taken out of its comment") {
    const FakeEnvironment fake = with_credentials();
    const std::string yaml = with_every_key_set(example());
    const auto settings = load_text(yaml, "example", fake.environment());
    REQUIRE_MESSAGE(settings.ok(), settings.error().message);
    CHECK(settings->sources.at("shop-issues").secrets.size() == 2);
    CHECK(settings->projects.at("shop").labels.size() == 2);
    for (const Key& key : keys())
      CHECK(yaml.find(std::string(key.name()) + ": ") != std::string::npos);
  }

  TEST_CASE("the committed example is the one the settings make") {
    const std::string path = std::string(TRIAGED_SOURCE_DIR) + "/deploy/triaged.example.yaml";
    if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << example();
    std::ifstream file(path);
    const std::string committed{std::istreambuf_iterator<char>(file), {}};
    CHECK_MESSAGE(committed == example(), "rewrite it with UPDATE_GOLDEN=1");
  }

  TEST_CASE("secrets are masked wherever settings are shown") {
    const FakeEnvironment fake = with_credentials();
    const auto settings = load_text(with_every_key_set(example()), "example", fake.environment());
    REQUIRE(settings.ok());
    const std::string yaml = effective_yaml(*settings);
    CHECK(yaml.find("hush") == std::string::npos);
    CHECK(effective(*settings).dump().find("hush") == std::string::npos);
    CHECK(effective(*settings)["model"]["api_key"] == Json("(set)"));
    CHECK(effective(Settings{})["model"]["api_key"] == Json("(not set)"));
    CHECK(effective(*settings)["sources"]["shop-issues"]["token"] == Json("(set)"));
    CHECK(yaml.find("\n  port: 8377\n") != std::string::npos);
    CHECK(yaml.find("\n  max_body: \"25MiB\"\n") != std::string::npos);
  }

  TEST_CASE("the reference has a row for every key") {
    const std::string text = reference();
    for (const Key& key : keys())
      CHECK(text.find("| `" + std::string(key.path) + "` | ") != std::string::npos);
    CHECK(text.find("| `server.port` | integer | `8377` | 0…65535 | TCP port") !=
          std::string::npos);
    CHECK(text.find("| `model.context_tokens` | integer | `24000` | 1000…2000000 tokens |") !=
          std::string::npos);
    CHECK(text.find("| `projects.*.repository` | text | required | |") == std::string::npos);
    CHECK(reference_json().items().size() == keys().size());
  }

  TEST_CASE("the schema names types, bounds, choices and defaults") {
    const Json json = schema();
    CHECK(json["$schema"] == Json("https://json-schema.org/draft/2020-12/schema"));
    const Json& port = json["properties"]["server"]["properties"]["port"];
    CHECK(port["type"] == Json("integer"));
    CHECK(port["maximum"] == Json(65535));
    CHECK(port["default"] == Json(8377));
    CHECK(json["properties"]["server"]["additionalProperties"] == Json(false));
    CHECK(json["properties"]["lease"]["default"] == Json("1m"));
    CHECK(json["properties"]["lease"]["maximum"] == Json(0));
    const Json& project = json["properties"]["projects"]["additionalProperties"];
    CHECK(project["required"] == Json(Json::Array{"repository"}));
    CHECK(project["properties"]["depth"]["enum"].items().size() == 6);
    CHECK(project["properties"]["depth"]["default"] == Json("diagnose"));
    CHECK(project["properties"]["labels"]["items"]["type"] == Json("string"));
    const Json& source = json["properties"]["sources"]["additionalProperties"];
    CHECK(source["additionalProperties"].is_object());
    CHECK(json["properties"]["model"]["properties"]["api_key"]["pattern"].as_string().starts_with(
        R"(^\$\{)"));
  }
}
