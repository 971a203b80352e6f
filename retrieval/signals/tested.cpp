// Tests are written in words nearer to a ticket's than code is. What the best matching tests are for is
// told by their names (test_cart.py is about cart.py) and by what was changed together with them.
#include <algorithm>
#include <cmath>
#include <map>

#include "retrieval/signals/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::size_t kTests = 12;
constexpr std::size_t kCommitsOfTest = 200;
constexpr float kPrior = 1;  // commits that a test is taken to have had without any source

struct MatchingTest {
  std::uint32_t file;
  float likeness;  // 1 for the best, squared
};

std::vector<MatchingTest> best_tests(Evidence& evidence) {
  std::vector<MatchingTest> tests;
  for (const std::uint32_t file : evidence.files.touched()) {
    const float words = evidence.files.row_of(file)[index_of(Feature::file_words)];
    if (words > 0 && evidence.view.file(file).role == Role::test) tests.push_back({file, words});
  }
  const std::size_t count = std::min(tests.size(), kTests);
  std::ranges::partial_sort(tests, tests.begin() + static_cast<std::ptrdiff_t>(count),
                            [](const auto& a, const auto& b) {
                              return a.likeness != b.likeness ? a.likeness > b.likeness
                                                              : a.file < b.file;
                            });
  tests.resize(count);
  const float most = tests.empty() ? 1 : tests[0].likeness;
  for (MatchingTest& test : tests) test.likeness *= test.likeness / (most * most);
  return tests;
}

void add_namesake(const MatchingTest& test, Evidence& evidence) {
  const View& view = evidence.view;
  const std::string_view path = view.file(test.file).path;
  const std::string namesake = tested_path(path);
  const std::uint32_t file = namesake.empty() ? View::kNone : view.file_of(namesake);
  if (file == View::kNone || !evidence.is_source(file)) return;
  evidence.add_file(file, Feature::tested, test.likeness);
  evidence.reason(file, View::kNone, 0.4 * static_cast<double>(test.likeness),
                  "tested by " + std::string(path));
}

void add_companions(const MatchingTest& test, Evidence& evidence) {
  const History& history = evidence.view.history();
  const auto all = history.commits_of(test.file);
  const auto commits = all.first(std::min(all.size(), kCommitsOfTest));
  std::map<std::uint32_t, float> together;
  float total = kPrior;
  for (const std::uint32_t commit : commits) {
    const auto files = history.files(commit);
    const float share = 1 / static_cast<float>(files.size());
    total += share;
    for (const std::uint32_t file : files) {
      if (evidence.is_source(file)) together[file] += share;
    }
  }
  for (const auto& [file, share] : together)
    evidence.add_file(file, Feature::changed_with_test, test.likeness * share / total);
}

}  // namespace

std::string tested_path(std::string_view test) {
  const std::string_view name = file_name(test);
  const std::size_t dot = std::min(name.find('.'), name.size());
  std::string_view stem = name.substr(0, dot);
  for (const std::string_view start : {"test_", "tests_"}) {
    if (stem.size() > start.size() && stem.starts_with(start)) stem.remove_prefix(start.size());
  }
  for (const std::string_view end : {"_test", "_tests", "-test", "_spec", "Tests", "Test", "Spec"}) {
    if (stem.size() > end.size() && stem.ends_with(end)) stem.remove_suffix(end.size());
  }
  if (stem.empty()) return {};
  // Directories that say that these are tests say nothing about what is tested.
  std::string out;
  for (std::string_view rest = test.substr(0, test.size() - name.size()); !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part != "tests" && part != "test" && part != "testing" && part != "__tests__" &&
        part != "spec")
      out += std::string(part) + "/";
  }
  const std::size_t last = name.rfind('.');
  return out + std::string(stem) + std::string(last == name.npos ? "" : name.substr(last));
}

void find_tested(const TicketText&, Evidence& evidence) {
  for (const MatchingTest& test : best_tests(evidence)) {
    add_namesake(test, evidence);
    add_companions(test, evidence);
  }
}

}  // namespace triage::retrieval
