#include <doctest/doctest.h>

#include "tests/pipeline/propose/model_bench.h"

namespace triage::propose {
namespace {

using testing::answer;

constexpr const char* kSeal = "gAAAAABmXv0w3Lk2J8vQxw1nR7hG5tYpZ4cB6dE9fH2jK8mN1qS3uV5xY7zA0bC2d";

std::string reasoning_item() {
  return R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":")" +
         std::string(kSeal) + R"("})";
}
const std::string kMessage =
    R"({"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"ok"}]})";
const std::string kCall =
    R"({"type":"function_call","id":"fc_1","call_id":"call_9","name":"read","arguments":"{\"path\":\"a\"}"})";
const std::string kUsage =
    R"("usage":{"input_tokens":100,"output_tokens":20,"input_tokens_details":{"cached_tokens":60,"cache_write_tokens":10}})";

std::string whole(const std::string& items, const std::string& more = "\"status\":\"completed\"") {
  return R"({"model":"m-1-2026","output":[)" + items + "]," + more + "," + kUsage + "}";
}

std::string stream() {
  return sse({R"({"type":"response.created","response":{"status":"in_progress","output":[]}})",
              R"({"type":"response.output_item.added","item":{"type":"message","content":[]}})",
              R"({"type":"response.output_text.delta","delta":"o"})",
              R"({"type":"response.output_text.delta","delta":"k"})",
              R"({"type":"response.output_item.done","item":)" + kMessage + "}",
              R"({"type":"response.function_call_arguments.delta","delta":"{"})",
              R"({"type":"response.output_item.done","item":)" + kCall + "}",
              R"({"type":"response.completed","response":)" +
                  whole(reasoning_item() + "," + kMessage + "," + kCall) + "}"});
}

TEST_SUITE("propose") {
  TEST_CASE("responses: instructions, items, tools and schema; nothing is stored") {
    Bench bench("responses");
    ModelRequest request = conversation();
    request.schema = {"report", strict_schema()};
    bench.http.expect("POST", "https://models.example/v1/responses", answer(200, whole(kMessage)));
    const auto got = bench.ask(request);
    REQUIRE(got.ok());
    CHECK(got->text == "ok");
    CHECK(got->model == "m-1-2026");
    CHECK(got->usage.input == 100);
    CHECK(got->usage.cached == 60);
    CHECK(got->usage.written == 10);
    CHECK(bench.http.requests().at(0).headers.get("Authorization") == "Bearer sk-test-key");

    const Json body = bench.sent();
    CHECK(body["instructions"].as_string() == "be brief");
    CHECK(body["store"].as_bool(true) == false);
    CHECK(body["max_output_tokens"].as_integer() == 1000);
    CHECK(body["include"].items().at(0).as_string() == "reasoning.encrypted_content");
    CHECK(body["text"]["format"]["schema"] == strict_schema());
    CHECK(body["text"]["format"]["strict"].as_bool());
    CHECK(body["tools"].items().at(0)["name"].as_string() == "read");
    const Json::Array& input = body["input"].items();
    REQUIRE(input.size() == 6);
    CHECK(input[0]["role"].as_string() == "user");
    CHECK(input[1]["content"].as_string() == "I look.");
    CHECK(input[2]["call_id"].as_string() == "call_1");
    CHECK(input[2]["arguments"].as_string() == R"({"path":"a.py"})");
    CHECK(input[4]["type"].as_string() == "function_call_output");
    CHECK(input[5]["output"].as_string() == "no such file");
  }

  TEST_CASE("responses: the stream and the document say the same") {
    const Dialect& dialect = dialect_for("codex");
    const Reading streamed = dialect.parse(answer(200, stream()), conversation());
    REQUIRE(streamed.answer.ok());
    CHECK(streamed.answer->text == "ok");
    REQUIRE(streamed.answer->calls.size() == 1);
    CHECK(streamed.answer->calls[0].id == "call_9");
    CHECK(streamed.usage.output == 20);
    const Reading plain = dialect.parse(
        answer(200, whole(reasoning_item() + "," + kMessage + "," + kCall)), conversation());
    REQUIRE(plain.answer.ok());
    CHECK(plain.answer->verbatim == streamed.answer->verbatim);
    CHECK(plain.answer->verbatim.items().size() == 3);

    // A minimal server puts the items into their own events only.
    const Reading lean = dialect.parse(
        answer(200, sse({R"({"type":"response.output_item.done","item":)" + kMessage + "}",
                         R"({"type":"response.completed","response":{"id":"r1",)" + kUsage + "}}"})),
        {});
    REQUIRE(lean.answer.ok());
    CHECK(lean.answer->text == "ok");
    CHECK(lean.usage.input == 100);
  }

  TEST_CASE("responses: sealed thoughts go back to the model that had them, and to no other") {
    Bench bench("responses");
    bench.http.expect("POST", "", answer(200, whole(reasoning_item() + "," + kCall)))
        .expect("POST", "", answer(200, whole(kMessage)));
    EndpointModel model(bench.settings, bench.gateway);
    ModelRequest request = conversation();
    const auto first = model.ask(request, deadline_in(Milliseconds{60'000}), {});
    REQUIRE(first.ok());
    Message turn = said(Role::assistant, first->text);
    turn.calls = first->calls;
    turn.verbatim = first->verbatim;
    request.messages.push_back(turn);
    Message result = said(Role::tool, "content");
    result.call_id = first->calls.at(0).id;
    request.messages.push_back(result);
    // The seal looks like a secret; it may leave because it came from the endpoint.
    const auto second = model.ask(request, deadline_in(Milliseconds{60'000}), {});
    REQUIRE_MESSAGE(second.ok(), (second ? "" : second.error().message));
    CHECK(bench.http.requests().at(1).body.find(kSeal) != std::string::npos);

    Bench other("responses");
    other.settings.name = "m-2";
    other.http.whenever("POST", "", answer(200, whole(kMessage)));
    REQUIRE(other.ask(request).ok());
    CHECK(other.http.requests().at(0).body.find(kSeal) == std::string::npos);
    CHECK(other.http.requests().at(0).body.find("call_9") != std::string::npos);

    // A seal that no endpoint gave is looked at like any text.
    Bench forged("responses");
    CHECK(forged.ask("look: " + std::string(kSeal)).error().kind == ErrorKind::denied);
    request.messages[request.messages.size() - 2].verbatim.set("by", "responses m-1");
    CHECK(forged.ask(request).error().kind == ErrorKind::denied);
    CHECK(forged.http.requests().empty());
  }

  TEST_CASE("responses: no odd answer passes for one") {
    const std::string refused =
        R"({"type":"message","content":[{"type":"refusal","refusal":"no"}]})";
    check_odd_answers(
        dialect_for("responses"),
        {{R"({"output":"text"})", ErrorKind::invalid_input, "no output"},
         {R"({"choices":[{"message":{"content":"x"}}]})", ErrorKind::invalid_input, "model.api"},
         {whole(""), ErrorKind::invalid_input, "is empty"},
         {whole(R"({"type":"message","content":"x"})"), ErrorKind::invalid_input, "is empty"},
         {whole(refused), ErrorKind::invalid_input, "declined"},
         {whole("", R"("status":"incomplete","incomplete_details":{"reason":"max_output_tokens"})"),
          ErrorKind::invalid_input, "max_output_tokens"},
         {whole(kMessage, R"("status":"incomplete","incomplete_details":{"reason":"content_filter"})"),
          ErrorKind::invalid_input, "declined"},
         {sse({R"({"type":"response.output_text.delta","delta":"half"})"}), ErrorKind::unavailable,
          "complete"},
         {sse({R"({"type":"error","code":"server_error","message":"boom"})"}),
          ErrorKind::unavailable, "boom"},
         {sse({R"({"type":"error","error":{"type":"server_error","message":"boom"}})"}),
          ErrorKind::unavailable, "boom"},
         {sse({R"({"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded",)"
               R"("message":"slow down"}}})"}),
          ErrorKind::rate_limited, "slow down"}});
  }

  TEST_CASE("responses: a cut-off answer says so") {
    const auto got =
        dialect_for("responses")
            .parse(answer(200, whole(kMessage, R"("status":"incomplete","incomplete_details":)"
                                               R"({"reason":"max_output_tokens"})")),
                   {})
            .answer;
    REQUIRE(got.ok());
    CHECK(got->cut_off);
  }

  TEST_CASE("responses: a stream cut anywhere is an error or whole") {
    check_cuts(dialect_for("responses"), stream());
  }

  TEST_CASE("responses: a model without sealed reasoning is asked without it") {
    Bench bench("responses");
    bench.http
        .expect("POST", "",
                answer(400, R"({"error":{"message":"Encrypted content is not supported with this model."}})"))
        .expect("POST", "", answer(200, whole(kMessage)));
    REQUIRE(bench.ask().ok());
    CHECK(bench.sent(0).contains("include"));
    CHECK_FALSE(bench.sent(1).contains("include"));
  }
}

}  // namespace
}  // namespace triage::propose
