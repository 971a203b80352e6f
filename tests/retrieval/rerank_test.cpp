#include "retrieval/rerank.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace triage;
using namespace triage::retrieval;

namespace {

// Near to the query as far as a text speaks of payment.
class Scripted final : public Embedder {
 public:
  Result<std::vector<Vector>> embed(const std::vector<std::string>& texts) override {
    ++asked;
    if (fail) return Error{ErrorKind::unavailable, "no endpoint"};
    std::vector<Vector> out;
    for (const std::string& text : texts)
      out.push_back(text.find("pay") != std::string::npos ? Vector{1, 0} : Vector{0, 1});
    if (short_by_one) out.pop_back();
    return out;
  }
  bool fail = false, short_by_one = false;
  int asked = 0;
};

SearchAnswer found() {
  SearchAnswer answer;
  for (const auto& [path, score] : {std::pair("a.py", 1.0), std::pair("b.py", 0.9), std::pair("c.py", 0.2)}) {
    answer.files.push_back({path, score, {"words x"}});
    answer.chunks.push_back({{path, 1, 2, "f", "function"}, score, {}});
  }
  return answer;
}

std::string text_of(const Chunk& chunk) { return chunk.path == "b.py" ? "def pay(): pass" : "def add(): pass"; }

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("rerank: what is near in meaning rises, but words keep their say") {
    Scripted embedder;
    SearchAnswer answer = found();
    REQUIRE(rerank_by_meaning(answer, "I can not pay", text_of, embedder).ok());
    CHECK(answer.chunks.front().chunk.path == "b.py");
    CHECK(answer.files.front().path == "b.py");
    CHECK(answer.files.front().why.back() == "near in meaning");
    CHECK(answer.files.back().path == "c.py");
    CHECK(answer.files.back().why.size() == 1);
    // The control: where nothing is nearer than the rest, the order stays.
    SearchAnswer plain = found();
    REQUIRE(rerank_by_meaning(plain, "add", [](const Chunk&) { return "same"; }, embedder).ok());
    CHECK(plain.files.front().path == "a.py");
  }

  TEST_CASE("rerank: a failure or nonsense leaves the answer as it was") {
    for (const bool fail : {true, false}) {
      CAPTURE(fail);
      Scripted embedder;
      (fail ? embedder.fail : embedder.short_by_one) = true;
      SearchAnswer answer = found();
      CHECK_FALSE(rerank_by_meaning(answer, "pay", text_of, embedder).ok());
      CHECK(answer.files.front().path == "a.py");
      CHECK(answer.files.front().score == 1.0);
      CHECK(answer.chunks.front().chunk.path == "a.py");
    }
  }

  TEST_CASE("rerank: nothing to compare asks nobody") {
    Scripted embedder;
    SearchAnswer none;
    CHECK(rerank_by_meaning(none, "pay", text_of, embedder).ok());
    SearchAnswer answer = found();
    CHECK(rerank_by_meaning(answer, "pay", [](const Chunk&) { return ""; }, embedder).ok());
    CHECK(rerank_by_meaning(answer, "", text_of, embedder).ok());
    CHECK(embedder.asked == 0);
  }
}
