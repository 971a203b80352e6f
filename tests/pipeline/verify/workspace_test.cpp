#include "pipeline/verify/workspace.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/fakes/git_repository.h"

namespace triage::verify {
namespace {

namespace fs = std::filesystem;

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Workspace made() {
  auto workspace = Workspace::create(std::nullopt);
  REQUIRE(workspace.ok());
  return std::move(*workspace);
}

TEST_SUITE("verify workspace") {
  TEST_CASE("a commit's files are laid out without its git folder") {
    fakes::GitRepository git;
    fs::create_symlink("cart.py", git.path() + "/alias.py");
    fs::create_symlink("/etc/passwd", git.path() + "/absolute");
    fs::create_symlink("../../etc", git.path() + "/outside");
    const std::string commit =
        git.commit("base", {{"cart.py", "x\n"}, {"deep/er/tool.sh", "#!/bin/sh\n"}});
    fs::permissions(git.path() + "/deep/er/tool.sh", fs::perms::owner_all);
    git.git({"add", "--all"});
    git.git({"commit", "--quiet", "--message", "mode"});

    const auto repository = retrieval::Repository::open(git.path());
    REQUIRE(repository.ok());
    Workspace workspace = made();
    const auto report = workspace.check_out(*repository, git.head());
    REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().message));
    CHECK(report->files == 2);
    CHECK(report->skipped == 2);
    CHECK(content_of(workspace.path() + "/alias.py") == "x\n");
    CHECK_FALSE(fs::exists(workspace.path() + "/.git"));
    CHECK_FALSE(fs::is_symlink(workspace.path() + "/absolute"));
    CHECK_FALSE(fs::is_symlink(workspace.path() + "/outside"));
    CHECK(fs::status(workspace.path() + "/deep/er/tool.sh").permissions() == fs::perms(0755));
    CHECK(fs::status(workspace.path() + "/cart.py").permissions() == fs::perms(0644));
    CHECK(fs::status(workspace.path()).permissions() == fs::perms(0700));
  }

  TEST_CASE("changes write, replace and delete") {
    Workspace workspace = made();
    REQUIRE(workspace.apply({{"a/b.py", "one\n", false}, {"c.py", "two\n", false}}).ok());
    REQUIRE(workspace.apply({{"a/b.py", "three\n", true}, {"c.py", std::nullopt, false}}).ok());
    CHECK(content_of(workspace.path() + "/a/b.py") == "three\n");
    CHECK_FALSE(fs::exists(workspace.path() + "/c.py"));
  }

  TEST_CASE("nothing is written through a symlink") {
    fakes::TemporaryDirectory outside;
    std::ofstream(outside / "target") << "untouched";
    Workspace workspace = made();
    fs::create_directory_symlink(outside.path(), workspace.path() + "/folder");
    fs::create_symlink(outside / "target", workspace.path() + "/file");
    std::error_code other_file_system;
    fs::create_hard_link(outside / "target", workspace.path() + "/hard", other_file_system);

    const auto through = workspace.apply({{"folder/new.py", "x", false}});
    REQUIRE_FALSE(through.ok());
    CHECK(through.error().kind == ErrorKind::denied);
    CHECK_FALSE(fs::exists(outside / "new.py"));
    CHECK_FALSE(workspace.apply({{"folder/target", std::nullopt, false}}).ok());
    REQUIRE(workspace.apply({{"file", "mine", false}, {"hard", "mine", false}}).ok());
    CHECK(content_of(outside / "target") == "untouched");
    CHECK(content_of(workspace.path() + "/file") == "mine");
  }

  TEST_CASE("names that lead elsewhere are refused") {
    Workspace workspace = made();
    for (const char* name : {"../x", "/x", "a/../../x", ".git/config", "a/.Git/x", "", "a//b", "a\nb"})
      CHECK_FALSE_MESSAGE(workspace.apply({{name, "x", false}}).ok(), name);
    CHECK(fs::is_empty(workspace.path()));
  }

  TEST_CASE("it goes with everything in it, however deep and however locked") {
    std::string path;
    {
      Workspace workspace = made();
      path = workspace.path();
      fs::path at = path;
      for (int i = 0; i < 600; ++i) {
        at /= "d";
        if (at.string().size() > 3000) break;
        fs::create_directory(at);
      }
      fs::create_directories(path + "/locked/in");
      std::ofstream(path + "/locked/in/file") << "x";
      fs::create_symlink("/nowhere", path + "/dangling");
      REQUIRE(::mkfifo((path + "/pipe").c_str(), 0600) == 0);
      fs::permissions(path + "/locked/in", fs::perms::none);
      fs::permissions(path + "/locked", fs::perms::none);
    }
    CHECK_FALSE(fs::exists(path));
  }

  TEST_CASE("what a killed process left goes when the next one is made, and nothing else") {
    fakes::TemporaryDirectory base, elsewhere;
    std::ofstream(elsewhere / "kept") << "x";
    fs::create_directories(base / "triaged-work-dead01/deep/er");
    std::ofstream(base / "triaged-work-dead01/deep/file") << "x";
    fs::create_symlink(elsewhere.path(), base / "triaged-work-dead01/link");
    fs::permissions(base / "triaged-work-dead01/deep/er", fs::perms::none);
    fs::create_symlink(elsewhere.path(), base / "triaged-work-link");
    std::ofstream(base / "triaged-work-file") << "x";
    fs::create_directories(base / "another-folder");
    fs::create_directories(base / "triaged-work-theirs");
    const bool can_give_away = ::chown((base / "triaged-work-theirs").c_str(), 12345, 12345) == 0;

    const auto living = Workspace::create(std::nullopt, base.path());
    REQUIRE(living.ok());
    const auto next = Workspace::create(std::nullopt, base.path());
    REQUIRE(next.ok());
    CHECK(fs::exists(living->path()));
    CHECK_FALSE(fs::exists(base / "triaged-work-dead01"));
    CHECK(fs::is_symlink(base / "triaged-work-link"));
    CHECK(fs::exists(base / "triaged-work-file"));
    CHECK(fs::exists(base / "another-folder"));
    CHECK(fs::exists(base / "triaged-work-theirs") == can_give_away);
    CHECK(fs::exists(elsewhere / "kept"));
  }

  TEST_CASE("five thousand files are there in less than a second") {
    fakes::GitRepository git;
    std::map<std::string, std::string> files;
    for (int i = 0; i < 5000; ++i)
      files["d" + std::to_string(i % 50) + "/f" + std::to_string(i) + ".py"] =
          "value = " + std::to_string(i) + "\n";
    const std::string commit = git.commit("many", files);
    const auto repository = retrieval::Repository::open(git.path());
    REQUIRE(repository.ok());
    const auto started = std::chrono::steady_clock::now();
    Workspace workspace = made();
    const auto report = workspace.check_out(*repository, commit);
    REQUIRE(report.ok());
    CHECK(report->files == 5000);
    const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - started);
    WARN_MESSAGE(took.count() < 1000, "took ", took.count(), " ms on this machine");
  }
}

}  // namespace
}  // namespace triage::verify
