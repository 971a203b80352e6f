#include "retrieval/mirror.h"

#include <doctest/doctest.h>

#include "retrieval/repository.h"
#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::retrieval;

TEST_SUITE("retrieval") {
  TEST_CASE("mirror: clones, follows new and deleted branches, keeps preview branches of its own") {
    fakes::GitRepository remote;
    const std::string first = remote.commit("one", {{"a", "1\n"}});
    remote.git({"branch", "gone"});
    const fakes::TemporaryDirectory cache;
    const std::string mirror = cache / "deep/shop.git";
    const Remote from{.location = remote.path()};
    REQUIRE(refresh_mirror(from, mirror).ok());
    {
      const Repository repository = Repository::open(mirror).value();
      CHECK(repository.resolve("main").value() == first);
      CHECK(repository.find_branch("gone").value() == first);
      REQUIRE(repository.create_branch("triage/1-x", first).ok());
    }
    const std::string second = remote.commit("two", {{"a", "2\n"}});
    remote.git({"branch", "--delete", "gone"});
    REQUIRE(refresh_mirror(from, mirror).ok());
    const Repository repository = Repository::open(mirror).value();
    CHECK(repository.resolve("main").value() == second);
    CHECK_FALSE(repository.find_branch("gone").value().has_value());
    CHECK(repository.find_branch("triage/1-x").value() == first);
  }

  TEST_CASE("mirror: a forced push and a half-made clone are overcome") {
    fakes::GitRepository remote;
    remote.commit("one", {{"a", "1\n"}});
    const fakes::TemporaryDirectory cache;
    const std::string mirror = cache / "shop.git";
    std::filesystem::create_directories(mirror + ".part/objects");
    const Remote from{.location = remote.path()};
    REQUIRE(refresh_mirror(from, mirror).ok());
    CHECK_FALSE(std::filesystem::exists(mirror + ".part"));
    remote.git({"commit", "--quiet", "--amend", "--message", "other"});
    REQUIRE(refresh_mirror(from, mirror).ok());
    CHECK(Repository::open(mirror).value().resolve("main").value() == remote.head());
  }

  TEST_CASE("mirror: an error names the repository and git's reason, never a credential") {
    const fakes::TemporaryDirectory cache;
    const auto missing = refresh_mirror({.location = "/no/such/repository"}, cache / "a.git");
    REQUIRE_FALSE(missing.ok());
    CHECK(missing.error().kind == ErrorKind::unavailable);
    CHECK(missing.error().message.find("cannot clone /no/such/repository: ") == 0);
    CHECK(missing.error().message.find("check the URL and the token") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(cache / "a.git"));

    const auto secret = refresh_mirror(
        {.location = "http://user:hunter2@127.0.0.1:1/x.git", .token = "tok3n"}, cache / "b.git");
    REQUIRE_FALSE(secret.ok());
    CHECK(secret.error().message.find("hunter2") == std::string::npos);
    CHECK(secret.error().message.find("127.0.0.1") != std::string::npos);

    for (const char* location : {"", "--upload-pack=touch /tmp/x", "ext::sh -c id"}) {
      CAPTURE(location);
      CHECK_FALSE(refresh_mirror({.location = location}, cache / "c.git").ok());
    }
  }

  TEST_CASE("mirror: a branch is pushed once, adopted again, and never forced") {
    fakes::GitRepository remote;
    const std::string base = remote.commit("one", {{"a", "1\n"}});
    const fakes::TemporaryDirectory cache;
    const std::string mirror = cache / "shop.git";
    const Remote to{.location = remote.path()};
    REQUIRE(refresh_mirror(to, mirror).ok());
    const Repository repository = Repository::open(mirror).value();
    const auto draft =
        repository.commit_changes(base, {{"a", "2\n", false}}, "draft", TimePoint{}).value();
    REQUIRE(push_branch(to, mirror, draft, "triage/1-x").ok());
    CHECK(remote.git({"rev-parse", "triage/1-x"}).substr(0, 40) == draft);
    CHECK(push_branch(to, mirror, draft, "triage/1-x").ok());
    const auto other = push_branch(to, mirror, base, "triage/1-x");
    REQUIRE_FALSE(other.ok());
    CHECK(other.error().kind == ErrorKind::conflict);
    CHECK(remote.git({"rev-parse", "triage/1-x"}).substr(0, 40) == draft);
    CHECK(push_branch(to, mirror, base, "-d").error().kind == ErrorKind::invalid_input);
  }
}
