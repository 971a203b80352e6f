// What the verify room costs besides the tests it runs, side by side with what else could be done:
// a workspace against git's own worktree and clone, a start in the sandbox against a plain process.
// Prints medians and ratios of one run on one machine; asserts only that the work was done.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "pipeline/verify/base_runs.h"
#include "pipeline/verify/proof.h"
#include "tests/fakes/git_repository.h"
#include "tests/pipeline/verify/sandbox_here.h"

namespace triage::verify {
namespace {

constexpr int kRounds = 7;

struct Cost {
  double wall = 0, cpu = 0;  // milliseconds; CPU is this process's own, not its children's
};

double cpu_now() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

Cost median(const std::function<void()>& work) {
  std::vector<double> walls, cpus;
  for (int i = 0; i < kRounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu = cpu_now();
    work();
    cpus.push_back(cpu_now() - cpu);
    walls.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(walls);
  std::ranges::sort(cpus);
  return {walls[kRounds / 2], cpus[kRounds / 2]};
}

void print(const char* name, Cost cost, Cost against) {
  std::printf("%-44s %8.1f ms wall  %8.1f ms own CPU  x%.2f\n", name, cost.wall, cost.cpu,
              cost.wall / against.wall);
}

// About 3 KB a file in 200 folders, packed as a fresh clone is.
std::string big_repository(fakes::GitRepository& git, int files) {
  std::map<std::string, std::string> content;
  for (int i = 0; i < files; ++i) {
    std::string text = "# module " + std::to_string(i) + "\n";
    for (int line = 0; line < 60; ++line)
      text += "def function_" + std::to_string(line * 31 + i) + "(value):\n    return value + " + std::to_string(line) + "\n";
    content["package_" + std::to_string(i % 200) + "/module_" + std::to_string(i) + ".py"] = text;
  }
  const std::string commit = git.commit("base", content);
  git.git({"repack", "-adq", "--window=0"});
  return commit;
}

TEST_CASE("a workspace of 5,000 files against git's worktree and clone") {
  fakes::GitRepository git;
  const std::string commit = big_repository(git, 5000);
  fakes::TemporaryDirectory elsewhere;
  const auto repository = retrieval::Repository::open(git.path());
  REQUIRE(repository.ok());
  Sandbox sandbox{config::SandboxSettings{}};
  const auto owner = sandbox.owner();
  REQUIRE(owner.ok());
  int round = 0;
  std::vector<Workspace> kept;  // removed outside of what is measured
  const Cost ours = median([&] {
    auto workspace = Workspace::create(*owner);
    REQUIRE(workspace.ok());
    const auto report = workspace->check_out(*repository, commit);
    REQUIRE(report.ok());
    CHECK(report->files == 5000);
    kept.push_back(std::move(*workspace));
  });
  const Cost removal = median([&] { kept.pop_back(); });
  const Cost worktree = median([&] {
    git.git({"worktree", "add", "--quiet", "--detach", elsewhere / ("w" + std::to_string(round++)), commit});
  });
  const Cost clone = median([&] {
    git.git({"clone", "--quiet", "--local", ".", elsewhere / ("c" + std::to_string(round++))});
  });
  print("workspace, laid out", ours, worktree);
  print("workspace, removed", removal, worktree);
  print("git worktree add", worktree, worktree);
  print("git clone --local", clone, worktree);
}

TEST_CASE("a start in the sandbox against a plain process") {
  if (!sandbox_here()) return;
  const Sandbox sandbox{config::SandboxSettings{}};
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "true"};
  spec.env = {{"PATH", "/usr/bin:/bin"}};
  const Cost plain = median([&] { CHECK(run_process(spec)->success()); });
  const Cost ours = median([&] { CHECK(sandbox.run("", "true", Milliseconds(10'000))->success()); });
  const Cost probe = median([&] { CHECK(sandbox.probe().ok()); });
  print("sh -c true, plain", plain, plain);
  print("sh -c true, in the sandbox", ours, plain);
  print("sandbox probe, once a run", probe, plain);
}

}  // namespace
}  // namespace triage::verify
