#include "pipeline/publish/owners.h"

#include <doctest/doctest.h>

#include <array>
#include <map>

namespace triage::publish {
namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_SUITE("owners") {
  TEST_CASE("owners: patterns match as GitHub documents them") {
    struct Row {
      const char* pattern;
      const char* path;
      bool matches;
    };
    static constexpr std::array<Row, 26> kRows{{{"*", "a/b/c.py", true},
                                                {"*.js", "a/b.js", true},
                                                {"*.js", "a/b.jsx", false},
                                                {"/build/logs/", "build/logs/a/b", true},
                                                {"/build/logs/", "x/build/logs/a", false},
                                                {"docs/*", "docs/a.md", true},
                                                {"docs/*", "docs/a/b.md", false},
                                                {"apps/", "apps/a", true},
                                                {"apps/", "x/apps/a/b", true},
                                                {"apps/", "apps", false},
                                                {"/docs/", "docs/a", true},
                                                {"/docs", "docs/a/b", true},
                                                {"/docs", "x/docs/a", false},
                                                {"**/logs", "a/b/logs/c", true},
                                                {"**/logs", "logs/c", true},
                                                {"/apps/github", "apps/github/a", true},
                                                {"/apps/github", "apps/githubs/a", false},
                                                {"apps/github", "x/apps/github/a", false},
                                                {"config/**/prod.yml", "config/a/b/prod.yml", true},
                                                {"config/**/prod.yml", "config/prod.yml", true},
                                                {"lib/**", "lib/a/b", true},
                                                {"lib/**", "lib", false},
                                                {"a?.py", "x/ab.py", true},
                                                {"a?.py", "x/a/.py", false},
                                                {"Readme.md", "readme.md", false},
                                                {"/*", "a/b", false}}};
    for (const Row& row : kRows) {
      INFO(row.pattern, " ", row.path);
      CHECK(matches_owner_pattern(row.pattern, row.path) == row.matches);
    }
  }

  TEST_CASE("owners: the last match wins, and a match without owners means nobody") {
    const CodeOwners owners = CodeOwners::parse(
        "# all\n* @acme/all\n\n*.py @py docs@acme.example  # both\n/shop/ @shop\n/shop/free/\n"
        "with\\ blank.md @blank\n\\#odd @odd\nbroken not-an-owner @a@b @\n");
    CHECK(owners.of("a.txt") == Names{"@acme/all"});
    CHECK(owners.of("a.py") == Names{"@py", "docs@acme.example"});
    CHECK(owners.of("shop/a.py") == Names{"@shop"});
    CHECK(owners.of("shop/free/a.py").empty());
    CHECK(owners.of("with blank.md") == Names{"@blank"});
    CHECK(owners.of("#odd") == Names{"@odd"});
    CHECK(owners.of("broken").empty());
    CHECK(CodeOwners::parse("").of("a").empty());
  }

  TEST_CASE("owners: GitLab's sections add up, with defaults and exclusions") {
    const CodeOwners owners = CodeOwners::parse(
        "* @all\n[Docs] @writers\n*.md\n/special.md @editor\n^[Code][2] @dev\n*.py\n!/old/\n"
        "[docs]\n*.txt @txt\n");
    CHECK(owners.of("a.md") == Names{"@all", "@writers"});
    CHECK(owners.of("special.md") == Names{"@all", "@editor"});
    CHECK(owners.of("a.py") == Names{"@all", "@dev"});
    CHECK(owners.of("old/a.py") == Names{"@all"});
    CHECK(owners.of("a.txt") == Names{"@all", "@txt"});
  }

  TEST_CASE("owners: the first file that is there counts, those of most paths come first") {
    std::map<std::string, std::string, std::less<>> files{{"docs/CODEOWNERS", "c"},
                                                          {"CODEOWNERS", "b"}};
    const auto read = [&](std::string_view path) -> std::optional<std::string> {
      const auto at = files.find(path);
      return at == files.end() ? std::nullopt : std::optional(at->second);
    };
    CHECK(read_codeowners(read) == "b");
    files[".github/CODEOWNERS"] = "a";
    CHECK(read_codeowners(read) == "a");
    files.clear();
    CHECK_FALSE(read_codeowners(read).has_value());

    const CodeOwners owners = CodeOwners::parse("a @one @two\nb @two\nc @three\n");
    CHECK(owners_of(owners, {"a", "b", "c"}, 2) == Names{"@two", "@one"});
  }

  TEST_CASE("owners: a hostile file ends") {
    std::string text;
    for (int i = 0; i < 40'000; ++i) text += "**/*a**/*b @x" + std::to_string(i) + "\n";
    CHECK(CodeOwners::parse(text).of("a/b").size() <= 1);
    CHECK(CodeOwners::parse("[" + std::string(100'000, '[') + "\n^[\n!\n\\").of("a").empty());
  }
}

}  // namespace triage::publish
