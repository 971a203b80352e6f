#include <doctest/doctest.h>

#include "pipeline/verify/test_code_internal.h"

namespace triage::verify {
namespace {

struct Row {
  Family family;
  const char* what;
  const char* before;
  const char* after;
};

constexpr Family kJs = Family::c_like, kPy = Family::python, kHash = Family::hash_comments;

TEST_SUITE("verify") {
  TEST_CASE("verify: a line of an existing test that may check something is missed, whatever its words") {
    for (const Row& row : std::initializer_list<Row>{
             {kJs, "tape", "t.deepEqual(f(1), 2)\nt.end()\n", "t.end()\n"},
             {kJs, "tape, other value", "t.equal(f(1), 2)\n", "t.equal(f(1), 3)\n"},
             {kJs, "commented out", "t.equal(f(1), 2)\n", "// t.equal(f(1), 2)\n"},
             {kJs, "behind a condition", "t.equal(f(1), 2)\n", "if (old) t.equal(f(1), 2)\n"},
             {kJs, "one of two", "eq(a, 1)\neq(a, 1)\n", "eq(a, 1)\n"},
             {kJs, "one of two, in a block", "test(t => {\n  eq(a, 1)\n  eq(b, 2)\n})\neq(a, 1)\n",
              "test(t => {\n  eq(b, 2)\n})\neq(a, 1)\n"},
             {kJs, "a row of a Go table", "\t{\"<=1.1\", true},\n\t{\"<=2\", false},\n", "\t{\"<=2\", false},\n"},
             {kJs, "Unity", "TEST_ASSERT_NULL(found);\nfree(found);\n", "free(found);\n"},
             {kJs, "a macro of its own", "XMLTest(\"name\", \"a\", b);\n", "XMLTest(\"name\", \"a\", \"a\");\n"},
             {kJs, "a test not run", "RUN_TEST(adds);\nRUN_TEST(rounds);\n", "RUN_TEST(adds);\n"},
             {kHash, "TAP", "is f(1), 2, 'adds';\nok $x;\n", "ok $x;\n"},
             {kHash, "TAP, postfix condition", "ok(f(1));\n", "ok(f(1)) if 0;\n"},
             {kHash, "minispec", "_(total).must_equal 3\n", "_(total)\n"},
             {kHash, "bats", "[ \"$status\" -eq 0 ]\n", "[ \"$status\" -ge 0 ]\n"},
             {kPy, "helper", "self.check(1, 2)\n", "self.check(1)\n"},
             {kPy, "weaker by or", "same(f(1), 2)\n", "same(f(1), 2) or True\n"}}) {
      CAPTURE(row.what);
      CHECK(lost_line(row.before, row.after, row.family) != "");
      CHECK(lost_line(row.before, row.before, row.family) == "");
    }
  }

  TEST_CASE("verify: what may change in an existing test file is no loss") {
    for (const Row& row : std::initializer_list<Row>{
             {kJs, "more tests", "t.equal(1, 1)\n", "t.equal(1, 1)\nt.equal(2, 2)\n"},
             {kJs, "a row more", "rows = [\n  [1, 2]\n]\n", "rows = [\n  [1, 2],\n  [3, 4],\n]\n"},
             {kJs, "indented", "t.ok(x)\n", "  t.ok(x)\n"},
             {kJs, "moved", "t.ok(x)\nt.ok(y)\n", "t.ok(y)\nt.ok(x)\n"},
             {kJs, "wrapped", "t.equal(f(1), 2)\n", "t.equal(\n  f(1),\n  2,\n)\n"},
             {kJs, "unwrapped", "t.equal(\n  f(1),\n  2\n)\n", "t.equal(f(1), 2)\n"},
             {kJs, "end of a chain", "(\"ref\", \"A\", value(v));\n", "(\"ref\", \"A\", value(v))\n(\"b\", \"B\", value(b));\n"},
             {kJs, "comment", "// old words\nt.ok(x)\n", "// better words\nt.ok(x)\n"},
             {kJs, "import", "const a = require('a')\nimport b from 'b'\n", "const a = require('../a')\nimport { b } from 'b'\n"},
             {kJs, "include", "#include \"a.h\"\n", "#include \"b.h\"\n"},
             {kJs, "preparation", "const cart = make(3)\n", "const cart = make(3, 'EUR')\n"},
             {kPy, "preparation", "cart = [1, 2]\n", "cart = [1, 2, 3]\n"},
             {kPy, "head of a block", "for x in range(3):\n    same(x, f(x))\n", "for x in range(9):\n    same(x, f(x))\n"},
             {kHash, "plan", "use Test::More tests => 12;\nplan tests => 3;\nis 1, 1;\n",
              "use Test::More tests => 21;\nplan tests => 4;\nis 1, 1;\n"},
             {kHash, "done", "ok 1;\n", "ok 1;\ndone_testing;\n"}}) {
      CAPTURE(row.what);
      CHECK(lost_line(row.before, row.after, row.family) == "");
    }
  }
}

}  // namespace
}  // namespace triage::verify
