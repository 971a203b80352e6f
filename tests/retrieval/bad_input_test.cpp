// Repositories as they are found: what can't be indexed is counted with its reason, the rest is.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "retrieval/code_library.h"
#include "retrieval/index.h"
#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::retrieval;
namespace fs = std::filesystem;

namespace {

using Skipped = std::map<std::string, std::uint64_t>;

const std::map<std::string, std::string> kFiles = {{"a.py", "def first(): pass\n"},
                                                   {"b.py", "def second(): pass\n"}};

Result<std::shared_ptr<const CodeIndex>> index_of(const std::string& path) {
  const Repository repository = TRY(Repository::open(path));
  return CodeIndex::build(repository, TRY(repository.resolve("")));
}

std::string loose_object(const fakes::GitRepository& git, const std::string& file) {
  const std::string id = git.git({"rev-parse", "HEAD:" + file}).substr(0, 40);
  return git.path() + "/.git/objects/" + id.substr(0, 2) + "/" + id.substr(2);
}

void overwrite(const std::string& path, size_t at, const std::string& bytes) {
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file << bytes;
}

// Breaks the packed data of one file's blob, where it lies in the pack.
void break_in_pack(const fakes::GitRepository& git, const std::string& file) {
  const std::string id = git.git({"rev-parse", "HEAD:" + file}).substr(0, 40);
  git.git({"repack", "-adq"});
  for (const auto& entry : fs::directory_iterator(git.path() + "/.git/objects/pack")) {
    const std::string path = entry.path().string();
    if (!path.ends_with(".idx")) continue;
    std::istringstream lines(git.git({"verify-pack", "-v", path}));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with(id)) continue;
      overwrite(path.substr(0, path.size() - 3) + "pack", std::stoul(line.substr(line.rfind(' '))) + 2,
                "\xff\xff\xff\xff");
    }
  }
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("bad input: what can't be indexed is counted, the rest is found") {
    struct Row {
      const char* what;
      std::function<void(fakes::GitRepository&)> spoil;
      Skipped skipped;
    };
    const std::string nul("x = 1\n\0y", 8);
    const Row rows[] = {
        {"nothing", [](auto&) {}, {}},
        {"a link to itself",
         [](auto& git) {
           fs::create_symlink("loop.py", git.path() + "/loop.py");
           fs::create_directory_symlink("..", git.path() + "/up");
           git.commit("links", {});
         },
         {{"symlink", 2}}},
        {"a submodule",
         [](auto& git) {
           git.git({"update-index", "--add", "--cacheinfo", "160000," + git.head() + ",library"});
           git.git({"commit", "--quiet", "--message", "module"});
         },
         {{"submodule", 1}}},
        {"a path with a newline", [](auto& git) { git.commit("odd", {{"c\nd.py", "def third(): pass\n"}}); }, {}},
        {"NUL", [&](auto& git) { git.commit("nul", {{"n.py", nul}}); }, {{"binary", 1}}},
        {"no line end in a megabyte",
         [](auto& git) { git.commit("long", {{"l.py", "x=" + std::string(1'000'000, '1')}}); },
         {{"minified", 1}}},
        {"fifty megabytes",
         [](auto& git) { git.commit("large", {{"big.py", std::string(50'000'000, '\n')}}); },
         {{"too-large", 1}}},
        {"a large-file pointer",
         [](auto& git) {
           git.commit("lfs", {{"m.py", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"}});
         },
         {{"lfs-pointer", 1}}},
        {"a damaged object",
         [](auto& git) {
           git.commit("c", {{"c.py", "def third(): pass\n"}});
           overwrite(loose_object(git, "c.py"), 4, "\xff\xff\xff\xff\xff");
         },
         {{"unreadable", 1}}},
        {"a missing object",
         [](auto& git) {
           git.commit("c", {{"c.py", "def third(): pass\n"}});
           fs::remove(loose_object(git, "c.py"));
         },
         {{"unreadable", 1}}},
        {"a damaged pack",
         [](auto& git) {
           git.commit("c", {{"c.py", "def third():\n    return 'something long enough'\n"}});
           break_in_pack(git, "c.py");
         },
         {{"unreadable", 1}}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.what);
      fakes::GitRepository git;
      git.commit("one", kFiles);
      row.spoil(git);
      const auto index = index_of(git.path());
      REQUIRE(index.ok());
      CHECK((*index)->report().skipped == row.skipped);
      CHECK((*index)->definitions("first").size() == 1);
      CHECK((*index)->definitions("second").size() == 1);
      CHECK_FALSE((*index)->search("second fails", 3).files.empty());
    }
  }

  TEST_CASE("bad input: an object that comes back is indexed then") {
    fakes::GitRepository git;
    git.commit("one", kFiles);
    const std::string object = loose_object(git, "b.py");
    const auto store = make_parsed_store();
    const Repository repository = Repository::open(git.path()).value();
    fs::rename(object, object + ".away");
    CHECK(CodeIndex::build(repository, git.head(), {}, {}, store).value()->report().skipped ==
          Skipped{{"unreadable", 1}});
    fs::rename(object + ".away", object);
    const auto whole = CodeIndex::build(Repository::open(git.path()).value(), git.head(), {}, {}, store).value();
    CHECK(whole->report().skipped.empty());
    CHECK(whole->report().blobs_parsed == 1);
  }

  TEST_CASE("bad input: an empty repository and a missing tree are errors that say so") {
    const fakes::GitRepository empty;
    const auto nothing = index_of(empty.path());
    REQUIRE_FALSE(nothing.ok());
    CHECK(nothing.error().kind == ErrorKind::not_found);
    CHECK(nothing.error().message.find("no commits") != std::string::npos);
    fakes::GitRepository git;
    git.commit("one", kFiles);
    const std::string tree = git.git({"rev-parse", "HEAD^{tree}"}).substr(0, 40);
    fs::remove(git.path() + "/.git/objects/" + tree.substr(0, 2) + "/" + tree.substr(2));
    CHECK_FALSE(index_of(git.path()).ok());
  }

  TEST_CASE("bad input: a shallow clone has its files and what history there is") {
    fakes::GitRepository git;
    git.commit("one", kFiles);
    git.commit("three", {{"c.py", "def third(): pass\n"}});
    git.commit("newsletter arrives twice", {{"b.py", "def second(): return 2\n"}});
    const fakes::TemporaryDirectory directory;
    git.git({"clone", "--quiet", "--depth", "2", "file://" + git.path(), directory / "clone"});
    const auto index = index_of(directory / "clone");
    REQUIRE(index.ok());
    CHECK((*index)->report().files == 3);
    CHECK((*index)->report().skipped.empty());
    const auto answer = (*index)->search("My newsletter arrived twice", 3);
    REQUIRE_FALSE(answer.files.empty());
    CHECK(answer.files[0].path == "b.py");
  }

  TEST_CASE("bad input: history that is pushed over leaves old views and takes the new one") {
    fakes::GitRepository remote;
    remote.commit("root", {{"c.py", "def third(): pass\n"}});
    const std::string before = remote.commit("one", kFiles);
    const fakes::TemporaryDirectory cache;
    CodeLibrary library(cache.path());
    const Remote from{.location = remote.path()};
    const CodeView old = library.open("shop", from, "").value();
    remote.git({"reset", "--quiet", "--hard", "HEAD~1"});
    const std::string after = remote.commit("other", {{"d.py", "def fourth(): pass\n"}});
    const CodeView fresh = library.open("shop", from, "").value();
    CHECK(fresh.commit == after);
    CHECK(fresh.index->definitions("first").empty());
    CHECK(fresh.index->definitions("fourth").size() == 1);
    CHECK(old.commit == before);
    CHECK(old.index->definitions("first").size() == 1);
  }
}
