#include "retrieval/pack.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::retrieval;

namespace {

ChunkHit hit(const std::string& path, std::uint32_t start, std::uint32_t end,
             const std::string& symbol = "s", double score = 1) {
  return {{path, start, end, symbol, "function"}, score, {}};
}

constexpr const char* kCart =
    "import os\n"                                  // 1
    "from shop import codes\n"                     // 2
    "from shop.money import rounded\n"             // 3
    "\n"
    "\n"
    "class Cart(Base):\n"                          // 6
    "    \"\"\"What a customer wants to buy.\"\"\"\n"
    "\n"
    "    def add(self, item):\n"                   // 9
    "        self.items.append(item)\n"
    "        self.items.sort()\n"
    "        self.notify('added')\n"
    "        self.saved = False\n"
    "        return item\n"
    "\n"
    "    def total(self):\n"                       // 16
    "        return rounded(sum(self.items))\n"
    "\n"
    "    def clear(self):\n"                       // 19
    "        self.items = []\n";

struct Shop {
  Shop() : commit(git.commit("one", {{"shop/cart.py", kCart}})),
           repository(Repository::open(git.path()).value()) {}
  std::vector<PackedChunk> packed(const SearchAnswer& answer, size_t budget,
                                  std::span<const FocusLine> focus = {}) const {
    return pack(repository, commit, answer, budget, focus).value();
  }
  fakes::GitRepository git;
  std::string commit;
  Repository repository;
};

bool shows(const std::vector<PackedChunk>& packed, const std::string& text) {
  return std::ranges::any_of(packed, [&](const PackedChunk& chunk) {
    return chunk.text.find(text) != std::string::npos;
  });
}

size_t tokens(const std::vector<PackedChunk>& packed) {
  size_t sum = 0;
  for (const PackedChunk& chunk : packed)
    sum += estimate_tokens(chunk.text) + estimate_tokens(chunk.path);
  return sum;
}

// A function of that many lines in two blocks, a blank line between them.
std::string long_function(size_t lines) {
  std::string text = "def run(work):\n";
  for (size_t i = 1; i < lines; ++i)
    text += i % 10 == 0 ? "\n" : "    step_" + std::to_string(i) + "(work, i)\n";
  return text;
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("pack: path and line order, overlaps are one piece, what is not there is passed over") {
    fakes::GitRepository git;
    const std::string commit =
        git.commit("one", {{"b.txt", "1\n2\n3\n4\n5\n6"}, {"a.txt", "x\ny\n"}});
    const Repository repository = Repository::open(git.path()).value();
    SearchAnswer answer;
    answer.chunks = {hit("b.txt", 5, 6, "late"), hit("b.txt", 1, 2, "early"), hit("b.txt", 2, 3, "mid"),
                     hit("a.txt", 1, 99, "all"), hit("gone.txt", 1, 2), hit("a.txt", 50, 60)};
    const auto packed = pack(repository, commit, answer, 10'000).value();
    REQUIRE(packed.size() == 2);
    CHECK(packed[0].path == "a.txt");
    CHECK(packed[0].text == "x\ny\n");
    CHECK(packed[0].end == 2);
    // One line between two pieces costs less than a heading of its own.
    CHECK(packed[1].symbol == "early, mid, late");
    CHECK(packed[1].text == "1\n2\n3\n4\n5\n6");
    CHECK(packed[1].left_out == "");
  }

  TEST_CASE("pack: a method comes with its class's head and the imports it uses, and says the rest") {
    const Shop shop;
    SearchAnswer answer;
    answer.chunks = {hit("shop/cart.py", 16, 17, "Cart.total")};
    const auto packed = shop.packed(answer, 100);
    REQUIRE(packed.size() == 2);
    CHECK(packed[0].text == "from shop.money import rounded\n\n\nclass Cart(Base):\n");
    CHECK(packed[0].left_out == "lines 7-15 of Cart");
    CHECK(packed[1].text == "    def total(self):\n        return rounded(sum(self.items))\n");
    CHECK(packed[1].symbol == "Cart.total");
    CHECK_FALSE(shows(packed, "import os"));
    CHECK_FALSE(shows(packed, "def clear"));
  }

  TEST_CASE("pack: neighbours come when budget is left") {
    const Shop shop;
    SearchAnswer answer;
    answer.chunks = {hit("shop/cart.py", 16, 17, "Cart.total")};
    const auto packed = shop.packed(answer, 1'000);
    CHECK(shows(packed, "def clear"));
    CHECK(shows(packed, "def add"));
  }

  TEST_CASE("pack: stays within any budget, skips what is too large, keeps what still fits") {
    fakes::GitRepository git;
    const std::string commit = git.commit(
        "one", {{"l.py", long_function(300)}, {"m.py", long_function(20)}, {"s.py", "a = 1\n"}});
    const Repository repository = Repository::open(git.path()).value();
    SearchAnswer answer;
    answer.chunks = {hit("l.py", 1, 300), hit("m.py", 1, 20), hit("s.py", 1, 1)};
    for (const size_t budget : {0, 10, 60, 150, 400, 1'000, 3'000, 20'000}) {
      CAPTURE(budget);
      const auto packed = pack(repository, commit, answer, budget).value();
      CHECK(tokens(packed) <= budget);
      CHECK(packed.empty() == (budget < 20));
    }
    CHECK(pack(repository, commit, answer, 20'000).value().size() == 3);
  }

  TEST_CASE("pack: a symbol over its share is cut after a statement, around the lines that matter") {
    fakes::GitRepository git;
    const std::string commit = git.commit("one", {{"l.py", long_function(300)}});
    const Repository repository = Repository::open(git.path()).value();
    SearchAnswer answer;
    answer.chunks = {hit("l.py", 1, 300, "run")};
    const auto cut = pack(repository, commit, answer, 1'000).value();
    REQUIRE(cut.size() == 1);
    CHECK(cut[0].start == 1);
    CHECK(cut[0].end % 10 == 0);  // before a blank line
    CHECK(cut[0].left_out == "lines " + std::to_string(cut[0].end + 1) + "-300 of run");
    CHECK_FALSE(shows(cut, "step_205("));
    const FocusLine focus{"l.py", 206};
    const auto around = pack(repository, commit, answer, 1'000, {&focus, 1}).value();
    CHECK(shows(around, "def run(work)"));
    CHECK(shows(around, "step_205("));
    CHECK(tokens(around) <= 1'000);
  }

  TEST_CASE("pack: a frame's function is shown though no hit names it") {
    const Shop shop;
    const FocusLine focus{"shop/cart.py", 13};
    CHECK(shows(shop.packed({}, 250, {&focus, 1}), "self.saved"));
    const FocusLine outside{"shop/cart.py", 900};
    CHECK(shop.packed({}, 250, {&outside, 1}).empty());
  }

  TEST_CASE("pack: one file does not take all, and the order of the hits is not that of the text") {
    fakes::GitRepository git;
    std::map<std::string, std::string> files;
    SearchAnswer answer;
    for (int i = 0; i < 12; ++i) {
      files["a.py"] += "def f" + std::to_string(i) + "(x):\n    return work(x, " + std::to_string(i) + ")\n\n";
      answer.chunks.push_back(hit("a.py", static_cast<std::uint32_t>(3 * i + 1),
                                  static_cast<std::uint32_t>(3 * i + 2), "f", 1));
    }
    files["z.py"] = "def g(x):\n    return other(x)\n";
    answer.chunks.push_back(hit("z.py", 1, 2, "g", 0.95));
    const std::string commit = git.commit("one", files);
    const Repository repository = Repository::open(git.path()).value();
    const auto packed = pack(repository, commit, answer, 150).value();
    CHECK(shows(packed, "other(x)"));
    std::ranges::reverse(answer.chunks);
    const auto again = pack(repository, commit, answer, 100'000).value();
    REQUIRE(again.size() == 2);
    CHECK(again[0].path == "a.py");
  }
}
