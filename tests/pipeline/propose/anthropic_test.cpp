#include <doctest/doctest.h>

#include "tests/pipeline/propose/model_bench.h"

namespace triage::propose {
namespace {

using testing::answer;

const std::string kUsage =
    R"("usage":{"input_tokens":30,"cache_read_input_tokens":60,"cache_creation_input_tokens":10,"output_tokens":20})";
const std::string kText = R"({"type":"text","text":"ok"})";
const std::string kCall = R"({"type":"tool_use","id":"toolu_9","name":"read","input":{"path":"a"}})";
const std::string kThought = R"({"type":"thinking","thinking":"hm","signature":"c2VhbA=="})";

std::string whole(const std::string& blocks, const std::string& stopped = "end_turn") {
  return R"({"type":"message","model":"m-1-2026","content":[)" + blocks + R"(],"stop_reason":")" +
         stopped + "\"," + kUsage + "}";
}

std::string named(const std::string& type, const std::string& members = "") {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" +
         (members.empty() ? "" : "," + members) + "}\n\n";
}

std::string stream() {
  return named("message_start", R"("message":{"type":"message","model":"m-1-2026","content":[],)"
                                R"("usage":{"input_tokens":30,"cache_read_input_tokens":60,)"
                                R"("cache_creation_input_tokens":10,"output_tokens":1}})") +
         named("ping") +
         named("content_block_start",
               R"("index":0,"content_block":{"type":"thinking","thinking":"","signature":""})") +
         named("content_block_delta", R"("index":0,"delta":{"type":"thinking_delta","thinking":"hm"})") +
         named("content_block_delta",
               R"("index":0,"delta":{"type":"signature_delta","signature":"c2VhbA=="})") +
         named("content_block_stop", R"("index":0)") +
         named("content_block_start", R"("index":1,"content_block":{"type":"text","text":""})") +
         named("content_block_delta", R"("index":1,"delta":{"type":"text_delta","text":"o"})") +
         named("content_block_delta", R"("index":1,"delta":{"type":"text_delta","text":"k"})") +
         named("content_block_stop", R"("index":1)") +
         named("content_block_start", R"("index":2,"content_block":{"type":"tool_use","id":"toolu_9",)"
                                      R"("name":"read","input":{}})") +
         named("content_block_delta",
               R"("index":2,"delta":{"type":"input_json_delta","partial_json":""})") +
         named("content_block_delta",
               R"("index":2,"delta":{"type":"input_json_delta","partial_json":"{\"path\":"})") +
         named("content_block_delta",
               R"("index":2,"delta":{"type":"input_json_delta","partial_json":"\"a\"}"})") +
         named("content_block_stop", R"("index":2)") +
         named("message_delta", R"("delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":20})") +
         named("message_stop");
}

TEST_SUITE("propose") {
  TEST_CASE("anthropic: instructions apart, blocks in turns, marks for the cache") {
    Bench bench("anthropic");
    bench.http.expect("POST", "https://models.example/v1/messages", answer(200, whole(kText)));
    const auto got = bench.ask(conversation());
    REQUIRE(got.ok());
    CHECK(got->text == "ok");
    CHECK(got->usage.input == 100);
    CHECK(got->usage.cached == 60);
    CHECK(got->usage.written == 10);
    // 30 + 60 and 10 more to write, at 10 USD a million, and 20 at 50.
    CHECK(bench.gateway.spent() == doctest::Approx((30 + 60 + 10 * 1.25) * 10e-6 + 20 * 50e-6));
    const HttpRequest& sent = bench.http.requests().at(0);
    CHECK(sent.headers.get("x-api-key") == "sk-test-key");
    CHECK(sent.headers.get("Authorization").empty());
    CHECK(sent.headers.get("anthropic-version") == "2023-06-01");

    const Json body = bench.sent();
    CHECK(body["max_tokens"].as_integer() == 1000);
    CHECK_FALSE(body.contains("temperature"));
    CHECK(body["system"].items().at(0)["text"].as_string() == "be brief");
    CHECK(body["tools"].items().at(0)["input_schema"]["type"].as_string() == "object");
    const Json::Array& turns = body["messages"].items();
    REQUIRE(turns.size() == 3);
    CHECK(turns[0]["role"].as_string() == "user");
    CHECK(turns[1]["content"].items().at(1)["input"]["path"].as_string() == "a.py");
    CHECK(turns[1]["content"].items().at(2)["input"]["unreadable"].as_string() == "{broken");
    const Json::Array& results = turns[2]["content"].items();
    REQUIRE(results.size() == 2);  // both results in one turn
    CHECK(results[0]["tool_use_id"].as_string() == "call_1");
    CHECK(results[1]["content"].as_string() == "no such file");
    for (const Json* marked : {&body["system"].items().at(0), &body["tools"].items().at(0),
                               &turns[0]["content"].items().at(0), &results[1]}) {
      CHECK((*marked)["cache_control"]["type"].as_string() == "ephemeral");
    }
    CHECK_FALSE(results[0].contains("cache_control"));
  }

  TEST_CASE("anthropic: an address without a path gets the API's") {
    Bench bench("anthropic");
    bench.settings.base_url = "https://models.example";
    bench.http.expect("POST", "https://models.example/v1/messages", answer(200, whole(kText)));
    CHECK(bench.ask().ok());
  }

  TEST_CASE("anthropic: a schema by output_config, by a forced tool, in words") {
    Bench bench("anthropic");
    ModelRequest request = question();
    request.schema = {"report", strict_schema()};
    bench.http
        .expect("POST", "", answer(400, R"({"error":{"message":"output_config: not permitted"}})"))
        .expect("POST", "",
                answer(200, whole(R"({"type":"tool_use","id":"t","name":"report","input":{"cause":"x"}})",
                                  "tool_use")));
    const auto got = bench.ask(request);
    REQUIRE(got.ok());
    CHECK(got->text == R"({"cause":"x"})");
    CHECK(got->calls.empty());
    CHECK(bench.sent(0)["output_config"]["format"]["schema"] == strict_schema());
    CHECK(bench.sent(1)["tool_choice"]["name"].as_string() == "report");
    CHECK_FALSE(bench.sent(1).contains("output_config"));

    Bench wordy("anthropic");
    wordy.http
        .expect("POST", "", answer(400, R"({"error":{"message":"output_config: not permitted"}})"))
        .expect("POST", "", answer(400, R"({"error":{"message":"tool_choice: forced tool use is not supported"}})"))
        .expect("POST", "", answer(200, whole(kText)));
    REQUIRE(wordy.ask(request).ok());
    CHECK_FALSE(wordy.sent(2).contains("tool_choice"));
    CHECK(wordy.http.requests().at(2).body.find("Its JSON schema") != std::string::npos);
  }

  TEST_CASE("anthropic: the stream and the document say the same") {
    const Dialect& dialect = dialect_for("claude");
    const Reading streamed = dialect.parse(answer(200, stream()), conversation());
    REQUIRE(streamed.answer.ok());
    CHECK(streamed.answer->text == "ok");
    REQUIRE(streamed.answer->calls.size() == 1);
    CHECK(streamed.answer->calls[0].arguments == R"({"path":"a"})");
    CHECK(streamed.usage.input == 100);
    CHECK(streamed.usage.output == 20);
    const Reading plain =
        dialect.parse(answer(200, whole(kThought + "," + kText + "," + kCall, "tool_use")), {});
    REQUIRE(plain.answer.ok());
    CHECK(plain.answer->verbatim == streamed.answer->verbatim);
  }

  TEST_CASE("anthropic: thinking goes back as it came, unmarked") {
    ModelRequest request = conversation();
    request.messages[2].verbatim = parse_json("[" + kThought + "," + kCall + "]").value_or(Json());
    config::ModelSettings settings;
    settings.base_url = "https://models.example/v1";
    const Json body =
        parse_json(dialect_for("anthropic").build(settings, request, {}).body).value_or(Json());
    const Json::Array& blocks = body["messages"].items().at(1)["content"].items();
    REQUIRE(blocks.size() == 2);
    CHECK(blocks[0].dump() == kThought);
    CHECK(blocks[1].dump() == kCall);
  }

  TEST_CASE("anthropic: no odd answer passes for one") {
    check_odd_answers(
        dialect_for("anthropic"),
        {{R"({"content":"text"})", ErrorKind::invalid_input, "no content"},
         {whole(""), ErrorKind::invalid_input, "is empty"},
         {whole(R"({"type":"text","text":7})"), ErrorKind::invalid_input, "is empty"},
         {whole("", "max_tokens"), ErrorKind::invalid_input, "max_output_tokens"},
         {whole(kText, "refusal"), ErrorKind::invalid_input, "declined"},
         {R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
          ErrorKind::unavailable, "Overloaded"},
         {named("message_stop"), ErrorKind::unavailable, "complete"},
         {named("content_block_delta", R"("index":0,"delta":{"text":"x"})"),
          ErrorKind::invalid_input, "out of order"},
         {named("message_start", R"("message":{"content":[]})") +
              named("error", R"("error":{"type":"overloaded_error","message":"Overloaded"})"),
          ErrorKind::unavailable, "Overloaded"}});
  }

  TEST_CASE("anthropic: arguments that were cut are kept as they are") {
    std::string cut = stream();
    const std::string tail = R"(\"a\"}")";
    cut.replace(cut.rfind(tail), tail.size(), "\"");
    const auto got = dialect_for("anthropic").parse(answer(200, cut), conversation()).answer;
    REQUIRE(got.ok());
    CHECK(got->calls.at(0).arguments == R"({"path":)");
  }

  TEST_CASE("anthropic: a stream cut anywhere is an error or whole") {
    check_cuts(dialect_for("anthropic"), stream());
    // What a cut stream had used by then is known, and spent.
    const Reading cut = dialect_for("anthropic").parse(answer(200, stream().substr(0, 1200)), {});
    CHECK_FALSE(cut.answer.ok());
    CHECK(cut.usage.input == 100);
  }
}

}  // namespace
}  // namespace triage::propose
