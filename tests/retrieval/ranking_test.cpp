#include "retrieval/ranking_internal.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "retrieval/signals_internal.h"
#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::retrieval;

namespace {

const std::map<std::string, std::string> kFiles = {
    {"app/a.py", "def first():\n    return 1\n"},
    {"app/b.py", "def second():\n    return 2\n"},
    {"tests/test_b.py", "def test_second():\n    return 3\n"},
};

struct Files {
  fakes::GitRepository git;
  std::shared_ptr<const CodeIndex> index;
  explicit Files(const std::map<std::string, std::string>& files = kFiles) {
    const std::string commit = git.commit("all", files);
    index = CodeIndex::build(Repository::open(git.path()).value(), commit).value();
  }
  std::uint32_t file(std::string_view path) const { return view_of(*index).file_of(path); }
};

struct Given {
  const char* path;
  Feature feature;
  float value;
};

// The order of files for evidence made by hand.
std::vector<std::string> order(const Files& files, const std::vector<Given>& given,
                               const Weights& weights) {
  const View view = view_of(*files.index);
  Evidence evidence(view);
  for (const Given& g : given) evidence.add_file(files.file(g.path), g.feature, g.value);
  evidence.settle(100, weights.file);
  TicketText ticket;
  ticket.has_code = true;
  evidence.candidates = best_files(ticket, evidence, 100, weights);
  std::vector<std::string> out;
  for (const FileHit& hit : rank(ticket, evidence, 100, weights).files) out.push_back(hit.path);
  return out;
}

Weights weights(std::initializer_list<std::pair<Feature, double>> file) {
  Weights out;
  for (const auto& [feature, weight] : file) out.file[index_of(feature)] = weight;
  return out;
}

using Order = std::vector<std::string>;

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("ranking: features are scaled, weighed and added up") {
    const Files files;
    const Weights both = weights({{Feature::file_words, 1}, {Feature::frame, 2}});
    struct Row {
      const char* name;
      std::vector<Given> given;
      Weights weights;
      Order expected;
    };
    const Row rows[] = {
        {"the strongest first",
         {{"app/a.py", Feature::file_words, 3}, {"app/b.py", Feature::file_words, 7}},
         both, {"app/b.py", "app/a.py"}},
        {"ties in order of path",
         {{"app/b.py", Feature::file_words, 3}, {"app/a.py", Feature::file_words, 3}},
         both, {"app/a.py", "app/b.py"}},
        {"the best by words counts as one, however large",
         {{"app/a.py", Feature::file_words, 100}, {"app/b.py", Feature::frame, 1}},
         both, {"app/b.py", "app/a.py"}},
        {"a share of one is not blown up",
         {{"app/a.py", Feature::file_words, 100}, {"app/b.py", Feature::frame, 0.4F}},
         both, {"app/a.py", "app/b.py"}},
        {"a test counts for less than what it tests",
         {{"app/b.py", Feature::file_words, 4}, {"tests/test_b.py", Feature::file_words, 10}},
         both, {"app/b.py", "tests/test_b.py"}},
        {"much more in a test still wins",
         {{"app/b.py", Feature::file_words, 2}, {"tests/test_b.py", Feature::file_words, 10}},
         both, {"tests/test_b.py", "app/b.py"}},
        {"another weight, another order",
         {{"app/a.py", Feature::file_words, 100}, {"app/b.py", Feature::frame, 1}},
         weights({{Feature::file_words, 3}, {Feature::frame, 2}}), {"app/a.py", "app/b.py"}},
    };
    for (const Row& row : rows) {
      CAPTURE(std::string(row.name));
      CHECK(order(files, row.given, row.weights) == row.expected);
    }
  }

  TEST_CASE("ranking: few files are settled, those with other evidence always") {
    const Files files;
    const View view = view_of(*files.index);
    const auto settled = [&](bool with_frame) {
      Evidence evidence(view);
      evidence.add_file(files.file("app/a.py"), Feature::file_words, 5);
      evidence.add_file(files.file("app/b.py"), Feature::file_words, 1);
      if (with_frame) evidence.add_file(files.file("app/b.py"), Feature::frame, 1);
      evidence.settle(1, fitted_weights().file);
      return evidence.files.touched().size();
    };
    CHECK(settled(false) == 1);
    CHECK(settled(true) == 2);
  }

  TEST_CASE("ranking: confidence is a probability and grows with the lead") {
    std::map<std::string, std::string> many = kFiles;
    for (int i = 0; i < 30; ++i)
      many["app/m" + std::to_string(i) + ".py"] = "def part():\n    return 'a parcel'\n";
    many["app/special.py"] = "def weigh_parcel():\n    raise ValueError('parcel is far too heavy')\n";
    const Files files(many);
    const auto plain = files.index->search("a parcel", 5);
    const auto exact = files.index->search("ValueError: parcel is far too heavy in weigh_parcel\n\n"
                                           "```\nfrom app.special import weigh_parcel\n```", 5);
    REQUIRE_FALSE(exact.files.empty());
    CHECK(exact.files[0].path == "app/special.py");
    CHECK(exact.confidence > plain.confidence);
    CHECK(exact.confidence <= 1);
    CHECK(plain.confidence > 0);
    CHECK(plain.trust == Trust::weak);
    CHECK(exact.trust != Trust::weak);
    CHECK(files.index->search("zzz qqq", 5).trust == Trust::weak);
    CHECK(files.index->search("zzz qqq", 5).confidence == 0);
  }

  TEST_CASE("ranking: the table of weights is whole") {
    const Weights& fitted = fitted_weights();
    for (std::size_t f = 0; f < kFeatures; ++f) {
      CAPTURE(std::string(feature_name(static_cast<Feature>(f))));
      CHECK(std::isfinite(fitted.file[f]));
      CHECK(std::isfinite(fitted.prose[f]));
      CHECK(std::isfinite(fitted.chunk[f]));
      CHECK(std::abs(fitted.file[f]) + std::abs(fitted.chunk[f]) + std::abs(fitted.prose[f]) < 40);
    }
    // What names a place can't speak against it.
    for (const Feature feature : {Feature::frame, Feature::path_mention, Feature::error_string,
                                  Feature::definition, Feature::file_words}) {
      CHECK(fitted.file[index_of(feature)] >= 0);
      CHECK(fitted.prose[index_of(feature)] >= 0);
    }
  }
}
