#include "retrieval/repository.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::retrieval;

namespace {

Repository open(const fakes::GitRepository& git) {
  auto repository = Repository::open(git.path());
  REQUIRE(repository.ok());
  return std::move(*repository);
}

std::vector<std::string> paths(const std::vector<TreeFile>& files) {
  std::vector<std::string> out;
  for (const TreeFile& file : files) out.push_back(file.path);
  return out;
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("repository: a directory that is none is named in the error") {
    const fakes::TemporaryDirectory empty;
    const auto opened = Repository::open(empty.path());
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().kind == ErrorKind::not_found);
    CHECK(opened.error().message.find(empty.path()) != std::string::npos);
  }

  TEST_CASE("repository: without commits it has no default branch") {
    const fakes::GitRepository git;
    const auto resolved = open(git).resolve("");
    REQUIRE_FALSE(resolved.ok());
    CHECK(resolved.error().kind == ErrorKind::not_found);
  }

  TEST_CASE("repository: revisions resolve to commit ids") {
    fakes::GitRepository git;
    const std::string first = git.commit("one", {{"a.txt", "1\n"}});
    const std::string second = git.commit("two", {{"a.txt", "2\n"}});
    git.git({"tag", "-a", "v1", "-m", "first release", first});
    const Repository repository = open(git);
    CHECK(repository.resolve("").value() == second);
    CHECK(repository.resolve("main").value() == second);
    CHECK(repository.resolve("HEAD~1").value() == first);
    CHECK(repository.resolve("v1").value() == first);
    CHECK(repository.resolve(first.substr(0, 10)).value() == first);
    for (const char* wrong : {"no-such", "HEAD~9", "a..b", "--help", "refs/heads/\x01"}) {
      CAPTURE(wrong);
      CHECK(repository.resolve(wrong).error().kind == ErrorKind::not_found);
    }
    CHECK(repository.default_branch().value() == "main");
  }

  TEST_CASE("repository: lists files in path order with their kinds, and reads them") {
    fakes::GitRepository git;
    std::filesystem::create_symlink("b/c.txt", git.path() + "/link");
    const std::string commit = git.commit("files", {{"b/c.txt", "text\n"}, {"b.txt", "x"}});
    const Repository repository = open(git);
    const auto files = repository.files(commit).value();
    CHECK(paths(files) == std::vector<std::string>{"b.txt", "b/c.txt", "link"});
    CHECK(files[2].kind == TreeFile::Kind::symlink);
    CHECK(repository.blob_size(files[1].blob).value() == 5);
    CHECK(repository.read_blob(files[1].blob, 5).value() == "text\n");
    CHECK(repository.read_blob(files[1].blob, 4).error().kind == ErrorKind::exhausted);
    CHECK(repository.read_file(commit, "b/c.txt").value() == "text\n");
    for (const char* none : {"b", "c.txt", "../b.txt", ""})
      CHECK(repository.read_file(commit, none).error().kind == ErrorKind::not_found);
  }

  TEST_CASE("repository: history names the paths that each commit touched") {
    fakes::GitRepository git;
    git.commit("add cart", {{"cart.py", "a\n"}, {"README", "r\n"}});
    const std::string last = git.commit("fix cart\n\nBecause.", {{"cart.py", "b\n"}}, "Grace Hopper");
    const auto history = open(git).history(last, 10).value();
    REQUIRE(history.size() == 2);
    CHECK(history[0].summary == "fix cart");
    CHECK(history[0].author == "Grace Hopper");
    CHECK(history[0].paths == std::vector<std::string>{"cart.py"});
    CHECK(history[1].paths == std::vector<std::string>{"README", "cart.py"});
    CHECK(to_rfc3339(history[0].time) == "2026-01-03T00:00:00.000Z");
    CHECK(open(git).history(last, 1).value().size() == 1);
  }

  TEST_CASE("repository: a commit's paths are what git itself names") {
    fakes::GitRepository git;
    const auto names = [&](const std::string& commit) {
      return open(git).commit_with_paths(commit).value().paths;
    };
    const std::string root = git.commit("root", {{"b/c/d.py", "1\n"}, {"a.py", "1\n"}});
    CHECK(names(root) == std::vector<std::string>{"a.py", "b/c/d.py"});
    const std::string deep = git.commit("deep", {{"b/c/d.py", "2\n"}, {"b/x/y.py", "2\n"}});
    CHECK(names(deep) == std::vector<std::string>{"b/c/d.py", "b/x/y.py"});
    // The whole directory goes, and a file takes its name.
    const std::string gone = git.commit("gone", {{"b/c/d.py", ""}, {"b/x/y.py", ""}, {"a.py", ""}});
    CHECK(names(gone) == std::vector<std::string>{"a.py", "b/c/d.py", "b/x/y.py"});
    std::filesystem::remove_all(git.path() + "/b");
    const std::string file = git.commit("file", {{"b", "a file\n"}});
    CHECK(names(file) == std::vector<std::string>{"b"});
    std::filesystem::permissions(git.path() + "/b", std::filesystem::perms::owner_all);
    const std::string mode = git.commit("mode", {{"z", "z\n"}});
    CHECK(names(mode) == std::vector<std::string>{"b", "z"});
    git.git({"commit", "--quiet", "--allow-empty", "-m", "nothing"});
    CHECK(names(git.head()).empty());
  }

  TEST_CASE("repository: blame says who changed which lines last") {
    fakes::GitRepository git;
    const std::string first = git.commit("one", {{"a.py", "x\ny\nz\n"}});
    const std::string second = git.commit("two", {{"a.py", "x\nY\nz\n"}}, "Grace Hopper");
    const auto lines = open(git).blame(second, "a.py", 2, 3).value();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].start == 2);
    CHECK(lines[0].end == 2);
    CHECK(lines[0].commit.id == second);
    CHECK(lines[0].commit.author == "Grace Hopper");
    CHECK(lines[1].commit.id == first);
    CHECK(open(git).blame(second, "none.py", 1, 1).error().kind == ErrorKind::not_found);
  }

  TEST_CASE("repository: a commit of changes is the same for the same input, and has no work tree") {
    fakes::GitRepository git;
    const std::string base = git.commit("base", {{"a.py", "1\n"}, {"old.py", "x\n"}});
    const Repository repository = open(git);
    const std::vector<FileChange> changes{
        {"a.py", "2\n", false}, {"run.sh", "echo\n", true}, {"old.py", std::nullopt, false}};
    const TimePoint when{std::chrono::seconds(1'800'000'000)};
    const auto made = repository.commit_changes(base, changes, "change", when).value();
    CHECK(repository.commit_changes(base, changes, "change", when).value() == made);
    CHECK(repository.commit_changes(base, changes, "other", when).value() != made);
    const auto files = repository.files(made).value();
    CHECK(paths(files) == std::vector<std::string>{"a.py", "run.sh"});
    CHECK(files[1].kind == TreeFile::Kind::executable);
    CHECK(repository.read_file(base, "a.py").value() == "1\n");
    const std::string diff = repository.diff(base, made).value();
    CHECK(diff.find("diff --git a/a.py b/a.py\n") == 0);
    CHECK(diff.find("\n-1\n+2\n") != std::string::npos);
    CHECK(git.head() == base);
  }

  TEST_CASE("repository: refuses paths that would leave the tree or reach into .git") {
    fakes::GitRepository git;
    const std::string base = git.commit("base", {{"a.py", "1\n"}});
    for (const char* path : {"", "/etc/passwd", "../x", "a/../b", ".git/hooks/x", "a/.GIT/x", "a//b"}) {
      CAPTURE(path);
      const auto made = open(git).commit_changes(base, {{path, "x", false}}, "m", TimePoint{});
      REQUIRE_FALSE(made.ok());
      CHECK(made.error().kind == ErrorKind::invalid_input);
    }
  }

  TEST_CASE("repository: a branch is created or adopted, never moved") {
    fakes::GitRepository git;
    const std::string first = git.commit("one", {{"a", "1\n"}});
    const std::string second = git.commit("two", {{"a", "2\n"}});
    const Repository repository = open(git);
    CHECK_FALSE(repository.find_branch("triage/7-x").value().has_value());
    CHECK(repository.create_branch("triage/7-x", first).ok());
    CHECK(repository.create_branch("triage/7-x", first).ok());
    const auto moved = repository.create_branch("triage/7-x", second);
    REQUIRE_FALSE(moved.ok());
    CHECK(moved.error().kind == ErrorKind::conflict);
    CHECK(repository.find_branch("triage/7-x").value() == first);
    CHECK(repository.create_branch("bad..name", first).error().kind == ErrorKind::invalid_input);
  }
}
