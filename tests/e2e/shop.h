// The demo's shop service as a project under test, its first ticket, and answers a model might give.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "pipeline/base/process.h"
#include "tests/e2e/daemon_process.h"
#include "tests/fakes/git_repository.h"
#include "tests/pipeline/verify/sandbox_here.h"

namespace triage::e2e {

inline const std::string kSource = TRIAGED_SOURCE_DIR;

// Nothing can be proven where it says no.
using verify::sandbox_here;

// A correct fix for the first ticket, with a test that fails before it.
inline const std::string kRightFix = read_whole(kSource + "/tests/fixtures/model/right-fix.md");

// Plausible and wrong: the test it brings still fails with it.
inline const std::string kWrongFix = read_whole(kSource + "/tests/fixtures/model/wrong-fix.md");

// A directory with the shop's repository and a place for the daemon.
class Shop {
 public:
  Shop() {
    ProcessSpec spec;
    spec.argv = {"/bin/bash", kSource + "/deploy/demo/make-service.sh", repository()};
    spec.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", directory_.path()}};
    const auto made = run_process(spec);
    REQUIRE(made.ok());
    INFO(made->err);
    REQUIRE(made->success());
  }

  const std::string& path() const { return directory_.path(); }
  std::string repository() const { return directory_ / "shop.git"; }

  // One local source on the shop; `model` is YAML below "model:".
  std::string configure(const std::string& model = "{name: offline}",
                        const std::string& more_sources = "", const std::string& forge = "") const {
    const std::string config = directory_ / "triaged.yaml";
    write_whole(config, "state_dir: " + path() + "/state\ncache_dir: " + path() +
                            "/cache\nserver: {port: 0}\nlog: {level: debug}\nworkers: 1\nmodel: " + model +
                            "\nsources:\n  desk: {connector: local, project: shop}\n" + more_sources +
                            "projects:\n  shop:\n    repository: " + repository() +
                            "\n    depth: draft-pull-request\n    labels: [bug, feature, question]\n"
                            "    test_command: /usr/bin/python3 -m unittest discover -v -s tests -t .\n" +
                            forge);
    return config;
  }

  std::string git(const std::vector<std::string>& words) const {
    ProcessSpec spec;
    spec.argv = {"git", "-C", repository()};
    spec.argv.insert(spec.argv.end(), words.begin(), words.end());
    spec.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", path()},
                {"GIT_CONFIG_COUNT", "1"}, {"GIT_CONFIG_KEY_0", "safe.directory"},
                {"GIT_CONFIG_VALUE_0", "*"}};
    const auto done = run_process(spec);
    return done ? done->out : std::string();
  }
  // Names of the preview branches, one a line.
  std::string previews() const {
    return git({"for-each-ref", "--format=%(refname:short)", "refs/heads/triage/"});
  }

 private:
  fakes::TemporaryDirectory directory_;
};

inline std::string first_ticket() {
  return read_whole(kSource + "/deploy/demo/tickets/1-checkout-crash.json");
}

// Runs one command of triaged to its end.
inline ProcessResult triaged(std::vector<std::string> words, const std::string& input = {}) {
  ProcessSpec spec;
  spec.argv = {TRIAGED_BINARY};
  spec.argv.insert(spec.argv.end(), std::make_move_iterator(words.begin()),
                   std::make_move_iterator(words.end()));
  spec.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", "/tmp"}};
  spec.input = input;
  spec.time_limit = Milliseconds(120'000);
  auto done = run_process(spec);
  REQUIRE(done.ok());
  return std::move(*done);
}

}  // namespace triage::e2e
