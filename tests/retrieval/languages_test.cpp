#include <doctest/doctest.h>

#include <algorithm>

#include "retrieval/chunker_internal.h"
#include "retrieval/languages_internal.h"
#include "tests/fuzz/source_checks.h"

using namespace triage::retrieval;

namespace {

// "symbol kind start-end" of every named chunk.
std::vector<std::string> symbols(std::string_view path, std::string_view source) {
  Chunker chunker;
  std::vector<std::string> out;
  for (const ChunkSpan& chunk : chunker.chunks(source, language_of(path))) {
    if (!chunk.symbol.empty())
      out.push_back(chunk.symbol + " " + chunk.kind + " " + std::to_string(chunk.start) + "-" +
                    std::to_string(chunk.end));
  }
  return out;
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("languages: every grammar is accepted by the core and every query compiles") {
    Chunker chunker;
    for (const Language& language : languages()) {
      CAPTURE(language.name);
      CHECK(chunker.check_query(language) == "");
    }
  }

  TEST_CASE("languages: definitions are found and qualified in each") {
    struct Row {
      const char *path, *source;
      std::vector<std::string> expected;
    };
    const Row rows[] = {
        {"a.py",
         "import os\n\nclass Cart:\n    @property\n    def total(self):\n        def inner():\n"
         "            pass\n        return 1\n\ndef main(): pass\n",
         {"Cart class 3-8", "Cart.total method 4-8", "main function 10-10"}},
        {"a.c", "/* adds */\nstatic int *add(int a) {\n  return 0;\n}\nstruct point { int x; };\n",
         {"add function 1-4", "point struct 5-5"}},
        {"a.h",
         "namespace shop {\ntemplate <class T>\nclass Cart {\n  int total() const { return 1; }\n};\n"
         "int Cart<int>::size() {\n  return 2;\n}\n}\n",
         {"shop::Cart class 2-5", "shop::Cart::total method 4-4", "shop::Cart::size function 6-8"}},
        {"a.js", "class Cart {\n  total() { return 1 }\n}\nconst add = (a) => {\n  return a\n}\n",
         {"Cart class 1-3", "Cart.total method 2-2", "add function 4-6"}},
        {"a.ts", "export interface Item { id: number }\nabstract class A {\n  run(): void {}\n}\n",
         {"Item interface 1-1", "A class 2-4", "A.run method 3-3"}},
        {"a.tsx", "export function App() {\n  return <div/>\n}\n", {"App function 1-3"}},
        {"a.go", "package a\n\ntype Cart struct{}\n\n// Total adds.\nfunc (c *Cart) Total() int {\n\treturn 1\n}\n",
         {"Cart struct 3-3", "Cart.Total method 5-8"}},
        {"A.java", "class Cart {\n  Cart() {}\n  int total() { return 1; }\n}\n",
         {"Cart class 1-4", "Cart.Cart method 2-2", "Cart.total method 3-3"}},
        {"a.rs", "struct Cart;\nimpl Cart {\n    fn total(&self) -> i32 {\n        1\n    }\n}\n",
         {"Cart struct 1-1", "Cart::total function 3-5"}},
        {"a.rb", "module Shop\n  class Cart\n    def total\n      1\n    end\n  end\nend\n",
         {"Shop::Cart class 2-6", "Shop::Cart::total method 3-5"}},
        {"a.php", "<?php\nclass Cart {\n  function total() { return 1; }\n}\n",
         {"Cart class 2-4", "Cart::total method 3-3"}},
        {"a.cs", "namespace Shop {\nclass Cart {\n  int Total() { return 1; }\n}\n}\n",
         {"Shop.Cart class 2-4", "Shop.Cart.Total method 3-3"}},
        {"a.sh", "total() {\n  echo 1\n}\n", {"total function 1-3"}},
        {"a.kt", "class Cart {\n  fun total(): Int = 1\n}\n", {"Cart class 1-3", "Cart.total method 2-2"}},
        {"a.scala", "object Cart {\n  def total = 1\n}\n", {"Cart class 1-3", "Cart.total method 2-2"}},
        {"a.swift", "class Cart {\n  func total() -> Int { return 1 }\n}\n",
         {"Cart class 1-3", "Cart.total method 2-2"}},
        {"a.lua", "function Cart.total()\n  return 1\nend\n", {"Cart.total function 1-3"}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.path);
      CHECK(symbols(row.path, row.source) == row.expected);
    }
  }

  TEST_CASE("languages: kinds beyond functions and classes, by the grammars") {
    struct Row {
      const char *path, *source, *expected;
    };
    const Row rows[] = {
        {"a.py", "@d(\n  1)\nclass A:\n    @e(\n      2)\n    def f(self):\n        pass\n",
         "A class 1-7, A.f method 4-7"},
        {"a.py", "urlpatterns = [\n  1,\n  2,\n]\nx = 1\n", "urlpatterns variable 1-4"},
        {"a.c", "SYSCALL_DEFINE3(read, int, fd)\n{\n}\n", "read function 1-3"},
        {"a.c", "static const int table[] = {\n  1,\n  2,\n};\ntypedef int id_t;\n",
         "table variable 1-4, id_t type 5-5"},
        {"a.cpp", "template <class T,\n          class U>\nclass A {\n  A() = default;\n  operator bool() const { return 1; }\n};\n",
         "A class 1-6, A::operator bool method 5-5"},
        {"a.cpp", "TEST(Cart, Total) {\n}\n", "Cart::Total function 1-2"},
        {"a.js", "const routes = {\n  a() {},\n  'b': () => 1,\n}\nclass A {\n  h = () => 1\n}\n",
         "routes variable 1-4, routes.a method 2-2, routes.b method 3-3, A class 5-7, A.h method 6-6"},
        {"a.ts", "interface I {\n  f(): void\n}\nabstract class A {\n  abstract g(): void\n}\n",
         "I interface 1-3, I.f method 2-2, A class 4-6, A.g method 5-5"},
        {"a.go", "package a\ntype I interface {\n\tF() int\n}\nvar t = []int{\n\t1,\n\t2,\n}\n",
         "I interface 2-4, I.F method 3-3, t variable 5-8"},
        {"a.rs", "trait A {\n    fn f(&self);\n}\nimpl A for b::C {\n    fn f(&self) {}\n}\ntype T = i32;\n",
         "A interface 1-3, A::f method 2-2, C::f function 5-5, T type 7-7"},
        {"a.kt", "class A {\n  companion object B {\n    fun g() {}\n  }\n}\nobject C\n",
         "A class 1-5, A.B class 2-4, A.B.g method 3-3, C class 6-6"},
        {"a.swift", "extension A {\n  func f() {}\n}\nprotocol P {\n  func g()\n}\n",
         "A class 1-3, A.f method 2-2, P interface 4-6, P.g method 5-5"},
        {"a.scala", "trait A {\n  def f: Int\n}\ntype B = Int\n", "A interface 1-3, A.f method 2-2, B type 4-4"},
        {"a.cs", "record A(int X);\ndelegate int D(int x);\n", "A class 1-1, D type 2-2"},
        {"a.php", "<?php\ntrait A {\n  function f() {}\n}\n", "A class 2-4, A::f method 3-3"},
        {"a.lua", "local function f()\nend\nlocal t = {\n  g = function()\n  end\n}\n",
         "f function 1-2, t variable 3-6, t.g function 4-5"},
        {"a.rb", "NAMES = {\n  a: 1,\n  b: 2\n}\nclass A\n  def self.f; end\nend\n",
         "NAMES variable 1-4, A class 5-7, A::f method 6-6"},
        {"A.java", "class A {\n  static final int[] T = {\n    1,\n    2 };\n  abstract void f();\n}\n",
         "A class 1-6, A.T variable 2-4, A.f method 5-5"},
        {"a.sh", "function f {\n  x\n}\n", "f function 1-3"},
    };
    for (const Row& row : rows) {
      const std::string path = row.path;
      CAPTURE(path);
      std::string found;
      for (const std::string& symbol : symbols(row.path, row.source))
        found += (found.empty() ? "" : ", ") + symbol;
      CHECK(found == row.expected);
    }
  }

  TEST_CASE("languages: calls, references, imports and bodies come with the definitions") {
    struct Row {
      const char *path, *source, *uses, *imports;
    };
    const Row rows[] = {
        {"a.py", "import a.b as c\nfrom d import (e,\n  f)\nclass G(H):\n    def i(self):\n        self.j(k())\n",
         "H:4 j():6 k():6", "a.b=c d[e f]"},
        {"a.c", "#include <a.h>\nint f(void) {\n  struct s *p = g(h->i());\n}\n", "g():3 i():3 s:3", "a.h"},
        {"a.cpp", "#include \"a.h\"\nvoid f() {\n  a::b(c.d(), e<int>());\n}\n", "b():3 d():3 e():3", "a.h"},
        {"a.js", "import a, { b } from './c'\nconst d = require('e')\nf(new G())\n",
         "G():3 f():3 require():2", "./c[b]=a e=d"},
        {"a.ts", "import { b } from './c'\nlet x: T = y.f()\n", "T:2 f():2", "./c[b]"},
        {"a.go", "package a\nimport (\n\tq \"b/c\"\n)\nfunc f(x T) {\n\tq.G(h())\n}\n", "G():6 T:5 h():6", "b/c=q"},
        {"A.java", "import a.B;\nclass C extends D {\n  void f() { g(new E()); }\n}\n", "D:2 E():3 g():3", "a.B"},
        {"a.rs", "use a::b;\nfn f(x: T) {\n    c::g(x.h());\n    m!();\n}\n", "T:2 g():3 h():3 m():4", "a::b"},
        {"a.rb", "require 'a/b'\nclass C < D\n  def f\n    g(1)\n  end\nend\n", "D:2 g():4 require():1", "a/b"},
        {"a.php", "<?php\nuse A\\B;\nclass C extends D {\n  function f() { g($this->h()); }\n}\n",
         "D:3 g():4 h():4", "A\\B"},
        {"a.cs", "using A.B;\nclass C : D {\n  void F() { G(h.I()); }\n}\n", "D:2 G():3 I():3", "A.B"},
        {"a.kt", "import a.b\nfun f() {\n  g(h.i())\n}\n", "g():3 i():3", "a.b"},
        {"a.swift", "import A\nfunc f() {\n  g(h.i())\n}\n", "g():3 i():3", "A"},
        {"a.scala", "import a.b\nobject A {\n  def f = g(h.i())\n}\n", "g():3 i():3", "a.b"},
        {"a.lua", "local a = require('b')\nc.d(e())\n", "d():2 e():2 require():1", "b=a"},
        {"a.sh", "source a.sh\nf x\n", "f():2 source():1", "a.sh"},
    };
    Chunker chunker;
    for (const Row& row : rows) {
      const Outline outline = chunker.outline(row.source, language_of(row.path));
      std::vector<std::string> words;
      for (const Use& use : outline.uses)
        words.push_back(use.name + (use.is_call ? "():" : ":") + std::to_string(use.line));
      std::ranges::sort(words);
      std::string uses, imports;
      for (const std::string& word : words) uses += (uses.empty() ? "" : " ") + word;
      for (const Import& import : outline.imports) {
        imports += (imports.empty() ? "" : " ") + import.module;
        for (size_t i = 0; i < import.names.size(); ++i) imports += (i == 0 ? "[" : " ") + import.names[i];
        if (!import.names.empty()) imports += "]";
        if (!import.alias.empty()) imports += "=" + import.alias;
      }
      const std::string path = row.path;
      CAPTURE(path);
      CHECK(uses == row.uses);
      CHECK(imports == row.imports);
    }
    const auto body = [&](std::string_view path, std::string_view source) {
      return chunker.chunks(source, language_of(path)).front().body;
    };
    CHECK(body("a.py", "def f(a,\n      b):\n    return 1\n") == 3);
    CHECK(body("a.c", "int f(int a,\n      int b)\n{\n  return 1;\n}\n") == 4);
    CHECK(body("a.rb", "def f\n  1\nend\n") == 2);
    CHECK(body("a.js", "const f = (a) => {\n  g()\n}\n") == 2);
    CHECK(body("a.txt", "a\nb\n") == 0);
  }

  TEST_CASE("languages: what is in no definition is cut into blocks; nothing is lost or doubled") {
    std::string source;
    for (int i = 0; i < 300; ++i) source += "setting_" + std::to_string(i) + " = 1\n";
    for (const char* path : {"a.py", "a.txt", "noextension"}) {
      Chunker chunker;
      std::uint32_t next = 1;
      for (const ChunkSpan& chunk : chunker.chunks(source, language_of(path))) {
        CHECK(chunk.start == next);
        CHECK(chunk.end - chunk.start < 80);
        next = chunk.end + 1;
      }
      CHECK(next == 301);
    }
  }

  TEST_CASE("languages: hostile source neither fails nor takes long") {
    Chunker chunker;
    const auto repeated = [](std::string_view part, size_t times) {
      std::string s;
      for (size_t i = 0; i < times; ++i) s += part;
      return s;
    };
    const std::vector<std::string> sources{
        repeated("(", 200'000),    repeated("{", 200'000),         repeated("[", 200'000),
        repeated("class A{", 20'000), repeated("if x then do begin ", 300),
        repeated("{ ( ", 300),
        std::string(20'000, 'x'), std::string("\0\xff\xfe{", 4), std::string(), "\r\r",
        "\xEF\xBB\xBF" "class A {\r\n}\r\n"};
    for (const Language& language : languages()) {
      if (language.grammar == nullptr) continue;
      const std::string name(language.name);
      CAPTURE(name);
      for (const std::string& source : sources)
        CHECK(complaint_about_spans(chunker.chunks(source, language), source) == "");
    }
  }

  TEST_CASE("languages: a path tells what a file is there for") {
    const std::pair<const char*, Role> rows[] = {
        {"shop/cart.py", Role::source},          {"tests/test_cart.py", Role::test},
        {"shop/test_cart.py", Role::test},       {"cart_test.go", Role::test},
        {"src/test/java/CartTest.java", Role::test}, 
        {"docs/index.rst", Role::documentation}, {"README.md", Role::documentation},
        {"examples/a.py", Role::example},        {"vendor/lib/test/a.go", Role::vendored},
        {"web/app.min.js", Role::generated},     {"latest/attest.py", Role::source}};
    for (const auto& [path, role] : rows) {
      CAPTURE(path);
      CHECK(role_of(path) == role);
    }
    CHECK(role_weight(Role::test) < role_weight(Role::source));
  }
}
