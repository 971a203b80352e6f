#include "pipeline/edit_format.h"

#include <doctest/doctest.h>

#include <array>

namespace triage {
namespace {

std::vector<Edit> parsed(std::string_view text) {
  auto edits = parse_unified_diff(text);
  INFO(text);
  REQUIRE_MESSAGE(edits.ok(), (edits.ok() ? "" : edits.error().message));
  return *edits;
}

TEST_SUITE("edit format") {
  TEST_CASE("a git diff becomes hunks with line hints") {
    const auto edits = parsed(
        "diff --git a/shop/cart.py b/shop/cart.py\nindex 1..2 100644\n--- a/shop/cart.py\n"
        "+++ b/shop/cart.py\n@@ -3,3 +3,4 @@ def total\n a\n-b\n+c\n+d\n e\n@@ -20 +21 @@\n-x\n+y\n");
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].path == "shop/cart.py");
    REQUIRE(edits[0].hunks.size() == 2);
    CHECK(edits[0].hunks[0].before == "a\nb\ne\n");
    CHECK(edits[0].hunks[0].after == "a\nc\nd\ne\n");
    CHECK(edits[0].hunks[0].line_hint == 3);
    CHECK(edits[0].hunks[1].line_hint == 20);
  }

  TEST_CASE("forms that differ say the same") {
    struct Row {
      const char* name;
      const char* text;
    };
    static constexpr std::array<Row, 8> kRows{{
        {"plain header", "--- f.py\n+++ f.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"},
        {"time stamps", "--- a/f.py\t2026-01-01 00:00:00\n+++ b/f.py\t2026-01-02\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"},
        {"CRLF", "--- a/f.py\r\n+++ b/f.py\r\n@@ -1,2 +1,2 @@\r\n a\r\n-b\r\n+c\r\n"},
        {"wrong counts", "--- a/f.py\n+++ b/f.py\n@@ -1,9 +1,7 @@\n a\n-b\n+c\n"},
        {"too small counts", "--- a/f.py\n+++ b/f.py\n@@ -1,1 +1,1 @@\n a\n-b\n+c\n"},
        {"no counts", "--- a/f.py\n+++ b/f.py\n@@\n a\n-b\n+c\n"},
        {"prose and fence around", "Here is the fix:\n```diff\n--- a/f.py\n+++ b/f.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n```\nDone - really.\n"},
        {"mail signature", "From: x\n\n--- a/f.py\n+++ b/f.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n-- \n2.39.5\n"},
    }};
    for (const Row& row : kRows) {
      INFO(row.name);
      const auto edits = parsed(row.text);
      REQUIRE(edits.size() == 1);
      CHECK(edits[0].path == "f.py");
      REQUIRE(edits[0].hunks.size() == 1);
      CHECK(edits[0].hunks[0].before == "a\nb\n");
      CHECK(edits[0].hunks[0].after == "a\nc\n");
    }
  }

  TEST_CASE("new, deleted and empty files") {
    const auto edits = parsed(
        "diff --git a/new.py b/new.py\nnew file mode 100644\n--- /dev/null\n+++ b/new.py\n"
        "@@ -0,0 +1,2 @@\n+one\n+two\n\\ No newline at end of file\n"
        "diff --git a/old.py b/old.py\ndeleted file mode 100644\n--- a/old.py\n+++ /dev/null\n"
        "@@ -1 +0,0 @@\n-gone\n"
        "diff --git a/pkg/__init__.py b/pkg/__init__.py\nnew file mode 100644\nindex 0..e69\n");
    REQUIRE(edits.size() == 3);
    CHECK(edits[0].content == "one\ntwo");
    CHECK(edits[1].remove);
    CHECK(edits[2].path == "pkg/__init__.py");
    CHECK(edits[2].content == "");
  }

  TEST_CASE("a missing newline at the end belongs to its side") {
    const auto edits = parsed(
        "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n");
    CHECK(edits[0].hunks[0].before == "a");
    CHECK(edits[0].hunks[0].after == "b\n");
  }

  TEST_CASE("removed lines that look like headers stay lines") {
    const auto edits =
        parsed("--- a/f.sql\n+++ b/f.sql\n@@ -1,2 +1,2 @@\n--- old comment\n+-- new comment\n x\n");
    CHECK(edits[0].hunks[0].before == "-- old comment\nx\n");
    CHECK(edits[0].hunks[0].after == "-- new comment\nx\n");
  }

  TEST_CASE("blank context lines whose space was lost are kept inside a hunk") {
    const auto edits = parsed("--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n\n\n");
    CHECK(edits[0].hunks[0].before == "a\n\nb\n");
  }

  TEST_CASE("quoted names are read") {
    const auto edits = parsed("--- \"a/caf\\303\\251.py\"\n+++ \"b/caf\\303\\251.py\"\n@@ -1 +1 @@\n-a\n+b\n");
    CHECK(edits[0].path == "caf\xc3\xa9.py");
  }

  TEST_CASE("what an edit can't say is refused with a reason") {
    struct Row {
      const char* text;
      const char* word;
    };
    static constexpr std::array<Row, 9> kRows{{
        {"", "no unified diff"},
        {"I would change the rounding.\n", "no unified diff"},
        {"diff --git a/a b/b\nsimilarity index 100%\nrename from a\nrename to b\n", "rename"},
        {"--- a/a.py\n+++ b/b.py\n@@ -1 +1 @@\n-a\n+b\n", "renamed"},
        {"diff --git a/x.png b/x.png\nindex 1..2\nGIT binary patch\nliteral 3\n", "binary"},
        {"diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n", "symbolic link"},
        {"diff --git a/x b/x\nnew file mode 100755\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+id\n", "executable"},
        {"diff --git a/x b/x\nold mode 100644\nnew mode 100755\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "mode"},
        {"diff --git a/s b/s\nnew file mode 160000\n--- /dev/null\n+++ b/s\n@@ -0,0 +1 @@\n+Sub\n", "submodule"},
    }};
    for (const Row& row : kRows) {
      const auto edits = parse_unified_diff(row.text);
      INFO(row.text);
      REQUIRE_FALSE(edits.ok());
      CHECK(edits.error().kind == ErrorKind::invalid_input);
      CHECK(edits.error().message.find(row.word) != std::string::npos);
    }
  }

  TEST_CASE("every prefix of a patch is read or refused, never worse") {
    const std::string text =
        "diff --git \"a/\\303\" \"b/\\303\"\n--- \"a/f\\\"\n+++ b/f\n@@ -1,2 +1 @@\n-a\n\\ No\n+b\n@@ -";
    for (size_t n = 0; n <= text.size(); ++n) {
      const auto edits = parse_unified_diff(text.substr(0, n));
      CHECK((edits.ok() || !edits.error().message.empty()));
    }
  }
}

}  // namespace
}  // namespace triage
