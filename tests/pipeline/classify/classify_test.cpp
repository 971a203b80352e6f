#include "pipeline/classify/classify.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>
#include <tuple>

#include "pipeline/base/codec.h"
#include "pipeline/classify/features.h"

namespace triage::classify {
namespace {

constexpr std::string_view kTrace =
    "Traceback (most recent call last):\n  File \"shop/cart.py\", line 12, in total\n    return x "
    "/ 0\n"
    "ZeroDivisionError: division by zero\n";

}  // namespace

TEST_SUITE("classify") {
  TEST_CASE("classify: tells the kinds of plain tickets") {
    struct Row {
      TicketKind kind;
      std::string_view subject, body;
    };
    for (const Row& row : {
             Row{TicketKind::bug, "Checkout crashes", kTrace},
             Row{TicketKind::bug, "Totals are off by a cent",
                 "Expected 53.97 but got 53.96 since the update"},
             Row{TicketKind::feature, "Please add dark mode", "It would be great to have one"},
             Row{TicketKind::question, "How do I export my data?",
                 "Where can I find it, thanks in advance"},
             Row{TicketKind::billing, "Charged twice", "I need a refund of invoice 17"},
             Row{TicketKind::incident, "Site is down",
                 "An outage: nobody can log in since this morning"},
             Row{TicketKind::complaint, "Unacceptable", "I am fed up and disappointed!!!!"},
             Row{TicketKind::spam, "Rank your website", "SEO, backlinks, guest post: click here"},
             Row{TicketKind::other, "Greetings", "from the seaside"},
         }) {
      CAPTURE(std::string(row.subject));
      const Classification c = classify(row.subject, row.body);
      CHECK(name_of(c.kind) == name_of(row.kind));
      CHECK((row.kind == TicketKind::other || !c.why.empty()));
    }
  }

  TEST_CASE("classify: shares add up to one and the label has the largest") {
    const Classification c = classify("Bug: wrong total", "How do I get a refund?");
    double sum = 0;
    for (const auto& [name, p] : c.labels) {
      sum += p;
      CHECK(p <= c.p);
    }
    CHECK(c.labels.size() == names(TicketKind{}).size());
    CHECK(std::abs(sum - 1) < 1e-9);
    CHECK(c.labels.at(std::string(name_of(c.kind))) == c.p);
  }

  TEST_CASE("classify: severity follows from what is at stake") {
    CHECK(classify("Outage", "production is down for all customers").severity == "critical");
    CHECK(classify("App crashes", "urgent").severity == "high");
    CHECK(classify("Typo on the page", "minor, no rush").severity == "low");
    CHECK(classify("Wrong total", "one cent too low").severity == "normal");
  }

  TEST_CASE("classify: names what a bug report lacks") {
    using Missing = std::vector<std::string>;
    CHECK(classify("Checkout is broken", "the wrong total").missing ==
          Missing{"version", "steps", "error message"});
    CHECK(classify("Crash in version 1.2", std::string(kTrace) + "Steps to reproduce: open it")
              .missing == Missing{});
    CHECK(classify("Please add dark mode", "").missing == Missing{});
  }

  TEST_CASE("classify: vague is what gives a search nothing to go by") {
    CHECK(classify("Help", "it does not work anymore, please fix").vague);
    CHECK_FALSE(classify("Help", "apply_discount is broken").vague);
    CHECK_FALSE(classify("Broken", kTrace).vague);
    CHECK_FALSE(
        classify("Totals", "Discount codes make the cart total wrong in three item orders").vague);
  }

  TEST_CASE("classify: says why a ticket is not looked at") {
    CHECK(classify("", " \n\t").skip_reason == "the ticket has no text");
    CHECK(classify("Casino lottery", "You have won, act now, buy now")
              .skip_reason.starts_with("spam: "));
    CHECK(classify("Spam filter bug", "The filter crashes with an exception").skip_reason.empty());
  }

  TEST_CASE("classify: hostile input neither hurts nor takes long") {
    for (const std::string& text :
         {std::string("\0\0a\0", 4), std::string("\xFF\xFE\xC3"), std::string(10'000'000, 'a'),
          std::string(300'000, '.'), std::string(300'000, '!')})
      CHECK(classify(text, text).labels.size() == names(TicketKind{}).size());
    std::string phrases;
    while (phrases.size() < 10'000'000) phrases += "how do i refund crash ";
    CHECK(classify("x", phrases).p > 0);
  }

  TEST_CASE("tables: phrases are as the words are cut, and no row is there twice") {
    std::set<std::tuple<std::string_view, TicketKind, bool>> seen;
    for (const PhraseRule& rule : phrase_rules()) {
      CAPTURE(std::string(rule.phrase));
      CHECK(seen.emplace(rule.phrase, rule.kind, rule.subject_only).second);
      CHECK(rule.weight > 0);
      // A row that can never match would be dead weight: it has to raise its own kind's share.
      const std::string kind(name_of(rule.kind));
      CHECK(classify(rule.phrase, "").labels.at(kind) > classify("", "").labels.at(kind));
    }
  }
}

}  // namespace triage::classify
