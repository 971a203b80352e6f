// The chunkers on broken and hostile source, and the one without a grammar on code of every shape.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "retrieval/generic_chunker_internal.h"
#include "tests/fuzz/source_checks.h"

using namespace triage::retrieval;

namespace {

// "symbol kind start-end" of every named chunk that the generic chunker finds.
std::string generic_symbols(std::string_view path, std::string_view source) {
  std::string out;
  for (const ChunkSpan& chunk : generic_chunks(source, language_of(path))) {
    if (!chunk.symbol.empty())
      out += (out.empty() ? "" : ", ") + chunk.symbol + " " + chunk.kind + " " +
             std::to_string(chunk.start) + "-" + std::to_string(chunk.end);
  }
  return out;
}

std::string repeated(std::string_view part, size_t times) {
  std::string out;
  out.reserve(part.size() * times);
  for (size_t i = 0; i < times; ++i) out += part;
  return out;
}

struct Row {
  const char *path, *source;
  std::string expected;  // joined by commas
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("chunker: without a grammar, definitions of every shape are found") {
    const Row rows[] = {
        // C: macros, the preprocessor, types of parameters below, tables.
        {"a.c", "SYSCALL_DEFINE3(read, int, fd, char *, buf)\n{\n  return 0;\n}\n", "read function 1-4"},
        {"a.c", "static int __init foo(void)\n{\n}\nmodule_init(foo);\n", "foo function 1-3"},
        {"a.c", "MODULE_LICENSE(\"GPL\")\nint bar(void)\n{\n}\n", "bar function 2-4"},
        {"a.c", "int\nold(a, b)\n  int a;\n  char *b;\n{\n  return a;\n}\n", "old function 1-7"},
        {"a.c", "int f(int a) __releases(lock)\n{\n}\n", "f function 1-3"},
        {"a.c", "__attribute__((cold)) void *g(size_t n) { return 0; }\n", "g function 1-1"},
        {"a.c", "#ifdef A\nint f(int a)\n{\n#else\nint f(void)\n{\n#endif\n  x();\n}\nint g(void) {}\n",
         "f function 2-9, g function 10-10"},
        {"a.c", "int f(void)\n{\n#if A\n  if (x) {\n#else\n  if (y) {\n#endif\n  }\n}\nint g(void) {}\n",
         "f function 1-9, g function 10-10"},
        {"a.c", "#define MAX(a, b) \\\n  ((a) > (b) ? \\\n  (a) : (b))\nint x;\n", "MAX macro 1-3"},
        {"a.c", "struct point *add(int a) {\n  return '{';\n}\nstruct point {\n  int x;\n};\n",
         "add function 1-3, point struct 4-6"},
        {"a.c", "typedef struct {\n  int x;\n} point_t;\n", "point_t type 1-3"},
        {"a.c", "static const struct ops table = {\n  .a = f,\n  .b = g,\n};\nint y = 1;\n",
         "table variable 1-4"},
        // C++
        {"a.cpp", "namespace a {\ntemplate <class T = int>\nclass B : public C<T> {\n public:\n  B() : x_{1} {\n  }\n"
                  "  bool operator==(const B& o) const { return true; }\n  explicit operator bool() const {\n    return x_;\n  }\n};\n"
                  "int B<int>::size() {\n  return 1;\n}\n}\n",
         "a::B class 2-11, a::B::B method 5-6, a::B::operator== method 7-7, a::B::operator bool method 8-10, a::B::size function 12-14"},
        {"a.cpp", "TEST(Cart, Total) {\n  f();\n}\n", "Cart::Total function 1-3"},
        {"a.cpp", "auto s = R\"x(\n}\n)x\";\nvoid f() {\n}\n", "s variable 1-3, f function 4-5"},
        {"a.h", "extern \"C\" {\nstatic inline int f(void) { return 1; }\n}\n", "f function 2-2"},
        // Script
        {"a.js", "class A {\n  static async m(x) {\n  }\n  h = (e) => {\n  }\n  get [k]() { return 1 }\n}\n",
         "A class 1-7, A.m method 2-3, A.h method 4-5, A.[k] method 6-6"},
        {"a.js", "exports.add = function (a) {\n  return a\n}\nconst inc = x => x + 1\nlet y = 2\n",
         "exports.add function 1-3, inc function 4-4"},
        {"a.js", "const routes = {\n  a() {\n  },\n  b: function () {\n  },\n  c: 1,\n}\n",
         "routes variable 1-7, routes.a method 2-3, routes.b method 4-5"},
        {"a.js", "describe('x', () => {\n  function helper() {\n    return /[{]/\n  }\n})\n",
         "helper function 2-4"},
        {"a.ts", "export interface Item {\n  id: number\n}\nexport type T = A | B\nnamespace N {\n  export function f(): void {\n  }\n}\n",
         "Item interface 1-3, T type 4-4, N.f function 6-7"},
        // Others with braces
        {"a.go", "func (c *Cart[T]) Total() int {\n\ts := `}`\n}\n\ntype A struct {\n\tx int\n}\n\ntype I interface {\n\tF()\n}\n",
         "Cart.Total method 1-3, A struct 5-7, I interface 9-11"},
        {"A.java", "@Entity\npublic class A<T extends B> {\n  @Override\n  public int f() throws E {\n    if (x) { y(); }\n  }\n"
                   "  abstract void g();\n  int z = h();\n}\n",
         "A class 1-9, A.f method 3-6, A.g method 7-7"},
        {"a.rs", "impl<'a> fmt::Display for Cart<'a> {\n    pub(crate) fn fmt(&self) -> char {\n        '}'\n    }\n}\nstruct P(i32);\n",
         "Cart::fmt function 2-4, P struct 6-6"},
        {"a.php", "<p>it's</p>\n<?php\nabstract class A {\n  abstract function f();\n  public static function &g() { return 1; }\n}\n",
         "A class 3-6, A::f method 4-4, A::g method 5-5"},
        {"a.cs", "namespace N {\n[X]\npublic class A<T> where T : class {\n  public int P { get; set; }\n  int M() => 1;\n  A() : base(1) {\n  }\n}\n}\n",
         "N.A class 2-8, N.A.P property 4-4, N.A.M method 5-5, N.A.A method 6-7"},
        {"a.kt", "data class A(val x: Int) {\n  fun f(): Int =\n    x + 1\n  companion object {\n    fun g() {\n    }\n  }\n}\n",
         "A class 1-8, A.f method 2-3, A.Companion class 4-7, A.Companion.g method 5-6"},
        {"a.swift", "extension A: B {\n  init?(x: Int) {\n  }\n  class func f() {\n  }\n}\n",
         "A class 1-6, A.init method 2-3, A.f method 4-5"},
        {"a.scala", "case class A(x: Int) {\n  def f = {\n    1\n  }\n}\nobject B extends C\n",
         "A class 1-5, A.f method 2-4, B class 6-6"},
        {"a.sh", "f-g() {\n  echo \"}\"\n}\nfunction h {\n  cat <<X\n}\nX\n}\n", "f-g function 1-3, h function 4-8"},
        {"a.dart", "class A extends B {\n  int f(int x) {\n  }\n}\nvoid main() {\n}\n",
         "A class 1-4, A.f method 2-3, main function 5-6"},
        {"a.groovy", "class A {\n  def f(x) {\n  }\n}\n", "A class 1-4, A.f method 2-3"},
        {"a.zig", "pub fn add(a: i32) i32 {\n    return a;\n}\nconst P = struct {\n    x: i32,\n};\n",
         "add function 1-3, P struct 4-6"},
        {"a.pl", "sub f {\n  my $x = {};\n}\n\nsub g { 1 }\n", "f function 1-3, g function 5-5"},
        {"a.r", "f <- function(x) {\n  x\n}\n", "f function 1-3"},
        {"a.proto", "message A {\n  int32 x = 1;\n  message B {\n  }\n}\n", "A struct 1-5, A.B struct 3-4"},
        // By lines
        {"a.py", "@d(\n  1)\nclass A(B):\n    \"\"\"doc\nend\n\"\"\"\n    async def f(self):\n        return (\n1)\n    x = 1\n\n"
                 "urlpatterns = [\n  1,\n  2,\n]\ndef g(): pass\n",
         "A class 1-10, A.f method 7-9, urlpatterns variable 12-15, g function 16-16"},
        {"a.rb", "module A\n  class B < C\n    def self.f(x)\n      y do\n      end\n    end\n    private def g = 1\n    def ==(o)\n      if x then 1 end\n    end\n  end\nend\n",
         "A::B class 2-11, A::B::f method 3-6, A::B::g method 7-7, A::B::== method 8-10"},
        {"a.lua", "local function f()\n  if x then\n  end\nend\nM.g = function(a)\nend\n",
         "f function 1-4, M.g function 5-6"},
        {"a.ex", "defmodule A.B do\n  def f(x) do\n    x\n  end\n  defp g(x), do: x\nend\n",
         "A.B.f function 2-4, A.B.g function 5-5"},
        {"a.sql", "CREATE TABLE IF NOT EXISTS a (\n  x int\n);\ncreate function b() returns int as $$\nselect 1\n$$;\n",
         "a struct 1-3, b function 4-6"},
        {"a.yml", "a:\n  b: 1\n  c: 2\nd: 1\n", "a variable 1-3"},
        {"a.toml", "[a.b]\nx = 1\ny = 2\n[c]\n", "a.b variable 1-3"},
    };
    for (const Row& row : rows) {
      const std::string source = row.source;
      CAPTURE(source);
      CHECK(generic_symbols(row.path, row.source) == row.expected);
    }
  }

  TEST_CASE("chunker: without a grammar, imports are read off their lines") {
    struct ImportRow {
      const char *path, *source, *module, *names, *alias;
    };
    const ImportRow rows[] = {
        {"a.py", "import a.b as c\n", "a.b", "", "c"},
        {"a.py", "from a.b import c, d\n", "a.b", "c d ", ""},
        {"a.c", "#include <sys/a.h>\n", "sys/a.h", "", ""},
        {"a.js", "import { a, b as c } from './d'\n", "./d", "a b ", ""},
        {"a.java", "import static a.b.C;\n", "a.b.C", "", ""},
        {"a.rs", "use a::b;\n", "a::b", "", ""},
        {"a.rb", "require 'a/b'\n", "a/b", "", ""},
        {"a.php", "<?php\nuse A\\B;\n", "A\\B", "", ""},
        {"a.py", "imported = 1\n# import a\n", "", "", ""},
    };
    for (const ImportRow& row : rows) {
      CAPTURE(row.source);
      const Outline outline = generic_outline(row.source, language_of(row.path));
      REQUIRE(outline.imports.size() == (*row.module == '\0' ? 0 : 1));
      if (outline.imports.empty()) continue;
      std::string names;
      for (const std::string& name : outline.imports[0].names) names += name + " ";
      CHECK(outline.imports[0].module == row.module);
      CHECK(names == row.names);
      CHECK(outline.imports[0].alias == row.alias);
    }
  }

  TEST_CASE("chunker: the checks see spans that are wrong") {
    const std::string_view source = "a\nb\nc\n\nd\n";
    const std::vector<ChunkSpan> good{{1, 3, "", "", 2}, {2, 2, "", "", 0}, {5, 5, "", "", 0}};
    CHECK(complaint_about_spans(good, source).empty());
    const std::vector<std::vector<ChunkSpan>> bad{
        {{1, 3, "", "", 0}},                                            // line 5 is lost
        {{1, 2, "", "", 0}, {2, 5, "", "", 0}},                         // overlap
        {{1, 6, "", "", 0}}, {{0, 5, "", "", 0}}, {{2, 1, "", "", 0}},  // outside, backwards
        {{3, 5, "", "", 0}, {1, 2, "", "", 0}},                         // out of order
        {{1, 5, "", "", 6}}, {{1, 5, "", "", 1}}};                      // a body that is none
    for (const auto& spans : bad) CHECK_FALSE(complaint_about_spans(spans, source).empty());
  }

  TEST_CASE("chunker: mutated source of every language keeps the rules") {
    const bool nightly = std::getenv("TRIAGED_NIGHTLY") != nullptr;
    const size_t rounds = nightly ? 20'000 : 150;
    Chunker chunker;
    std::uint64_t state = 0x9e3779b97f4a7c15ULL;
    for (const Sample& sample : source_samples()) {
      const Language& language = language_of(sample.path);
      CAPTURE(sample.path);
      REQUIRE(complaint_about_source(sample.content, language, chunker) == "");
      for (size_t i = 0; i < rounds; ++i) {
        const std::string source = mutated(sample.content, state);
        const std::string complaint = complaint_about_source(source, language, chunker);
        CAPTURE(source);
        REQUIRE(complaint == "");
      }
    }
  }

  TEST_CASE("chunker: hostile source neither fails nor takes long") {
    // All of it at night; the sanitizers and an unoptimised build take their time.
    const size_t part = std::getenv("TRIAGED_NIGHTLY") != nullptr ? 1 : 10;
    const std::string functions = repeated("int f(int a) { return a; } ", 40'000 / part);
    const std::string line(1024 * 1024, 'x');
    const std::vector<std::pair<const char*, std::string>> sources{
        {"parentheses", repeated("(", 200'000)},
        {"braces", repeated("{", 200'000)},
        {"closers", repeated("}", 200'000)},
        {"brackets", repeated("[{", 100'000 / part)},
        {"angles", repeated("a<", 100'000 / part)},
        {"classes", repeated("class A {", 20'000 / part)},
        {"classes on lines", repeated("class A {\n", 20'000 / part)},
        {"functions on a line", functions},
        {"definitions by indentation", repeated("def f():\n ", 50'000 / part)},
        {"a line", line},
        {"assigned blocks", "x = " + repeated("a {} ", 20'000 / part)},
        {"comments", repeated("/*", 200'000 / part)},
        {"directives", repeated("#if A\n", 40'000 / part)},
        {"here-documents", repeated("<<EOF\n", 50'000 / part)},
        {"quotes", repeated("\"'`", 100'000 / part)},
        {"apostrophes", repeated("'", 200'000 / part)},
        {"raw strings", repeated("R\"(", 50'000 / part)},
        {"slashes", repeated("(/[", 20'000 / part)},
        {"long brackets", repeated("--[==[", 50'000 / part)},
        {"nothing", ""},
        {"NUL", std::string("\0int f() {\0}\n\0", 14)},
        {"carriage returns", "int f() {\r}\rint g() {\r}\r"},
        {"windows lines", "\xEF\xBB\xBFint f() {\r\n}\r\nint g() {\r\n}\r\n"},
        {"UTF-16", std::string("\xFF\xFEi\0n\0t\0\n\0{\0", 12)},
        {"invalid UTF-8", "int \xC3\x28() {\n \xF0\x90\n}\n"},
        {"open string", "int f() {\n  return \"abc;\n}\nint g() {}\n"},
        {"open comment", "int f() {}\n/* never\nclosed"},
    };
    for (const Sample& sample : source_samples()) {
      const Language& language = language_of(sample.path);
      for (const auto& [name, source] : sources) {
        CAPTURE(sample.path);
        CAPTURE(name);
        CHECK(complaint_about_spans(generic_chunks(source, language), source) == "");
        CHECK(complaint_about_lexing(source, language) == "");
      }
    }
  }
}
