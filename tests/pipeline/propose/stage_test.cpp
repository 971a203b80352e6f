#include <doctest/doctest.h>

#include "pipeline/propose/propose.h"
#include "pipeline/propose/retrieve.h"
#include "tests/fakes/git_repository.h"
#include "tests/fakes/scripted_http.h"
#include "tests/pipeline/propose/sample_run.h"

namespace triage::propose {
namespace {

using triage::testing::answer;
using triage::testing::ScriptedHttp;

struct Memory final : TicketMemory {
  std::vector<SimilarTicket> similar(const SafeText&, const TicketKey&, size_t) override {
    return found;
  }
  std::vector<SimilarTicket> found;
};

struct StandingClock final : Clock {
  TimePoint now() const override { return TimePoint{}; }
};

// The shop's repository and everything that a stage is given.
struct Desk {
  Desk() {
    repository.commit("first version", testing::shop_files());
    std::string pricing = testing::shop_files().at("shop/pricing.py");
    pricing.replace(pricing.find("RATES[code]"), 11, "RATES[code.upper()]");
    head = repository.commit("Look codes up in upper case\n\nFixes #1311",
                             {{"shop/pricing.py", pricing}}, "Grace Hopper");
    project.name = "shop";
    project.repository = repository.path();
  }
  Run run(const std::string& body) const {
    Run run = testing::ticket(TicketKind::bug, "Checkout fails", body);
    run.retrieved.reset();
    return run;
  }
  Result<Advance> retrieve(Run& run) {
    return retrieve_stage({settings, project, clock, http, code, memory, budget, "", "", {}}, run);
  }
  Result<Advance> propose(Run& run) {
    return propose_stage({settings, project, clock, http, code, memory, budget, "", "", {}}, run);
  }

  fakes::GitRepository repository;
  fakes::TemporaryDirectory cache;
  std::string head;
  LimitedBudget budget{1.0};
  config::Settings settings;
  config::ProjectSettings project;
  StandingClock clock;
  ScriptedHttp http;
  retrieval::CodeLibrary code{cache.path()};
  Memory memory;
};

constexpr const char* kTrace =
    "The checkout fails:\n\nTraceback (most recent call last):\n"
    "  File \"/srv/app/shop/cart.py\", line 4, in total\n    return apply_discount(cart.lines, "
    "cart.code)\n"
    "  File \"/srv/app/shop/pricing.py\", line 2, in apply_discount\n    rate = "
    "RATES[code.upper()]\n"
    "KeyError: 'SAVE10'\n";

TEST_SUITE("propose") {
  TEST_CASE(
      "retrieve: a trace leads to its line, who changed it, and what fixed a similar ticket") {
    Desk desk;
    desk.memory.found.push_back({{"desk", "1311"}, "Checkout fails with KeyError SAVE10 in apply_discount", "", 0.7, ""});
    Run run = desk.run(kTrace);
    const auto advance = desk.retrieve(run);
    REQUIRE(advance.ok());
    CHECK(advance->kind == Advance::Kind::next);
    REQUIRE(run.retrieved.has_value());
    const Retrieved& found = *run.retrieved;
    CHECK(found.commit == desk.head);
    CHECK(found.branch == "main");
    CHECK(found.stale.empty());
    CHECK(found.trust == "exact");
    REQUIRE_FALSE(found.places.empty());
    CHECK(found.places.front().path == "shop/pricing.py");
    CHECK(key_line(found.places.front()).number == 2);
    REQUIRE(found.places.front().last_change.has_value());
    CHECK(found.places.front().last_change->commit == desk.head);
    CHECK(found.places.front().last_change->author == "Grace Hopper");
    REQUIRE(found.traces.size() == 1);
    CHECK(found.traces.front().frames.front().path == "shop/pricing.py");
    REQUIRE(found.similar.size() == 1);
    CHECK(found.similar.front().fixed_by == desk.head);
    CHECK_FALSE(found.context.empty());
    CHECK(found.files > 0);
  }

  TEST_CASE("retrieve: an embedding endpoint is asked only where the project names one") {
    Desk desk;
    desk.settings.cache_dir = desk.cache.path();
    desk.settings.models["vectors"].name = "e-1";
    desk.settings.models["vectors"].base_url = "http://127.0.0.1:9/v1";
    Run plain = desk.run(kTrace);
    REQUIRE(desk.retrieve(plain).ok());
    CHECK(desk.http.requests().empty());
    CHECK(plain.retrieved->exchanges.empty());

    desk.project.embeddings = "vectors";
    desk.http.whenever("POST", "/v1/embeddings", [](const HttpRequest& request) -> Result<HttpResponse> {
      Json data = Json::array();
      const Json body = parse_json(request.body).value();
      for (size_t i = 0; i < body["input"].items().size(); ++i)
        data.push(Json::object().set("index", i).set("embedding", Json::array().push(1.0).push(0.5)));
      return answer(200, Json::object().set("data", data).dump());
    });
    Run asked = desk.run(kTrace);
    REQUIRE(desk.retrieve(asked).ok());
    REQUIRE(desk.http.requests().size() == 1);
    CHECK(desk.http.requests().front().body.find("apply_discount") != std::string::npos);
    CHECK(asked.retrieved->warning == "");
    CHECK(asked.retrieved->exchanges.size() == 1);
    CHECK(asked.retrieved->places.front().path == plain.retrieved->places.front().path);
    REQUIRE(desk.propose(asked).ok());
    CHECK(asked.draft->exchanges.size() == 1);
    // The same ticket again: all of it is known.
    Run again = desk.run(kTrace);
    REQUIRE(desk.retrieve(again).ok());
    CHECK(desk.http.requests().size() == 1);
  }

  TEST_CASE("retrieve: an embedding endpoint that fails leaves places and a warning") {
    Desk desk;
    desk.settings.cache_dir = desk.cache.path();
    desk.settings.models["vectors"].name = "e-1";
    desk.settings.models["vectors"].base_url = "http://127.0.0.1:9/v1";
    desk.project.embeddings = "vectors";
    desk.http.whenever("POST", "/v1/embeddings", answer(401, "{}"));
    Run run = desk.run(kTrace);
    REQUIRE(desk.retrieve(run).ok());
    CHECK(run.retrieved->places.front().path == "shop/pricing.py");
    CHECK(run.retrieved->warning ==
          "The embedding model e-1 could not be used (the embedding endpoint answered 401); places "
          "are ranked without it.");
    REQUIRE(desk.propose(run).ok());
    REQUIRE_FALSE(run.draft->problems.empty());
    CHECK(run.draft->problems.back() == run.retrieved->warning);
  }

  TEST_CASE("retrieve: a resumed run stays on its commit") {
    Desk desk;
    Run run = desk.run(kTrace);
    REQUIRE(desk.retrieve(run).ok());
    desk.repository.commit("later", {{"shop/new.py", "x = 1\n"}});
    REQUIRE(desk.retrieve(run).ok());
    CHECK(run.retrieved->commit == desk.head);
  }

  TEST_CASE("retrieve: a branch that does not exist leaves a reason and no places") {
    Desk desk;
    desk.project.branch = "nowhere";
    Run run = desk.run(kTrace);
    REQUIRE(desk.retrieve(run).ok());
    CHECK(run.retrieved->places.empty());
    CHECK(run.retrieved->stale.starts_with("The code of project shop could not be read"));
    REQUIRE(desk.propose(run).ok());
    CHECK(run.draft->headline.find("nothing was searched") != std::string::npos);
  }

  TEST_CASE("retrieve: a remote that cannot be reached is an error worth a retry") {
    Desk desk;
    desk.project.repository = desk.cache / "gone";
    Run run = desk.run(kTrace);
    const auto advance = desk.retrieve(run);
    REQUIRE_FALSE(advance.ok());
    CHECK(advance.error().message.starts_with("open the code of project shop"));
    CHECK_FALSE(run.retrieved.has_value());
  }

  TEST_CASE("propose: offline from ticket to draft on a real repository") {
    Desk desk;
    Run run = desk.run(std::string(kTrace) +
                       "\n```python\nfrom shop.cart import total\ntotal(None)\n```\n");
    REQUIRE(desk.retrieve(run).ok());
    REQUIRE(desk.propose(run).ok());
    REQUIRE(run.draft.has_value());
    CHECK(run.draft->headline.ends_with("`apply_discount` in shop/pricing.py:2"));
    CHECK(run.draft->confidence == Confidence::high);
    REQUIRE(run.draft->reproduction.has_value());
    CHECK(run.draft->reproduction->test_path == "tests/test_ticket_5120.py");
    CHECK(desk.http.requests().empty());
  }

  TEST_CASE("propose: a configured model is asked, its cost is kept") {
    Desk desk;
    desk.settings.model.name = "m-1";
    desk.settings.model.base_url = "http://127.0.0.1:9/v1";
    desk.http.expect(
        "POST", "/v1/chat/completions",
        answer(200, R"({"choices":[{"message":{"content":"## Headline\nH\n## Cause\nC"}}]})"));
    Run run = desk.run(kTrace);
    REQUIRE(desk.retrieve(run).ok());
    REQUIRE(desk.propose(run).ok());
    CHECK(run.draft->by_model);
    CHECK(run.draft->made_by == "m-1");
    CHECK(run.draft->headline == "H");
    REQUIRE(run.draft->exchanges.size() == 1);
    CHECK(run.draft->exchanges.front().input_tokens > 0);
    CHECK(desk.http.done());
  }

  TEST_CASE("propose: a vague ticket costs nothing") {
    Desk desk;
    desk.settings.model.name = "m-1";
    desk.settings.model.base_url = "http://127.0.0.1:9/v1";
    Run run = desk.run("It is broken");
    run.classification->vague = true;
    REQUIRE(desk.retrieve(run).ok());
    REQUIRE(desk.propose(run).ok());
    CHECK(run.draft->kind == DraftKind::question);
    CHECK(desk.http.requests().empty());
  }

  TEST_CASE("propose: ends the run where policy goes no further than classification") {
    Desk desk;
    Run run = desk.run("x");
    run.depth = config::Depth::classify;
    const auto advance = desk.propose(run);
    REQUIRE(advance.ok());
    CHECK(advance->kind == Advance::Kind::finish);
    CHECK(advance->reason == "depth classify: nothing is to be proposed");
    run.depth = config::Depth::diagnose;
    CHECK_FALSE(desk.propose(run).ok());
  }
}

}  // namespace
}  // namespace triage::propose
