#include "retrieval/index.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::retrieval;

namespace {

const std::map<std::string, std::string> kShop = {
    {"shop/__init__.py", "# the shop\n"},
    {"shop/cart.py",
     "class Cart:\n    \"\"\"What a customer wants to buy.\"\"\"\n\n    def total(self):\n"
     "        return sum(line.price for line in self.lines)\n\n    def add(self, line):\n"
     "        self.lines.append(line)\n"},
    {"shop/pricing.py",
     "def apply_discount(price, code):\n    \"\"\"Subtracts a voucher.\"\"\"\n"
     "    if code not in CODES:\n"
     "        raise ValueError(f\"voucher {code} is unknown or expired\")\n"
     "    return round(price - CODES[code], 2)\n"},
    {"shop/mail.py", "def send_receipt(order):\n    deliver(order.email, render(order))\n"},
    {"tests/test_pricing.py",
     "def test_apply_discount():\n    assert apply_discount(10, 'A') == 9\n"},
    {"README.md", "# Shop\n\nApply discount codes, send receipts.\n"},
};

struct Fixture {
  fakes::GitRepository git;
  std::string commit;
  std::shared_ptr<ParsedStore> store = make_parsed_store();

  explicit Fixture(std::map<std::string, std::string> files = kShop) {
    commit = git.commit("add the shop", files);
  }
  std::shared_ptr<const CodeIndex> index(const std::string& at = "") {
    const Repository repository = Repository::open(git.path()).value();
    auto built = CodeIndex::build(repository, at.empty() ? commit : at, {}, {}, store);
    REQUIRE(built.ok());
    return *built;
  }
};

bool has(const std::vector<std::string>& why, std::string_view reason) {
  return std::ranges::any_of(why,
                             [&](const auto& w) { return w.find(reason) != std::string::npos; });
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("index: reports what it holds and what it left out, by reason") {
    auto files = kShop;
    files["data.bin"] = std::string("a\0b", 3);
    files["web/app.js"] = std::string(20'000, 'x');
    files["web/app.min.js"] = "x=1\n";
    files["big.py"] = std::string((1U << 20U) + 1, '\n');
    files["model.onnx"] = "version https://git-lfs.github.com/spec/v1\noid sha256:0\n";
    files["latin1.py"] = "def gr\xfc\xdf(): pass\n";
    Fixture shop(files);
    const auto index = shop.index();
    const IndexReport& report = index->report();
    CHECK(report.revision == shop.commit);
    CHECK(report.files == kShop.size() + 1);
    CHECK(report.symbols >= 6);
    CHECK(report.skipped == std::map<std::string, std::uint64_t>{{"binary", 1},
                                                                 {"generated", 1},
                                                                 {"lfs-pointer", 1},
                                                                 {"minified", 1},
                                                                 {"too-large", 1}});
  }

  TEST_CASE("index: another commit parses only what differs") {
    Fixture shop;
    const auto first = shop.index();
    CHECK(first->report().blobs_parsed == kShop.size());
    const std::string next = shop.git.commit("mail", {{"shop/mail.py", "def send():\n    pass\n"}});
    const auto second = shop.index(next);
    CHECK(second->report().blobs_parsed == 1);
    CHECK(second->report().files == kShop.size());
    CHECK(second->definitions("send_receipt").empty());
    CHECK(first->definitions("send_receipt").size() == 1);
  }

  TEST_CASE("index: an empty tree gives an empty index that answers") {
    Fixture shop(std::map<std::string, std::string>{});
    const auto index = shop.index();
    CHECK(index->report().files == 0);
    CHECK(index->search("anything at all", 5).files.empty());
    CHECK(index->map_path("a.py") == "");
  }

  TEST_CASE("index: can be stopped") {
    Fixture shop;
    std::stop_source stop;
    stop.request_stop();
    const auto built = CodeIndex::build(Repository::open(shop.git.path()).value(), shop.commit, {},
                                        stop.get_token());
    REQUIRE_FALSE(built.ok());
    CHECK(built.error().kind == ErrorKind::timeout);
  }

  TEST_CASE("index: knows definitions, the chunk around a line, and foreign paths") {
    Fixture shop;
    const auto index = shop.index();
    REQUIRE(index->definitions("total").size() == 1);
    CHECK(index->definitions("Cart.total")[0].symbol == "Cart.total");
    CHECK(index->definitions("nothing").empty());
    REQUIRE(index->chunk_at("shop/cart.py", 5) != nullptr);
    CHECK(index->chunk_at("shop/cart.py", 5)->symbol == "Cart.total");
    CHECK(index->chunk_at("shop/cart.py", 1)->symbol == "Cart");
    CHECK(index->chunk_at("shop/cart.py", 999) == nullptr);
    CHECK(index->chunk_at("nowhere.py", 1) == nullptr);
    CHECK(index->map_path("/srv/app/shop/cart.py") == "shop/cart.py");
    CHECK(index->map_path("C:\\app\\shop\\cart.py") == "shop/cart.py");
    CHECK(index->map_path("cart.py") == "shop/cart.py");
    CHECK(index->map_path("/usr/lib/python3/other.py") == "");
  }

  TEST_CASE("index: a suffix that two files share equally names neither") {
    Fixture shop({{"a/util.py", "x = 1\n"}, {"b/util.py", "y = 1\n"}});
    CHECK(shop.index()->map_path("util.py") == "");
    CHECK(shop.index()->map_path("/srv/b/util.py") == "b/util.py");
  }

  TEST_CASE("search: each kind of evidence finds its place and says why") {
    struct Row {
      const char *ticket, *path, *symbol, *why;
    };
    const Row rows[] = {
        {"Crash\n\nTraceback (most recent call last):\n"
         "  File \"/srv/shop/cart.py\", line 5, in total\n    x\nAttributeError: 'x'\n",
         "shop/cart.py", "Cart.total", "frame shop/cart.py:5"},
        {"Checkout broken\nIt says: voucher SAVE10 is unknown or expired. But it is valid!",
         "shop/pricing.py", "apply_discount", "error string \"voucher {code} is unknown"},
        {"`apply_discount` gives the wrong price", "shop/pricing.py", "apply_discount",
         "defines apply_discount"},
        {"The receipt is wrong, please look at shop/mail.py", "shop/mail.py", "send_receipt",
         "named in the ticket: shop/mail.py"},
        {"Receipts are not delivered since shop.mail was moved", "shop/mail.py", "send_receipt",
         "module shop.mail"},
        {"Pricing is off by a cent", "shop/pricing.py", "apply_discount", "path mentions Pricing"},
        {"Receipts are not delivered to customers", "shop/mail.py", "send_receipt", "words"},
    };
    Fixture shop;
    const auto index = shop.index();
    for (const Row& row : rows) {
      CAPTURE(row.ticket);
      const SearchAnswer answer = index->search(row.ticket, 3);
      REQUIRE_FALSE(answer.files.empty());
      CHECK(answer.files[0].path == row.path);
      CAPTURE(answer.files[0].why.front());
      const std::string wanted = row.why[0] == 'p' ? "path mentions" : row.why;
      CHECK(has(answer.files[0].why, wanted));
      REQUIRE_FALSE(answer.chunks.empty());
      CHECK(answer.chunks[0].chunk.symbol == row.symbol);
      CHECK(answer.files.size() <= 3);
    }
  }

  TEST_CASE("search: a change in the past for similar words is evidence") {
    Fixture shop;
    const std::string fix = shop.git.commit(
        "newsletter arrives twice on Sundays", {{"shop/mail.py", "def send_receipt(order):\n    deliver(order)\n"}});
    const auto answer = shop.index(fix)->search("My newsletter arrived twice this Sunday", 3);
    REQUIRE_FALSE(answer.files.empty());
    CHECK(answer.files[0].path == "shop/mail.py");
    CHECK(has(answer.files[0].why, "changed in similar commit " + fix.substr(0, 7)));
  }

  TEST_CASE("search: tests and documents come after the code they speak of") {
    Fixture shop;
    const auto answer = shop.index()->search("apply discount wrong", 5);
    REQUIRE(answer.files.size() >= 3);
    CHECK(answer.files[0].path == "shop/pricing.py");
    CHECK(answer.files[0].score > 2 * answer.files[1].score);
  }

  TEST_CASE("search: trust follows the evidence") {
    Fixture shop;
    const auto index = shop.index();
    CHECK(index->search("x\nFile \"shop/cart.py\", line 5, in total\nsee shop/cart.py", 3).trust ==
          Trust::exact);
    CHECK(index->search("apply_discount rounds", 3).trust == Trust::likely);
    CHECK(index->search("zebra quagga", 3).trust == Trust::weak);
  }

  TEST_CASE("search: template comments and hostile tickets do no harm") {
    Fixture shop;
    const auto index = shop.index();
    const auto answer =
        index->search("Receipt missing\n<!-- name apply_discount and shop/cart.py here -->\n", 1);
    REQUIRE(answer.files.size() == 1);
    CHECK(answer.files[0].path == "shop/mail.py");
    for (const std::string& text :
         {std::string(), std::string("\xff\xfe\0", 3), std::string(3'000'000, 'a'),
          std::string(300'000, '`'), std::string("<!-- never closed"), std::string(100'000, '.'),
          std::string("a.b::c/../..:99999999999999999999 :: / \\ http:// ")}) {
      CHECK(index->search(text, 5).took_ms < 5000);
    }
  }

  TEST_CASE("search: the same question gets the same answer") {
    Fixture shop;
    const auto once = shop.index()->search("discount total receipt", 10);
    shop.store = make_parsed_store();
    const auto again = shop.index()->search("discount total receipt", 10);
    REQUIRE(once.chunks.size() == again.chunks.size());
    for (size_t i = 0; i < once.chunks.size(); ++i) {
      CHECK(once.chunks[i].chunk.symbol == again.chunks[i].chunk.symbol);
      CHECK(once.chunks[i].score == again.chunks[i].score);
    }
  }
}
