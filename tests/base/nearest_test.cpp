#include "pipeline/base/nearest.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace triage;

TEST_SUITE("base") {
  TEST_CASE("nearest finds the slip and not the stranger") {
    constexpr std::array<std::string_view, 4> kWords = {"server", "port", "poll", "address"};
    struct Row {
      const char* word;
      const char* near;
    };
    for (const Row& row : {Row{"servr", "server"}, Row{"prot", "port"}, Row{"adress", "address"},
                           Row{"pool", "poll"}, Row{"Server", "server"}, Row{"workers", ""},
                           Row{"", ""}, Row{"x", ""}}) {
      CAPTURE(row.word);
      CHECK(nearest(row.word, kWords) == row.near);
    }
    CHECK(nearest(std::string(65, 's'), kWords).empty());
    CHECK(nearest("server", {}).empty());
  }
}
