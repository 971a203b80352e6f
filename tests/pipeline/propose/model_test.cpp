#include <doctest/doctest.h>

#include "pipeline/base/digest.h"
#include "pipeline/base/json.h"
#include "pipeline/propose/gateway.h"
#include "pipeline/propose/models/endpoint.h"
#include "tests/fakes/scripted_http.h"

namespace triage::propose {
namespace {

using testing::answer;
using testing::ScriptedHttp;

constexpr const char* kAnswer =
    R"({"model":"m-1","choices":[{"message":{"content":"## Cause\nok"},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":1000,"completion_tokens":200}})";

struct StandingClock final : Clock {
  TimePoint now() const override { return TimePoint{}; }
};

// One run's way to a scripted endpoint.
struct Bench {
  explicit Bench(double usd = 1.0)
      : budget(usd), gateway(http, clock, redactor, budget, 1'000'000, Milliseconds{0}) {
    settings.name = "m-1";
    settings.base_url = "https://models.example/v1/";
    settings.api_key = config::Secret("sk-test-key");
    settings.input_price = 10;
    settings.output_price = 50;
  }
  Result<ModelAnswer> ask(const std::string& text = "why?") {
    EndpointModel model(settings, gateway);
    ModelRequest request;
    request.messages.push_back({Role::system, SafeTextCodec::restore("be brief")});
    request.messages.push_back({Role::user, SafeTextCodec::restore(text)});
    request.max_output_tokens = 1000;
    return model.ask(request, deadline_in(Milliseconds{60'000}), {});
  }

  config::ModelSettings settings;
  ScriptedHttp http;
  StandingClock clock;
  redact::Redactor redactor;
  LimitedBudget budget;
  Gateway gateway;
};

TEST_SUITE("propose") {
  TEST_CASE("chat: asks the configured endpoint with the key and accounts for the answer") {
    Bench bench;
    bench.http.expect("POST", "https://models.example/v1/chat/completions", answer(200, kAnswer));
    const auto said = bench.ask();
    REQUIRE(said.ok());
    CHECK(said->text == "## Cause\nok");
    CHECK_FALSE(said->cut_off);

    const HttpRequest& sent = bench.http.requests().at(0);
    CHECK(sent.headers.get("Authorization") == "Bearer sk-test-key");
    const auto body = parse_json(sent.body);
    REQUIRE(body.ok());
    CHECK((*body)["model"].as_string() == "m-1");
    CHECK((*body)["temperature"].as_integer(9) == 0);
    CHECK((*body)["stream"].as_bool());
    CHECK((*body)["max_tokens"].as_integer() == 1000);
    CHECK((*body)["messages"].items().at(1)["content"].as_string() == "why?");

    REQUIRE(bench.gateway.exchanges().size() == 1);
    const ModelExchange exchange = bench.gateway.exchanges().front();
    CHECK(exchange.input_tokens == 1000);
    CHECK(exchange.output_tokens == 200);
    CHECK(exchange.cost == doctest::Approx(0.02));
    CHECK(exchange.request_sha256 == sha256_hex(sent.body));
    CHECK(exchange.answer_sha256 == sha256_hex(kAnswer));
    CHECK(exchange.error.empty());
  }

  TEST_CASE("chat: content in parts is joined, and a cut-off answer says so") {
    const auto said = dialect_for("chat").parse(answer(
        200, R"({"choices":[{"message":{"content":[{"type":"text","text":"a"},{"text":"b"}]},)"
             R"("finish_reason":"length"}]})"), {}).answer;
    REQUIRE(said.ok());
    CHECK(said->text == "ab");
    CHECK(said->cut_off);
  }

  TEST_CASE("chat: every refusal says what to check and never repeats a key") {
    struct Row {
      int status;
      const char* body;
      ErrorKind kind;
      const char* says;
    };
    const Row rows[] = {
        {401, R"({"error":{"message":"bad key sk-test-key"}})", ErrorKind::denied,
         "check model.api_key"},
        {403, "{}", ErrorKind::denied, "model.api_key"},
        {404, R"({"error":{"message":"no model m-1"}})", ErrorKind::not_found, "(no model m-1)"},
        {400, R"({"error":"too long"})", ErrorKind::invalid_input, "(too long)"},
        {413, "", ErrorKind::invalid_input, "model.context_tokens"},
        {302, "", ErrorKind::invalid_input, "model.base_url"},
        {200, "<html>hello", ErrorKind::invalid_input, "did not answer in JSON"},
        {200, "[]", ErrorKind::invalid_input, "did not answer in JSON"},
        {200, R"({"choices":[]})", ErrorKind::invalid_input, "no choices"},
        {200, R"({"choices":[{"message":{"content":""}}]})", ErrorKind::invalid_input, "is empty"},
        {200, R"({"choices":[{"message":{"content":null,"refusal":"no"}}]})",
         ErrorKind::invalid_input, "declined"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.status);
      CAPTURE(row.body);
      Bench bench;
      bench.http.expect("POST", "", answer(row.status, row.body));
      const auto said = bench.ask();
      REQUIRE_FALSE(said.ok());
      CHECK(said.error().kind == row.kind);
      CHECK(said.error().message.find(row.says) != std::string::npos);
      CHECK(said.error().message.find("sk-test") == std::string::npos);
      CHECK(bench.gateway.exchanges().front().error == said.error().message);
      CHECK(bench.gateway.spent() == 0);
    }
  }

  TEST_CASE("chat: a server that wants other parameters is asked again in its form") {
    Bench bench;
    bench.http
        .expect("POST", "",
                answer(400, R"({"error":{"message":"use max_completion_tokens, not max_tokens"}})"))
        .expect("POST", "", answer(400, R"({"error":{"message":"temperature is not supported"}})"))
        .expect("POST", "", answer(200, kAnswer));
    REQUIRE(bench.ask().ok());
    const auto last = parse_json(bench.http.requests().at(2).body);
    REQUIRE(last.ok());
    CHECK((*last)["max_completion_tokens"].as_integer() == 1000);
    CHECK_FALSE(last->contains("max_tokens"));
    CHECK_FALSE(last->contains("temperature"));
    CHECK(bench.gateway.exchanges().size() == 3);
  }

  TEST_CASE("chat: the same refusal twice ends it") {
    Bench bench;
    bench.http.whenever("POST", "",
                        answer(400, R"({"error":{"message":"max_tokens max_tokens"}})"));
    CHECK_FALSE(bench.ask().ok());
    CHECK(bench.http.requests().size() == 2);
  }

  TEST_CASE("gateway: tries once more where that may help, and only once") {
    const Error down{ErrorKind::unavailable, "connect: refused"};
    Bench bench;
    bench.http.expect("POST", "", Result<HttpResponse>(down))
        .expect("POST", "", answer(200, kAnswer));
    CHECK(bench.ask().ok());

    Bench limited;
    limited.http.expect("POST", "", answer(429, "", {{"Retry-After", "0"}}))
        .expect("POST", "", answer(503));
    const auto said = limited.ask();
    REQUIRE_FALSE(said.ok());
    CHECK(said.error().kind == ErrorKind::unavailable);
    CHECK(limited.http.done());
  }

  TEST_CASE("gateway: does not wait beyond the deadline") {
    Bench bench;
    bench.http.expect("POST", "", answer(429, "", {{"Retry-After", "3600"}}));
    const auto said = bench.ask();
    REQUIRE_FALSE(said.ok());
    CHECK(said.error().kind == ErrorKind::rate_limited);
    CHECK(said.error().retry_at == TimePoint{} + std::chrono::hours(1));
    CHECK(bench.http.requests().size() == 1);
  }

  TEST_CASE("gateway: refuses a call that could cost more than is left") {
    for (const double budget : {0.0, 0.01, -1.0}) {
      Bench bench(budget);
      const auto said = bench.ask();
      REQUIRE_FALSE(said.ok());
      CHECK(said.error().kind == ErrorKind::exhausted);
      CHECK(bench.http.requests().empty());
    }
  }

  TEST_CASE("gateway: what was spent counts against the next call") {
    Bench bench(0.07);
    bench.http.expect("POST", "", answer(200, kAnswer));
    CHECK(bench.ask().ok());
    CHECK_FALSE(bench.ask().ok());
    CHECK(bench.http.done());
  }

  TEST_CASE("gateway: refuses a body that still holds something private") {
    Bench bench;
    bench.redactor.know("PERSON", "Wilhelmina Tell");
    const auto said = bench.ask("the cart of Wilhelmina Tell is wrong");
    REQUIRE_FALSE(said.ok());
    CHECK(said.error().kind == ErrorKind::denied);
    CHECK(said.error().message.find("Wilhelmina") == std::string::npos);
    CHECK(bench.http.requests().empty());
  }

  TEST_CASE("gateway: a line break before a decorator is no address") {
    Bench bench;
    bench.http.expect("POST", "", answer(200, kAnswer));
    CHECK(bench.ask("x = n\n@app.route(1)\n").ok());
  }

  TEST_CASE("gateway: lets nothing go to another endpoint") {
    for (const char* url :
         {"https://evil.example/v1/chat/completions", "http://models.example/v1/chat/completions",
          "https://models.example:444/v1/x", "https://models.example/v2/x",
          "https://models.example/v1/../admin", "https://models.example/v1evil"}) {
      CAPTURE(url);
      Bench bench;
      HttpRequest request;
      request.url = url;
      request.body = "{}";
      const auto sent = bench.gateway.send(bench.settings, request, 10, deadline_in(Milliseconds{1000}), {});
      REQUIRE_FALSE(sent.ok());
      CHECK(sent.error().kind == ErrorKind::denied);
      CHECK(bench.http.requests().empty());
    }
  }
}

}  // namespace
}  // namespace triage::propose
