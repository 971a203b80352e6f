#include "daemon/git_forge.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "daemon/atomic_file.h"
#include "retrieval/repository.h"
#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

struct ForgeFixture {
  GitRepository origin;
  TemporaryDirectory directory;
  std::string base = origin.commit("first", {{"shop/pricing.py", "def total():\n    return 1\n"}});
  std::string mirror = directory / "shop.git";
  GitForge forge{directory / "pull-requests", [this](const std::string& name) -> Result<ForgeProject> {
                   if (name != "shop")
                     return Error{ErrorKind::not_found, "project " + name + " is not configured"};
                   return ForgeProject{{.location = origin.path(), .token = ""}, mirror};
                 }};

  ForgeFixture() {
    REQUIRE(retrieval::refresh_mirror({.location = origin.path(), .token = ""}, mirror).ok());
  }
  Effect effect(EffectKind kind) const {
    Effect effect;
    effect.op_id = "0123456789abcdef";
    effect.kind = kind;
    effect.project = "shop";
    effect.branch = "triage/7-total";
    effect.base_branch = "main";
    effect.base_commit = base;
    effect.changes = {{"shop/pricing.py", "def total():\n    return 2\n", false}};
    effect.title = SafeTextCodec::restore("Return the right total");
    effect.body = SafeTextCodec::restore("Draft made by triaged.");
    return effect;
  }
  Result<EffectResult> carry(const Effect& effect) {
    return forge.carry_out(effect, deadline_in(Milliseconds(60'000)), {});
  }
};

}  // namespace

TEST_SUITE("git forge") {
  TEST_CASE("git forge: pushes one preview branch, however often it is asked") {
    ForgeFixture f;
    const auto first = f.carry(f.effect(EffectKind::push_branch));
    REQUIRE_MESSAGE(first.ok(), (first.ok() ? "" : first.error().message));
    CHECK(first->url == "triage/7-total");
    const auto again = f.carry(f.effect(EffectKind::push_branch));
    REQUIRE(again.ok());
    CHECK(again->id == first->id);
    const auto origin = retrieval::Repository::open(f.origin.path());
    REQUIRE(origin.ok());
    CHECK(*origin->find_branch("triage/7-total") == first->id);
    CHECK(*origin->resolve("main") == f.base);
    CHECK(*origin->read_file(first->id, "shop/pricing.py") == "def total():\n    return 2\n");
  }

  TEST_CASE("git forge: a branch that holds something else is never moved") {
    ForgeFixture f;
    REQUIRE(f.carry(f.effect(EffectKind::push_branch)).ok());
    Effect other = f.effect(EffectKind::push_branch);
    other.changes[0].content = "def total():\n    return 3\n";
    const auto refused = f.carry(other);
    REQUIRE(!refused.ok());
    CHECK(refused.error().kind == ErrorKind::conflict);
  }

  TEST_CASE("git forge: a pull request is a description and a patch that git can apply") {
    ForgeFixture f;
    REQUIRE(f.carry(f.effect(EffectKind::push_branch)).ok());
    const auto made = f.carry(f.effect(EffectKind::open_draft_pull_request));
    REQUIRE_MESSAGE(made.ok(), (made.ok() ? "" : made.error().message));
    CHECK(!made->adopted);
    const std::string description = *read_regular_file(made->url, 10'000);
    CHECK(description == "# Return the right total\n\nDraft made by triaged.\n");
    const std::string stem = made->url.substr(0, made->url.size() - 3);
    const std::string patch = *read_regular_file(stem + ".patch", 10'000);
    CHECK(patch.find("Subject: [PATCH] Return the right total\n") != std::string::npos);
    CHECK(patch.find("+    return 2\n") != std::string::npos);
    f.origin.git({"apply", "--check", stem + ".patch"});
    CHECK(f.carry(f.effect(EffectKind::open_draft_pull_request))->adopted);
  }

  TEST_CASE("git forge: refuses what is not a preview") {
    ForgeFixture f;
    for (const std::string branch : {"main", "triage", "refs/heads/main", ""}) {
      Effect effect = f.effect(EffectKind::push_branch);
      effect.branch = branch;
      CHECK(f.carry(effect).error().kind == ErrorKind::denied);
    }
    Effect unknown = f.effect(EffectKind::push_branch);
    unknown.project = "other";
    CHECK(f.carry(unknown).error().kind == ErrorKind::not_found);
    CHECK(f.carry(f.effect(EffectKind::post_note)).error().kind == ErrorKind::invalid_input);
    CHECK(f.carry(f.effect(EffectKind::open_draft_pull_request)).error().kind ==
          ErrorKind::not_found);
  }
}
