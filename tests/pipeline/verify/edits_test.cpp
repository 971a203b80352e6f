#include "pipeline/verify/edits.h"

#include <doctest/doctest.h>

#include <array>

#include "tests/pipeline/verify/trees.h"

namespace triage::verify {
namespace {

TEST_SUITE("verify edits") {
  TEST_CASE("a hunk finds its place, and the file keeps its form") {
    struct Row {
      const char* name;
      const char* content;
      Hunk hunk;
      const char* result;
    };
    static const std::array kRows{
        Row{"exactly", "a\nb\nc\n", {"b\n", "x\ny\n", 0}, "a\nx\ny\nc\n"},
        Row{"without the final newline in the block", "a\nb\nc\n", {"b", "x", 0}, "a\nx\nc\n"},
        Row{"removal", "a\nb\nc\n", {"b\n", "", 0}, "a\nc\n"},
        Row{"trailing white space", "a  \nb\t\nc\n", {"a\nb\n", "a\nx\n", 0}, "a  \nx\nc\n"},
        Row{"CRLF file, LF hunk", "a\r\nb\r\nc\r\n", {"a\nb\n", "a\nx\ny\n", 0},
            "a\r\nx\r\ny\r\nc\r\n"},
        Row{"LF file, CRLF hunk", "a\nb\n", {"a\r\nb\r\n", "a\r\nx\n", 0}, "a\nx\n"},
        Row{"another indentation", "def f():\n        if x:\n            y()\n",
            {"if x:\n    y()\n", "if x:\n    z()\n", 0},
            "def f():\n        if x:\n            z()\n"},
        Row{"tabs for spaces", "\tif x:\n\t\ty()\n", {"    if x:\n", "    if z:\n", 0},
            "\tif z:\n\t\ty()\n"},
        Row{"part of a line", "total = round(a) - b\n", {"round(a) - b", "round(a - b)", 0},
            "total = round(a - b)\n"},
        Row{"nearest to the hint", "x\n1\nx\n2\nx\n3\n", {"x\n", "y\n", 5}, "x\n1\nx\n2\ny\n3\n"},
        Row{"insertion by hint", "a\nb\n", {"", "x\n", 1}, "a\nx\nb\n"},
        Row{"into an empty file", "", {"", "x\n", 0}, "x\n"},
        Row{"no newline at the end is kept", "a\nb", {"a\n", "x\n", 0}, "x\nb"},
        Row{"a newline at the end is added", "a\nb", {"b", "b\n", 0}, "a\nb\n"},
        Row{"a newline at the end is taken", "a\nb\n", {"b\n", "b", 0}, "a\nb"},
    };
    for (const Row& row : kRows) {
      INFO(row.name);
      const auto result = apply_hunks(row.content, {row.hunk});
      REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : result.error().message));
      CHECK(*result == row.result);
    }
  }

  TEST_CASE("later hunks of a diff follow the lines that earlier ones moved") {
    const auto result = apply_hunks("x\na\nx\nb\nx\nc\n", {{"x\n", "1\n2\n3\n4\n", 1}, {"x\n", "y\n", 5}});
    REQUIRE(result.ok());
    CHECK(*result == "1\n2\n3\n4\na\nx\nb\ny\nc\n");
  }

  TEST_CASE("what can't be placed is refused and named") {
    struct Row {
      const char* content;
      Hunk hunk;
      const char* word;
    };
    static const std::array kRows{
        Row{"x\na\nx\n", {"x\n", "y\n", 0}, "found 2 times"},
        Row{"x\na\nx\n", {"x\n", "y\n", 2}, "found 2 times"},
        Row{"def total(cart):\n    pass\n", {"def totals(cart):\n    pass\n", "", 0},
            "nearest is line 1: def total(cart):"},
        Row{"a\n", {"completely different\n", "", 0}, "no line of the file looks like"},
        Row{"a a\n", {"a", "b", 0}, "more than once"},
        Row{"a\n", {"", "b\n", 0}, "nothing to find"},
    };
    for (const Row& row : kRows) {
      const auto result = apply_hunks(row.content, {row.hunk});
      REQUIRE_FALSE(result.ok());
      INFO(result.error().message);
      CHECK(result.error().message.starts_with("hunk 1 "));
      CHECK(result.error().message.find(row.word) != std::string::npos);
    }
  }

  TEST_CASE("edits become the resulting files") {
    using Kind = retrieval::TreeFile::Kind;
    const BaseTree base = tree_of({{"a.py", {"a\n"}},
                                   {"run.sh", {"old\n", Kind::executable}},
                                   {"gone.py", {"g\n"}},
                                   {"same.py", {"s\n"}}});
    const auto changes = apply_edits(base, {{"run.sh", {{"old\n", "new\n", 0}}, {}, false},
                                            {"gone.py", {}, {}, true},
                                            {"same.py", {{"s\n", "s\n", 0}}, {}, false},
                                            {"new.py", {}, "n\n", false},
                                            {"a.py", {{"a\n", "b\n", 0}}, {}, false},
                                            {"a.py", {{"b\n", "c\n", 0}}, {}, false}});
    REQUIRE(changes.ok());
    REQUIRE(changes->size() == 4);
    CHECK((*changes)[0].content == "c\n");
    CHECK_FALSE((*changes)[1].content.has_value());
    CHECK((*changes)[2].path == "new.py");
    CHECK_FALSE((*changes)[2].executable);
    CHECK((*changes)[3].executable);
  }

  TEST_CASE("edits of what is not there, or no file, are refused") {
    const BaseTree base = tree_of({{"link", {"/etc", retrieval::TreeFile::Kind::symlink}}});
    for (const Edit& edit : {Edit{"none.py", {{"a\n", "b\n", 0}}, {}, false},
                             Edit{"none.py", {}, {}, true},
                             Edit{"link", {{"/etc", "/root", 0}}, {}, false}}) {
      const auto changes = apply_edits(base, {edit});
      REQUIRE_FALSE(changes.ok());
      CHECK(changes.error().message.find(edit.path) != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace triage::verify
