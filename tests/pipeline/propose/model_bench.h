// One run's way to scripted endpoints, for tests of models and the gateway.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "pipeline/base/json.h"
#include "pipeline/propose/gateway.h"
#include "pipeline/propose/models/endpoint.h"
#include "tests/fakes/scripted_http.h"

namespace triage::propose {

struct StandingClock final : Clock {
  TimePoint now() const override { return TimePoint{}; }
};

inline Message said(Role role, std::string text) {
  return {role, SafeTextCodec::restore(std::move(text))};
}

inline ModelRequest question(const std::string& text = "why?") {
  ModelRequest request;
  request.messages = {said(Role::system, "be brief"), said(Role::user, text)};
  request.max_output_tokens = 1000;
  return request;
}

// A model called read, its result, and what else it may do: every kind of message.
inline ModelRequest conversation() {
  ModelRequest request = question();
  Message call = said(Role::assistant, "I look.");
  call.calls = {{"call_1", "read", R"({"path":"a.py"})"}, {"call_2", "read", "{broken"}};
  request.messages.push_back(call);
  Message one = said(Role::tool, "def a(): pass");
  one.call_id = "call_1";
  Message two = said(Role::tool, "no such file");
  two.call_id = "call_2";
  request.messages.push_back(one);
  request.messages.push_back(two);
  const Json path = Json::object().set("path", Json::object().set("type", "string"));
  request.tools = {{"read", "Reads a file.",
                    Json::object().set("type", "object").set("properties", path)}};
  return request;
}

inline Json strict_schema() {
  return Json::object()
      .set("type", "object")
      .set("properties", Json::object().set("cause", Json::object().set("type", "string")))
      .set("required", Json::array().push("cause"))
      .set("additionalProperties", false);
}

struct Bench {
  explicit Bench(std::string api = "chat", double usd = 1.0)
      : budget(usd), gateway(http, clock, redactor, budget, 1'000'000, Milliseconds{0}) {
    settings.name = "m-1";
    settings.api = std::move(api);
    settings.base_url = "https://models.example/v1/";
    settings.api_key = config::Secret("sk-test-key");
    settings.input_price = 10;
    settings.output_price = 50;
  }
  Result<ModelAnswer> ask(const ModelRequest& request) {
    EndpointModel model(settings, gateway);
    return model.ask(request, deadline_in(Milliseconds{60'000}), {});
  }
  Result<ModelAnswer> ask(const std::string& text = "why?") { return ask(question(text)); }
  Json sent(size_t number = 0) const {
    return parse_json(http.requests().at(number).body).value_or(Json());
  }

  config::ModelSettings settings;
  testing::ScriptedHttp http;
  StandingClock clock;
  redact::Redactor redactor;
  LimitedBudget budget;
  Gateway gateway;
};

inline std::string sse(const std::vector<std::string>& events) {
  std::string body;
  for (const std::string& event : events) body += "data: " + event + "\n\n";
  return body;
}

// Answers that no dialect may take for one, or for another than it is.
struct OddAnswer {
  std::string body;
  ErrorKind kind;
  std::string says;
};
inline void check_odd_answers(const Dialect& dialect, const std::vector<OddAnswer>& rows) {
  const std::vector<OddAnswer> everywhere = {
      {"", ErrorKind::invalid_input, "did not answer in JSON"},
      {"<html>hello", ErrorKind::invalid_input, "did not answer in JSON"},
      {"[]", ErrorKind::invalid_input, "did not answer in JSON"},
      {R"({"half":)", ErrorKind::invalid_input, "did not answer in JSON"},
      {"{}", ErrorKind::invalid_input, "speaks"},
      {R"({"error":{"type":"server_error","message":"boom"}})", ErrorKind::unavailable, "boom"},
      {R"({"error":{"type":"rate_limit_error"}})", ErrorKind::rate_limited, "error"},
      {R"({"error":{"code":"insufficient_quota"}})", ErrorKind::denied, "account"},
      {R"({"error":{"type":"authentication_error","message":"bad sk-test"}})", ErrorKind::denied,
       "api_key"},
      {R"({"error":"no such model"})", ErrorKind::invalid_input, "no such model"},
      {"data: {\"half\":\n\n", ErrorKind::invalid_input, "no JSON object"},
      {": keep-alive\n\n", ErrorKind::unavailable, "before its answer was complete"},
      {"data: {}\n\n", ErrorKind::unavailable, "before its answer was complete"},
  };
  std::vector<OddAnswer> all = everywhere;
  all.insert(all.end(), rows.begin(), rows.end());
  for (const OddAnswer& row : all) {
    CAPTURE(row.body.substr(0, 200));
    const Reading reading = dialect.parse(testing::answer(200, row.body), question());
    REQUIRE_FALSE(reading.answer.ok());
    CHECK(to_string(reading.answer.error().kind) == to_string(row.kind));
    CHECK_MESSAGE(reading.answer.error().message.find(row.says) != std::string::npos,
                  reading.answer.error().message);
    CHECK(reading.answer.error().message.find("sk-test") == std::string::npos);
  }
}

// Every cut of a stream gives an error or the whole answer; nothing in between.
inline void check_cuts(const Dialect& dialect, const std::string& stream) {
  const auto read = [&](const std::string& body) {
    return dialect.parse(testing::answer(200, body), conversation()).answer;
  };
  const auto whole = read(stream);
  REQUIRE(whole.ok());
  size_t errors = 0;
  for (size_t cut = 0; cut < stream.size(); ++cut) {
    CAPTURE(cut);
    const auto part = read(stream.substr(0, cut));
    if (!part) {
      ++errors;
      const ErrorKind kind = part.error().kind;
      CHECK((kind == ErrorKind::unavailable || kind == ErrorKind::invalid_input));
      continue;
    }
    CHECK(part->text == whole->text);
    CHECK(part->verbatim == whole->verbatim);
    REQUIRE(part->calls.size() == whole->calls.size());
    for (size_t i = 0; i < part->calls.size(); ++i) {
      CHECK(part->calls[i].arguments == whole->calls[i].arguments);
    }
  }
  CHECK(errors > stream.size() / 2);  // the checks above have seen cuts
}

}  // namespace triage::propose
