#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "config/yaml_internal.h"

using namespace triage::config;

namespace {

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// The first problem, "line:column text", or "" where the text was read.
std::string first_problem(const std::string& yaml) {
  std::vector<Problem> problems;
  const auto root = parse_yaml(yaml, problems);
  if (problems.empty()) {
    CHECK(root.has_value());
    return "";
  }
  const Problem& problem = problems.front();
  return std::to_string(problem.mark.line) + ":" + std::to_string(problem.mark.column) + " " +
         problem.text;
}

}  // namespace

TEST_SUITE("config") {
  TEST_CASE("yaml: keeps order, positions and quoting") {
    std::vector<Problem> problems;
    const auto root = parse_yaml("b: 1\na: [x, \"~\", ~]\n", problems);
    REQUIRE(root);
    REQUIRE(root->members.size() == 2);
    CHECK(root->members[0].key == "b");
    const Node& list = root->members[1].value;
    REQUIRE(list.items.size() == 3);
    CHECK(list.items[1].kind == Node::Kind::scalar);
    CHECK(list.items[2].kind == Node::Kind::null);
    CHECK(list.items[1].mark == Mark{2, 8});
  }

  TEST_CASE("yaml: what is not plain configuration is refused with its place") {
    CHECK(first_problem("a: [1, 2\n").find("not YAML: ") != std::string::npos);
    CHECK(first_problem("a: b: c\n").starts_with("1:5 not YAML: "));
    CHECK(first_problem("a:\n\t- b\n").find("not YAML: ") != std::string::npos);
    CHECK(first_problem("a: 1\n---\nb: 2\n") == "3:1 a second document (after ---) is not read");
    CHECK(first_problem("? {a: 1}\n: 2\n") == "1:3 a key has to be a single word");
    CHECK(first_problem("a: !!python/object x\n") == "1:4 tags like !name are not taken");
    CHECK(first_problem("a: &x [*x]\n") == "1:8 an alias must not stand inside its anchor");
    CHECK(first_problem("a: *nobody\n").find("not YAML: ") != std::string::npos);
    CHECK(first_problem("{a: 1, b: 2, a: 3}") == "1:14 key \"a\" is given twice, first on line 1");
    CHECK(first_problem("a: \xff\n") == "1:1 is not UTF-8: save it in that encoding");
    CHECK(first_problem(std::string("a: \0b\n", 6)) ==
          "1:1 holds a NUL byte: this is not a text file");
    CHECK(first_problem(std::string((1U << 20U) + 1, '#')) == "1:1 larger than 1 MiB");
  }

  TEST_CASE("yaml: deep nesting is refused before it costs anything") {
    const auto started = std::chrono::steady_clock::now();
    for (const std::string& deep :
         {repeated("[", 500'000), repeated("{", 500'000), repeated("{a: ", 100'000),
          repeated("- ", 500'000), repeated("? ", 500'000), repeated("[{", 200'000),
          repeated("a: [", 100'000)}) {
      CAPTURE(deep.substr(0, 8));
      CHECK(first_problem(deep) != "");
    }
    std::string stairs;
    for (int i = 0; i < 1000; ++i) stairs += repeated(" ", i) + "a:\n";
    CHECK(first_problem(stairs).find("nested deeper than 32 levels") != std::string::npos);
    // Far from what it takes; only a quadratic or worse would come near.
    CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(20));
  }

  TEST_CASE("yaml: aliases cannot multiply") {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
      const std::string before = "*a" + std::to_string(i - 1);
      bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
              repeated(before + ", ", 9) + before + "]\n";
    }
    CHECK(first_problem(bomb).find("more than 20000 values, aliases included") !=
          std::string::npos);
    std::string tower = "a0: &a0 [x]\n";
    for (int i = 1; i < 60; ++i)
      tower += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" +
               std::to_string(i - 1) + "]\n";
    CHECK(first_problem(tower).find("nested deeper than 32 levels") != std::string::npos);
    CHECK(first_problem("a: &x {b: 1}\nc: *x\n") == "");
  }

  TEST_CASE("yaml: every prefix of a document ends in a tree or a problem") {
    const std::string yaml =
        "a: &x {b: [1, \"two\\n\", 'three']}\nc: *x\nd: |\n  text\n  more\ne:\n  - f: g\n    h: ~\n"
        "\"i\": >-\n  folded\n? j\n: k\n# end\n...\n";
    for (size_t length = 0; length <= yaml.size(); ++length) {
      std::vector<Problem> problems;
      const auto root = parse_yaml(yaml.substr(0, length), problems);
      CHECK((root.has_value() || !problems.empty()));
    }
    CHECK(first_problem(yaml) == "");
  }

  TEST_CASE("quoted text is short and without control characters") {
    CHECK(quoted("a\x1b[31m\nb") == "\"a [31m b\"");
    CHECK(quoted(repeated("x", 61)) == '"' + repeated("x", 60) + "…\"");
    CHECK(quoted(repeated("é", 31)) == '"' + repeated("é", 30) + "…\"");
  }
}
