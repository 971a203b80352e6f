#include "retrieval/similar.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace triage::retrieval;

namespace {

constexpr EarlierTicket kEarlier[] = {
    {"Cart total is one cent too low", "With the code SAVE10 the cart total is one cent too low."},
    {"Login page stays blank", "After the update the login page shows a blank screen in Firefox."},
    {"Export of invoices fails",
     "Traceback (most recent call last):\n  File \"/srv/app/billing/export.py\", line 88, in "
     "write_rows\n    row = render_invoice(entry)\nKeyError: 'vat_id'\n"},
    {"Invoices can't be exported", "Since Monday nothing is exported, our accountants wait."},
    {"Where is my order?", "I ordered a week ago and would like to know where it is."},
};

std::vector<Likeness> rank(std::string_view text) { return rank_alike(text, kEarlier); }

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("similar: the ticket about the same thing comes first, whatever its words' forms") {
    struct Row {
      const char* text;
      size_t first;
    };
    constexpr Row kRows[] = {
        {"Total of the cart wrong\nWith discounts the totals in our carts are a cent off.", 0},
        {"Blank login\nThe screen is blank when I want to log in.", 1},
        {"KeyError when exporting\nFile \"/srv/app/billing/export.py\", line 90, in write_rows", 2},
        {"Exporting an invoice\nThe accountants say that exports have stopped on Monday.", 3},
    };
    for (const Row& row : kRows) {
      CAPTURE(row.text);
      const auto found = rank(row.text);
      REQUIRE_FALSE(found.empty());
      CHECK(found.front().index == row.first);
      CHECK(found.front().score <= 1);
    }
  }

  TEST_CASE("similar: the same text scores one, a stranger nothing, placeholders are no words") {
    const std::string same = std::string(kEarlier[0].subject) + "\n" + std::string(kEarlier[0].text);
    CHECK(rank(same).front().score > 0.75);
    CHECK(rank("Quantum flux\nbaryogenesis").empty());
    const EarlierTicket masked[] = {{"Hello", "<EMAIL_1> wrote to <PERSON_2>"}};
    CHECK(rank_alike("Refund\n<EMAIL_1> and <PERSON_2> disagree", masked).empty());
    // The control: the same words unmasked are shared.
    const EarlierTicket open[] = {{"Hello", "EMAIL_1 wrote to PERSON_2"}};
    CHECK_FALSE(rank_alike("Refund\nEMAIL_1 and PERSON_2 disagree", open).empty());
  }

  TEST_CASE("similar: says what is shared") {
    const auto found = rank(
        "Invoice export broken\nTraceback (most recent call last):\n"
        "  File \"/srv/app/billing/export.py\", line 90, in write_rows\n"
        "    row = render_invoice(entry)\nKeyError: 'vat_id'\n");
    REQUIRE_FALSE(found.empty());
    const std::vector<std::string>& why = found.front().why;
    CHECK(std::ranges::find(why, "frame write_rows") != why.end());
    CHECK(std::ranges::find(why, "error KeyError") != why.end());
    CHECK(std::ranges::any_of(why, [](const auto& w) { return w.starts_with("subject words"); }));
    CHECK(found.back().score < found.front().score);
  }

  TEST_CASE("similar: words to ask for leave out what every ticket says") {
    CHECK(words_to_ask("The cart's TOTAL is wrong, please fix the total <EMAIL_1>", 9) ==
          std::vector<std::string>{"cart", "total", "wrong"});
    CHECK(words_to_ask("alpha beta gammas", 2) == std::vector<std::string>{"gammas", "alpha"});
    CHECK(words_to_ask("", 5).empty());
    CHECK(words_to_ask("\" OR * ((( ^ -", 5).empty());
  }

  TEST_CASE("similar: neither size nor odd bytes are trouble") {
    std::string large = "Big\n";
    for (int i = 0; i < 20'000; ++i) large += "word" + std::to_string(i) + " ";
    const EarlierTicket odd[] = {{"\xff\xfe", large}, {"", ""}, {"<", "<<A<"}};
    CHECK(rank_alike(large, odd).size() == 1);
    CHECK(rank_alike("", odd).empty());
  }
}
