#include "pipeline/propose/models/embeddings.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/git_repository.h"
#include "tests/pipeline/propose/model_bench.h"

namespace triage::propose {
namespace {

using testing::answer;

struct World {
  World() { bench.settings.output_price = 0; }
  Result<std::vector<retrieval::Vector>> embed(const std::vector<std::string>& texts) {
    EndpointEmbedder embedder(bench.settings, bench.gateway, directory / "vectors/m",
                              deadline_in(Milliseconds{60'000}), {});
    return embedder.embed(texts);
  }
  Bench bench;
  fakes::TemporaryDirectory directory;
};

constexpr const char* kTwo =
    R"({"data":[{"index":1,"embedding":[0,1]},{"index":0,"embedding":[1,0.5]}],"usage":{"prompt_tokens":9}})";

TEST_SUITE("propose") {
  TEST_CASE("embeddings: vectors by index, with the key, counted and paid for") {
    World world;
    world.bench.http.expect("POST", "https://models.example/v1/embeddings", answer(200, kTwo));
    const auto vectors = world.embed({"one", "two"});
    REQUIRE_MESSAGE(vectors.ok(), vectors.error().message);
    CHECK((*vectors)[0] == retrieval::Vector{1, 0.5});
    CHECK((*vectors)[1] == retrieval::Vector{0, 1});
    const HttpRequest& request = world.bench.http.requests().at(0);
    CHECK(request.body == R"({"model":"m-1","input":["one","two"]})");
    CHECK(request.headers.get("Authorization") == "Bearer sk-test-key");
    CHECK(world.bench.gateway.exchanges().at(0).input_tokens == 9);
    CHECK(world.bench.gateway.exchanges().at(0).cost > 0);
  }

  TEST_CASE("embeddings: what was asked before is not asked again, a damaged cache only forgets") {
    World world;
    world.bench.http.expect("POST", "/embeddings", answer(200, kTwo));
    const auto first = world.embed({"one", "two"});
    REQUIRE(first.ok());
    CHECK(world.embed({"two", "one"})->at(1) == first->at(0));
    CHECK(world.bench.http.requests().size() == 1);
    const std::string file = world.directory / "vectors/m";
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);
    world.bench.http.expect("POST", "/embeddings",
                            answer(200, R"({"data":[{"index":0,"embedding":[7,7]}]})"));
    const auto again = world.embed({"one", "two"});
    REQUIRE(again.ok());
    CHECK(world.bench.http.requests().size() == 2);
    const bool one_is_new = again->at(0) == retrieval::Vector{7, 7};
    const bool two_is_new = again->at(1) == retrieval::Vector{7, 7};
    CHECK(one_is_new != two_is_new);
  }

  TEST_CASE("embeddings: nonsense, refusals and private values are errors") {
    struct Row {
      int status;
      const char* body;
    };
    for (const Row& row : {Row{200, "{}"}, Row{200, "no json"}, Row{404, "{}"},
                           Row{200, R"({"data":[{"index":2,"embedding":[1]}]})"},
                           Row{200, R"({"data":[{"index":-1,"embedding":[1]}]})"},
                           Row{200, R"({"data":[{"index":0,"embedding":["x"]},{"index":1,"embedding":[1]}]})"},
                           Row{200, R"({"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[1]}]})"}}) {
      CAPTURE(row.body);
      World world;
      world.bench.http.expect("POST", "/embeddings", answer(row.status, row.body));
      const auto vectors = world.embed({"one", "two"});
      REQUIRE_FALSE(vectors.ok());
      CHECK(vectors.error().kind == ErrorKind::invalid_input);
    }
    World world;
    world.bench.redactor.know("EMAIL", "maria.lopez@customer.example");
    const auto refused = world.embed({"mail to maria.lopez@customer.example", "two"});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::denied);
    CHECK(world.bench.http.requests().empty());
  }
}

}  // namespace
}  // namespace triage::propose
