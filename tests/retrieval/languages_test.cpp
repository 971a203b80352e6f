#include <doctest/doctest.h>

#include "retrieval/chunker_internal.h"
#include "retrieval/languages_internal.h"

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
    const std::string deep = std::string(200'000, '(');
    const std::string nested = [] {
      std::string s;
      for (int i = 0; i < 20'000; ++i) s += "class A{";
      return s;
    }();
    for (const char* path : {"a.py", "a.cpp", "a.js", "a.rb", "a.php"}) {
      CAPTURE(path);
      for (const std::string& source : {deep, nested, std::string("\0\xff\xfe{", 4), std::string()})
        CHECK(chunker.chunks(source, language_of(path)).size() < 25'000);
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
