#include "connectors/spec.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "tests/connectors/connector_fixture.h"

namespace triage::connectors {
namespace {

// A small spec that is right; each case below breaks one thing.
const std::string kSpec = R"(name: desk
title: Desk
description: A desk
settings:
  site: {help: the site, required: true, kind: word}
secrets:
  token: {help: a token}
base_url: "https://{site}.example.com"
headers:
  Authorization: "Bearer {token}"
ticket:
  id: /id
  subject: /title
webhook:
  proof: {scheme: hmac-sha256-hex, header: X-Proof, secrets: token}
  events:
    - {event: opened, ticket: {item: /ticket}}
operations:
  post_note:
    write: {path: "/tickets/{ticket.id}/notes", json: {body: "{body}", private: true}}
    id: /id
)";

std::string problem_after(const std::string& from, const std::string& to) {
  std::string spec = kSpec;
  const size_t at = spec.find(from);
  REQUIRE(at != std::string::npos);
  spec.replace(at, from.size(), to);
  const auto result = read_spec(spec, "desk.yaml");
  return result ? "" : result.error().message;
}

}  // namespace

TEST_SUITE("connectors/spec") {
  TEST_CASE("spec: a right one is read with what it can do") {
    const auto spec = read_spec(kSpec, "desk.yaml");
    REQUIRE_MESSAGE(spec, spec.error().message);
    CHECK((*spec)->capabilities() == std::vector<std::string>{"webhook", "note"});
    const Json body = (*spec)->operation("post_note")->write.body->render({{"body", Json("hi")}});
    CHECK(body.dump() == R"({"body":"hi","private":true})");
  }

  TEST_CASE("spec: a broken one is refused with file, line and reason") {
    struct Row {
      std::string from, to, message;
    };
    const std::vector<Row> rows{
        {"title: Desk", "titel: Desk", "desk.yaml:2: unknown key \"titel\" in the spec, did you mean \"title\"?"},
        {"title: Desk", "name: again", "desk.yaml:2: \"name\" appears twice"},
        {"id: /id\n  subject", "id: id\n  subject", "desk.yaml:12: \"id\" is no JSON Pointer"},
        {"{site}.example", "{sit}.example", "desk.yaml:8: unknown variable {sit}, did you mean \"site\"?"},
        {"{site}.example", "{site.example", "desk.yaml:8: in "},
        {"{site}.example", "{token}.example", "unknown variable {token}"},
        {"hmac-sha256-hex", "hmac-sha265-hex", "did you mean \"hmac-sha256-hex\"?"},
        {"secrets: token}", "secrets: site}", "\"site\" is not declared under secrets:"},
        {"kind: word", "kind: wort", "desk.yaml:5: \"wort\" is no kind, did you mean \"word\"?"},
        {"post_note:", "post_noet:", "\"post_noet\" is no operation, did you mean \"post_note\"?"},
        {"{item: /ticket}", "{item: /ticket}, ignored: no", "an event makes one of"},
        {"ticket:\n  id", "tickets:\n  id", "a spec needs \"ticket\""},
        {"settings:\n", "settings: 5\nothers:\n", "settings must be a mapping"},
        {"write: {path: \"/", "write: {path: \"", "a request needs a path"},
        {"title: Desk", "title: [", "desk.yaml:"},
        {"base_url: \"https://{site}.example.com\"", "", "needs \"base_url\""},
    };
    for (const Row& row : rows) {
      const std::string message = problem_after(row.from, row.to);
      CHECK_MESSAGE(message.find(row.message) != std::string::npos,
                    row.from << " → " << row.to << " gave: " << message);
    }
  }

  TEST_CASE("spec: every problem is told at once") {
    const std::string message = problem_after("title: Desk\ndescription: A desk", "titel: x\ndesc: y");
    CHECK(std::count(message.begin(), message.end(), '\n') >= 3);
  }

  TEST_CASE("spec: what is no mapping, too large or not YAML is refused") {
    CHECK_FALSE(read_spec("", "a.yaml"));
    CHECK_FALSE(read_spec("- 1", "a.yaml"));
    CHECK_FALSE(read_spec("\x01\x02", "a.yaml"));
    CHECK_FALSE(read_spec("&a [*a]", "a.yaml"));
    CHECK_FALSE(read_spec(std::string(300 * 1024, '#'), "a.yaml"));
  }

  TEST_CASE("template: values in an address can't leave their place") {
    const auto path = Template::compile("/r/{repo|path}/i/{id}?q={text}");
    REQUIRE(path);
    const auto url = [&](std::string repo, std::string id, std::string text) {
      return path->url({{"repo", Json(repo)}, {"id", Json(id)}, {"text", Json(text)}})
          .value_or("refused");
    };
    CHECK(url("a/b", "7", "x y&z") == "/r/a/b/i/7?q=x%20y%26z");
    CHECK(url("a/b", "7/../8?x#y", "") == "/r/a/b/i/7%2F..%2F8%3Fx%23y?q=");
    CHECK(url("a/b", "..", "x") == "refused");
    CHECK(url("a/../b", "7", "x") == "refused");
    CHECK(url("a//b", "7", "x") == "refused");
    CHECK(url("a/b", "", "x") == "refused");
    CHECK(url("a/b", "7", "x\r\nHost: y") == "refused");
  }

  TEST_CASE("template: what is not a placeholder is refused") {
    for (const char* text : {"{", "a}", "{}", "{a|upper}", "{a"})
      CHECK_FALSE_MESSAGE(Template::compile(text), text);
    CHECK(Template::compile("{{a}}")->text({}) == "{a}");
    CHECK(Template::compile("{u}:{p}")->variables() == std::vector<std::string>{"u", "p"});
    CHECK(Template::compile("{a|base64}")->text({{"a", Json("me:x")}}) == "bWU6eA==");
  }
}

TEST_SUITE("connectors/registry") {
  TEST_CASE("registry: the built-in specs are there, sorted, with their abilities") {
    const auto registry = Registry::load();
    REQUIRE_MESSAGE(registry, registry.error().message);
    std::vector<std::string> names;
    for (const auto& info : registry->list()) {
      names.push_back(info.name);
      CHECK_FALSE(info.description.empty());
    }
    CHECK(std::ranges::is_sorted(names));
    CHECK(std::ranges::find(names, "github") != names.end());
    CHECK(std::ranges::find(names, "local") != names.end());
    const auto connector = github();
    for (const char* capability : {"webhook", "poll", "note", "labels", "forge"})
      CHECK_MESSAGE(connector->can(capability), capability);
    CHECK_FALSE(connector->can("internal_note"));
    CHECK_FALSE(connector->can("stored_notes"));
    CHECK(make("local", {"desk", {}, {}})->can("stored_notes"));
  }

  TEST_CASE("registry: every wrong setting is told at once, with the nearest name") {
    const auto registry = Registry::load();
    REQUIRE(registry);
    const auto result = registry->make(
        "github", {"shop", {{"repositry", "acme/shop"}, {"base_url", "ftp://x"}}, {{"tokn", "x"}}});
    REQUIRE_FALSE(result);
    for (const char* part : {"settings.repository is missing", "did you mean \"repository\"?",
                             "settings.base_url must be http", "secrets.token is missing",
                             "did you mean \"token\"?", "source shop"})
      CHECK_MESSAGE(result.error().message.find(part) != std::string::npos, part);
    for (const char* name : {"acme", "acme/shop/x", "../shop", "acme/..", "acme/sh op", "/", "a/"})
      CHECK_FALSE_MESSAGE(registry->make("github", {"s", {{"repository", name}}, {{"token", "x"}}}),
                          name);
    const auto unknown = registry->make("githup", {});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().kind == ErrorKind::not_found);
    CHECK(unknown.error().message.find("did you mean \"github\"?") != std::string::npos);
  }

  TEST_CASE("registry: an operator's spec joins in or replaces a built-in one") {
    const auto directory = std::filesystem::temp_directory_path() /
                           ("triaged-specs-" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory);
    std::ofstream(directory / "desk.yaml") << kSpec;
    const auto registry = Registry::load(directory.string());
    CHECK(registry.ok());
    CHECK(registry->make("desk", {"d", {{"site", "acme"}}, {}}).ok());
    std::ofstream(directory / "bad.yaml") << "name: [";
    const auto broken = Registry::load(directory.string());
    REQUIRE_FALSE(broken);
    CHECK(broken.error().message.find("bad.yaml:1") != std::string::npos);
    CHECK_FALSE(Registry::check_file((directory / "bad.yaml").string()));
    CHECK(Registry::check_file((directory / "desk.yaml").string())->title == "Desk");
    std::filesystem::remove_all(directory);
    CHECK_FALSE(Registry::load(directory.string()));
  }
}

}  // namespace triage::connectors
