#include "pipeline/publish/failure_place.h"

#include <doctest/doctest.h>

namespace triage::publish {
namespace {

Verification failed(std::string log, std::string red) {
  Verification v;
  v.reproduced = true;
  v.red = std::move(red);
  v.steps.push_back({"reproduction 1/2", "python3 .triage-repro.py", 1, {}, std::move(log)});
  return v;
}

std::string python(std::string_view frames, std::string_view error) {
  return "Traceback (most recent call last):\n" + std::string(frames) + std::string(error) + "\n";
}

constexpr const char* kScriptFrame = "  File \"/tree/.triage-repro.py\", line 7, in <module>\n";

TEST_SUITE("publish") {
  TEST_CASE("failure place: the innermost line of the project's own code") {
    const FailurePlace place = failure_place(failed(
        python(std::string(kScriptFrame) +
                   "    checkout()\n"
                   "  File \"/tree/shop/api.py\", line 19, in checkout\n    ship()\n"
                   "  File \"/tree/shop/shipping.py\", line 22, in rate_for\n    return RATES[c]\n"
                   "  File \"/usr/lib/python3.11/collections.py\", line 9, in get\n    x\n",
               "KeyError: 'se'"),
        "KeyError: 'se'"));
    CHECK(place.path == "shop/shipping.py");
    CHECK(place.line == 22);
    CHECK(place.function == "rate_for");
    CHECK(place.check.empty());
  }

  TEST_CASE("failure place: the script's own check tells what was expected and what came") {
    struct Row {
      const char *line, *red, *check, *expected, *got;
    };
    const Row rows[] = {
        {"assert total(c, \"A, B\") == Decimal(\"12.54\"), total(c, \"A, B\")",
         "AssertionError: 12.53", "assert total(c, \"A, B\") == Decimal(\"12.54\"), total(c, \"A, B\")",
         "Decimal(\"12.54\")", "12.53"},
        {"assert f(1) == g(2, 3), \"should be five\"", "AssertionError: should be five",
         "assert f(1) == g(2, 3), \"should be five\"", "", ""},
        {"assert f(1) == 5", "AssertionError", "assert f(1) == 5", "", ""},
        {"raise SystemExit(f(1) == 5, f(1))", "SystemExit", "raise SystemExit(f(1) == 5, f(1))", "", ""},
        {"assert (((( == ", "AssertionError: x", "assert (((( ==", "", ""},
    };
    for (const Row& row : rows) {
      CAPTURE(row.line);
      const FailurePlace place = failure_place(failed(
          python(std::string(kScriptFrame) + "    " + row.line + "\n", row.red), row.red));
      CHECK(place.path.empty());
      CHECK(place.check == row.check);
      CHECK(place.expected == row.expected);
      CHECK(place.got == row.got);
    }
  }

  TEST_CASE("failure place: nothing is claimed that the log doesn't tell") {
    const std::string log = python(std::string(kScriptFrame) + "    f()\n", "KeyError: 1");
    Verification not_shown = failed(log, "KeyError: 1");
    not_shown.reproduced = false;
    Verification other_step = failed(log, "KeyError: 1");
    other_step.steps[0].name = "base tests";
    const Verification rows[] = {Verification{}, not_shown, other_step, failed("", ""),
                                 failed("Segmentation fault", "Segmentation fault"),
                                 failed(python("  File \"/tree/shop/a.py\", line 1, in f\n    x\n",
                                               "KeyError: 1"), "KeyError: 1")};
    for (const Verification& row : rows) {
      const FailurePlace place = failure_place(row);
      CHECK(place.path.empty());
      CHECK(place.check.empty());
    }
  }
}

}  // namespace
}  // namespace triage::publish
