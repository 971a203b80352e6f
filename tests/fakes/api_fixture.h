// The API without a socket: a real store, a pool of one thread, and sources that a test names.
#pragma once

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "daemon/api.h"
#include "pipeline/base/json.h"
#include "tests/fakes/store_fixture.h"

namespace triage::fakes {

inline config::SourceSettings local_source(const std::string& name) {
  config::SourceSettings source;
  source.name = name;
  source.connector = "local";
  source.project = "shop";
  return source;
}

inline config::SourceSettings github_source(const std::string& name) {
  config::SourceSettings source = local_source(name);
  source.connector = "github";
  source.settings = {{"repository", "acme/shop"}, {"base_url", "http://github.test/api/v3"}};
  source.secrets = {{"token", config::Secret("t0ken")},
                    {"webhook_secret", config::Secret("It's a Secret to Everybody")}};
  return source;
}

// One project "shop"; the local source "desk" and the GitHub source "hub".
inline config::Settings world_settings() {
  config::Settings settings;
  settings.log.level = "error";
  settings.projects["shop"].name = "shop";
  settings.projects["shop"].repository = "/nowhere/shop.git";
  settings.sources["desk"] = local_source("desk");
  settings.sources["hub"] = github_source("hub");
  return settings;
}

inline std::shared_ptr<const daemon::World> world_of(config::Settings settings) {
  auto world = daemon::make_world(std::move(settings));
  REQUIRE_MESSAGE(world.ok(), (world.ok() ? "" : world.error().message));
  return *world;
}

struct ApiFixture : StoreFixture {
  daemon::WorldHolder world;
  daemon::Log log{config::LogSettings{"error", "text"}};
  daemon::WorkerPool pool;
  bool accepting = true;
  daemon::Api api{{world, *store, pool, clock, log, [this] { return accepting; }, "PEM"}};

  explicit ApiFixture(config::Settings settings = world_settings(), size_t queue_limit = 100)
      : world(world_of(std::move(settings))), pool(1, queue_limit, [](std::string_view) {}) {
    REQUIRE(pool.start().ok());
  }

  // As it came over the wire, for localhost, unless the test says otherwise.
  HttpResponse ask(const std::string& method, const std::string& target, std::string body = {},
                   const Headers& fields = {}) {
    HttpRequest request{method, target, {{"Host", "127.0.0.1:8377"}}, std::move(body)};
    if (method == "POST") request.headers.set("Content-Type", "application/json");
    for (const auto& [name, value] : fields) request.headers.set(name, value);
    auto answered = std::make_shared<std::promise<HttpResponse>>();
    auto answer = answered->get_future();
    api.handle(std::move(request), "127.0.0.1",
               [answered](HttpResponse response) { answered->set_value(std::move(response)); });
    REQUIRE(answer.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    return answer.get();
  }
  Json json(const std::string& target) {
    const auto parsed = parse_json(ask("GET", target).body);
    REQUIRE(parsed.ok());
    return *parsed;
  }
  // Stores a stage's result of the oldest run, as a worker would, and gives the run back.
  std::string with_stage(Stage stage, Json result) {
    const auto claimed = claim();
    REQUIRE(store->begin_stage(claimed.run.id, claimed.run.fence, stage).ok());
    daemon::StageOutcome outcome;
    outcome.stage = stage;
    outcome.result = std::move(result);
    REQUIRE(store->finish_stage(claimed.run.id, claimed.run.fence, std::move(outcome)).ok());
    REQUIRE(store->release(claimed.run.id, claimed.run.fence).ok());
    return claimed.run.id;
  }
};

}  // namespace triage::fakes
