#include "pipeline/propose/loop.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/pipeline/propose/scripted_model.h"

namespace triage::propose {
namespace {

using testing::text;

constexpr const char* kAnswer =
    R"json({"headline":"Austria has no rate","cause":"vat() lacks AT (`shop/cart.py:6`)",
    "confidence":"high"})json";
const Json kFix = text({{"path", "shop/cart.py"}, {"search", "'FR': 20}"}, {"replace", "'FR': 20, 'AT': 20}"}});

struct Loop : testing::ShopCode {
  Loop() {
    settings.name = "m-1";
    first.messages.push_back({Role::system, redactor.seal_code("be brief")});
    first.messages.push_back({Role::user, redactor.seal_code("the ticket")});
  }
  Result<Draft> write(const Feedback* last = nullptr, std::stop_token stop = {}) {
    LoopAuthor author(settings, model, {view, proof, redactor}, first, TicketKind::bug);
    auto draft = author.write(last, deadline_in(Milliseconds{60'000}), std::move(stop));
    events = author.take_events();
    return draft;
  }
  const Message& last_message(size_t request) { return model.requests.at(request).messages.back(); }

  config::ModelSettings settings;
  testing::ScriptedModel model;
  ModelRequest first;
  std::vector<AgentEvent> events;
};

Json finish() { return *parse_json(kAnswer); }

TEST_SUITE("propose loop") {
  TEST_CASE("loop: looks, edits and finishes; every call gets its result, by its id") {
    Loop loop;
    loop.model.calls({{"read", text({{"path", "shop/cart.py"}})}, {"references", text({{"symbol", "vat"}})}})
        .calls({{"edit", kFix}})
        .calls({{"finish", finish()}});
    const auto draft = loop.write();
    REQUIRE(draft.ok());
    CHECK(draft->headline == "Austria has no rate");
    CHECK(draft->confidence == Confidence::high);
    REQUIRE(draft->edits.size() == 1);
    CHECK(draft->edits[0].content->find("'AT': 20") != std::string::npos);
    CHECK(draft->stopped_by.empty());
    CHECK(loop.events.size() == 3);

    const auto& messages = loop.model.requests.at(1).messages;
    REQUIRE(messages.size() == 5);
    CHECK(messages[2].role == Role::assistant);
    CHECK(messages[2].calls.size() == 2);
    CHECK(messages[3].call_id == "call_1");
    CHECK(messages[4].call_id == "call_2");
    CHECK(messages[3].content.str().find("def vat") != std::string::npos);
    // What was sent before is sent again as it was: caches read prefixes.
    for (size_t i = 0; i < loop.model.requests.at(0).messages.size(); ++i)
      CHECK(messages[i].content == loop.model.requests.at(0).messages[i].content);
    CHECK(loop.model.requests.at(0).tools.back().name == "finish");
  }

  TEST_CASE("loop: an answer in plain Markdown ends it as well") {
    Loop loop;
    loop.model.says("## Headline\nH\n## Cause\nC\n### shop/cart.py\n<<<<<<< SEARCH\n    return {'DE': 19, 'FR': 20}[country]\n=======\n"
                    "    return {'DE': 19, 'FR': 20, 'AT': 20}[country]\n>>>>>>> REPLACE\n");
    const auto draft = loop.write();
    REQUIRE(draft.ok());
    CHECK(draft->headline == "H");
    REQUIRE(draft->edits.size() == 1);
    CHECK(draft->edits[0].content.has_value());
  }

  TEST_CASE("loop: an answer of no use goes back once, with what is wrong") {
    SUBCASE("words that say nothing") {
      Loop loop;
      loop.model.says("banana").says("## Cause\nC");
      REQUIRE(loop.write().ok());
      CHECK(loop.last_message(1).role == Role::user);
      CHECK(loop.last_message(1).content.str().find("could not be used") != std::string::npos);
    }
    SUBCASE("a finish that can't be read, as the result of its call") {
      Loop loop;
      ModelAnswer broken;
      broken.calls.push_back({"c9", "finish", "{\"headline\": "});
      loop.model.then(broken).calls({{"finish", finish()}});
      REQUIRE(loop.write().ok());
      CHECK(loop.last_message(1).role == Role::tool);
      CHECK(loop.last_message(1).call_id == "c9");
    }
    SUBCASE("edits that don't apply") {
      Loop loop;
      const std::string wrong = "## Cause\nC\n### shop/cart.py\n<<<<<<< SEARCH\nno such line\n=======\nx\n>>>>>>> REPLACE\n";
      loop.model.says(wrong).says(wrong);
      const auto draft = loop.write();
      REQUIRE(draft.ok());
      CHECK(loop.last_message(1).content.str().find("shop/cart.py") != std::string::npos);
      REQUIRE(draft->edits.size() == 1);
      CHECK_FALSE(draft->edits[0].content.has_value());  // as it was written, for verify to say
    }
    SUBCASE("twice is once too often") {
      Loop loop;
      loop.model.says("banana").says("apple");
      const auto draft = loop.write();
      REQUIRE_FALSE(draft.ok());
      CHECK(draft.error().kind == ErrorKind::invalid_input);
      CHECK(loop.model.done());
    }
  }

  TEST_CASE("loop: turns are bounded, and what was done by then is kept") {
    Loop loop;
    loop.settings.max_turns = 5;
    loop.model.calls({{"edit", kFix}});
    for (int i = 0; i < 4; ++i) loop.model.calls({{"read", text({{"path", "shop/cart.py"}})}});
    const auto draft = loop.write();
    REQUIRE(draft.ok());
    CHECK(loop.model.requests.size() == 5);
    CHECK(draft->stopped_by == "after 5 answers (model.max_turns)");
    CHECK(draft->edits.size() == 1);
    const auto& asked = loop.model.requests.at(2).messages;
    CHECK(std::ranges::any_of(asked, [](const Message& m) {
      return m.content.str().find("finish with what you have") != std::string::npos;
    }));
  }

  TEST_CASE("loop: a budget that runs out keeps the edits and says so; nothing done is an error") {
    const Error broke{ErrorKind::exhausted, "$0.0100 is left"};
    Loop with;
    with.model.calls({{"edit", kFix}}).then(broke);
    const auto kept = with.write();
    REQUIRE(kept.ok());
    CHECK(kept->stopped_by == "at a budget: $0.0100 is left");
    CHECK(kept->edits.size() == 1);
    Loop without;
    without.model.then(Error{ErrorKind::unavailable, "down"});
    CHECK_FALSE(without.write().ok());
  }

  TEST_CASE("loop: a stop request ends it without a draft") {
    std::stop_source stop;
    Loop loop;
    loop.model.calls({{"edit", kFix}}).then(Error{ErrorKind::timeout, "stopped"});
    stop.request_stop();
    CHECK_FALSE(loop.write(nullptr, stop.get_token()).ok());
  }

  TEST_CASE("loop: more calls than one answer may make are refused, each with a result") {
    Loop loop;
    std::vector<std::pair<std::string, Json>> many(40, {"read", text({{"path", "shop/cart.py"}})});
    loop.model.calls(many).calls({{"finish", finish()}});
    REQUIRE(loop.write().ok());
    size_t results = 0, refused = 0;
    for (const Message& message : loop.model.requests.at(1).messages) {
      results += message.role == Role::tool;
      refused += message.content.str() == "error: too many calls in one answer";
    }
    CHECK(results == 40);
    CHECK(refused == 24);
  }

  TEST_CASE("loop: the next round starts from the last one's edits and is told what came of them") {
    Loop loop;
    loop.model.calls({{"finish", finish()}});
    const Feedback last{{{"shop/new.py", {}, "x = 1\n", false}}, loop.redactor.seal_code("it broke")};
    const auto draft = loop.write(&last);
    REQUIRE(draft.ok());
    REQUIRE(draft->edits.size() == 1);
    CHECK(draft->edits[0].path == "shop/new.py");
    CHECK(loop.last_message(0).content.str() == "it broke");
  }

  TEST_CASE("loop: a model that gives its whole patch again replaces what it had") {
    Loop loop;
    loop.model.says("## Cause\nC\n### shop/cart.py\n<<<<<<< SEARCH\n    return {'DE': 19, 'FR': 20}[country]\n=======\n"
                    "    return {'DE': 19, 'FR': 20, 'AT': 20}[country]\n>>>>>>> REPLACE\n");
    const Feedback last{{{"shop/cart.py", {}, "broken\n", false}}, loop.redactor.seal_code("it broke")};
    const auto draft = loop.write(&last);
    REQUIRE(draft.ok());
    REQUIRE(draft->edits.size() == 1);
    CHECK(draft->edits[0].content->find("'AT': 20") != std::string::npos);
    CHECK(loop.model.done());
  }

  TEST_CASE("loop: a model without tools is asked for one object of the schema") {
    Loop loop;
    loop.settings.tools = false;
    loop.model.says(kAnswer);
    REQUIRE(loop.write().ok());
    CHECK(loop.model.requests.at(0).tools.empty());
    REQUIRE(loop.model.requests.at(0).schema.has_value());
  }

  TEST_CASE("loop: an endpoint that knows no tools is asked for one object instead") {
    Loop loop;
    ModelAnswer lost;
    lost.text = "I would call read now.";
    lost.no_tools = true;
    loop.model.then(lost).says(kAnswer);
    REQUIRE(loop.write().ok());
    const ModelRequest& second = loop.model.requests.at(1);
    CHECK(second.tools.empty());
    CHECK(second.schema.has_value());
    CHECK(second.messages.size() == 2);
    CHECK(second.messages.front().content.str().find("one JSON object") != std::string::npos);
  }

  TEST_CASE("loop: what a model put into a call goes back sealed, and is carried out as it was") {
    Loop loop;
    const std::string key = std::string("ghp_") + "16C7e42F292c6912E7710c838347Ae178B4a";
    loop.model.calls({{"edit", text({{"path", "shop/new.py"}, {"replace", ("K = '" + key + "'\n").c_str()}})}})
        .calls({{"finish", finish()}});
    const auto draft = loop.write();
    REQUIRE(draft.ok());
    const Message& call = loop.model.requests.at(1).messages.at(2);
    CHECK(call.calls.at(0).arguments.find(key) == std::string::npos);
    CHECK(parse_json(call.calls.at(0).arguments).ok());
    CHECK(draft->edits.at(0).content->find(key) != std::string::npos);
  }

  TEST_CASE("loop: a conversation that grows too long loses its oldest results, never a call") {
    testing::ShopCode shop;
    ModelRequest request;
    request.messages.push_back({Role::user, shop.redactor.seal_code("the ticket")});
    for (int i = 0; i < 10; ++i) {
      Message call{Role::assistant, {}};
      call.calls.push_back({std::to_string(i), "read", "{}"});
      request.messages.push_back(std::move(call));
      request.messages.push_back(
          {Role::tool, shop.redactor.seal_code(std::string(4000, 'a') + " b"), {}, std::to_string(i)});
    }
    ModelRequest small = request;
    CHECK_FALSE(compact(small, shop.redactor, 1'000'000, 4));
    CHECK(compact(request, shop.redactor, 0, 4));
    size_t left = 0;
    for (const Message& message : request.messages)
      left += message.content.str().starts_with("[left out");
    CHECK(left == 6);
    CHECK(request.messages.size() == 21);
    CHECK(request.messages[2].content.str().starts_with("[left out"));
    CHECK_FALSE(request.messages.back().content.str().starts_with("[left out"));
  }

  TEST_CASE("loop: an endpoint that says too long is asked once more with less") {
    Loop loop;
    loop.model.calls({{"read", text({{"path", "shop/cart.py"}})}, {"read", text({{"path", "tests/test_cart.py"}})}})
        .then(Error{ErrorKind::invalid_input, "400: maximum context length is 10 tokens"})
        .calls({{"finish", finish()}});
    REQUIRE(loop.write().ok());
    CHECK(loop.model.requests.at(2).messages.at(3).content.str().starts_with("[left out"));
  }
}

}  // namespace
}  // namespace triage::propose
