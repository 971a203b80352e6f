// The main job, end to end, with the real daemon.
#include <algorithm>
#include <filesystem>

#include "pipeline/base/digest.h"
#include "tests/e2e/scripted_peers.h"
#include "tests/e2e/shop.h"

using namespace triage;
using namespace triage::e2e;

namespace {

std::string model_yaml(const ScriptedModel& model) {
  return "{name: scripted, base_url: \"" + model.base_url() + "\"}";
}

// The first payload of that event and action in @octokit/webhooks-examples, with another subject and
// body, so that the ticket is about the project under test.
Json octokit_payload(const std::string& event, const std::string& action) {
  const std::string file = kSource +
                           "/tests/e2e/node_modules/@octokit/webhooks-examples/api.github.com/index.json";
  const auto all = parse_json(read_whole(file));
  REQUIRE_MESSAGE(all.ok(), "tests/e2e/node_modules is missing; run deploy/dependencies.sh --tests");
  for (const Json& entry : all->items()) {
    if (entry["name"].as_string() != event) continue;
    for (const Json& example : entry["examples"].items()) {
      if (example["action"].as_string() == action) return example;
    }
  }
  FAIL("no such example");
  return {};
}

Headers signed_headers(const std::string& event, const std::string& delivery, const std::string& body,
                       const std::string& secret = "hook secret") {
  return {{"Content-Type", "application/json"},
          {"X-GitHub-Event", event},
          {"X-GitHub-Delivery", delivery},
          {"X-Hub-Signature-256", "sha256=" + to_hex(hmac_sha256(secret, body))}};
}

std::string file_ticket(DaemonProcess& daemon, const std::string& ticket) {
  const auto response = daemon.send("POST", "/api/v1/tickets", ticket);
  REQUIRE(response.ok());
  REQUIRE(response->status == 202);
  return (*parse_json(response->body))["run"].as_string();
}

std::string note_of(DaemonProcess& daemon, const std::string& ticket) {
  const Json detail = daemon.get("/api/v1/tickets/desk/" + ticket);
  REQUIRE(detail["notes"].items().size() == 1);
  return detail["notes"].items()[0]["body"].as_string();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("e2e") {
  TEST_CASE("e2e: a signed GitHub webhook ends in note, labels, branch, draft pull request, receipts") {
    if (!sandbox_here()) return;
    const Shop shop;
    RecordingGithub github;
    ScriptedModel model{std::string(kRightFix)};
    const std::string base = shop.git({"rev-parse", "main"}).substr(0, 40);
    const std::string config = shop.configure(
        model_yaml(model),
        "  issues: {connector: github, project: shop, repository: Codertocat/Hello-World, poll: 0s,"
        " base_url: \"" + github.base_url() + "\", token: \"${env:E2E_TOKEN}\","
        " webhook_secret: \"${env:E2E_SECRET}\"}\n",
        "    forge: issues\n    forge_repository: Codertocat/Hello-World\n");
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    REQUIRE(daemon.running());

    Json payload = octokit_payload("issues", "opened");
    const Json ticket = *parse_json(first_ticket());
    Json issue = payload["issue"];
    issue.set("title", ticket["subject"]).set("body", ticket["body"]);
    payload.set("issue", issue);
    const std::string body = payload.dump();

    const auto answer = daemon.send("POST", "/hooks/issues", body, signed_headers("issues", "d-1", body));
    REQUIRE(answer.ok());
    INFO(answer->body);
    REQUIRE(answer->status == 202);
    const std::string run = (*parse_json(answer->body))["run"].as_string();
    REQUIRE_FALSE(run.empty());
    const Json done = daemon.finished_run(run);
    INFO(daemon.log());
    REQUIRE(done["state"].as_string() == "done");
    CHECK(done["stages"]["verify"]["proof"].as_string() == "red-green");

    // What stands on GitHub now.
    const auto state = github.state();
    REQUIRE(state.comments.size() == 1);
    const std::string note = state.comments[0]["body"].as_string();
    CHECK(contains(note, "Country codes in lower case crash the checkout"));
    CHECK(contains(note, "patch proven"));
    CHECK(contains(note, "pull/482"));
    CHECK_FALSE(contains(note, "{{"));
    CHECK(std::ranges::count(state.labels, "bug") == 1);
    REQUIRE(state.refs.size() == 1);
    CHECK(state.refs.begin()->first.starts_with("heads/triage/1-"));
    const Json commit = state.commits.at(state.refs.begin()->second);
    CHECK(commit["parents"].items()[0].as_string() == base);
    REQUIRE(state.pulls.size() == 1);
    CHECK(state.pulls[0]["draft"].as_bool());
    CHECK(state.pulls[0]["base"].as_string() == "main");
    CHECK(contains(state.pulls[0]["body"].as_string(), "Proof: red-green"));
    CHECK(contains(state.pulls[0]["body"].as_string(), "KeyError: 'se'"));

    // Nothing private went anywhere: not to the model, not to GitHub.
    std::string sent;
    for (const auto& request : model.requests()) sent += request.body;
    for (const auto& request : github.requests()) sent += request.url + request.body;
    for (const char* secret : {"astrid.lindqvist", "sk_live_4eC39", "ghp_e2e"})
      CHECK_FALSE(contains(sent, secret));
    CHECK(contains(sent, "<EMAIL_1>"));
    CHECK(contains(sent, "KeyError"));

    // The receipts say so, and verify.
    const Json receipts = daemon.get("/api/v1/runs/" + run + "/receipts");
    REQUIRE(receipts.items().size() == 2);
    // The same delivery again is the same event.
    const auto again = daemon.send("POST", "/hooks/issues", body, signed_headers("issues", "d-1", body));
    CHECK((*parse_json(again->body))["duplicate"].as_bool());
    CHECK(daemon.terminate() == 0);
    const auto verified = triaged({"receipt", "verify", "--state", shop.path() + "/state", "--json"});
    INFO(verified.err);
    CHECK(contains(verified.out, "\"ok\":true"));
  }

  TEST_CASE("e2e: a correct fix for the demo's first ticket is proven red-green on a preview branch") {
    if (!sandbox_here()) return;
    const Shop shop;
    ScriptedModel model{std::string(kRightFix)};
    DaemonProcess daemon(shop.configure(model_yaml(model)), shop.path());
    daemon.start();
    const Json done = daemon.finished_run(file_ticket(daemon, first_ticket()));
    INFO(daemon.log());
    CHECK(done["state"].as_string() == "done");
    CHECK(done["stages"]["verify"]["proof"].as_string() == "red-green");
    CHECK(done["stages"]["publish"]["ending"].as_string() == "draft-pull-request");
    const std::string branch = shop.previews().substr(0, shop.previews().find('\n'));
    REQUIRE(branch.starts_with("triage/5120-"));
    CHECK(contains(shop.git({"show", branch}), "+    code = country.upper()"));
    CHECK(shop.git({"rev-parse", branch + "^"}) == shop.git({"rev-parse", "main"}));
    const std::string note = note_of(daemon, "5120");
    INFO(note);
    CHECK(contains(note, branch));
    CHECK(contains(note, "values hidden"));
    CHECK_FALSE(contains(note, "astrid"));
  }

  TEST_CASE("e2e: a wrong fix ends with a diagnosis that says so, and no branch") {
    const Shop shop;
    ScriptedModel model{std::string(kWrongFix)};
    DaemonProcess daemon(shop.configure(model_yaml(model)), shop.path());
    daemon.start();
    const Json done = daemon.finished_run(file_ticket(daemon, first_ticket()));
    INFO(daemon.log());
    CHECK(done["state"].as_string() == "done");
    CHECK(done["stages"]["publish"]["ending"].as_string() == "diagnosis");
    CHECK(shop.previews().empty());
    const std::string note = note_of(daemon, "5120");
    CHECK(contains(note, "is **not** offered"));
    CHECK_FALSE(contains(note, "ready for review"));
    CHECK_FALSE(contains(note, "confidence high"));
  }

  TEST_CASE("e2e: without a model the note names the place and who changed it last") {
    const Shop shop;
    DaemonProcess daemon(shop.configure(), shop.path());
    daemon.start();
    const Json done = daemon.finished_run(file_ticket(daemon, first_ticket()));
    CHECK(done["state"].as_string() == "done");
    const std::string note = note_of(daemon, "5120");
    INFO(note);
    CHECK(note.starts_with("**Made without a model"));
    CHECK(contains(note, "shop/shipping.py:"));
    CHECK(contains(note, "rate_for"));
    CHECK(contains(note, "Mira"));
    CHECK(contains(note, "one table of rates"));
    CHECK(shop.previews().empty());
  }

  TEST_CASE("e2e: a script in the ticket is run and kept as a failing test on a preview branch") {
    if (!sandbox_here()) return;
    const Shop shop;
    DaemonProcess daemon(shop.configure(), shop.path());
    daemon.start();
    const std::string ticket = read_whole(kSource + "/deploy/demo/tickets/2-cent-off.json");
    const Json done = daemon.finished_run(file_ticket(daemon, ticket));
    INFO(daemon.log());
    CHECK(done["stages"]["verify"]["reproduced"].as_bool());
    CHECK(done["stages"]["publish"]["ending"].as_string() == "preview-branch");
    CHECK(shop.previews().starts_with("triage/5121-"));
    const std::string note = note_of(daemon, "5121");
    INFO(note);
    CHECK(contains(note, "it fails with"));
    CHECK(contains(note, "12.53"));
    CHECK(contains(note, "shop/pricing.py"));
  }

  TEST_CASE("e2e: SIGHUP takes a good configuration and keeps the old one for a bad one") {
    const Shop shop;
    const std::string config = shop.configure();
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    const std::string good = read_whole(config);
    write_whole(config, good + "servr: {port: 1}\n");
    daemon.signal(SIGHUP);
    CHECK(eventually([&] { return contains(daemon.log(), "the old one stays"); }));
    CHECK(contains(daemon.log(), "servr"));
    CHECK(daemon.send("GET", "/healthz")->status == 200);
    write_whole(config, good + "budget: {per_day: 1}\n");
    daemon.signal(SIGHUP);
    CHECK(eventually([&] { return contains(daemon.log(), "configuration reloaded"); }));
    CHECK(daemon.terminate() == 0);
  }
}
