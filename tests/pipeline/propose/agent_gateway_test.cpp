#include "pipeline/propose/agents/agent_gateway.h"

#include <doctest/doctest.h>

#include <array>

#include "pipeline/propose/models/dialect.h"
#include "tests/fakes/scripted_http.h"

namespace triage::propose {
namespace {

using testing::answer;
using testing::ScriptedHttp;

const std::string kSecret = "sk_live_4eC39HqLyjWDarjtT1zdp7dcQx81";

struct StandingClock final : Clock {
  TimePoint now() const override { return TimePoint{}; }
};

const char* const kResponsesAnswer =
    "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\n"
    "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"usage\":"
    "{\"input_tokens\":1000,\"input_tokens_details\":{\"cached_tokens\":400},\"output_tokens\":200}}}\n\n";
const char* const kMessagesAnswer =
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":500,"
    "\"cache_read_input_tokens\":400,\"cache_creation_input_tokens\":100,\"output_tokens\":1}}}\n\n"
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":200}}\n\n";

// An agent in front of its gateway, and a scripted endpoint behind it.
struct Bench {
  explicit Bench(AgentDialect spoken, double usd = 1.0)
      : dialect(spoken), budget(usd), gateway(http, clock, redactor, budget, 1'000'000, Milliseconds{0}) {
    const bool codex = dialect == AgentDialect::responses;
    settings.name = "m-1";
    settings.api = codex ? "codex" : "claude";
    settings.base_url = "https://models.example/v1";
    settings.api_key = config::Secret("sk-the-real-key");
    settings.input_price = 10;
    settings.output_price = 50;
    settings.max_output_tokens = 1000;
    settings.max_turns = 3;
    http.whenever("POST", codex ? "models.example/v1/responses" : "models.example/v1/messages",
                  answer(200, codex ? kResponsesAnswer : kMessagesAnswer,
                         {{"Content-Type", "text/event-stream"}, {"Set-Cookie", "x=1"}}));
    agent.emplace(gateway, redactor, settings, dialect, deadline_in(Milliseconds{60'000}),
                  std::stop_token{});
  }
  std::string path() const { return dialect == AgentDialect::responses ? "/v1/responses" : "/v1/messages"; }
  HttpResponse post(const std::string& body, Headers headers = {}) {
    return agent->handle({"POST", path(), std::move(headers), body});
  }
  Json sent(size_t i = 0) const {
    const auto body = parse_json(http.requests().at(i).body);
    REQUIRE(body.ok());
    return *body;
  }

  AgentDialect dialect;
  config::ModelSettings settings;
  ScriptedHttp http;
  StandingClock clock;
  redact::Redactor redactor;
  LimitedBudget budget;
  Gateway gateway;
  std::optional<AgentGateway> agent;
};

std::string question(AgentDialect dialect, const std::string& text = "why?",
                     const std::string& more = "", const std::string& model = "m-1") {
  const std::string said = dialect == AgentDialect::responses
      ? R"("input":[{"type":"message","role":"user","content":[{"type":"input_text","text":)"
      : R"("messages":[{"role":"user","content":[{"type":"text","text":)";
  return R"({"model":")" + model + R"(",)" + said + json_quote(text) + "}]}]" + more + "}";
}

constexpr std::array kBoth{AgentDialect::responses, AgentDialect::messages};

TEST_SUITE("propose agents") {
  TEST_CASE("agent gateway: a question goes out with our key and is accounted for") {
    for (const AgentDialect dialect : kBoth) {
      Bench bench(dialect);
      const HttpResponse got = bench.post(
          question(dialect),
          {{"Authorization", "Bearer of-the-agent"}, {"x-api-key", "of-the-agent"}, {"Cookie", "a=b"},
           {"anthropic-version", "2023-06-01"}, {"anthropic-beta", "effort-2025"}, {"X-Session", "s"},
           {"Proxy-Authorization", "x"}, {"Host", "127.0.0.1"}, {"Connection", "keep-alive"}});
      CHECK(got.status == 200);
      CHECK(got.headers.size() == 1);
      CHECK(got.headers.get("Content-Type") == "text/event-stream");
      const HttpRequest& out = bench.http.requests().at(0);
      for (const auto& [name, value] : out.headers) {
        CAPTURE(name);
        CHECK(value.find("of-the-agent") == std::string::npos);
        CHECK(name != "Cookie");
        CHECK(name != "X-Session");
        CHECK(name != "Proxy-Authorization");
        CHECK(name != "Host");
      }
      if (dialect == AgentDialect::responses) {
        CHECK(out.headers.get("Authorization") == "Bearer sk-the-real-key");
        CHECK(out.headers.get("anthropic-beta").empty());
        CHECK(bench.sent()["store"].as_bool(true) == false);
        CHECK(bench.sent()["max_output_tokens"].as_integer() == 1000);
      } else {
        CHECK(out.headers.get("x-api-key") == "sk-the-real-key");
        CHECK(out.headers.get("anthropic-beta") == "effort-2025");
        CHECK(bench.sent()["max_tokens"].as_integer() == 1000);
      }
      const ModelExchange exchange = bench.gateway.exchanges().at(0);
      CHECK(exchange.input_tokens == 1000);
      CHECK(exchange.cached_tokens == 400);
      CHECK(exchange.output_tokens == 200);
      CHECK(exchange.cost > 0);
      CHECK(bench.agent->report().answered == 1);
      CHECK(bench.agent->report().refusals.empty());
    }
  }

  TEST_CASE("agent gateway: other paths and methods end here") {
    struct Row {
      AgentDialect dialect;
      std::string method, target;
      int status;
    };
    const std::vector<Row> rows{
        {AgentDialect::responses, "GET", "/v1/responses", 404},
        {AgentDialect::responses, "POST", "/v1/responses/../files", 404},
        {AgentDialect::responses, "POST", "/v1/files", 404},
        {AgentDialect::responses, "POST", "/v1/chat/completions", 404},
        {AgentDialect::responses, "POST", "/v1/messages", 404},
        {AgentDialect::responses, "GET", "/v1/models", 404},
        {AgentDialect::messages, "POST", "/v1/messages/batches", 404},
        {AgentDialect::messages, "POST", "/v1/files", 404},
        {AgentDialect::messages, "HEAD", "/", 404},
        {AgentDialect::messages, "POST", "/v1/messages/count_tokens?beta=true", 200},
        {AgentDialect::messages, "POST", "/v1/messages?beta=true", 200},   // the controls
        {AgentDialect::responses, "POST", "/v1/responses", 200},
    };
    for (const Row& row : rows) {
      CAPTURE(row.target);
      Bench bench(row.dialect);
      const HttpResponse got = bench.agent->handle({row.method, row.target, {}, question(row.dialect)});
      CHECK(got.status == row.status);
      const bool asked = row.status == 200 && row.target.find("count") == std::string::npos;
      CHECK(bench.http.requests().size() == (asked ? 1 : 0));
      if (row.status == 404) CHECK(bench.agent->report().refusals.size() == 1);
    }
  }

  TEST_CASE("agent gateway: what may not be asked is refused in the agent's dialect, once and for all") {
    struct Row {
      std::string_view what;
      std::string more, model = "m-1";
      int status;
    };
    const std::vector<Row> rows{
        {"another model", "", "m-2", 403},
        {"no model", "", "", 403},
        {"a picture from a host", R"(,"system":[{"type":"image","source":{"type":"url","url":"https://evil.example/?q=1"}}],"instructions":[{"image_url":"https://evil.example/?q=1"}])", "m-1", 403},
        {"an unknown field is only left out", R"(,"mcp_servers":[{"url":"https://evil.example"}],"previous_response_id":"r","metadata":{"user_id":"u"}})", "m-1", 200},
    };
    for (const AgentDialect dialect : kBoth) {
      for (const Row& row : rows) {
        CAPTURE(row.what);
        Bench bench(dialect);
        std::string more = row.more;
        if (more.ends_with("}}")) more.pop_back();
        const HttpResponse got = bench.post(question(dialect, "why?", more, row.model));
        CHECK(got.status == row.status);
        if (row.status == 200) {
          CHECK(bench.http.requests().at(0).body.find("evil") == std::string::npos);
          CHECK(bench.http.requests().at(0).body.find("user_id") == std::string::npos);
          continue;
        }
        CHECK(bench.http.requests().empty());
        const Json error = *parse_json(got.body);
        CHECK_FALSE(error["error"]["message"].as_string().empty());
        CHECK((error["type"].as_string() == "error") == (dialect == AgentDialect::messages));
        CHECK(bench.agent->report().last_error.has_value());
      }
      Bench bench(dialect);
      for (const char* body : {"", "no json", "[]", "{}", R"({"model":"m-1"})"})
        CHECK(bench.post(body).status / 100 == 4);
      CHECK(bench.post(question(dialect), {{"Content-Encoding", "zstd"}}).status / 100 == 4);
      CHECK(bench.http.requests().empty());
    }
  }

  TEST_CASE("agent gateway: tools that the endpoint would run are left out, and said") {
    const std::string tools =
        R"(,"tools":[{"type":"web_search"},{"type":"mcp","server_url":"https://evil.example"},)"
        R"({"type":"web_search_20250305","name":"web_search"},{"type":"code_interpreter"},)"
        R"({"type":"custom","name":"kept"}])";
    for (const AgentDialect dialect : kBoth) {
      Bench bench(dialect);
      CHECK(bench.post(question(dialect, "why?", tools)).status == 200);
      REQUIRE(bench.sent()["tools"].items().size() == 1);
      CHECK(bench.sent()["tools"].items().at(0)["name"].as_string() == "kept");
      CHECK(bench.agent->report().refusals.size() == 4);
    }
  }

  TEST_CASE("agent gateway: private values are sealed where text is, and refused where it is not") {
    struct Row {
      std::string_view what;
      std::string text;
    };
    const std::vector<Row> rows{
        {"plain", "key " + kSecret + " end"},
        {"a known person", "ask Astrid Lindqvist about it"},
        {"in JSON in a string", R"({"cmd":"echo )" + kSecret + R"(","n":1})"},
        {"quoted", "\"" + kSecret + "\""},
    };
    for (const AgentDialect dialect : kBoth) {
      for (const Row& row : rows) {
        CAPTURE(row.what);
        Bench bench(dialect);
        bench.redactor.know("PERSON", "Astrid Lindqvist");
        const std::string results =
            dialect == AgentDialect::responses
                ? R"({"model":"m-1","input":[{"type":"function_call_output","call_id":"c","output":)" +
                      json_quote(row.text) + R"(},{"type":"function_call","arguments":)" +
                      json_quote(row.text) + "}]}"
                : R"({"model":"m-1","system":)" + json_quote(row.text) +
                      R"(,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","input":{"command":{"deep":)" +
                      json_quote(row.text) + R"(}}}]},{"role":"user","content":[{"type":"tool_result","content":)" +
                      json_quote(row.text) + "}]}]}";
        for (const std::string& body : {question(dialect, row.text), results}) {
          const HttpResponse got = bench.post(body);
          CHECK_MESSAGE(got.status == 200, got.body);
        }
        for (const HttpRequest& out : bench.http.requests()) {
          CHECK(out.body.find(kSecret) == std::string::npos);
          CHECK(out.body.find("Lindqvist") == std::string::npos);
          CHECK(out.body.find("_1>") != std::string::npos);
        }
      }
      // Where no text belongs nothing is replaced: the guard refuses the whole.
      Bench bench(dialect);
      const std::string tools = R"(,"tools":[{"type":"custom","name":"t","description":")" + kSecret + "\"}]";
      CHECK(bench.post(question(dialect, "why?", tools)).status == 403);
      CHECK(bench.http.requests().empty());
    }
  }

  TEST_CASE("agent gateway: turns, money and a refusing endpoint end it without a loop") {
    for (const AgentDialect dialect : kBoth) {
      Bench turns(dialect);
      for (int i = 0; i < 3; ++i) CHECK(turns.post(question(dialect)).status == 200);
      for (int i = 0; i < 3; ++i) CHECK(turns.post(question(dialect)).status == 403);
      CHECK(turns.http.requests().size() == 3);
      CHECK(turns.agent->report().last_error->kind == ErrorKind::exhausted);
      CHECK(turns.agent->report().refusals.size() == 1);

      Bench poor(dialect, 0.0001);
      const HttpResponse unpaid = poor.post(question(dialect));
      CHECK(unpaid.status == 400);
      CHECK(unpaid.body.find("budget") != std::string::npos);
      CHECK(poor.http.requests().empty());

      for (const int status : {401, 404, 500, 429}) {
        Bench bench(dialect);
        ScriptedHttp refusing;
        refusing.whenever("POST", "models.example",
                          answer(status, R"({"error":{"message":"bad key sk-the-real-key"}})"));
        Gateway gateway(refusing, bench.clock, bench.redactor, bench.budget, 1'000'000, Milliseconds{0});
        AgentGateway agent(gateway, bench.redactor, bench.settings, dialect,
                           deadline_in(Milliseconds{60'000}), {});
        const HttpResponse got = agent.handle({"POST", bench.path(), {}, question(dialect)});
        CHECK(got.status == 400);
        CHECK(got.body.find("sk-the-real-key") == std::string::npos);
        CHECK_FALSE(gateway.exchanges().at(0).error.empty());
        CHECK(gateway.spent() == 0);
      }
    }
  }

  TEST_CASE("agent gateway: asks where a model without an agent would be asked") {
    for (const char* base : {"https://a.example", "https://a.example/", "https://a.example/v1/",
                             "https://a.example/openai/v1", "https://a.example/v1?api-version=2"}) {
      CAPTURE(base);
      config::ModelSettings settings;
      settings.base_url = base;
      for (const auto& [api, dialect] : {std::pair{"codex", AgentDialect::responses}, {"claude", AgentDialect::messages}})
        CHECK(agent_endpoint(dialect, base) == dialect_for(api).build(settings, {}, {}).url);
    }
  }

  TEST_CASE("agent gateway: what the endpoint sealed may come back to it, and nothing else like it") {
    // Looks like a secret to the guard; only the endpoint can read it.
    const std::string sealed = "sk_live_" + std::string(40, 'Z');
    for (const bool known : {true, false}) {
      Bench bench(AgentDialect::responses);
      const std::string item = R"({"type":"reasoning","id":"rs","summary":[],"encrypted_content":")" +
                               (known ? sealed : "other") + "\"}";
      ScriptedHttp endpoint;
      endpoint.whenever("POST", "models.example", answer(200,
          R"({"id":"r","status":"completed","output":[)" + item +
          R"(,{"type":"message","role":"assistant","content":[{"type":"output_text","text":"hm"}]}],"usage":{"input_tokens":1,"output_tokens":1}})",
          {{"Content-Type", "application/json"}}));
      Gateway gateway(endpoint, bench.clock, bench.redactor, bench.budget, 1'000'000, Milliseconds{0});
      AgentGateway agent(gateway, bench.redactor, bench.settings, AgentDialect::responses,
                         deadline_in(Milliseconds{60'000}), {});
      CHECK(agent.handle({"POST", bench.path(), {}, question(AgentDialect::responses)}).status == 200);
      const std::string back = R"({"model":"m-1","input":[{"type":"reasoning","id":"rs","summary":[],"encrypted_content":")" + sealed + "\"}]}";
      CHECK(agent.handle({"POST", bench.path(), {}, back}).status == (known ? 200 : 403));
    }
  }
}

}  // namespace
}  // namespace triage::propose
