// The signals that remember: similar commits, fixes of earlier tickets, tests.
#include <doctest/doctest.h>

#include <algorithm>

#include "retrieval/signals_internal.h"
#include "tests/fakes/git_repository.h"

using namespace triage;
using namespace triage::retrieval;

namespace {

const std::map<std::string, std::string> kShop = {
    {"shop/cart.py", "def total(lines):\n    return sum(lines)\n"},
    {"shop/mail.py", "def send(order):\n    deliver(order)\n"},
    {"shop/stock.py", "def count(item):\n    return item.left\n"},
    {"tests/shop/test_cart.py", "def test_it():\n    '''Pensioners pay half of everything.'''\n"},
    {"tests/evening.py", "def test_it():\n    '''Lanterns are lit at dusk.'''\n"},
};

struct Fixture {
  fakes::GitRepository git;
  std::string last = git.commit("import", kShop);

  std::shared_ptr<const CodeIndex> index() const {
    return CodeIndex::build(Repository::open(git.path()).value(), last).value();
  }
  // What one signal, after the words, gives the file.
  float value(const std::string& ticket, const std::string& path, Feature feature,
              void (*find)(const TicketText&, Evidence&), std::span<const PastFix> fixes = {}) const {
    const auto built = index();
    const View view = view_of(*built);
    TicketText text = read_ticket_text(ticket);
    text.past_fixes = fixes;
    Evidence evidence(view);
    find_words(text, evidence);
    find(text, evidence);
    return evidence.files.at(view.file_of(path), feature);
  }
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("similar commits: the likest commit names its files, shared among them") {
    Fixture shop;
    shop.git.commit("newsletter arrives twice on Sundays", {{"shop/mail.py", "def send(): pass\n"}});
    shop.last = shop.git.commit("newsletter", {{"shop/cart.py", "# a\n"}, {"shop/stock.py", "# b\n"}});
    const auto value = [&](const char* ticket, const char* path) {
      return shop.value(ticket, path, Feature::similar_commit, find_similar_commits);
    };
    const char* const ticket = "My newsletter arrived twice this Sunday";
    CHECK(value(ticket, "shop/mail.py") == doctest::Approx(1));
    CHECK(value(ticket, "shop/cart.py") > 0);
    CHECK(value(ticket, "shop/cart.py") < 0.5F);
    CHECK(value(ticket, "shop/cart.py") == value(ticket, "shop/stock.py"));
    CHECK(value(ticket, "tests/evening.py") == 0);
    CHECK(value("Where is my parcel?", "shop/mail.py") == 0);
  }

  TEST_CASE("past fixes: files that fixed a ticket like this one count by how like it is") {
    const Fixture shop;
    struct Row {
      PastFix fix;
      const char* path;
      float value;
    };
    const Row rows[] = {
        {{"", {"shop/mail.py"}, 0.8}, "shop/mail.py", 0.8F},
        {{"", {"shop/mail.py", "a", "b", "c"}, 0.8}, "shop/mail.py", 0.4F},
        {{"", {"shop/mail.py"}, 0.8}, "shop/cart.py", 0},
        {{"", {"old/mail.py"}, 0.8}, "shop/mail.py", 0},  // gone; its namesake is another file
        {{"", {}, 0.8}, "shop/mail.py", 0},
    };
    for (const Row& row : rows) {
      CAPTURE(row.path);
      CHECK(shop.value("Twice", row.path, Feature::past_fix, find_past_fixes, {&row.fix, 1}) ==
            doctest::Approx(row.value));
    }
  }

  TEST_CASE("past fixes: reach the search and its reasons") {
    const auto index = Fixture().index();
    const PastFix fix{"Parcels are lost", {"shop/stock.py"}, 1};
    const auto with = index->search(Query{"My parcel is lost", 3, {&fix, 1}});
    REQUIRE(with.files.size() == 1);
    CHECK(with.files[0].path == "shop/stock.py");
    CHECK(with.files[0].why == std::vector<std::string>{"changed by the fix of a similar ticket"});
    CHECK(index->search("My parcel is lost", 3).files.empty());
  }

  TEST_CASE("tested: a test's path says what it tests") {
    const std::pair<const char*, const char*> rows[] = {
        {"tests/shop/test_cart.py", "shop/cart.py"},
        {"shop/tests/cart_test.py", "shop/cart.py"},
        {"pkg/cart_test.go", "pkg/cart.go"},
        {"src/test/java/com/acme/CartTest.java", "src/java/com/acme/Cart.java"},
        {"src/cart.test.tsx", "src/cart.tsx"},
        {"src/__tests__/cart.js", "src/cart.js"},
        {"spec/models/cart_spec.rb", "models/cart.rb"},
        {"shop/contest.py", "shop/contest.py"},  // ends in the letters only
        {"tests/test_.py", "test_.py"},
        {"tests/Makefile", "Makefile"},
    };
    for (const auto& [test, tested] : rows) CHECK(tested_path(test) == tested);
  }

  TEST_CASE("tested: words of a test point to its namesake and to what changed with it") {
    Fixture shop;
    for (const char* text : {"# 1\n", "# 2\n"}) {
      shop.last = shop.git.commit("x", {{"shop/stock.py", text},
                                        {"tests/evening.py", "'''Lanterns are lit at dusk.'''\n" +
                                                                 std::string(text)}});
    }
    struct Row {
      const char* ticket;
      const char* path;
      bool named, together;
    };
    // The import of everything ties every file to every test a little; changes count for more.
    const Row rows[] = {
        {"pensioners should pay half", "shop/cart.py", true, false},
        {"pensioners should pay half", "shop/stock.py", false, false},
        {"lanterns stay dark at dusk", "shop/stock.py", false, true},
        {"lanterns stay dark at dusk", "shop/cart.py", false, false},
        {"lanterns stay dark at dusk", "tests/evening.py", false, false},
        {"nothing of the kind", "shop/cart.py", false, false},
    };
    for (const Row& row : rows) {
      CAPTURE(row.ticket);
      CAPTURE(row.path);
      CHECK((shop.value(row.ticket, row.path, Feature::tested, find_tested) > 0) == row.named);
      CHECK((shop.value(row.ticket, row.path, Feature::changed_with_test, find_tested) > 0.3F) ==
            row.together);
    }
  }
}
