#include "pipeline/redact/rules.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "pipeline/redact/scanner.h"

namespace triage::redact {
namespace {

bool hits(const Rule& rule, std::string_view text) {
  const auto all = scan(text, RuleSet::all);
  return std::any_of(all.begin(), all.end(), [&](const Hit& h) { return h.rule->id == rule.id; });
}

}  // namespace

TEST_SUITE("redact") {
  TEST_CASE("rules: every row can be used, hits its examples and spares its near misses") {
    std::set<std::string_view> ids;
    for (const auto rules : {secret_rules(), personal_rules()}) {
      for (const Rule& rule : rules) {
        CAPTURE(std::string(rule.id));
        CHECK(std::string(unusable(rule)) == "");
        CHECK(ids.insert(rule.id).second);
        for (const std::string_view text : rule.matches) {
          CAPTURE(std::string(text));
          CHECK(hits(rule, text));
        }
        for (const std::string_view text : rule.spares) {
          CAPTURE(std::string(text));
          CHECK_FALSE(hits(rule, text));
        }
      }
    }
    CHECK(ids.size() >= 50);
  }

  TEST_CASE("rules: a value that is followed by words is cut at its own end") {
    struct Row {
      std::string_view text, value;
    };
    for (const Row& row : {Row{"IBAN GB82WEST12345698765432 THANKS", "GB82WEST12345698765432"},
                           Row{"mail jane@example.com.", "jane@example.com"},
                           Row{"call +49 170 1234567, please", "+49 170 1234567"},
                           Row{"from 10.1.2.3, port 80", "10.1.2.3"}}) {
      const auto found = scan(row.text, RuleSet::all);
      REQUIRE(!found.empty());
      CHECK(std::any_of(found.begin(), found.end(), [&](const Hit& h) {
        return row.text.substr(h.start, h.end - h.start) == row.value;
      }));
    }
  }

  TEST_CASE("rules: ten megabytes on one line full of keywords stay linear") {
    std::string text;
    while (text.size() < 2'000'000) text += "token=1 http:// @ key password - ";
    CHECK(scan(text, RuleSet::all).size() < text.size());
  }
}

}  // namespace triage::redact
