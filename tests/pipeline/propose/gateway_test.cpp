#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "retrieval/token_estimate.h"
#include "tests/pipeline/propose/model_bench.h"

namespace triage::propose {
namespace {

using testing::answer;

constexpr const char* kAnswer =
    R"({"model":"m-1","choices":[{"message":{"content":"## Cause\nok"},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":1000,"completion_tokens":200}})";

TEST_SUITE("propose") {
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
      Bench bench("chat", budget);
      const auto said = bench.ask();
      REQUIRE_FALSE(said.ok());
      CHECK(said.error().kind == ErrorKind::exhausted);
      CHECK(bench.http.requests().empty());
    }
  }

  TEST_CASE("gateway: what was spent counts against the next call") {
    Bench bench("chat", 0.07);
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

  TEST_CASE("gateway: only the endpoint's own model is asked, and one that is named") {
    struct Row {
      const char* api;
      const char* url;
      const char* body;
      bool goes;
    };
    const Row rows[] = {
        {"chat", "/chat/completions", R"({"model":"m-1"})", true},
        {"chat", "/chat/completions", R"({"model":"m-2"})", false},
        {"chat", "/chat/completions", R"({"model":7})", false},
        {"chat", "/chat/completions", "{}", false},
        {"azure", "/deployments/m-1/chat/completions", "{}", true},
        {"azure", "/deployments/m-2/chat/completions", "{}", false},
    };
    for (const Row& row : rows) {
      CAPTURE(row.url);
      CAPTURE(row.body);
      Bench bench(row.api);
      bench.http.whenever("POST", "", answer(200, kAnswer));
      HttpRequest request;
      request.method = "POST";
      request.url = "https://models.example/v1" + std::string(row.url);
      request.body = row.body;
      const auto sent =
          bench.gateway.send(bench.settings, request, 10, deadline_in(Milliseconds{1000}), {});
      CHECK(sent.ok() == row.goes);
      if (!sent) CHECK(sent.error().kind == ErrorKind::denied);
      CHECK(bench.http.requests().size() == (row.goes ? 1 : 0));
    }
  }

  TEST_CASE("gateway: each dialect's key travels in its own field, and in no other") {
    struct Row {
      const char* api;
      const char* field;
      const char* value;
    };
    const Row rows[] = {
        {"chat", "Authorization", "Bearer sk-test-key"},
        {"responses", "Authorization", "Bearer sk-test-key"},
        {"codex", "Authorization", "Bearer sk-test-key"},
        {"anthropic", "x-api-key", "sk-test-key"},
        {"claude", "x-api-key", "sk-test-key"},
        {"azure", "api-key", "sk-test-key"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.api);
      Bench bench(row.api);
      HttpRequest request;
      request.headers.set(row.field, "forged");
      add_key(request, bench.settings);
      CHECK(request.headers.size() == 1);
      CHECK(request.headers.get(row.field) == row.value);
      bench.settings.api_key = config::Secret("");
      HttpRequest without;
      add_key(without, bench.settings);
      CHECK(without.headers.size() == 0);
    }
  }

  TEST_CASE("gateway: an answer that is of no use is paid for, one without a count is estimated") {
    struct Row {
      const char* body;
      bool ok, costs;
      std::uint64_t output;
    };
    const Row rows[] = {
        {R"({"choices":[{"message":{"content":""}}],"usage":{"prompt_tokens":50,"completion_tokens":7}})",
         false, true, 7},
        {R"({"choices":[{"message":{"content":"yes"}}]})", true, true,
         retrieval::estimate_tokens("yes")},
        {"data: {\"choices\":[{\"delta\":{\"content\":\"half an answer\"}}]}\n\n", false, true,
         retrieval::estimate_tokens("half an answer")},
        {"<html>", false, false, 0},
    };
    for (const Row& row : rows) {
      CAPTURE(row.body);
      Bench bench;
      bench.http.expect("POST", "", answer(200, row.body));
      CHECK(bench.ask().ok() == row.ok);
      const ModelExchange exchange = bench.gateway.exchanges().at(0);
      CHECK((exchange.cost > 0) == row.costs);
      CHECK((exchange.input_tokens > 0) == row.costs);
      CHECK(exchange.output_tokens == row.output);
      CHECK(exchange.priced);
    }
  }

  TEST_CASE("gateway: whoever stops listening has asked all the same") {
    Bench bench;
    bench.http.expect("POST", "", Result<HttpResponse>(Error{ErrorKind::timeout, "silent for 60 s"}));
    CHECK(bench.ask().error().kind == ErrorKind::timeout);
    CHECK(bench.gateway.spent() > 0);
    Bench refused;
    refused.http.whenever("POST", "", Result<HttpResponse>(Error{ErrorKind::unavailable, "refused"}));
    CHECK_FALSE(refused.ask().ok());
    CHECK(refused.gateway.spent() == 0);
  }

  TEST_CASE("gateway: a model without a price is free to the budget and marked") {
    Bench bench;
    bench.settings.input_price = bench.settings.output_price = 0;
    bench.http.expect("POST", "", answer(200, kAnswer));
    REQUIRE(bench.ask().ok());
    CHECK(bench.gateway.spent() == 0);
    CHECK_FALSE(bench.gateway.exchanges().at(0).priced);
  }

  TEST_CASE("gateway: candidates side by side never pass the budget or the tokens") {
    // Each call sets aside a little over $0.05 (1000 tokens of output at 50) and costs $0.02.
    for (const bool by_tokens : {false, true}) {
      CAPTURE(by_tokens);
      Bench bench("chat", by_tokens ? 100 : 0.2);
      bench.settings.max_output_tokens = 1000;
      Gateway gateway(bench.http, bench.clock, bench.redactor, bench.budget,
                      by_tokens ? 5000 : 1'000'000, Milliseconds{0});
      bench.http.whenever("POST", "", answer(200, kAnswer));
      std::vector<std::thread> candidates;
      std::atomic<int> asked{0}, refused{0};
      for (int i = 0; i < 4; ++i) {
        candidates.emplace_back([&] {
          EndpointModel model(bench.settings, gateway);
          for (int turn = 0; turn < 10; ++turn) {
            const auto got = model.ask(question(), deadline_in(Milliseconds{60'000}), {});
            if (got) ++asked;
            if (!got && got.error().kind == ErrorKind::exhausted) ++refused;
          }
        });
      }
      for (std::thread& candidate : candidates) candidate.join();
      CHECK(asked + refused == 40);
      CHECK(asked > 0);
      CHECK(refused > 0);
      std::uint64_t tokens = 0;
      for (const ModelExchange& exchange : gateway.exchanges()) {
        tokens += exchange.input_tokens + exchange.output_tokens;
      }
      CHECK(gateway.spent() <= (by_tokens ? 100 : 0.2));
      CHECK(tokens <= (by_tokens ? 5000 : 1'000'000));
      CHECK(gateway.exchanges().size() == static_cast<size_t>(asked));
    }
  }

  TEST_CASE("gateway: an answer over the client's limit is the endpoint's fault") {
    Bench bench;
    bench.http.expect("POST", "",
                      Result<HttpResponse>(Error{ErrorKind::exhausted, "the answer is too large"}));
    const auto got = bench.ask();
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().kind == ErrorKind::invalid_input);
  }
}

}  // namespace
}  // namespace triage::propose
