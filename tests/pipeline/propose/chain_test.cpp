#include "pipeline/propose/models/chain.h"

#include <doctest/doctest.h>

#include "tests/pipeline/propose/model_bench.h"

namespace triage::propose {
namespace {

using testing::answer;

constexpr const char* kAnswer =
    R"({"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}]})";

// A model at one.example, its stand-ins at two.example and three.example.
struct ChainBench : Bench {
  ChainBench() {
    all.model = settings;
    all.model.base_url = "https://one.example/v1";
    all.model.fallbacks = {"two", "three"};
    for (const char* name : {"two", "three"}) {
      config::ModelSettings& spare = all.models[name];
      spare = settings;
      spare.name = "m-" + std::string(name);
      spare.base_url = "https://" + std::string(name) + ".example/v1";
      spare.api_key = config::Secret("key-of-" + std::string(name));
    }
    model = make_model(all, gateway);
  }
  Result<ModelAnswer> ask(const ModelRequest& request = question()) {
    return model->ask(request, deadline_in(Milliseconds{60'000}), stop.get_token());
  }
  config::Settings all;
  std::unique_ptr<Model> model;
  std::stop_source stop;
};

TEST_SUITE("propose") {
  TEST_CASE("chain: the next model is asked where the first can't, never where our rules say no") {
    struct Row {
      const char* name;
      Result<HttpResponse> first;
      bool goes_on;
    };
    const auto error = [](ErrorKind kind) { return Result<HttpResponse>(Error{kind, "failed"}); };
    const Row rows[] = {
        {"down", error(ErrorKind::unavailable), true},
        {"silent", error(ErrorKind::timeout), true},
        {"too large", error(ErrorKind::exhausted), true},
        {"rate limit", answer(429), true},
        {"overloaded", answer(529), true},
        {"key", answer(401), true},
        {"no credit", answer(402), true},
        {"forbidden", answer(403), true},
        {"no such model", answer(404), true},
        {"refused", answer(400, R"({"error":"too long"})"), true},
        {"nonsense", answer(200, "<html>"), true},
        {"declined", answer(200, R"({"choices":[{"message":{"refusal":"no"}}]})"), true},
        {"certificate", error(ErrorKind::denied), false},
        {"fine", answer(200, kAnswer), false},
    };
    for (const Row& row : rows) {
      const std::string name = row.name;
      CAPTURE(name);
      ChainBench bench;
      bench.http.whenever("POST", "one.example", row.first);
      bench.http.whenever("POST", "two.example", answer(200, kAnswer));
      const auto got = bench.ask();
      const HttpRequest& last = bench.http.requests().back();
      CHECK((last.url.find("two.example") != std::string::npos) == row.goes_on);
      CHECK(got.ok() == (row.goes_on || name == "fine"));
      if (!row.goes_on || !got) continue;
      CHECK(got->model == "m-two");
      CHECK(last.headers.get("Authorization") == "Bearer key-of-two");
      CHECK(bench.gateway.exchanges().back().model == "m-two");
    }
  }

  TEST_CASE("chain: an exhausted budget, a private value and a stop end it") {
    ChainBench poor;
    Gateway gateway(poor.http, poor.clock, poor.redactor, poor.budget, 10, Milliseconds{0});
    const auto model = make_model(poor.all, gateway);
    CHECK(model->ask(question(), deadline_in(Milliseconds{1000}), {}).error().kind ==
          ErrorKind::exhausted);

    ChainBench secret;
    secret.redactor.know("PERSON", "Wilhelmina Tell");
    CHECK(secret.ask(question("Wilhelmina Tell asks")).error().kind == ErrorKind::denied);

    ChainBench stopped;
    stopped.http.whenever("POST", "one.example", [&](const HttpRequest&) {
      stopped.stop.request_stop();
      return Result<HttpResponse>(Error{ErrorKind::timeout, "stopped before the answer came"});
    });
    CHECK(stopped.ask().error().kind == ErrorKind::timeout);
    CHECK(poor.http.requests().empty());
    CHECK(secret.http.requests().empty());
    CHECK(stopped.http.requests().size() == 1);
  }

  TEST_CASE("chain: a model that failed is skipped for the rest of the run") {
    ChainBench bench;
    bench.http.whenever("POST", "one.example", answer(401));
    bench.http.whenever("POST", "two.example", answer(404));
    bench.http.whenever("POST", "three.example", answer(200, kAnswer));
    for (int turn = 0; turn < 3; ++turn) CHECK(bench.ask().ok());
    CHECK(bench.http.requests().size() == 5);
  }

  TEST_CASE("chain: with none left the error names all that were asked, and the next question asks again") {
    ChainBench bench;
    bench.http.whenever("POST", "one.example", answer(401));
    bench.http.whenever("POST", "two.example", answer(200, "<html>"));
    bench.http.whenever("POST", "three.example", answer(404));
    const auto got = bench.ask();
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().kind == ErrorKind::not_found);
    for (const char* name : {"model m-1: ", "model m-two: ", "model m-three: "}) {
      CHECK(got.error().message.find(name) != std::string::npos);
    }
    CHECK(bench.http.requests().size() == 3);
    CHECK_FALSE(bench.ask().ok());
    CHECK(bench.http.requests().size() == 6);
  }

  TEST_CASE("chain: each model leaves time to those behind it") {
    // The client that keeps the deadlines it is given.
    struct Watch final : HttpClient {
      std::vector<Deadline> deadlines;
      Result<HttpResponse> send(const HttpRequest&, Deadline deadline, std::stop_token) override {
        deadlines.push_back(deadline);
        return Error{ErrorKind::timeout, "silent"};
      }
    };
    ChainBench bench;
    Watch http;
    Gateway gateway(http, bench.clock, bench.redactor, bench.budget, 1'000'000, Milliseconds{0});
    const auto model = make_model(bench.all, gateway);
    const Deadline deadline = deadline_in(Milliseconds{90'000});
    CHECK_FALSE(model->ask(question(), deadline, {}).ok());
    REQUIRE(http.deadlines.size() == 3);
    CHECK(http.deadlines[0] < deadline - Milliseconds{20'000});
    CHECK(http.deadlines[1] < deadline - Milliseconds{20'000});
    CHECK(http.deadlines[2] == deadline);
  }

  TEST_CASE("chain: no endpoint is asked where the model is offline or an agent") {
    ChainBench bench;
    for (const char* api : {"codex", "claude"}) {
      bench.all.model.api = api;
      CHECK(make_model(bench.all, bench.gateway) == nullptr);
    }
    bench.all.model.api = "chat";
    CHECK(make_model(bench.all, bench.gateway) != nullptr);
    bench.all.model.name = "offline";
    CHECK(make_model(bench.all, bench.gateway) == nullptr);
  }
}

}  // namespace
}  // namespace triage::propose
