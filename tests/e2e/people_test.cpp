// What people say and do about a draft, and what it costs, with the real daemon.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <utility>

#include "pipeline/base/digest.h"
#include "tests/e2e/scripted_peers.h"
#include "tests/e2e/shop.h"

using namespace triage;
using namespace triage::e2e;

namespace {

constexpr double kCallPrice = (1200 * 100.0 + 300 * 200.0) / 1e6;  // of the scripted model's usage

std::string priced(const ScriptedModel& model) {
  return "{name: scripted, base_url: \"" + model.base_url() + "\", input_price: 100, output_price: 200, max_output_tokens: 4000}";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Json ticket_with(const std::string& comment_id, const std::string& body, bool staff = true) {
  Json comment = Json::object();
  comment.set("id", comment_id).set("body", body).set("staff", staff);
  comment.set("author", Json::object().set("login", "mira"));
  return parse_json(first_ticket())->set("comments", Json::array().push(std::move(comment)));
}

std::string run_of(const HttpResponse& answer) { return (*parse_json(answer.body))["run"].as_string(); }

std::string post(DaemonProcess& daemon, const Json& ticket) {
  const auto answer = daemon.send("POST", "/api/v1/tickets", ticket.dump());
  REQUIRE(answer.ok());
  REQUIRE(answer->status == 202);
  return run_of(*answer);
}

Json newest_run(DaemonProcess& daemon) { return daemon.get("/api/v1/runs").items().at(0); }

// The GitHub side of a project whose tickets are its issues.
struct Hub {
  RecordingGithub github;

  std::string source() const {
    return "  issues: {connector: github, project: shop, repository: acme/shop, poll: 0s, base_url: \"" +
           github.base_url() +
           "\", token: \"${env:E2E_TOKEN}\", webhook_secret: \"${env:E2E_SECRET}\"}\n";
  }
  static std::string forge() { return "    forge: issues\n    forge_repository: acme/shop\n"; }

  // Signed, as GitHub would.
  static HttpResponse deliver(DaemonProcess& daemon, const std::string& event, const std::string& id,
                              Json payload) {
    payload.set("repository", Json::object().set("full_name", "acme/shop"));
    payload.set("sender", Json::object().set("login", "mira").set("type", "User"));
    const std::string body = payload.dump();
    const auto answer = daemon.send(
        "POST", "/hooks/issues", body,
        {{"Content-Type", "application/json"}, {"X-GitHub-Event", event}, {"X-GitHub-Delivery", id},
         {"X-Hub-Signature-256", "sha256=" + to_hex(hmac_sha256("hook secret", body))}});
    REQUIRE(answer.ok());
    REQUIRE(answer->status == 202);
    return *answer;
  }
  static Json issue() {
    const Json ticket = *parse_json(first_ticket());
    Json issue = Json::object();
    issue.set("number", 12).set("state", "open").set("title", ticket["subject"]).set("body", ticket["body"]);
    return issue.set("user", Json::object().set("login", "dana").set("type", "User"));
  }
  static Json comment(std::int64_t id, const std::string& body, const std::string& association) {
    Json out = Json::object();
    out.set("id", id).set("body", body).set("author_association", association);
    return out.set("user", Json::object().set("login", "mira").set("type", "User"));
  }
  std::vector<std::string> notes() const {
    std::vector<std::string> out;
    for (const Json& comment : github.state().comments) out.push_back(comment["body"].as_string());
    return out;
  }
};

}  // namespace

TEST_SUITE("e2e") {
  TEST_CASE("e2e: retry, stop and reject in comments of staff are obeyed once, strangers' never") {
    const Shop shop;
    ScriptedModel model{std::string(kWrongFix)};
    DaemonProcess daemon(shop.configure(priced(model)), shop.path());
    daemon.start();
    daemon.finished_run(post(daemon, *parse_json(first_ticket())));
    const auto runs = [&] { return daemon.get("/api/v1/runs").items().size(); };
    REQUIRE(runs() == 1);

    post(daemon, ticket_with("c1", "/triage retry", false));
    CHECK(runs() == 1);
    post(daemon, ticket_with("c1b", "/triage retry"));
    REQUIRE(runs() == 2);
    daemon.finished_run(newest_run(daemon)["id"].as_string());
    daemon.kill();
    daemon.start();
    post(daemon, ticket_with("c1b", "/triage retry"));
    CHECK(runs() == 2);

    post(daemon, ticket_with("c2", "/triage stop"));
    CHECK(eventually([&] { return daemon.get("/api/v1/tickets/desk/5120")["notes"].items().size() == 3; }));
    const Json ticket = daemon.get("/api/v1/tickets/desk/5120");
    CHECK(contains(ticket["notes"].items().back()["body"].as_string(), "Stopped by mira"));
    CHECK(contains(ticket["hold"].as_string(), "stopped by mira"));
    Json newer = *parse_json(first_ticket());
    post(daemon, newer.set("body", "It got worse: now every country crashes."));
    CHECK(runs() == 2);
    CHECK(daemon.terminate() == 0);
    CHECK(triaged({"receipt", "verify", "--state", shop.path() + "/state"}).exit_code == 0);
  }

  TEST_CASE("e2e: on GitHub a refine makes a second draft, and a merge is told once") {
    if (!sandbox_here()) return;
    const Shop shop;
    Hub hub;
    ScriptedModel model{std::string(kRightFix)};
    const std::string config = shop.configure(priced(model), hub.source(), Hub::forge());
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    const auto opened = Hub::deliver(daemon, "issues", "d1",
                                     Json::object().set("action", "opened").set("issue", Hub::issue()));
    REQUIRE(daemon.finished_run(run_of(opened))["state"].as_string() == "done");
    REQUIRE(hub.github.state().pulls.size() == 1);

    Json refine = Json::object().set("action", "created").set("issue", Hub::issue());
    refine.set("comment", Hub::comment(900, "/triage refine keep the name of the function", "MEMBER"));
    Hub::deliver(daemon, "issue_comment", "d2", refine);
    Hub::deliver(daemon, "issue_comment", "d3", refine);
    REQUIRE(daemon.get("/api/v1/runs").items().size() == 2);
    REQUIRE(daemon.finished_run(newest_run(daemon)["id"].as_string())["state"].as_string() == "done");
    const auto state = hub.github.state();
    REQUIRE(state.pulls.size() == 2);
    CHECK(state.pulls[1]["head"]["ref"].as_string() == state.pulls[0]["head"]["ref"].as_string() + "-2");
    CHECK(state.pulls[1]["draft"].as_bool());

    Json merged = Json::object().set("action", "closed");
    Json head = Json::object().set("ref", state.pulls[1]["head"]["ref"]);
    head.set("repo", Json::object().set("full_name", "acme/shop"));
    merged.set("pull_request",
               Json::object().set("number", state.pulls[1]["number"]).set("merged", true).set("head", head));
    Hub::deliver(daemon, "pull_request", "d4", merged);
    Hub::deliver(daemon, "pull_request", "d5", merged);
    CHECK(eventually([&] { return hub.notes().size() == 3; }));
    CHECK(contains(hub.notes().back(), "Draft pull request #483 was merged by mira"));
    CHECK(contains(daemon.send("GET", "/metrics")->body, "triaged_drafts{project=\"shop\",state=\"merged\"} 1"));
    CHECK(daemon.terminate() == 0);
    CHECK(hub.notes().size() == 3);
  }

  TEST_CASE("e2e: what people do while the model thinks decides whether a pull request opens") {
    if (!sandbox_here()) return;
    struct Row {
      const char* name;
      std::function<void(const Shop&, DaemonProcess&)> meanwhile;
      size_t refs, pulls;
      const char* says;
    };
    const auto commit = [](const Shop& shop, const std::string& file) {
      const std::string tree = shop.path() + "/tree";
      shop.git({"worktree", "add", "--quiet", tree, "main"});
      write_whole(tree + "/" + file, read_whole(tree + "/" + file) + "\n# a colleague was here\n");
      shop.git({"-C", tree, "-c", "user.name=Mira", "-c", "user.email=m@example.com", "commit", "--quiet",
                "--all", "--message", "Meanwhile"});
    };
    for (const Row& row : std::vector<Row>{
             {"control: nothing", [](auto&, auto&) {}, 1, 1, "pull/482"},
             {"the issue is closed",
              [](auto&, DaemonProcess& daemon) {
                Hub::deliver(daemon, "issues", "d2",
                             Json::object().set("action", "closed").set("issue", Hub::issue()));
              },
              0, 0, "the ticket was closed meanwhile"},
             {"another file is changed", [&](const Shop& shop, auto&) { commit(shop, "README.md"); }, 1, 1,
              "pull/482"},
             {"the same file is changed",
              [&](const Shop& shop, auto&) { commit(shop, "shop/shipping.py"); }, 1, 0,
              "shop/shipping.py changed on main"},
         }) {
      CAPTURE(row.name);
      const Shop shop;
      Hub hub;
      std::function<void()> think = [] {};
      ScriptedModel model{std::string(kRightFix), [&] { std::exchange(think, [] {})(); }};
      DaemonProcess daemon(shop.configure(priced(model), hub.source(), Hub::forge()), shop.path());
      think = [&] { row.meanwhile(shop, daemon); };
      daemon.start();
      const auto opened = Hub::deliver(daemon, "issues", "d1",
                                       Json::object().set("action", "opened").set("issue", Hub::issue()));
      REQUIRE(daemon.finished_run(run_of(opened))["state"].as_string() == "done");
      CHECK(hub.github.state().refs.size() == row.refs);
      CHECK(hub.github.state().pulls.size() == row.pulls);
      REQUIRE(hub.notes().size() == 1);
      INFO(hub.notes()[0]);
      CHECK(contains(hub.notes()[0], row.says));
    }
  }

  TEST_CASE("e2e: what a run cost is the same in run, budget, metrics and receipt, and limits hold") {
    const Shop shop;
    ScriptedModel model{std::string(kWrongFix)};
    const std::string config = shop.configure(priced(model));
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    const std::string run = post(daemon, *parse_json(first_ticket()));
    const Json done = daemon.finished_run(run);
    const double cost = done["cost"].as_double();
    CHECK(cost == doctest::Approx(kCallPrice * static_cast<double>(done["stages"]["propose"]["exchanges"].items().size())));
    CHECK(cost > 0);
    CHECK(daemon.get("/api/v1/overview")["spent_month"].as_double() == cost);
    CHECK(contains(daemon.send("GET", "/metrics")->body,
                   "triaged_budget_spent_usd{limit=\"budget.per_month\"} " + std::to_string(cost)));
    const auto shown = triaged({"budget", "--config", config, "--json"});
    const Json budget = *parse_json(shown.out);
    REQUIRE(budget["limits"].items().size() == 2);
    CHECK(budget["limits"].items()[0]["used"]["spent"].as_double() == cost);
    const auto receipt = triaged({"receipt", "show", run, "--config", config, "--json"});
    CHECK((*parse_json(receipt.out)).items()[0]["predicate"]["spent"]["usd"].as_double() == cost);
    // One run is too few to plan with; it is said, and the exit status says it too.
    const auto forecast = triaged({"budget", "forecast", "--per-week", "2000", "--config", config});
    CHECK(forecast.exit_code == 1);
    CHECK(contains(forecast.out, "Too few"));
    CHECK(contains(forecast.out, "budget.per_day"));
    CHECK(triaged({"budget", "forecast", "--config", config}).exit_code == 2);
    CHECK(daemon.terminate() == 0);

    // With the day's budget used up the next run goes on without a model; check warns.
    write_whole(config, read_whole(config) + "budget: {per_day: " + std::to_string(cost * 1.01) + "}\n");
    CHECK(contains(triaged({"check", "--config", config}).out, "warn  budget.per_day"));
    const size_t asked = model.requests().size();
    daemon.start();
    Json second = *parse_json(first_ticket());
    const Json without = daemon.finished_run(post(daemon, second.set("id", "6000")));
    CHECK(without["state"].as_string() == "done");
    CHECK(without["cost"].as_double() == 0);
    CHECK(model.requests().size() == asked);
    CHECK(contains(without["stages"]["propose"].dump(), "budget.per_day"));
  }

  TEST_CASE("e2e: an exported log verifies and is shown with nothing but the public key at hand") {
    const Shop shop;
    DaemonProcess daemon(shop.configure(), shop.path());
    daemon.start();
    const std::string run = post(daemon, *parse_json(first_ticket()));
    daemon.finished_run(run);
    CHECK(daemon.terminate() == 0);
    const std::string state = shop.path() + "/state", log = shop.path() + "/log.jsonl";
    const std::string key = shop.path() + "/key.pem", journal = shop.path() + "/journal.txt";
    write_whole(log, triaged({"receipt", "export", "--state", state}).out);
    write_whole(key, triaged({"receipt", "key", "--state", state}).out);
    write_whole(journal, daemon.log());
    std::filesystem::remove_all(state);
    const auto verify = [&](const std::string& file) {
      return triaged({"receipt", "verify", "--log", file, "--key", key, "--checkpoints", journal});
    };
    const auto fine = verify(log);
    INFO(fine.err);
    CHECK(fine.exit_code == 0);
    CHECK(contains(fine.out, "checkpoints saw it"));
    CHECK(contains(triaged({"receipt", "show", run, "--log", log}).out, "nothing to any model"));
    // The end cut off: a valid log by itself, and not what the journal saw.
    const std::string whole = read_whole(log);
    write_whole(log, whole.substr(0, whole.find('\n') + 1));
    CHECK(triaged({"receipt", "verify", "--log", log, "--key", key}).exit_code == 0);
    const auto cut = verify(log);
    CHECK(cut.exit_code == 1);
    CHECK(contains(cut.err, "the end was cut off"));
  }
}
