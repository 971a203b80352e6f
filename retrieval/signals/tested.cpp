// Tests are written in words nearer to a ticket's than code is. What the best matching tests are for is
// told by their names (test_cart.py is about cart.py) and by what was changed together with them.
#include <algorithm>
#include <cmath>

#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::size_t kTests = 12;
constexpr std::size_t kCommitsOfTest = 100;
constexpr float kPrior = 1;  // commits that a test is taken to have had without any source

struct MatchingTest {
  std::uint32_t file;
  float likeness;  // 1 for the best, squared
};

// The best first.
std::vector<MatchingTest> best_tests(Evidence& evidence) {
  const auto better = [](const MatchingTest& a, const MatchingTest& b) {
    return a.likeness != b.likeness ? a.likeness > b.likeness : a.file < b.file;
  };
  std::vector<MatchingTest> tests;
  const auto touched = evidence.files.touched();
  for (std::size_t slot = 0; slot < touched.size(); ++slot) {
    if (evidence.view.role(touched[slot]) != Role::test) continue;
    const MatchingTest test{touched[slot],
                            evidence.files.row(slot)[index_of(Feature::file_words)]};
    if (test.likeness <= 0 || (tests.size() == kTests && !better(test, tests.back()))) continue;
    if (tests.size() == kTests) tests.pop_back();
    tests.insert(std::ranges::upper_bound(tests, test, better), test);
  }
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

// What was changed together with tests. The sums have a place for every file, zero between tests.
class Companions {
 public:
  explicit Companions(Evidence& evidence) : evidence_(evidence), sums_(evidence.view.files()) {}

  void add(const MatchingTest& test) {
    const History& history = evidence_.view.history();
    const auto all = history.commits_of(test.file);
    float total = kPrior;
    for (const std::uint32_t commit : all.first(std::min(all.size(), kCommitsOfTest))) {
      const auto files = history.files(commit);
      const float share = 1 / static_cast<float>(files.size());
      total += share;
      for (const std::uint32_t file : files) {
        if (sums_[file] == 0) touched_.push_back(file);
        sums_[file] += share;
      }
    }
    for (const std::uint32_t file : touched_) {
      if (evidence_.is_source(file))
        evidence_.add_file(file, Feature::changed_with_test, test.likeness * sums_[file] / total);
      sums_[file] = 0;
    }
    touched_.clear();
  }

 private:
  Evidence& evidence_;
  std::vector<float> sums_;
  std::vector<std::uint32_t> touched_;
};

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
  Companions companions(evidence);
  for (const MatchingTest& test : best_tests(evidence)) {
    add_namesake(test, evidence);
    companions.add(test);
  }
}

}  // namespace triage::retrieval
