#include "retrieval/history_internal.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace triage::retrieval;

namespace {

std::vector<Term> terms_of(std::string_view text) {
  std::vector<Term> terms;
  add_terms(text, terms);
  return terms;
}

size_t count_of(const CommitWords& words, std::string_view word) {
  return static_cast<size_t>(std::ranges::count(words.terms, terms_of(word).at(0)));
}

CommitWords commit_of(const std::string& message, std::vector<std::string> paths = {"a.py"}) {
  CommitInfo info;
  info.id = "c0ffee";
  info.message = message;
  info.paths = std::move(paths);
  return read_commit(std::move(info));
}

std::shared_ptr<const CommitWords> shared(const std::string& message,
                                          std::vector<std::string> paths) {
  return std::make_shared<const CommitWords>(commit_of(message, std::move(paths)));
}

// Numbers of files are their places in this list.
History history_of(const History::Commits& commits, const std::vector<std::string>& files) {
  const auto file_of = [&](std::string_view path) {
    const auto found = std::ranges::find(files, path);
    return found == files.end() ? History::kNone : static_cast<std::uint32_t>(found - files.begin());
  };
  return {commits, file_of, static_cast<std::uint32_t>(files.size())};
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> found(const History& history,
                                                           std::string_view word) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
  for (const History::Posting posting : history.find(terms_of(word).at(0)))
    out.emplace_back(posting.commit, posting.count);
  return out;
}

std::vector<std::uint32_t> numbers(std::span<const std::uint32_t> from) {
  return {from.begin(), from.end()};
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("history: of a message the words that say what was done are kept") {
    struct Row {
      const char* message;
      const char* word;
      size_t count;
    };
    const Row rows[] = {
        {"round the total\n\nTotals of vouchers.", "total", 3},  // twice in the subject, once below
        {"round the total\n\nTotals of vouchers.", "voucher", 1},
        {"round the total\n\nTotals of vouchers.", "discount", 0},
        {"\n\nround late", "round", 2},  // the first line with words is the subject
        {"tidy\n\nSigned-off-by: Ada Lovelace <ada@example.org>", "lovelace", 0},
        {"tidy\n\nCo-authored-by: Ada Lovelace <ada@example.org>", "lovelace", 0},
        {"tidy\n\nfound by Lovelace-by: hand", "lovelace", 1},
        {"Merge branch 'main' into voucher", "voucher", 0},
        {"Keep branch main for voucher", "voucher", 2},
        {"Merge pull request #12 from ada/round-totals\n\nRound them", "total", 2},
        {"Merge pull request #12 from ada/round-totals\n\nRound them", "ada", 0},
        {"Pull from ada/round-totals", "ada", 2},
    };
    for (const Row& row : rows) {
      CAPTURE(row.message);
      CAPTURE(row.word);
      CHECK(count_of(commit_of(row.message), row.word) == row.count);
    }
  }

  TEST_CASE("history: a commit that touches very many files says nothing") {
    const CommitWords some = commit_of("reformat", std::vector<std::string>(30, "a.py"));
    CHECK(some.paths.size() == 30);
    CHECK(count_of(some, "reformat") == 2);
    const CommitWords mass = commit_of("reformat", std::vector<std::string>(31, "a.py"));
    CHECK(mass.paths.empty());
    CHECK(mass.terms.empty());
    CHECK(mass.id == "c0ffee");
  }

  TEST_CASE("history: finds commits by words, files by commits and commits by files") {
    const History history = history_of({shared("voucher again", {"b.py", "gone.py"}),
                                        shared("voucher for nothing", {"gone.py"}),
                                        shared("totals\n\nof any voucher", {"a.py", "b.py"})},
                                       {"a.py", "b.py", "c.py"});
    REQUIRE(history.size() == 2);  // the one that touched nothing alive is left out
    CHECK(found(history, "voucher") ==
          std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 2}, {1, 1}});
    CHECK(found(history, "totals") == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 2}});
    CHECK(found(history, "nothing").empty());
    CHECK(found(history, "discount").empty());
    CHECK(numbers(history.files(0)) == std::vector<std::uint32_t>{1});
    CHECK(numbers(history.files(1)) == std::vector<std::uint32_t>{0, 1});
    CHECK(numbers(history.commits_of(0)) == std::vector<std::uint32_t>{1});
    CHECK(numbers(history.commits_of(1)) == std::vector<std::uint32_t>{0, 1});
    CHECK(numbers(history.commits_of(2)).empty());
    CHECK(history.lengths()[0] == doctest::Approx(4 / 4.5));
    CHECK(history.lengths()[1] == doctest::Approx(5 / 4.5));
  }

  TEST_CASE("history: many words find what each word alone would find") {
    History::Commits commits;
    for (int i = 0; i < 9000; ++i)
      commits.push_back(shared("word" + std::string(1, static_cast<char>('a' + i % 26)) +
                                   std::string(1, static_cast<char>('a' + i / 26 % 26)) +
                                   std::string(1, static_cast<char>('a' + i / 676)),
                               {"a.py"}));
    const History history = history_of(commits, {"a.py"});
    REQUIRE(history.size() == commits.size());
    for (std::uint32_t i = 0; i < history.size(); ++i) {
      const auto postings = history.find(commits[i]->terms.at(0));
      REQUIRE(postings.size() == 1);
      REQUIRE(std::uint32_t{postings[0].commit} == i);
    }
    CHECK(history.find(terms_of("wordless").at(0)).empty());
    CHECK(History().find(terms_of("worda").at(0)).empty());
  }
}
