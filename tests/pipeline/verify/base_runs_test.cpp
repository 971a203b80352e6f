#include "pipeline/verify/base_runs.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <thread>

#include "tests/pipeline/verify/sandbox_here.h"
#include "tests/pipeline/verify/small_shop.h"

namespace triage::verify {
namespace {

TEST_SUITE("verify base runs") {
  TEST_CASE("candidates side by side run the base's tests once between them") {
    if (!sandbox_here()) return;
    Shop shop;
    shop.project.build_command = "date +%N >built";
    BaseRuns shared;
    const std::array<std::vector<Edit>, 3> candidates{
        std::vector<Edit>{fix(), new_test()}, std::vector<Edit>{new_test()},
        std::vector<Edit>{fix()}};
    const std::array proofs{Proof::red_green, Proof::builds, Proof::regression_free};
    std::array<Verification, 3> found;
    {
      std::vector<std::jthread> workers;
      for (size_t i = 0; i < candidates.size(); ++i) {
        workers.emplace_back([&, i] {
          const auto repository = retrieval::Repository::open(shop.git.path());
          ProofTask task{*repository, shop.commit, shop.project, shop.sandbox, {}, {}};
          task.base_runs = &shared;
          found[i] = *verify_patch(task, candidates[i]);
        });
      }
    }
    for (size_t i = 0; i < found.size(); ++i) {
      INFO(found[i].why);
      CHECK(found[i].proof == proofs[i]);
      // The same two runs: the logs hold how long they took.
      const auto base = [](const Verification& v) {
        std::string logs;
        for (const StepResult& step : v.steps)
          if (step.name.starts_with("base tests")) logs += std::to_string(step.took.count()) + step.log;
        return logs;
      };
      CHECK_FALSE(base(found[i]).empty());
      CHECK(base(found[i]) == base(found[0]));
    }
  }

  TEST_CASE("what a base run depends on makes another one") {
    if (!sandbox_here()) return;
    Shop shop;
    BaseRuns shared;
    const auto run = [&](const ProofTask& task) {
      const auto found = shared.find(task);
      REQUIRE(found.ok());
      return found->get();
    };
    const ProofTask task = shop.task();
    const BaseRun* first = run(task);
    CHECK(run(task) == first);
    const std::string commit = shop.git.commit("more", {{"shop/more.py", "x = 1\n"}});
    const ProofTask other_commit{*shop.repository, commit, shop.project, shop.sandbox, {}, {}};
    CHECK(run(other_commit) != first);
    config::ProjectSettings project = shop.project;
    project.test_command += " -q";
    const ProofTask other_command{*shop.repository, shop.commit, project, shop.sandbox, {}, {}};
    CHECK(run(other_command) != first);
    config::SandboxSettings limits;
    limits.processes = 200;
    const Sandbox sandbox(limits);
    const ProofTask other_limits{*shop.repository, shop.commit, shop.project, sandbox, {}, {}};
    CHECK(run(other_limits) != first);
    CHECK(run(task) == first);
  }

  TEST_CASE("a stopped run is not kept") {
    if (!sandbox_here()) return;
    const Shop shop;
    BaseRuns shared;
    std::stop_source source;
    source.request_stop();
    const ProofTask stopped{*shop.repository, shop.commit, shop.project, shop.sandbox, {}, source.get_token()};
    CHECK_FALSE(shared.find(stopped).ok());
    CHECK(shared.find(shop.task()).ok());
  }

  TEST_CASE("a built base is handed on once") {
    if (!sandbox_here()) return;
    Shop shop;
    BaseRuns shared;
    REQUIRE(shared.find(shop.task()).ok());
    CHECK_FALSE(shared.take_workspace(shop.task()).has_value());  // nothing was built
    shop.project.build_command = "true";
    REQUIRE(shared.find(shop.task()).ok());
    CHECK(shared.take_workspace(shop.task()).has_value());
    CHECK_FALSE(shared.take_workspace(shop.task()).has_value());
  }
}

}  // namespace
}  // namespace triage::verify
