#include "pipeline/base/utf8.h"

#include <doctest/doctest.h>

#include <array>

namespace triage {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("utf8: well-formed sequences at the edges of their ranges") {
    static constexpr std::array kGood{
        ""sv,                 "plain"sv,            "\0"sv,               "\x7F"sv,
        "\xC2\x80"sv,         "\xDF\xBF"sv,         "\xE0\xA0\x80"sv,     "\xED\x9F\xBF"sv,
        "\xEE\x80\x80"sv,     "\xEF\xBF\xBF"sv,     "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv,
        "grüße → 木 🎟"sv};
    for (const std::string_view text : kGood) {
      CAPTURE(text);
      CHECK(is_valid_utf8(text));
    }
  }

  TEST_CASE("utf8: ill-formed sequences are told, and repaired to well-formed text") {
    struct Row {
      std::string_view what, bytes;
    };
    static constexpr std::array kBad{
        Row{"lone continuation", "\x80"sv},
        Row{"overlong slash, two bytes", "\xC0\xAF"sv},
        Row{"overlong, highest", "\xC1\xBF"sv},
        Row{"overlong, three bytes", "\xE0\x80\xAF"sv},
        Row{"overlong, four bytes", "\xF0\x80\x80\xAF"sv},
        Row{"high surrogate", "\xED\xA0\x80"sv},
        Row{"low surrogate", "\xED\xBF\xBF"sv},
        Row{"over U+10FFFF", "\xF4\x90\x80\x80"sv},
        Row{"lead that never is", "\xF5\x80\x80\x80"sv},
        Row{"byte order mark of UTF-16", "\xFF\xFE"sv},
        Row{"cut after one of two", "a\xC3"sv},
        Row{"cut after two of three", "a\xE2\x86"sv},
        Row{"cut after three of four", "a\xF0\x9F\x8E"sv},
        Row{"broken by a letter", "\xE2\x86z"sv},
    };
    for (const Row& row : kBad) {
      CAPTURE(row.what);
      CHECK_FALSE(is_valid_utf8(row.bytes));
      const std::string repaired = repair_utf8(row.bytes);
      CHECK(is_valid_utf8(repaired));
      CHECK(repaired.find(kReplacement) != std::string::npos);
    }
  }

  TEST_CASE("utf8: repair keeps what is good and takes NUL out") {
    CHECK(repair_utf8("a\0b"sv) == "ab");
    CHECK(repair_utf8("\xE2\x86z"sv) ==
          std::string(kReplacement) + std::string(kReplacement) + "z");
    CHECK(repair_utf8("grüße") == "grüße");
  }

  TEST_CASE("utf8: truncation never cuts a character in two") {
    const std::string_view text = "aé→🎟";  // 1, 2, 3 and 4 bytes
    static constexpr std::array<size_t, 12> kKept{0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t max = 0; max < kKept.size(); ++max) {
      CAPTURE(max);
      CHECK(truncate_utf8(text, max) == text.substr(0, kKept[max]));
    }
  }

  TEST_CASE("utf8: head and tail say how much is missing") {
    CHECK(head_and_tail("0123456789", 10) == "0123456789");
    CHECK(head_and_tail("0123456789", 4) == "01\n… 6 bytes left out …\n89");
    const std::string umlauts = "äöüäöüäöü";
    for (size_t max = 2; max < umlauts.size(); ++max) CHECK(is_valid_utf8(head_and_tail(umlauts, max)));
  }
}

}  // namespace triage
