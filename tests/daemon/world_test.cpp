#include "daemon/world.h"

#include <doctest/doctest.h>

#include "tests/fakes/api_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

TEST_SUITE("world") {
  TEST_CASE("finds sources, projects and connectors by name, and nothing by another") {
    const auto world = world_of(world_settings());
    REQUIRE(world->connector("desk") != nullptr);
    CHECK(world->connector("desk")->name() == "local");
    CHECK(world->connector("hub")->can("webhook"));
    CHECK(world->project_of("hub")->name == "shop");
    CHECK(world->source("desk")->connector == "local");
    for (const char* name : {"", "shop", "Desk"}) {
      CHECK(world->connector(name) == nullptr);
      CHECK(world->source(name) == nullptr);
      CHECK(world->project_of(name) == nullptr);
    }
    CHECK(world->project("desk") == nullptr);
  }

  TEST_CASE("every source that can't be made is named, all at once") {
    config::Settings settings = world_settings();
    settings.sources["a"] = local_source("a");
    settings.sources["a"].connector = "nosuch";
    settings.sources["hub"].secrets.clear();
    const auto world = make_world(std::move(settings));
    REQUIRE(!world.ok());
    CHECK(world.error().kind == ErrorKind::invalid_input);
    CHECK(world.error().message.find("sources.a: ") != std::string::npos);
    CHECK(world.error().message.find("\nsources.hub: ") != std::string::npos);
    CHECK(world.error().message.find("t0ken") == std::string::npos);
  }

  TEST_CASE("who holds an old world keeps it whole while a new one is set") {
    WorldHolder holder(world_of(world_settings()));
    const auto before = holder.get();
    config::Settings next = world_settings();
    next.sources.erase("hub");
    holder.set(world_of(std::move(next)));
    CHECK(before->connector("hub") != nullptr);
    CHECK(holder.get()->connector("hub") == nullptr);
  }

  TEST_CASE("the daemon's address is one that a client can use") {
    config::ServerSettings server;
    CHECK(base_url(server, 8377) == "http://127.0.0.1:8377");
    server.address = "::1";
    CHECK(base_url(server, 80) == "http://[::1]:80");
    server.public_url = "https://triage.example";
    CHECK(base_url(server, 80) == "https://triage.example");
  }
}
