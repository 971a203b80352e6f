// kill -9 at every point where state changes hands, then a restart: one note, one branch, one pull
// request, complete receipts.
#include <filesystem>

#include "daemon/failpoint.h"
#include "tests/e2e/scripted_peers.h"
#include "tests/e2e/shop.h"

using namespace triage;
using namespace triage::e2e;

namespace {

size_t lines(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

size_t files_ending(const std::string& directory, const std::string& ending) {
  size_t found = 0;
  if (!std::filesystem::exists(directory)) return 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    found += entry.path().string().ends_with(ending) ? 1 : 0;
  return found;
}

void die_and_recover(const std::string& failpoint) {
  CAPTURE(failpoint);
  const Shop shop;
  ScriptedModel model{std::string(kRightFix)};
  const std::string config =
      shop.configure("{name: scripted, base_url: \"" + model.base_url() + "\"}");
  DaemonProcess daemon(config, shop.path());
  daemon.start(failpoint);
  // It may die before it can answer, then the sender sends again, as senders do.
  (void)daemon.send("POST", "/api/v1/tickets", first_ticket());
  REQUIRE(eventually([&] { return !daemon.running(); }));

  daemon.start();
  REQUIRE(daemon.running());
  const auto answer = daemon.send("POST", "/api/v1/tickets", first_ticket());
  REQUIRE(answer.ok());
  REQUIRE(answer->status == 202);
  const Json runs = daemon.get("/api/v1/runs");
  REQUIRE(runs.items().size() == 1);
  const std::string run = runs.items()[0]["id"].as_string();
  const Json done = daemon.finished_run(run);
  INFO(daemon.log());
  CHECK(done["state"].as_string() == "done");
  CHECK(done["stages"]["verify"]["proof"].as_string() == "red-green");
  CHECK(done["stages"].members().size() == 6);

  CHECK(daemon.get("/api/v1/tickets/desk/5120")["notes"].items().size() == 1);
  CHECK(lines(shop.previews()) == 1);
  CHECK(files_ending(shop.path() + "/state/pull-requests", ".md") == 1);
  CHECK(daemon.get("/api/v1/runs/" + run + "/receipts").items().size() == 2);
  CHECK(daemon.terminate() == 0);
  CHECK(triaged({"receipt", "verify", "--config", config}).exit_code == 0);
}

}  // namespace

TEST_SUITE("e2e") {
  TEST_CASE("e2e: killed anywhere, the daemon loses nothing and repeats nothing") {
    if (!sandbox_here()) return;
    for (const std::string_view failpoint : daemon::kFailpoints) die_and_recover(std::string(failpoint));
  }

  TEST_CASE("e2e: killed again and again at random moments, the same holds") {
    if (!sandbox_here()) return;
    const Shop shop;
    ScriptedModel model{std::string(kRightFix)};
    const std::string config =
        shop.configure("{name: scripted, base_url: \"" + model.base_url() + "\"}");
    // On a slow machine the same stage may be killed more often than a daemon would put up with.
    write_whole(config, read_whole(config) + "max_attempts: 100\n");
    DaemonProcess daemon(config, shop.path());
    const int rounds = std::getenv("TRIAGED_NIGHTLY") != nullptr ? 100 : 8;
    for (int round = 0; round < rounds; ++round) {
      daemon.start();
      REQUIRE(daemon.running());
      Json ticket = *parse_json(first_ticket());
      ticket.set("id", "R" + std::to_string(round));
      const auto answer = daemon.send("POST", "/api/v1/tickets", ticket.dump());
      REQUIRE(answer.ok());
      REQUIRE(answer->status == 202);
      std::this_thread::sleep_for(std::chrono::milliseconds(37 * (round * 7 % 23)));
      daemon.kill();
    }
    daemon.start();
    CHECK(eventually([&] {
      const Json counts = daemon.get("/api/v1/overview")["runs"];
      return counts["done"].as_integer() == rounds;
    }, std::chrono::seconds(300)));
    CHECK(lines(shop.previews()) == static_cast<size_t>(rounds));
    for (int round = 0; round < rounds; ++round)
      CHECK(daemon.get("/api/v1/tickets/desk/R" + std::to_string(round))["notes"].items().size() == 1);
    daemon.terminate();
    CHECK(triaged({"receipt", "verify", "--config", config}).exit_code == 0);
  }
}
