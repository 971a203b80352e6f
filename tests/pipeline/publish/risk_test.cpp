#include "pipeline/publish/risk.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "tests/pipeline/publish/shop_endings.h"

namespace triage::publish {
namespace {

using namespace triage::publish::testing;

using Files = std::map<std::string, Entry>;

// The risk of a proven patch that makes `after` of the shop.
Risk risk(const Files& before, const Files& after, const Run& run = proven_run()) {
  const verify::BaseTree base = tree(before), result = tree(after);
  const auto changes = changes_between(base, result);
  REQUIRE(changes.ok());
  return risk_of(run, *changes);
}

const Files& shop() {
  static const Files kShop{
      {"shop/pricing.py", {"RATE = 2\n\ndef total(lines):\n    return sum(lines)\n", {}}},
      {"shop/settings.json", {"{}\n", {}}},
      {"tests/test_pricing.py", {"def test_total():\n    assert total([1]) == 1\n", {}}}};
  return kShop;
}

Files with(const std::string& path, const std::string& content) {
  Files files = shop();
  files[path] = {content, {}};
  return files;
}

bool says(const Risk& risk, std::string_view words) {
  return std::ranges::any_of(risk.reasons, [&](const std::string& reason) {
    return reason.find(words) != std::string::npos;
  });
}

std::string lines(int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += "X" + std::to_string(i) + " = 1\n";
  return out;
}

// A run in which nothing else is to fear: the place was not changed lately.
Run calm_run() {
  Run run = proven_run();
  run.retrieved->places.clear();
  return run;
}

}  // namespace

TEST_SUITE("risk") {
  TEST_CASE("risk: each row has a patch that it is about and one that it is not") {
    struct Row {
      std::string reason, code, twin;
    };
    const std::string start = shop().at("shop/pricing.py").content;
    const std::array rows{
        Row{"running text as code", "eval(x)\n", "evaluate = 1\n"},
        Row{"starting other programs", "import subprocess\n", "process = 1\n"},
        Row{"turning data into objects", "pickle.loads(x)\n", "pick = 1\n"},
        Row{"cryptography", "x = hmac.new(k)\n", "ham = 1\n"},
        Row{"cryptography", "use(RSA)\n", "conversation = 1\n"},
        Row{"authentication", "def login(user): pass\n", "logistics = 1\n"},
        Row{"payment", "refund(order)\n", "refine = 1\n"},
        Row{"SQL", "q = 'SELECT a FROM b'\n", "selected = 1\n"},
        Row{"concurrency", "mutex = 1\n", "mixture = 1\n"},
        Row{"the network", "import socket\n", "sock = 1\n"},
        Row{"the file system", "shutil.rmtree(x)\n", "tree = 1\n"},
        Row{"the environment", "os.environ['A']\n", "environment = 1\n"},
        Row{"several alphabets", "p\xd0\xb0yment_x = 1\n", "gr\xc3\xb6\xc3\x9f" "e = 1\n"},
        Row{"lines change", lines(80), lines(8)},
    };
    for (const Row& row : rows) {
      CAPTURE(row.reason);
      CHECK(says(risk(shop(), with("shop/pricing.py", start + row.code), calm_run()), row.reason));
      CHECK_FALSE(says(risk(shop(), with("shop/pricing.py", start + row.twin), calm_run()), row.reason));
    }
  }

  TEST_CASE("risk: what happens to files counts, too") {
    const Files small = with("shop/pricing.py", shop().at("shop/pricing.py").content + "X = 1\n");
    const Risk calm = risk(shop(), small, calm_run());
    CHECK(calm.score == 0);
    CHECK(calm.level == "low");
    CHECK(calm.reasons.empty());

    Files gone = small;
    gone.erase("shop/settings.json");
    CHECK(says(risk(shop(), gone, calm_run()), "a file is deleted"));
    CHECK(says(risk(shop(), with("shop/settings.json", "{\"a\": 1}\n"), calm_run()), "configuration"));
    CHECK(says(risk(shop(), with("web/package.json", "{}\n"), calm_run()), "the used packages"));
    CHECK(says(risk(shop(), with("yarn.lock", "x\n"), calm_run()), "locked versions"));
    CHECK(says(risk(shop(), with("db/migrations/1.py", "x\n"), calm_run()), "the database"));
    CHECK(says(risk(shop(), with("tests/test_pricing.py", "x\n"), calm_run()), "an old test file"));
    CHECK(says(risk(shop(), with("shop/pricing.py", "RATE = 2\n\ndef total(lines, tax):\n    return 1\n"), calm_run()), "what other code calls"));
    CHECK_FALSE(says(risk(shop(), with("shop/pricing.py", "RATE = 3\n\ndef total(lines):\n    return sum(lines)\n"), calm_run()), "what other code calls"));
    CHECK(says(risk(shop(), with("shop/other.py", "x = 1\n"), calm_run()), "no test of the patch names"));
    CHECK(says(risk(shop(), small), "a few days ago"));
    Files many = small;
    for (int i = 0; i < 9; ++i) many["docs/" + std::to_string(i)] = {"x\n", {}};
    CHECK(says(risk(shop(), many, calm_run()), "10 files change"));
  }

  TEST_CASE("risk: a weaker proof weighs more") {
    std::uint32_t last = 0;
    for (const Proof proof : {Proof::red_green, Proof::regression_free, Proof::builds, Proof::applies}) {
      Run run = calm_run();
      run.verification->proof = proof;
      const Risk found = risk(shop(), with("shop/pricing.py", "RATE = 3\n\ndef total(lines):\n    return sum(lines)\n"), run);
      CHECK((proof == Proof::red_green || found.score > last));
      last = found.score;
    }
    CHECK(last >= kHighRisk);
  }

  TEST_CASE("risk: the score has a ceiling and its levels their bounds") {
    const Risk most = risk(shop(), with("shop/pricing.py", "eval(x)\nsubprocess\npickle\nhmac\nlogin\nrefund(\nSELECT \n"), calm_run());
    CHECK(most.score == 100);
    CHECK(most.level == "high");
    CHECK(most.reasons.front().find("running text as code") != std::string::npos);
    CHECK(rank_of_risk("low") < rank_of_risk("medium"));
    CHECK(rank_of_risk("medium") < rank_of_risk("high"));
  }

  TEST_CASE("risk: the level and the project decide how far a proven patch goes") {
    struct Row {
      const char* level;
      const char* max_risk;
      config::Depth depth;
      Ending ending;
      bool held;
    };
    using config::Depth;
    for (const Row& row : {Row{"low", "low", Depth::draft_pull_request, Ending::draft_pull_request, false},
                           Row{"medium", "medium", Depth::draft_pull_request, Ending::draft_pull_request, false},
                           Row{"medium", "low", Depth::draft_pull_request, Ending::preview_branch, true},
                           Row{"medium", "low", Depth::patch, Ending::preview_branch, false},
                           Row{"high", "medium", Depth::draft_pull_request, Ending::diagnosis, true},
                           Row{"high", "low", Depth::patch, Ending::diagnosis, true},
                           Row{"high", "high", Depth::draft_pull_request, Ending::draft_pull_request, false},
                           Row{"high", "high", Depth::patch, Ending::preview_branch, false}}) {
      INFO(row.level, " of at most ", row.max_risk);
      Run run = proven_run();
      run.depth = row.depth;
      Risk found;
      found.level = row.level;
      const Decision decision = decide(run, found, row.max_risk);
      CHECK(decision.ending == row.ending);
      CHECK(decision.held.empty() != row.held);
    }
  }

  TEST_CASE("risk: tests of the base that are flaky raise it") {
    const auto risk_of = [](std::vector<std::string> flaky) {
      Desk desk;
      Run run = proven_run();
      run.verification->flaky = std::move(flaky);
      return *desk.publish(run).risk;
    };
    const Risk steady = risk_of({});
    const Risk flaky = risk_of({"tests.test_cart.CartTest.test_total"});
    CHECK(flaky.score > steady.score);
    CHECK(std::ranges::find(flaky.reasons, "some tests of the base are flaky") != flaky.reasons.end());
  }

  TEST_CASE("risk: it is in the publication and in the receipt's statement") {
    Desk desk;
    Run run = risky_run(kHighRiskCode);
    const Publication publication = desk.publish(run);
    CHECK(publication.ending == Ending::diagnosis);
    CHECK(effect_of(publication, EffectKind::push_branch) == nullptr);
    REQUIRE(publication.risk.has_value());
    CHECK(publication.risk->level == "high");
    CHECK(publication.statement["predicate"]["risk"]["level"].as_string() == "high");
    CHECK(publication.statement["predicate"]["risk"]["score"].as_integer() == publication.risk->score);
    desk.project.max_risk = "high";
    Run allowed = risky_run(kHighRiskCode);
    CHECK(desk.publish(allowed).ending == Ending::draft_pull_request);
    Run none = offline_run();
    CHECK_FALSE(desk.publish(none).risk.has_value());
  }
}

}  // namespace triage::publish
