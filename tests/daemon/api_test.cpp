#include "daemon/api.h"

#include <doctest/doctest.h>

#include <latch>

#include "pipeline/base/digest.h"
#include "tests/fakes/api_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

constexpr const char* kTicket = R"({"subject":"Total is off","body":"by a cent"})";

config::Settings with_token() {
  config::Settings settings = world_settings();
  settings.server.api_token = config::Secret("open sesame");
  settings.server.public_url = "https://triage.example";
  return settings;
}

std::string basic(const std::string& pair) { return "Basic " + to_base64(pair); }

}  // namespace

TEST_SUITE("api") {
  TEST_CASE("each path answers its methods and no other") {
    ApiFixture f;
    struct Row {
      std::string method, target;
      int status;
    };
    for (const Row& row : std::vector<Row>{
             {"GET", "/healthz", 200},
             {"HEAD", "/healthz", 200},
             {"GET", "/readyz", 200},
             {"GET", "/", 200},
             {"GET", "/metrics", 200},
             {"GET", "/api/v1/overview", 200},
             {"GET", "/api/v1/runs", 200},
             {"GET", "/api/v1/runs?state=done&limit=3", 200},
             {"GET", "/api/v1/runs?state=asleep", 422},
             {"GET", "/api/v1/runs/NOPE", 404},
             {"GET", "/api/v1/runs/", 404},
             {"GET", "/api/v1/runs/a/b", 404},
             {"GET", "/api/v1/tickets", 200},
             {"GET", "/api/v1/tickets/desk/9", 404},
             {"GET", "/api/v1/receipt-key", 200},
             {"GET", "/runs/NOPE", 404},
             {"GET", "/nope", 404},
             {"GET", "", 404},
             {"GET", "//", 404},
             {"DELETE", "/api/v1/runs/X", 405},
             {"GET", "/hooks/hub", 405},
             {"POST", "/hooks/nobody", 404},
             {"POST", "/hooks/desk", 404},
             {"POST", "/api/v1/runs/NOPE/retry", 404},
             {"GET", "/favicon.ico", 404}}) {
      CAPTURE(row.method);
      CAPTURE(row.target);
      CHECK(f.ask(row.method, row.target).status == row.status);
    }
    CHECK(f.ask("PUT", "/api/v1/tickets").headers.get("Allow") == "POST, GET, HEAD");
    CHECK(f.ask("GET", "/nope").headers.get("Content-Type") == "application/problem+json");
  }

  TEST_CASE("without a token only loopback names are served, and only to pages of our own") {
    ApiFixture f;
    struct Row {
      std::string host, origin;
      int status;
    };
    for (const Row& row : std::vector<Row>{{"127.0.0.1:8377", "", 200},
                                           {"localhost:8377", "", 200},
                                           {"[::1]:8377", "", 200},
                                           {"localhost:8377", "http://localhost:8377", 200},
                                           {"localhost:8377", "http://localhost:3000", 403},
                                           {"localhost:8377", "http://evil.example", 403},
                                           {"localhost:8377", "null", 403},
                                           {"evil.example", "", 403},
                                           {"evil.example:8377", "http://evil.example:8377", 403},
                                           {"localhost.evil.example", "", 403},
                                           {"127.0.0.1.evil.example", "", 403},
                                           {"", "", 403}}) {
      CAPTURE(row.host);
      CAPTURE(row.origin);
      Headers fields{{"Host", row.host}};
      if (!row.origin.empty()) fields.set("Origin", row.origin);
      CHECK(f.ask("GET", "/api/v1/overview", "", fields).status == row.status);
      CHECK(f.ask("GET", "/healthz", "", fields).status == 200);
    }
  }

  TEST_CASE("with a token it is asked for everywhere but at health and webhooks") {
    ApiFixture f(with_token());
    const std::string right = "Bearer open sesame";
    struct Row {
      std::string authorization, origin;
      int status;
    };
    for (const Row& row : std::vector<Row>{{"", "", 401},
                                           {right, "", 200},
                                           {"Bearer open sesam", "", 401},
                                           {"Bearer open sesame2", "", 401},
                                           {"bearer", "", 401},
                                           {"open sesame", "", 401},
                                           {basic("ops:open sesame"), "", 200},
                                           {basic("open sesame"), "", 401},
                                           {basic("open sesame:"), "", 401},
                                           {"Basic %%%", "", 401},
                                           {right, "https://triage.example", 200},
                                           {right, "http://evil.example", 403},
                                           {basic("ops:open sesame"), "null", 403}}) {
      CAPTURE(row.authorization);
      CAPTURE(row.origin);
      Headers fields{{"Host", "triage.example"}};
      if (!row.authorization.empty()) fields.set("Authorization", row.authorization);
      if (!row.origin.empty()) fields.set("Origin", row.origin);
      for (const char* target : {"/", "/metrics", "/api/v1/runs", "/api/v1/receipt-key"})
        CHECK(f.ask("GET", target, "", fields).status == row.status);
      CHECK(f.ask("GET", "/readyz", "", fields).status == 200);
    }
    const HttpResponse refused = f.ask("POST", "/api/v1/tickets", kTicket);
    CHECK(refused.status == 401);
    CHECK(refused.headers.get("WWW-Authenticate").starts_with("Basic "));
    CHECK(f.store->overview()->tickets == 0);
    CHECK(f.ask("POST", "/hooks/hub", "{}").status == 401);  // the connector's refusal, not ours
    CHECK(f.ask("POST", "/hooks/hub", "{}").headers.count("WWW-Authenticate") == 0);
  }

  TEST_CASE("a filed ticket is stored before it is answered, and the same one only once") {
    ApiFixture f;
    const HttpResponse first = f.ask("POST", "/api/v1/tickets", kTicket, {{"Idempotency-Key", "k1"}});
    REQUIRE(first.status == 202);
    const Json answer = *parse_json(first.body);
    CHECK(answer["source"].as_string() == "desk");
    CHECK(!answer["duplicate"].as_bool());
    CHECK(f.state(answer["run"].as_string()) == RunState::queued);
    const HttpResponse again = f.ask("POST", "/api/v1/tickets", kTicket, {{"Idempotency-Key", "k1"}});
    CHECK(again.status == 202);
    CHECK((*parse_json(again.body))["duplicate"].as_bool());
    CHECK(f.store->overview()->tickets == 1);
    CHECK(f.ask("POST", "/api/v1/tickets", R"({"subject":"x","body":"y"})").status == 202);
    CHECK(f.store->overview()->tickets == 2);
    CHECK(f.json("/api/v1/tickets").items().size() == 2);
  }

  TEST_CASE("what is no ticket is refused with the reason") {
    ApiFixture f;
    CHECK(f.ask("POST", "/api/v1/tickets", "subject=x", {{"Content-Type", "text/plain"}}).status == 415);
    CHECK(f.ask("POST", "/api/v1/tickets", "a=b",
                {{"Content-Type", "application/x-www-form-urlencoded"}}).status == 415);
    CHECK(f.ask("POST", "/api/v1/tickets", "a=b",
                {{"Content-Type", "application/jsonp"}}).status == 415);
    CHECK(f.ask("POST", "/api/v1/tickets", kTicket,
                {{"Content-Type", "application/json; charset=utf-8"}}).status == 202);
    for (const std::string body : {"", "{", "[]", "\"x\""}) {
      CAPTURE(body);
      const HttpResponse refused = f.ask("POST", "/api/v1/tickets", body);
      CHECK(refused.status == 422);
      CHECK(!(*parse_json(refused.body))["detail"].as_string().empty());
    }
    CHECK(f.store->overview()->tickets == 1);
  }

  TEST_CASE("with several local sources the one that is meant must be named") {
    config::Settings settings = world_settings();
    settings.sources["counter"] = local_source("counter");
    ApiFixture f(std::move(settings));
    const HttpResponse unclear = f.ask("POST", "/api/v1/tickets", kTicket);
    CHECK(unclear.status == 422);
    CHECK(unclear.body.find("?source=") != std::string::npos);
    CHECK(f.ask("POST", "/api/v1/tickets?source=desk", kTicket).status == 202);
    CHECK(f.ask("POST", "/api/v1/tickets?source=hub", kTicket).status == 404);  // not a local one
    CHECK(f.ask("POST", "/api/v1/tickets?source=%64esk", kTicket).status == 202);
    config::Settings none = world_settings();
    none.sources.erase("desk");
    ApiFixture without(std::move(none));
    CHECK(without.ask("POST", "/api/v1/tickets", kTicket).status == 422);
  }

  TEST_CASE("when the pool has too much to do, the client is told to come again") {
    ApiFixture f(world_settings(), 1);
    std::latch begun(1), release(1);
    REQUIRE(f.pool.submit([&] {
      begun.count_down();
      release.wait();
    }));
    begun.wait();
    REQUIRE(f.pool.submit([] {}));  // the queue is full now
    const HttpResponse busy = f.ask("GET", "/healthz");
    release.count_down();
    CHECK(busy.status == 503);
    CHECK(busy.headers.get("Retry-After") == "2");
  }

  TEST_CASE("while it drains it is alive but not ready") {
    ApiFixture f;
    f.accepting = false;
    CHECK(f.ask("GET", "/readyz").status == 503);
    CHECK(f.ask("GET", "/healthz").status == 200);
  }

  TEST_CASE("the JSON of a run shows its stages, and never the vault") {
    ApiFixture f;
    f.file("1", "Total is off");
    Json redaction = Json::object();
    redaction.set("text", "from <EMAIL_1>");
    redaction.set("vault", Json::object().set("<EMAIL_1>", "greta@tea.example"));
    const std::string run = f.with_stage(Stage::redact, redaction);
    const std::string body = f.ask("GET", "/api/v1/runs/" + run).body;
    CHECK(body.find("from <EMAIL_1>") != std::string::npos);
    CHECK(body.find("greta") == std::string::npos);
    CHECK(f.ask("GET", "/runs/" + run).body.find("greta") == std::string::npos);
    CHECK(f.json("/api/v1/runs/" + run)["state"].as_string() == "queued");
    CHECK(f.ask("POST", "/api/v1/runs/" + run + "/retry").status == 409);
    CHECK(f.json("/api/v1/runs").items().size() == 1);
  }

  TEST_CASE("metrics are well-formed and named by convention") {
    ApiFixture f;
    f.file("1", "Total is off");
    const HttpResponse response = f.ask("GET", "/metrics");
    CHECK(response.headers.get("Content-Type").starts_with("text/plain; version=0.0.4"));
    std::map<std::string, double> samples;
    std::string typed;  // the family that was declared last
    for (size_t start = 0; start < response.body.size();) {
      const size_t end = response.body.find('\n', start);
      REQUIRE(end != std::string::npos);  // the last line ends too
      const std::string line = response.body.substr(start, end - start);
      start = end + 1;
      if (line.starts_with("# TYPE ")) typed = line.substr(7, line.find(' ', 7) - 7);
      if (line.starts_with('#')) continue;
      const size_t blank = line.rfind(' ');
      REQUIRE(blank != std::string::npos);
      CAPTURE(line);
      CHECK(line.substr(0, line.find_first_of("{ ")) == typed);
      CHECK(line.starts_with("triaged_"));
      samples[line.substr(0, blank)] = std::stod(line.substr(blank + 1));
    }
    CHECK(samples["triaged_runs{state=\"queued\"}"] == 1);
    CHECK(samples["triaged_deliveries_total"] == 1);
    CHECK(samples.contains("triaged_oldest_waiting_seconds"));
    CHECK(samples.contains("triaged_spent_today_usd"));
  }
}
