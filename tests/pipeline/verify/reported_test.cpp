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

  TEST_CASE("a ticket without a trace reports nothing to compare with") {
    CHECK(ReportedFault(retrieval::parse_traces("The total is wrong.")).empty());
    CHECK_FALSE(ReportedFault({{"python", "KeyError", "", {}, {}}}).empty());
  }
}

}  // namespace
}  // namespace triage::verify
