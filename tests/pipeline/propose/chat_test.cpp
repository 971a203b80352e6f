#include <doctest/doctest.h>

#include "pipeline/base/digest.h"
#include "tests/pipeline/propose/model_bench.h"

namespace triage::propose {
namespace {

using testing::answer;

constexpr const char* kAnswer =
    R"({"model":"m-1","choices":[{"message":{"content":"## Cause\nok"},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":1000,"completion_tokens":200}})";

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
    CHECK(sent.idle_timeout == bench.settings.idle_timeout);
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

  TEST_CASE("chat: a conversation goes out in order, with calls, results, tools and schema") {
    ModelRequest request = conversation();
    request.schema = {"report", strict_schema()};
    const Dialect& dialect = dialect_for("chat");
    config::ModelSettings settings;
    settings.base_url = "https://models.example/v1";
    const HttpRequest http = dialect.build(settings, request, {});
    CHECK(http.body == dialect.build(settings, request, {}).body);
    const Json body = parse_json(http.body).value_or(Json());
    const Json::Array& messages = body["messages"].items();
    REQUIRE(messages.size() == 5);
    CHECK(messages[2]["content"].as_string() == "I look.");
    const Json::Array& calls = messages[2]["tool_calls"].items();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0]["id"].as_string() == "call_1");
    CHECK(calls[0]["function"]["arguments"].as_string() == R"({"path":"a.py"})");
    CHECK(calls[1]["function"]["arguments"].as_string() == R"({"unreadable":"{broken"})");
    CHECK(messages[3]["tool_call_id"].as_string() == "call_1");
    CHECK(messages[4]["content"].as_string() == "no such file");
    CHECK(body["tools"].items().at(0)["function"]["name"].as_string() == "read");
    CHECK(body["response_format"]["json_schema"]["strict"].as_bool());
    CHECK(body["response_format"]["json_schema"]["schema"] == strict_schema());
    CHECK(body["stream_options"]["include_usage"].as_bool());

    Shape words;
    words.tools = false;
    words.schema = SchemaForm::words;
    const Json plain = parse_json(dialect.build(settings, request, words).body).value_or(Json());
    CHECK_FALSE(plain.contains("tools"));
    CHECK_FALSE(plain.contains("response_format"));
    CHECK(plain["messages"].items().at(1)["content"].as_string().find(strict_schema().dump()) !=
          std::string::npos);
    CHECK(plain["messages"].items().at(2)["content"].as_string() ==
          "I look.\n[called read with {\"path\":\"a.py\"}]\n[called read with {broken]");
    CHECK(plain["messages"].items().at(3)["role"].as_string() == "user");
  }

  TEST_CASE("chat: calls are read however a server gives them") {
    struct Row {
      std::string body, text, arguments;
      size_t calls;
    };
    const Row rows[] = {
        {R"({"choices":[{"message":{"content":null,"tool_calls":[{"id":"c1","function":)"
         R"({"name":"read","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}]})",
         "", R"({"a":1})", 1},
        {R"({"choices":[{"message":{"content":"","tool_calls":[{"function":)"
         R"({"name":"read","arguments":{"a":1}}}]}}]})",
         "", R"({"a":1})", 1},
        {R"({"choices":[{"message":{"content":"x","tool_calls":[{"id":"c1","function":)"
         R"({"name":"read","arguments":"{cut"}}]},"finish_reason":"length"}]})",
         "x", "{cut", 1},
        {R"({"choices":[{"message":{"content":"<think>hm</think>\n\nok","reasoning_content":"r"}}]})",
         "ok", "", 0},
        {R"({"choices":[{"message":{"content":"<think> never closed"}}]})", "<think> never closed", "",
         0},
        {sse({R"({"choices":[{"delta":{"role":"assistant","content":""}}]})",
              R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":)"
              R"({"name":"read","arguments":""}}]}}]})",
              R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}}]})",
              R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]})",
              R"({"choices":[{"delta":{},"finish_reason":"tool_calls"}]})", "[DONE]"}),
         "", R"({"a":1})", 1},
        // Two calls under one index, each whole and with an id of its own.
        {sse({R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":)"
              R"({"name":"read","arguments":"{\"a\":1}"}}]}}]})",
              R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c2","function":)"
              R"({"name":"read","arguments":{"b":2}}}]}}]})",
              R"({"choices":[{"delta":{},"finish_reason":"stop"}]})"}),
         "", R"({"a":1})", 2},
        {sse({R"({"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]})"}), "whole", "",
         0},
        {sse({R"({"choices":[{"delta":{"content":"no finish"}}]})", "[DONE]"}), "no finish", "", 0},
    };
    for (const Row& row : rows) {
      CAPTURE(row.body);
      const auto got = dialect_for("chat").parse(answer(200, row.body), conversation()).answer;
      REQUIRE(got.ok());
      CHECK(got->text == row.text);
      REQUIRE(got->calls.size() == row.calls);
      if (row.calls == 0) continue;
      CHECK(got->calls[0].arguments == row.arguments);
      CHECK(got->calls[0].name == "read");
      CHECK_FALSE(got->calls[0].id.empty());
    }
  }

  TEST_CASE("chat: no odd answer passes for one") {
    check_odd_answers(
        dialect_for("chat"),
        {{R"({"choices":"none"})", ErrorKind::invalid_input, "no choices"},
         {R"({"choices":[{}]})", ErrorKind::invalid_input, "is empty"},
         {R"({"choices":[{"message":{"content":7}}]})", ErrorKind::invalid_input, "is empty"},
         {R"({"choices":[{"message":{"content":""},"finish_reason":"length"}]})",
          ErrorKind::invalid_input, "max_output_tokens"},
         {R"({"choices":[{"message":{"content":"half a"},"finish_reason":"content_filter"}]})",
          ErrorKind::invalid_input, "declined"},
         {R"({"choices":[{"message":{"refusal":"no"}}]})", ErrorKind::invalid_input, "declined"},
         {sse({R"({"choices":[{"delta":{"content":"a"}}]})"}), ErrorKind::unavailable, "complete"},
         {sse({R"({"choices":[{"delta":{"content":"a"}}]})",
               R"({"error":{"type":"overloaded_error","message":"busy"}})"}),
          ErrorKind::unavailable, "busy"},
         {sse({"[DONE]"}), ErrorKind::unavailable, "complete"}});
  }

  TEST_CASE("chat: an answer that breaks off is asked for once more, and paid for both times") {
    const std::string half = sse({R"({"choices":[{"delta":{"content":"half"}}]})"});
    Bench bench;
    bench.http.expect("POST", "", answer(200, half)).expect("POST", "", answer(200, kAnswer));
    REQUIRE(bench.ask().ok());
    REQUIRE(bench.gateway.exchanges().size() == 2);
    CHECK(bench.gateway.exchanges().at(0).cost > 0);
    CHECK(bench.gateway.exchanges().at(0).error.find("complete") != std::string::npos);
    CHECK(bench.gateway.exchanges().at(1).error.empty());

    Bench broken;
    broken.http.whenever("POST", "", answer(200, half));
    CHECK(broken.ask().error().kind == ErrorKind::unavailable);
    CHECK(broken.http.requests().size() == 2);
  }

  TEST_CASE("chat: a stream cut anywhere is an error or whole") {
    check_cuts(
        dialect_for("chat"),
        sse({R"({"model":"m-1","choices":[{"delta":{"content":"I l"}}]})",
             R"({"model":"m-1","choices":[{"delta":{"content":"ook."}}]})",
             R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":)"
             R"({"name":"read","arguments":"{\"path\":"}}]}}]})",
             R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"a.py\"}"}}]}}]})",
             R"({"choices":[{"delta":{},"finish_reason":"tool_calls"}]})",
             R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}})", "[DONE]"}));
  }

  TEST_CASE("chat: each refusal takes one thing away, and what was learnt is kept") {
    struct Row {
      const char* refusal;
      const char* gone;  // member that the next request lacks
    };
    const Row rows[] = {
        {R"({"error":{"message":"Unrecognized request argument: stream_options"}})", "stream_options"},
        {R"({"error":{"message":"temperature is not supported"}})", "temperature"},
        {R"({"error":{"message":"streaming is not supported"}})", "stream_options"},
        {R"({"error":{"message":"m-1 does not support tools"}})", "tools"},
        {R"({"error":{"message":"\"auto\" tool choice requires --enable-auto-tool-choice"}})", "tools"},
        {R"({"detail":"Extra inputs are not permitted: max_tokens"})", "max_tokens"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.refusal);
      Bench bench;
      bench.http.expect("POST", "", answer(400, row.refusal)).whenever("POST", "", answer(200, kAnswer));
      EndpointModel model(bench.settings, bench.gateway);
      const ModelRequest request = conversation();
      for (int turn = 0; turn < 2; ++turn) {
        const auto got = model.ask(request, deadline_in(Milliseconds{60'000}), {});
        REQUIRE(got.ok());
        CHECK(got->no_tools == (std::string_view(row.gone) == "tools"));
      }
      REQUIRE(bench.http.requests().size() == 3);
      CHECK(bench.sent(0).contains(row.gone));
      CHECK_FALSE(bench.sent(1).contains(row.gone));
      CHECK_FALSE(bench.sent(2).contains(row.gone));
    }
  }

  TEST_CASE("chat: a schema is asked for in three ways, and a refusal of none of them is final") {
    Bench bench;
    ModelRequest request = question();
    request.schema = {"report", strict_schema()};
    bench.http
        .expect("POST", "", answer(400, R"({"error":{"message":"Invalid schema for response_format"}})"))
        .expect("POST", "", answer(400, R"({"error":{"message":"response_format is unknown"}})"))
        .expect("POST", "", answer(400, R"({"error":{"message":"response_format is unknown"}})"));
    CHECK_FALSE(bench.ask(request).ok());
    CHECK(bench.http.done());
    CHECK(bench.sent(0)["response_format"]["type"].as_string() == "json_schema");
    CHECK(bench.sent(1)["response_format"]["type"].as_string() == "json_object");
    CHECK_FALSE(bench.sent(2).contains("response_format"));
    CHECK(bench.sent(2)["messages"].items().at(1)["content"].as_string().find("JSON schema") !=
          std::string::npos);
  }

  TEST_CASE("chat: llama.cpp's refusal under status 500 is a refusal, another 500 a fault") {
    Bench bench;
    bench.http
        .expect("POST", "", answer(500, R"({"error":{"message":"tools param requires --jinja flag"}})"))
        .expect("POST", "", answer(200, kAnswer));
    const auto got = bench.ask(conversation());
    REQUIRE(got.ok());
    CHECK(got->no_tools);
    Bench broken;
    broken.http.whenever("POST", "", answer(500, R"({"error":{"message":"tools: out of memory"}})"));
    CHECK(broken.ask(conversation()).error().kind == ErrorKind::unavailable);
  }

  TEST_CASE("azure: the v1 address, the key's own field, and an older address as it is") {
    struct Row {
      const char* base_url;
      const char* url;
    };
    const Row rows[] = {
        {"https://r.openai.azure.com", "https://r.openai.azure.com/openai/v1/chat/completions"},
        {"https://r.openai.azure.com/openai/v1/",
         "https://r.openai.azure.com/openai/v1/chat/completions"},
        {"https://r.openai.azure.com/openai/deployments/m-1?api-version=2024-10-21",
         "https://r.openai.azure.com/openai/deployments/m-1/chat/completions?api-version=2024-10-21"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.base_url);
      Bench bench("azure");
      bench.settings.base_url = row.base_url;
      bench.http.expect("POST", row.url, answer(200, kAnswer));
      REQUIRE(bench.ask().ok());
      CHECK(bench.http.requests().at(0).url == row.url);
      CHECK(bench.http.requests().at(0).headers.get("api-key") == "sk-test-key");
      CHECK(bench.http.requests().at(0).headers.get("Authorization").empty());
    }
  }
}

}  // namespace
}  // namespace triage::propose
