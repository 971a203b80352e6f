// A run of a small shop's ticket as it stands after retrieve, made by hand, for the tests of
// propose.
#pragma once

#include <map>
#include <string>

#include "pipeline/propose/code_at_commit.h"
#include "pipeline/run.h"

namespace triage::propose::testing {

inline SafeText safe(const std::string& text) { return SafeTextCodec::restore(text); }

inline const std::map<std::string, std::string>& shop_files() {
  static const std::map<std::string, std::string> files{
      {"shop/__init__.py", ""},
      {"shop/pricing.py",
       "def apply_discount(lines, code):\n    rate = RATES[code]\n    return round(lines * rate, "
       "2)\n"},
      {"shop/cart.py",
       "from shop.pricing import apply_discount\n\ndef total(cart):\n"
       "    return apply_discount(cart.lines, cart.code)\n"},
      {"tests/test_cart.py", "import unittest\n"},
      {"src/cart.js", "exports.total = () => 0;\n"},
      {"docs/codes.md", "Discount codes\n==============\n\nCodes end at midnight UTC.\n"}};
  return files;
}

inline CodeAtCommit shop_code() {
  CodeAtCommit code;
  code.commit = "1d4e0c2000000000000000000000000000000000";
  for (const auto& [path, content] : shop_files()) code.paths.push_back(path);
  code.read = [](const std::string& path) {
    const auto file = shop_files().find(path);
    return file == shop_files().end() ? std::nullopt : std::optional(file->second);
  };
  return code;
}

inline Run ticket(TicketKind kind, const std::string& subject, const std::string& body) {
  Run run;
  run.id = "7Q2K000000";
  run.project = "shop";
  run.ticket.key = {"desk", "5120"};
  run.classification.emplace().kind = kind;
  run.redaction.emplace();
  run.redaction->subject = safe(subject);
  run.redaction->body = safe(body);
  run.redaction->text = safe(subject + "\n" + body);
  run.retrieved.emplace();
  run.retrieved->branch = "main";
  run.retrieved->commit = shop_code().commit;
  run.retrieved->trust = "weak";
  return run;
}

inline Place pricing_place() {
  return {"shop/pricing.py",
          1,
          3,
          "apply_discount",
          9.5,
          {"it defines `apply_discount`, which the ticket names"},
          "  1  def apply_discount(lines, code):\n> 2      rate = RATES[code]\n",
          LastChange{"4f2c1aa000000000000000000000000000000000", "Jane Roe", "round per line",
                     TimePoint{std::chrono::milliseconds(1'763'337'600'000)}},
          std::nullopt};
}

// The first demo ticket: a KeyError with a trace that leads to shop/pricing.py:2.
inline Run traced_bug() {
  Run run = ticket(TicketKind::bug, "Checkout fails with code SAVE10",
                   "Hello,\n\nsince Tuesday the checkout fails with an error when I enter SAVE10. "
                   "I have told my friends.\n\nRegards\n<PERSON_1>");
  retrieval::Trace trace{"python", "KeyError", "'SAVE10'", {}, {}};
  trace.frames = {{"shop/pricing.py", 2, "apply_discount", true},
                  {"shop/cart.py", 4, "total", true}};
  run.retrieved->traces.push_back(trace);
  run.retrieved->places.push_back(pricing_place());
  run.retrieved->trust = "exact";
  run.retrieved->similar.push_back(
      {{"desk", "1311"}, "Code SAVE20 fails", "", 0.8, "9be01d2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"});
  run.retrieved->context.push_back(
      {"shop/pricing.py", 1, 3, "apply_discount", shop_files().at("shop/pricing.py")});
  run.classification->missing = {"version"};
  return run;
}

}  // namespace triage::propose::testing
