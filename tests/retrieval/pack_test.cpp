#include "retrieval/pack.h"

#include <doctest/doctest.h>

#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::retrieval;

namespace {

ChunkHit hit(const std::string& path, std::uint32_t start, std::uint32_t end,
             const std::string& symbol = "s") {
  return {{path, start, end, symbol, "function"}, 1, {}};
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("pack: whole symbols in path and line order, overlaps merged, nothing twice") {
    fakes::GitRepository git;
    const std::string commit =
        git.commit("one", {{"b.py", "1\n2\n3\n4\n5\n6"}, {"a.py", "x\ny\n"}});
    const Repository repository = Repository::open(git.path()).value();
    SearchAnswer answer;
    answer.chunks = {hit("b.py", 4, 6, "late"), hit("b.py", 1, 2, "early"), hit("b.py", 2, 3, "mid"),
                     hit("a.py", 1, 99, "all"), hit("b.py", 5, 5), hit("gone.py", 1, 2),
                     hit("a.py", 50, 60)};
    const auto packed = pack(repository, commit, answer, 10'000).value();
    REQUIRE(packed.size() == 3);
    CHECK(packed[0].path == "a.py");
    CHECK(packed[0].text == "x\ny\n");
    CHECK(packed[0].end == 2);
    CHECK(packed[1].symbol == "early");
    CHECK(packed[1].start == 1);
    CHECK(packed[1].end == 3);
    CHECK(packed[1].text == "1\n2\n3\n");
    CHECK(packed[2].text == "4\n5\n6");
  }

  TEST_CASE("pack: stays within the budget, skips what is too large, keeps what still fits") {
    fakes::GitRepository git;
    std::string large;
    for (int i = 0; i < 300; ++i) large += "call_something(with, arguments)\n";
    const std::string commit = git.commit("one", {{"l.py", large}, {"s.py", "a = 1\n"}});
    const Repository repository = Repository::open(git.path()).value();
    SearchAnswer answer;
    answer.chunks = {hit("l.py", 1, 300), hit("s.py", 1, 1)};
    const auto packed = pack(repository, commit, answer, 100).value();
    REQUIRE(packed.size() == 1);
    CHECK(packed[0].path == "s.py");
    CHECK(pack(repository, commit, answer, 0).value().empty());
    CHECK(pack(repository, commit, answer, 100'000).value().size() == 2);
  }

  TEST_CASE("pack: the estimate grows with the text and is near what tokenizers count") {
    CHECK(estimate_tokens("") == 0);
    CHECK(estimate_tokens("total") == 1);
    // 11 words and signs.
    const size_t line = estimate_tokens("    return round(price - CODES[code], 2)\n");
    CHECK(line >= 11);
    CHECK(line <= 20);
    CHECK(estimate_tokens("日本語") >= 3);
    CHECK(estimate_tokens("1234567890") >= 4);
  }
}
