// What comes in wrong: one clear message, a visible state on the run, nothing lost, and the best there
// is gets published.
#include <filesystem>

#include "tests/e2e/scripted_peers.h"
#include "tests/e2e/shop.h"

using namespace triage;
using namespace triage::e2e;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Finished {
  Json run;
  std::string note;
};

Finished file_and_wait(DaemonProcess& daemon, const Json& ticket) {
  const auto response = daemon.send("POST", "/api/v1/tickets", ticket.dump());
  REQUIRE(response.ok());
  INFO(response->body);
  REQUIRE(response->status == 202);
  const Json answer = *parse_json(response->body);
  Finished out;
  out.run = daemon.finished_run(answer["run"].as_string());
  const Json detail = daemon.get("/api/v1/tickets/desk/" + answer["ticket"].as_string());
  if (!detail["notes"].items().empty()) out.note = detail["notes"].items()[0]["body"].as_string();
  INFO(daemon.log());
  return out;
}

Json first_ticket_as_json() { return *parse_json(first_ticket()); }

// The run ends done with a note made without the model, which says why.
void check_falls_back(const std::string& model_yaml, const std::string& said_in_note) {
  const Shop shop;
  DaemonProcess daemon(shop.configure(model_yaml), shop.path());
  daemon.start();
  const Finished finished = file_and_wait(daemon, first_ticket_as_json());
  CHECK(finished.run["state"].as_string() == "done");
  INFO(finished.note);
  CHECK(contains(finished.note, "Made without a model"));
  CHECK(contains(finished.note, "shop/shipping.py"));
  CHECK(contains(finished.note, said_in_note));
  CHECK(shop.previews().empty());
}

std::string answering(const ScriptedModel& model) {
  return "{name: scripted, base_url: \"" + model.base_url() + "\"}";
}

}  // namespace

TEST_SUITE("e2e") {
  TEST_CASE("e2e: a broken configuration names file, line, key and the nearest known one") {
    const Shop shop;
    const std::string config = shop.configure();
    write_whole(config, read_whole(config) + "budgt: {per_day: 1}\n");
    const auto done = triaged({"serve", "--config", config});
    CHECK(done.exit_code == 2);
    CHECK(contains(done.err, "triaged.yaml:"));
    CHECK(contains(done.err, "budgt"));
    CHECK(contains(done.err, "budget"));
  }

  TEST_CASE("e2e: unsigned, forged and malformed webhooks are refused, and stored nowhere") {
    const Shop shop;
    RecordingGithub github;
    DaemonProcess daemon(
        shop.configure("{name: offline}",
                       "  issues: {connector: github, project: shop, repository: acme/shop, poll: 0s,"
                       " base_url: \"" + github.base_url() + "\", token: \"${env:E2E_TOKEN}\","
                       " webhook_secret: \"${env:E2E_SECRET}\"}\n"),
        shop.path());
    daemon.start();
    const auto post = [&](const std::string& body, const std::string& secret) {
      Headers headers{{"Content-Type", "application/json"}, {"X-GitHub-Event", "issues"},
                      {"X-GitHub-Delivery", "d-9"}};
      if (!secret.empty())
        headers.add("X-Hub-Signature-256", "sha256=" + to_hex(hmac_sha256(secret, body)));
      const auto response = daemon.send("POST", "/hooks/issues", body, headers);
      REQUIRE(response.ok());
      return response->status;
    };
    CHECK(post(R"({"action":"opened"})", "") == 401);
    CHECK(post(R"({"action":"opened"})", "another secret") == 401);
    CHECK(post("{\"action\":", "hook secret") == 422);
    CHECK(post(R"({"action":"opened","issue":{"number":"x"}})", "hook secret") == 422);
    CHECK(daemon.get("/api/v1/runs").items().empty());
    CHECK(daemon.get("/api/v1/overview")["tickets"].as_integer() == 0);
  }

  TEST_CASE("e2e: a repository that can't be cloned still gets a note that says what to do") {
    const Shop shop;
    const std::string config = shop.configure();
    std::string yaml = read_whole(config);
    yaml.replace(yaml.find(shop.repository()), shop.repository().size(), shop.path() + "/gone.git");
    write_whole(config, yaml + "max_attempts: 2\n");
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    const auto response = daemon.send("POST", "/api/v1/tickets", first_ticket());
    REQUIRE(response->status == 202);
    const std::string run = (*parse_json(response->body))["run"].as_string();
    // Somebody may be about to mount it: it is tried again first, with the reason for all to see.
    CHECK(eventually([&] {
      const Json state = daemon.get("/api/v1/runs/" + run);
      return state["state"].as_string() == "parked" &&
             contains(state["reason"].as_string(), "gone.git") &&
             contains(state["reason"].as_string(), "check the URL");
    }));
    CHECK(daemon.finished_run(run)["state"].as_string() == "done");
    const std::string note = daemon.get("/api/v1/tickets/desk/5120")["notes"].dump();
    INFO(note);
    CHECK(contains(note, "could not be read"));
    CHECK(contains(note, "check the URL"));
    CHECK(contains(note, "Swedish customers"));  // what was understood is kept
  }

  TEST_CASE("e2e: an empty ticket is not looked at, with the reason") {
    const Shop shop;
    DaemonProcess daemon(shop.configure(), shop.path());
    daemon.start();
    Json ticket = Json::object();
    ticket.set("subject", "").set("body", "  \n ");
    const auto response = daemon.send("POST", "/api/v1/tickets", ticket.dump());
    REQUIRE(response.ok());
    if (response->status == 202) {
      const Json answer = *parse_json(response->body);
      CHECK(daemon.finished_run(answer["run"].as_string())["state"].as_string() == "skipped");
    } else {
      CHECK(response->status == 422);
      CHECK(contains(response->body, "subject"));
    }
  }

  TEST_CASE("e2e: a 10 MB ticket and one that is not UTF-8 go the whole way") {
    const Shop shop;
    DaemonProcess daemon(shop.configure(), shop.path());
    daemon.start();
    Json big = first_ticket_as_json();
    std::string log;
    while (log.size() < 10'000'000) log += "2026-11-20 12:00:00 worker 7 handled request in 12 ms\n";
    big.set("id", "big").set("body", big["body"].as_string() + "\n" + log);
    const Finished finished = file_and_wait(daemon, big);
    CHECK(finished.run["state"].as_string() == "done");
    CHECK(contains(finished.note, "shop/shipping.py"));

    // Through the folder's and the command line's door: bytes that are no UTF-8 are repaired.
    const std::string file = shop.path() + "/latin1.txt";
    write_whole(file, "Checkout kaputt f\xfcr Schweden\nKeyError: 'se' in rate_for, shop/shipping.py\n");
    const auto filed = triaged({"file", file, "--url", daemon.url(), "--wait"});
    INFO(filed.err);
    CHECK(filed.exit_code == 0);
    CHECK(contains(filed.out, "shop/shipping.py"));
  }

  TEST_CASE("e2e: a body over the limit is refused before it is read") {
    const Shop shop;
    const std::string config = shop.configure();
    write_whole(config, [&] {
      std::string yaml = read_whole(config);
      const std::string port = "server: {port: 0}";
      return yaml.replace(yaml.find(port), port.size(), "server: {port: 0, max_body: 64KiB}");
    }());
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    const auto refused = daemon.send("POST", "/api/v1/tickets", std::string(200'000, 'x'));
    REQUIRE(refused.ok());
    CHECK(refused->status == 413);
    CHECK(daemon.send("GET", "/healthz")->status == 200);
  }

  TEST_CASE("e2e: an unreachable model: the note is made without it and says so") {
    check_falls_back("{name: scripted, base_url: \"http://127.0.0.1:9/v1\"}", "could not be used");
  }

  TEST_CASE("e2e: a model that answers nonsense: the note is made without it and says so") {
    ScriptedModel model{"\x01\x02 🫠"};
    check_falls_back(answering(model), "answer");
  }

  TEST_CASE("e2e: a patch that does not apply ends as a diagnosis that says so") {
    const Shop shop;
    ScriptedModel model{"## Headline\nRates are wrong\n\n## Cause\nThe table.\n\n### shop/shipping.py\n"
                        "<<<<<<< SEARCH\nno such line anywhere\n=======\nx = 1\n>>>>>>> REPLACE\n"};
    DaemonProcess daemon(shop.configure(answering(model)), shop.path());
    daemon.start();
    const Finished finished = file_and_wait(daemon, first_ticket_as_json());
    CHECK(finished.run["state"].as_string() == "done");
    CHECK(finished.run["stages"]["verify"]["proof"].as_string() == "none");
    INFO(finished.note);
    CHECK(contains(finished.note, "is **not** offered"));
    CHECK(contains(finished.note, "shop/shipping.py"));
    CHECK(shop.previews().empty());
  }

  TEST_CASE("e2e: a file in the watched folder becomes a ticket, and its note lies beside it") {
    const Shop shop;
    const std::string inbox = shop.path() + "/inbox";
    std::filesystem::create_directories(inbox);
    const std::string config = shop.configure();
    std::string yaml = read_whole(config);
    const std::string desk = "{connector: local, project: shop}";
    yaml.replace(yaml.find(desk), desk.size(),
                 "{connector: local, project: shop, inbox: " + inbox + "}");
    write_whole(config, yaml);
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    write_whole(inbox + "/crash.json", first_ticket());
    const auto appears = [](const std::string& folder, const std::string& ending) {
      std::string found;
      eventually([&] {
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
          if (entry.path().string().ends_with(ending)) found = entry.path().string();
        }
        return !found.empty();
      }, std::chrono::seconds(20));
      return found.empty() ? found : read_whole(found);
    };
    CHECK(contains(appears(inbox + "/done", "crash.json.note.md"), "shop/shipping.py"));
    write_whole(inbox + "/broken.json", "{\"subject\":");
    CHECK(contains(appears(inbox + "/rejected", "broken.json.reason"), "JSON"));
  }
}
