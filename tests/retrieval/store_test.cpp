#include "retrieval/store_internal.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::retrieval;
namespace fs = std::filesystem;

namespace {

std::map<std::string, std::string> files(int first, int count) {
  std::map<std::string, std::string> out;
  for (int i = first; i < first + count; ++i) {
    const std::string n = std::to_string(i);
    out["pkg/m" + n + ".py"] = "# Part " + n + " of the shop.\ndef total_" + n + "(cart):\n    return price(cart) * " +
                               n + "\n\n\ndef mail_" + n + "():\n    raise ValueError('part " + n +
                               " of %s is missing')\n";
  }
  return out;
}

std::shared_ptr<const CodeIndex> build(const fakes::GitRepository& git, const std::string& commit,
                                       const std::shared_ptr<ParsedStore>& store) {
  auto built = CodeIndex::build(Repository::open(git.path()).value(), commit, {}, {}, store);
  REQUIRE(built.ok());
  return *built;
}

// Everything an index answers to a few questions, as text.
std::string answers(const CodeIndex& index) {
  std::string out;
  for (const char* question : {"price of the cart is wrong", "part 7 of newsletter is missing",
                               "total_3 fails\nmail_11 too", "shop/pkg/m5.py"}) {
    const SearchAnswer answer = index.search(question, 8);
    for (const auto& hit : answer.files) {
      out += hit.path + " " + std::to_string(hit.score);
      for (const auto& why : hit.why) out += " | " + why;
      out += "\n";
    }
    for (const auto& hit : answer.chunks)
      out += hit.chunk.path + ":" + std::to_string(hit.chunk.start) + " " + hit.chunk.symbol + " " +
             std::to_string(hit.score) + "\n";
  }
  return out;
}

std::vector<std::string> names(const std::string& directory, std::string_view suffix) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(suffix)) out.push_back(name);
  }
  return out;
}

void overwrite(const std::string& path, size_t at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file << bytes;
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("store: what was parsed is there for the next process, and for another project") {
    fakes::GitRepository git, other;
    const std::string commit = git.commit("one", files(0, 20));
    const std::string copy = other.commit("copied", files(5, 10));
    const fakes::TemporaryDirectory directory;
    const auto first = build(git, commit, open_parsed_store(directory / "index"));
    CHECK(first->report().blobs_parsed == 20);
    CHECK(first->report().warning.empty());
    CHECK(first->report().stored_bytes > 0);
    const auto again = build(git, commit, open_parsed_store(directory / "index"));
    CHECK(again->report().blobs_parsed == 0);
    CHECK(answers(*again) == answers(*first));
    CHECK(build(other, copy, open_parsed_store(directory / "index"))->report().blobs_parsed == 0);
    CHECK(build(other, copy, make_parsed_store())->report().blobs_parsed == 10);
    CHECK((fs::status(directory / "index").permissions() & fs::perms::others_all) == fs::perms::none);
  }

  TEST_CASE("store: two that are open at once see each other's work") {
    fakes::GitRepository git;
    const std::string commit = git.commit("one", files(0, 5));
    const fakes::TemporaryDirectory directory;
    const auto one = open_parsed_store(directory / "index"), two = open_parsed_store(directory / "index");
    CHECK(two->segments().empty());
    build(git, commit, one);
    CHECK(build(git, commit, two)->report().blobs_parsed == 0);
    CHECK(check_parsed_store(*two).problems.empty());
  }

  TEST_CASE("store: answers do not depend on which segments hold what") {
    fakes::GitRepository git;
    std::vector<std::string> commits;
    for (int i = 0; i < 12; ++i) commits.push_back(git.commit("step " + std::to_string(i), files(i * 2, 2)));
    // The same content under a second path, before the first in path order.
    auto doubled = files(3, 1);
    commits.push_back(git.commit("double", {{"again.py", doubled.begin()->second}}));
    const auto at_once = build(git, commits.back(), make_parsed_store());
    const fakes::TemporaryDirectory directory;
    const auto store = open_parsed_store(directory / "index");
    // Backwards, so that later paths are parsed first and every segment is a small one.
    for (auto commit = commits.rbegin(); commit != commits.rend(); ++commit) build(git, *commit, store);
    for (const std::string& commit : commits) build(git, commit, store);
    const auto in_steps = open_parsed_store(directory / "steps");
    for (const std::string& commit : commits) build(git, commit, in_steps);
    const size_t segments = in_steps->segments().size();
    CHECK(segments > 8);
    CHECK(answers(*build(git, commits.back(), store)) == answers(*at_once));
    CHECK(answers(*build(git, commits.back(), in_steps)) == answers(*at_once));

    const auto merged = CodeIndex::refine(Repository::open(git.path()).value(), commits.back(), {},
                                          {}, in_steps);
    REQUIRE(merged.ok());
    CHECK(in_steps->segments().size() < segments);
    CHECK(in_steps->segments().size() <= 8);
    CHECK((*merged)->report().blobs_parsed == 0);
    CHECK(answers(**merged) == answers(*at_once));
    CHECK(check_parsed_store(*in_steps).problems.empty());
    const auto reopened = open_parsed_store(directory / "steps");
    CHECK(build(git, commits.back(), reopened)->report().blobs_parsed == 0);
    CHECK(answers(*build(git, commits[5], reopened)) == answers(*build(git, commits[5], nullptr)));
    CHECK(names(directory / "steps", ".seg").size() == reopened->segments().size());
  }

  TEST_CASE("store: a large tree is searchable at once and refined later") {
    fakes::GitRepository git;
    const std::string commit = git.commit("one", files(0, 20));
    const auto directly = build(git, commit, make_parsed_store());
    CHECK(directly->report().unrefined == 0);
    const fakes::TemporaryDirectory directory;
    const auto store = open_parsed_store(directory / "index");
    store->refined_at_once = 0;
    const auto quick = build(git, commit, store);
    CHECK(quick->report().unrefined == 20);
    CHECK(quick->report().blobs_parsed == 20);
    CHECK(quick->definitions("total_3").size() == 1);
    // A commit on top waits with the others: not a file of it is ahead.
    const std::string next = git.commit("two", files(20, 2));
    CHECK(build(git, next, store)->report().unrefined == 22);
    const auto refined = CodeIndex::refine(Repository::open(git.path()).value(), commit, {}, {}, store);
    REQUIRE(refined.ok());
    CHECK((*refined)->report().unrefined == 0);
    CHECK((*refined)->report().blobs_parsed == 20);
    CHECK(answers(**refined) == answers(*directly));
    // What the grammars have seen is not kept twice.
    for (const auto& segment : store->segments()) {
      for (std::uint32_t blob = 0; blob < segment->blobs(); ++blob)
        CHECK((segment->blob(blob).level == static_cast<std::uint32_t>(Level::refined) ||
               segment->find(segment->blob(blob).key, Level::refined) == Segment::kNone));
    }
    // Now it is a matter of two files.
    store->refined_at_once = 2000;
    CHECK(build(git, next, store)->report().unrefined == 0);
    CHECK(build(git, commit, open_parsed_store(directory / "index"))->report().unrefined == 0);
  }

  TEST_CASE("store: what is unused for longest goes when it gets too large") {
    fakes::GitRepository git, other;
    const std::string one = git.commit("one", files(0, 5)), two = other.commit("two", files(50, 5));
    const fakes::TemporaryDirectory directory;
    const auto store = open_parsed_store(directory / "index");
    const auto kept = build(git, one, store);
    build(other, two, store);
    CHECK(store->segments().size() == 2);
    store->largest_bytes = 1;
    CHECK(build(other, two, store)->report().blobs_parsed == 0);
    CHECK(store->segments().size() == 1);
    CHECK(names(directory / "index", ".seg").size() == 1);
    // A view that is still held goes on, and is made again when it is asked for.
    CHECK_FALSE(answers(*kept).empty());
    store->largest_bytes = 1U << 30U;
    CHECK(build(other, two, store)->report().blobs_parsed == 0);
    CHECK(build(git, one, store)->report().blobs_parsed == 5);
    CHECK(check_parsed_store(*store).problems.empty());
  }

  TEST_CASE("store: a damaged file is set aside and what it held is made again") {
    fakes::GitRepository git;
    const std::string commit = git.commit("one", files(0, 20));
    struct Row {
      const char* what;
      const char* suffix;
      size_t at;
      std::uint64_t parsed;
    };
    for (const Row& row : {Row{"nothing", "", 0, 0}, Row{"a segment's header", ".seg", 40, 20},
                           Row{"a segment's rows", ".seg", 1200, 20}, Row{"commits", ".com", 60, 0},
                           Row{"the list", "manifest", 30, 20}}) {
      CAPTURE(row.what);
      const fakes::TemporaryDirectory directory;
      const std::string index = directory / "index";
      const std::string whole = answers(*build(git, commit, open_parsed_store(index)));
      if (*row.suffix != '\0') overwrite(index + "/" + names(index, row.suffix).at(0), row.at, "\xff\xff?");
      const auto store = open_parsed_store(index);
      const auto again = build(git, commit, store);
      CHECK(again->report().blobs_parsed == row.parsed);
      CHECK(answers(*again) == whole);
      CHECK(again->report().warning.empty() == (*row.suffix == '\0'));
      CHECK(names(index, ".damaged").empty() == (*row.suffix == '\0' || row.suffix[0] == 'm'));
      const auto after = open_parsed_store(index);
      CHECK(build(git, commit, after)->report().blobs_parsed == 0);
      CHECK(check_parsed_store(*after).problems.empty());
    }
  }

  TEST_CASE("store: a look at everything finds damage that opening does not look for") {
    fakes::GitRepository git;
    const std::string commit = git.commit("one", files(0, 20));
    const fakes::TemporaryDirectory directory;
    const std::string index = directory / "index";
    const auto store = open_parsed_store(index);
    build(git, commit, store);
    CHECK(check_parsed_store(*store).problems.empty());
    // Under the mapping of a store that has it open.
    const std::string segment = names(index, ".seg").at(0);
    overwrite(index + "/" + segment, fs::file_size(index + "/" + segment) - 40, "??????");
    const StoreCheck found = check_parsed_store(*store);
    REQUIRE(found.problems.size() == 1);
    CHECK(found.problems[0].find(segment) == 0);
  }

  TEST_CASE("store: where nothing can be written it works from memory and says so") {
    fakes::GitRepository git;
    const std::string commit = git.commit("one", files(0, 20));
    const fakes::TemporaryDirectory directory;
    std::ofstream(directory / "file") << "not a directory";
    const auto index = build(git, commit, open_parsed_store(directory / "file"));
    CHECK(index->report().blobs_parsed == 20);
    CHECK(index->report().warning.find("the index is kept in memory only") == 0);
    CHECK(answers(*index) == answers(*build(git, commit, make_parsed_store())));
  }

  TEST_CASE("store: a full disk costs the keeping, not the answer") {
    fakes::GitRepository git;
    const std::string commit = git.commit("one", files(0, 20));
    const fakes::TemporaryDirectory directory;
    const std::string expected = answers(*build(git, commit, make_parsed_store()));
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      // A limit on the size of files fails writes as a full disk does.
      ::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{4096, 4096};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(9);
      auto built = CodeIndex::build(Repository::open(git.path()).value(), commit, {}, {},
                                    open_parsed_store(directory / "index"));
      if (!built.ok()) ::_exit(8);
      if ((*built)->report().warning.find("kept in memory only") == std::string::npos) ::_exit(7);
      ::_exit(answers(**built) == expected ? 0 : 6);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    const auto after = open_parsed_store(directory / "index");
    CHECK(build(git, commit, after)->report().blobs_parsed == 20);
    CHECK(check_parsed_store(*after).problems.empty());
  }

  TEST_CASE("store: a process that dies between any two steps loses at most what it was writing") {
    fakes::GitRepository git;
    std::vector<std::string> commits;
    for (int i = 0; i < 9; ++i) commits.push_back(git.commit("step " + std::to_string(i), files(i * 2, 2)));
    const std::string expected = answers(*build(git, commits.back(), make_parsed_store()));
    const fakes::TemporaryDirectory directory;
    {
      const auto store = open_parsed_store(directory / "before");
      for (size_t i = 0; i + 1 < commits.size(); ++i) build(git, commits[i], store);
    }
    int died = 0;
    for (int dies_at = 0;; ++dies_at) {
      CAPTURE(dies_at);
      const std::string index = directory / ("index" + std::to_string(dies_at));
      fs::copy(directory / "before", index);
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        int steps = 0;
        const auto store = std::make_shared<ParsedStore>(index, [&](std::string_view) {
          if (steps++ == dies_at) ::_exit(1);
        });
        const Repository repository = Repository::open(git.path()).value();
        if (!CodeIndex::build(repository, commits.back(), {}, {}, store).ok()) ::_exit(3);
        ::_exit(CodeIndex::refine(repository, commits.back(), {}, {}, store).ok() ? 0 : 3);
      }
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      REQUIRE(WIFEXITED(status));
      const auto store = open_parsed_store(index);
      const auto after = build(git, commits.back(), store);
      CHECK(after->report().blobs_parsed <= 2);
      CHECK(answers(*after) == expected);
      CHECK(after->report().warning.empty());
      CHECK(check_parsed_store(*store).problems.empty());
      CHECK(names(index, ".tmp").empty());
      CHECK(names(index, ".seg").size() == store->segments().size());
      if (WEXITSTATUS(status) == 0) break;
      REQUIRE(WEXITSTATUS(status) == 1);
      ++died;
    }
    // Steps of a segment, of its commits, and of a merge.
    CHECK(died >= 4 + 2 + 4);
  }
}
