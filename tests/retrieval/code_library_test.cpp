#include "retrieval/code_library.h"

#include <doctest/doctest.h>

#include <thread>

#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::retrieval;

TEST_SUITE("retrieval") {
  TEST_CASE("code library: opens the newest commit, a fixed one, and reopens without fetching") {
    fakes::GitRepository remote;
    const std::string first = remote.commit("one", {{"a.py", "def one(): pass\n"}});
    const fakes::TemporaryDirectory cache;
    CodeLibrary library(cache.path());
    const Remote from{.location = remote.path()};
    const CodeView view = library.open("shop", from, "").value();
    CHECK(view.branch == "main");
    CHECK(view.commit == first);
    CHECK(view.stale.empty());
    CHECK(view.index->definitions("one").size() == 1);

    const std::string second = remote.commit("two", {{"a.py", "def two(): pass\n"}});
    CHECK(library.reopen("shop", second).error().kind == ErrorKind::not_found);
    CHECK(library.open("shop", from, "main").value().commit == second);
    const CodeView old = library.open("shop", from, "main", first).value();
    CHECK(old.commit == first);
    CHECK(old.index == view.index);
    CHECK(library.reopen("shop", first).value().index == view.index);
    CHECK(library.open("shop", from, "no-such").error().kind == ErrorKind::not_found);
  }

  TEST_CASE("code library: works on with the last state when the remote is gone, and says so") {
    const fakes::TemporaryDirectory cache;
    CodeLibrary library(cache.path());
    Remote from;
    std::string commit;
    {
      fakes::GitRepository remote;
      commit = remote.commit("one", {{"a.py", "def one(): pass\n"}});
      from.location = remote.path();
      REQUIRE(library.open("shop", from, "").ok());
    }
    const CodeView view = library.open("shop", from, "").value();
    CHECK(view.commit == commit);
    CHECK(view.stale.find("cannot fetch") == 0);
    CHECK(library.open("other", from, "").error().kind == ErrorKind::unavailable);
  }

  TEST_CASE("code library: a project's name can't lead out of the directory") {
    const CodeLibrary library("/cache");
    CHECK(library.mirror_path("shop") == "/cache/shop.git");
    CHECK(library.mirror_path("../../etc/x") == "/cache/_._.._etc_x.git");
    CHECK(library.mirror_path("") == "/cache/_.git");
  }

  TEST_CASE("code library: workers that want the same project share one index") {
    fakes::GitRepository remote;
    remote.commit("one", {{"a.py", "def one(): pass\n"}});
    const fakes::TemporaryDirectory cache;
    CodeLibrary library(cache.path());
    std::array<std::shared_ptr<const CodeIndex>, 4> found;
    {
      std::vector<std::jthread> workers;
      for (auto& slot : found)
        workers.emplace_back([&] {
          if (auto view = library.open("shop", {.location = remote.path()}, ""); view.ok())
            slot = view->index;
        });
    }
    for (const auto& index : found) {
      REQUIRE(index != nullptr);
      CHECK(index == found[0]);
    }
  }
}
