#include "pipeline/base/result.h"

#include <doctest/doctest.h>

#include <array>
#include <memory>

namespace triage {
namespace {

Result<int> number(bool there) {
  if (there) return 41;
  return Error{ErrorKind::not_found, "no number"};
}

Result<int> next_number(bool there) { return TRY(number(there)) + 1; }

Result<void> checked(bool there) {
  TRY_CTX(number(there), "look for " + std::string("it"));
  return {};
}

Result<std::unique_ptr<int>> boxed(bool there) {
  return std::make_unique<int>(TRY_CTX(next_number(there), "box"));
}

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("result: TRY hands on the value or returns the error as it is") {
    REQUIRE(next_number(true).ok());
    CHECK(*next_number(true) == 42);
    const auto missing = next_number(false);
    REQUIRE_FALSE(missing.ok());
    CHECK(missing.error().kind == ErrorKind::not_found);
    CHECK(missing.error().message == "no number");
  }

  TEST_CASE("result: TRY_CTX puts the context first and keeps the kind") {
    CHECK(checked(true).ok());
    CHECK(checked(false).error().message == "look for it: no number");
    CHECK(boxed(false).error().message == "box: no number");
    CHECK(boxed(false).error().kind == ErrorKind::not_found);
  }

  TEST_CASE("result: holds what can only be moved") {
    auto box = boxed(true);
    REQUIRE(box);
    const std::unique_ptr<int> inside = std::move(box).value();
    CHECK(*inside == 42);
  }

  TEST_CASE("result: context keeps the moment for a retry") {
    Error error{ErrorKind::rate_limited, "slow down"};
    error.retry_at = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::seconds(5));
    const Error wrapped = error.with_context("post the note");
    CHECK(wrapped.message == "post the note: slow down");
    CHECK(wrapped.retry_at == error.retry_at);
  }

  TEST_CASE("result: value_or and conversion of what a value can be made from") {
    CHECK(number(false).value_or(7) == 7);
    CHECK(number(true).value_or(7) == 41);
    const Result<std::string> text = "plain";
    CHECK(*text == "plain");
  }

  TEST_CASE("result: every kind has a name of its own") {
    constexpr std::array kKinds{
        ErrorKind::invalid_input, ErrorKind::not_found, ErrorKind::conflict,  ErrorKind::denied,
        ErrorKind::unavailable,   ErrorKind::rate_limited, ErrorKind::timeout, ErrorKind::exhausted,
        ErrorKind::corrupt,       ErrorKind::internal};
    for (size_t i = 0; i < kKinds.size(); ++i) {
      for (size_t j = i + 1; j < kKinds.size(); ++j)
        CHECK(to_string(kKinds[i]) != to_string(kKinds[j]));
    }
    CHECK(to_string(ErrorKind::rate_limited) == "rate_limited");
  }
}

}  // namespace triage
