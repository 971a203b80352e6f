#include "pipeline/verify/reported.h"

#include <doctest/doctest.h>

#include <array>

namespace triage::verify {
namespace {

constexpr const char* kTicket =
    "Traceback (most recent call last):\n"
    "  File \"/srv/app/shop/cart.py\", line 12, in total\n    return price(code)\n"
    "  File \"/srv/app/shop/pricing.py\", line 4, in price\n    raise PriceError(code)\n"
    "shop.errors.PriceError: no price for that article\n";

std::string trace(const std::string& file, const std::string& function, const std::string& end) {
  return "Traceback (most recent call last):\n  File \"/w/" + file + "\", line 7, in " + function +
         "\n    x()\n" + end + "\n";
}

TEST_SUITE("verify reported fault") {
  TEST_CASE("a log shows the fault by its exception, its message or one of its places") {
    struct Row {
      const char* name;
      std::string log;
      bool shown;
    };
    const std::array rows{
        Row{"exception", "E   PriceError: other words\n", true},
        Row{"message", "AssertionError: 'no price for that article' != ''\n", true},
        Row{"place", trace("shop/pricing.py", "price", "TypeError: None"), true},
        Row{"another function", trace("shop/pricing.py", "rebate", "TypeError: None"), false},
        Row{"another file", trace("shop/stock.py", "price", "TypeError: None"), false},
        Row{"another failure", "AssertionError: 1 != 2\n", false},
        Row{"nothing", "", false},
    };
    const ReportedFault reported(retrieval::parse_traces(kTicket));
    CHECK(reported.name() == "PriceError");
    for (const Row& row : rows) {
      INFO(row.name);
      CHECK(reported.is_shown_by(row.log) == row.shown);
      CHECK_FALSE(reported.is_shown_by(row.log, row.log));
    }
  }

  TEST_CASE("a cause counts like the error that it led to") {
    retrieval::Trace trace{"java", "java.lang.IllegalStateException", "", {}, {}};
    trace.cause.push_back({"java", "com.shop.RateMissing", "", {}, {}});
    const ReportedFault reported({trace});
    CHECK(reported.name() == "IllegalStateException");
    CHECK(reported.is_shown_by("com.shop.RateMissing: SE"));
  }

  TEST_CASE("without a trace the ticket's sentences tell what was reported") {
    struct Row {
      const char* text;
      const char* log;
      bool decides, shown;
      const char* reason;
    };
    static constexpr std::array<Row, 19> kRows{{
        // A named exception decides.
        {"Checkout fails with KeyError: 'se'.", "KeyError: 'se'", true, true, "reports KeyError"},
        {"Checkout fails with KeyError: 'se'.", "AssertionError: 1 != 2", true, false, "no trace"},
        {"We see shop.errors.NoRateException now and then", "NoRateException", true, true, "reports NoRateException"},
        {"It says \"PriceError\"", "PriceError: 3", true, true, "reports PriceError"},
        {"An Error or a Server Error", "Error", false, false, "no trace"},
        // Figures and quotes speak for a failure, and their absence is said.
        {"The total is 53.96 instead of 53.97", "AssertionError: 53.96 != 53.97", false, false, "mentions 53.96"},
        {"The total is 53.96 instead of 53.97", "AssertionError: 153.961 != 0", false, false, "nothing in it is quoted"},
        {"The page answers 404.", "AssertionError: 404 != 200", false, false, "mentions 404"},
        {"The page answers 404.", "line 14045", false, false, "nothing in it"},
        {"It shows \"no such country\" to all", "E  assert 'no such country' == ''", false, false, "mentions no such country"},
        {"It shows “Land unbekannt” to all", "Land unbekannt", false, false, "mentions Land unbekannt"},
        {"Label `TOTAL_NET` is wrong", "TOTAL_NET", false, false, "mentions TOTAL_NET"},
        {"Sort by 'name' fails", "KeyError: 'name'", false, false, "mentions name"},
        // Apostrophes, dates, versions, placeholders and plain words are neither.
        {"It doesn't work and it's Erik's 3rd day", "it's Erik's", false, false, "no trace"},
        {"Since 2026-01-12 with version 1.2.3 at 10.0.0.1", "2026 1.2.3", false, false, "no trace"},
        {"Mail \"<EMAIL_1>\" got it", "<EMAIL_1>", false, false, "no trace"},
        {"We bought 5 of 12", "5 12", false, false, "no trace"},
        {"The total is wrong.", "The total is wrong.", false, false, "no trace"},
        {"", "", false, false, "no trace"},
    }};
    for (const Row& row : kRows) {
      const ReportedFault reported({}, row.text);
      INFO(row.text, " | ", row.log, " | ", reported.reason(row.log));
      CHECK(reported.empty() == !row.decides);
      CHECK(reported.is_shown_by(row.log) == row.shown);
      if (!row.decides || row.shown) CHECK(reported.reason(row.log).find(row.reason) != std::string::npos);
      if (row.shown || !reported.hints().empty())
        CHECK(reported.reason(row.log, row.log).find("mentions") == std::string::npos);
    }
  }

  TEST_CASE("with a trace the sentences decide nothing") {
    const ReportedFault reported(retrieval::parse_traces(kTicket), "It says 53.96 and OtherError");
    CHECK(reported.name() == "PriceError");
    CHECK(reported.hints().empty());
    CHECK_FALSE(reported.is_shown_by("OtherError"));
  }

  TEST_CASE("a hostile ticket is read in linear time") {
    for (const char* part : {"\"", "'", " '", "“", "a.", "9", "1.1 ", "KeyError "}) {
      std::string text;
      while (text.size() < 300'000) text += part;
      CHECK(ReportedFault({}, text).hints().size() <= 40);
    }
  }

  TEST_CASE("a ticket without a trace reports nothing to compare with") {
    CHECK(ReportedFault(retrieval::parse_traces("The total is wrong.")).empty());
    CHECK_FALSE(ReportedFault({{"python", "KeyError", "", {}, {}}}).empty());
  }
}

}  // namespace
}  // namespace triage::verify
