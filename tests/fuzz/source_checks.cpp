#include "tests/fuzz/source_checks.h"

#include <algorithm>
#include <array>

#include "pipeline/base/utf8.h"
#include "retrieval/generic_chunker_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kLongestMutant = 6000;

std::uint64_t next(std::uint64_t& state) {
  state ^= state << 13U;
  state ^= state >> 7U;
  state ^= state << 17U;
  return state;
}

std::string place(const ChunkSpan& span) {
  return span.symbol + " " + std::to_string(span.start) + "-" + std::to_string(span.end);
}

}  // namespace

const std::vector<Sample>& source_samples() {
  static const std::vector<Sample> samples{
      {"a.c", "#include <a.h>\n#if A\nint f(int a) {\n#else\nint f(void) {\n#endif\n  return '{';\n}\n"
              "#define M(x) \\\n  do { x; } while (0)\nold(a, b)\nint a;\nint b;\n{\n  g(a);\n}\n"
              "TEST(A, b)\n{\n}\ntypedef struct { int x; } T;\nstatic int t[] = {\n 1,\n 2,\n};\n"},
      {"a.cpp", "namespace a::b {\ntemplate <class T = int>\nclass C final : public B<T> {\n public:\n"
                "  C() : x_{1}, y_(2) {}\n  bool operator==(const C& o) const { return R\"x(})x\"; }\n};\n}\n"},
      {"a.py", "import os\nfrom a import (b,\n  c)\n@d(\n  1)\nclass A(B):\n    \"\"\"doc\n}\n\"\"\"\n"
               "    async def f(self):\n        return f'{x}'\n\nurls = [\n  1,\n  2,\n]\n"},
      {"a.js", "import a from 'b'\nexport class A {\n  m() { return /[}\"']/.test(`${x}`) }\n}\n"
               "const f = async (a) => {\n  g()\n}\nmodule.exports = {\n  a: function () {},\n  b() {},\n}\n"},
      {"a.tsx", "interface I { a: number }\ntype T = A |\n  B\nexport const F = (p: P): X => {\n  return <a b={c}>it's</a>\n}\n"},
      {"a.go", "package a\nimport (\n\t\"fmt\"\n)\ntype (\n\tA struct {\n\t\tx int\n\t}\n)\nfunc (a *A) F() {\n\ts := `}`\n}\n"},
      {"A.java", "import a.b;\n@X(1)\npublic class A<T extends B> implements C {\n  int f() throws E { return 1; }\n"
                 "  Runnable r = new Runnable() {\n    public void run() {}\n  };\n  abstract void g();\n}\n"},
      {"a.rs", "use a::b;\nimpl<'a, T> A for B<'a, T> where T: C {\n    fn f(&self) -> char { r#\"}\"#; '}' }\n}\nmacro_rules! m {\n  () => {};\n}\n"},
      {"a.rb", "require 'a'\nmodule A\n  class B < C\n    def self.f(x) = x\n    def g\n      <<~T\n  end\n      T\n    end\n  end\nend\n"},
      {"a.php", "<html>it's</html>\n<?php\nuse A\\B;\nclass C {\n  #[D]\n  function f() { return <<<X\n}\nX;\n  }\n}\n"},
      {"a.cs", "using A;\nnamespace B {\nclass C {\n  public int X { get; set; }\n  int Y => 1;\n  string s = @\"\"\"}\";\n  C() : base() {}\n}\n}\n"},
      {"a.kt", "import a.b\nclass A(val x: Int) {\n  fun f(): Int =\n    1\n  companion object {\n    fun g() {}\n  }\n}\nfun String.h() = \"${x}\"\n"},
      {"a.swift", "import A\nextension B: C {\n  init?(x: Int) {}\n  func f() -> Int { 1 }\n}\n"},
      {"a.scala", "import a._\nobject A {\n  def f(x: Int) = {\n    x\n  }\n  case class B(x: Int)\n}\n"},
      {"a.lua", "local a = require('b')\nfunction M.f(x)\n  --[[ end ]]\n  return [==[ end ]==]\nend\nlocal g = function()\nend\n"},
      {"a.sh", "source a.sh\nf() {\n  cat <<'EOF'\n}\nEOF\n  echo \"${x#y}\"\n}\nfunction g {\n  awk '{ print }'\n}\n"},
      {"a.pl", "use A;\npackage B;\nsub f {\n  my $x = {};\n}\n=pod\n}\n=cut\nsub g { 1 }\n"},
      {"a.ex", "defmodule A do\n  alias B\n  def f(x) do\n    x\n  end\n  def g(x), do: x\nend\n"},
      {"a.sql", "create or replace function a.b(x int) as $$\nbegin\nend\n$$;\ncreate table if not exists c (\n  d int\n);\n"},
      {"a.toml", "[a.b]\nc = 1\nd = 2\n\n[[e]]\nf = '''\n[x]\n'''\n"},
      {"a.yml", "a:\n  b: 1\n  c: 2\nd:\n  - e\n  - f\n"},
      {"a.md", "# Title\n\nText.\n"},
  };
  return samples;
}

std::string complaint_about_spans(const std::vector<ChunkSpan>& spans, std::string_view source) {
  const auto lines = static_cast<std::uint32_t>(std::ranges::count(source, '\n') +
                                                (source.empty() || source.back() == '\n' ? 0 : 1));
  std::vector<bool> covered(lines + 1);
  std::vector<const ChunkSpan*> open;
  std::uint32_t before = 0, marked = 0;
  for (const ChunkSpan& span : spans) {
    if (span.start < 1 || span.start > span.end || span.end > lines)
      return place(span) + " is not within " + std::to_string(lines) + " lines";
    if (span.start < before) return place(span) + " is out of order";
    if (span.body != 0 && (span.body <= span.start || span.body > span.end))
      return place(span) + " has its body at " + std::to_string(span.body);
    before = span.start;
    while (!open.empty() && open.back()->end < span.start) open.pop_back();
    if (!open.empty() && open.back()->end < span.end)
      return place(span) + " overlaps " + place(*open.back());
    open.push_back(&span);
    for (marked = std::max(marked, span.start); marked <= span.end; ++marked) covered[marked] = true;
  }
  std::uint32_t line = 1;
  for (size_t begin = 0; begin < source.size(); ++line) {
    const size_t end = std::min(source.find('\n', begin), source.size());
    const bool blank = source.substr(begin, end - begin).find_first_not_of(" \t\r\f\v") == std::string_view::npos;
    if (!blank && !covered[line]) return "line " + std::to_string(line) + " is in no chunk";
    begin = end + 1;
  }
  return {};
}

std::string complaint_about_lexing(std::string_view source, const Language& language) {
  std::string complaint;
  size_t at = 0;
  std::uint32_t line = 1;
  lex(source, language.lexicon, [&](const LexedSpan& span) {
    if (!complaint.empty()) return;
    const auto from = static_cast<size_t>(span.text.data() - source.data());
    if (span.text.empty() || from < at || from + span.text.size() > source.size()) {
      complaint = "a span of the lexer is out of place";
      return;
    }
    line += static_cast<std::uint32_t>(std::ranges::count(source.substr(at, from - at), '\n'));
    at = from + span.text.size();
    if (span.text.find('\n') != std::string_view::npos) complaint = "a span of the lexer crosses a line";
    else if (span.line != line) complaint = "a span of the lexer names the wrong line";
  });
  return complaint;
}

std::string complaint_about_source(std::string_view source, const Language& language, Chunker& chunker) {
  std::string repaired;
  if (!is_valid_utf8(source)) {
    repaired = repair_utf8(source);
    // Both ways: the store repairs what it reads, but nothing here may depend on that.
    if (auto complaint = complaint_about_lexing(source, language); !complaint.empty()) return complaint;
    if (auto complaint = complaint_about_spans(generic_chunks(source, language), source);
        !complaint.empty())
      return "generic: " + complaint;
    source = repaired;
  }
  if (auto complaint = complaint_about_lexing(source, language); !complaint.empty()) return complaint;
  if (auto complaint = complaint_about_spans(generic_chunks(source, language), source); !complaint.empty())
    return "generic: " + complaint;
  if (language.grammar == nullptr) return {};
  const Outline outline = chunker.outline(source, language);
  if (auto complaint = complaint_about_spans(outline.spans, source); !complaint.empty())
    return "grammar: " + complaint;
  return {};
}

std::string mutated(std::string_view source, std::uint64_t& state) {
  static constexpr std::array<std::string_view, 34> kHostile{
      "{", "}", "(", ")", "[", "]", "\"", "'", "`", "/*", "*/", "//", "#", "\\", "\n", "\r", "\r\n",
      "\xEF\xBB\xBF", "\xFF\xFE", "\xC3", "<<EOF", "\"\"\"", "R\"x(", "r#\"", "=begin", "--[[", "#if 0\n",
      "#else\n", "#endif\n", ";", "=>", "class A ", "def f", "end\n"};
  std::string out(source);
  const size_t changes = 1 + next(state) % 6;
  for (size_t i = 0; i < changes && !out.empty(); ++i) {
    const size_t at = next(state) % out.size();
    const size_t length = std::min<size_t>(next(state) % 24, out.size() - at);
    switch (next(state) % 6) {
      case 0: out[at] = static_cast<char>(next(state)); break;
      case 1: out.erase(at, length); break;
      case 2: out.insert(at, out.substr(next(state) % out.size(), length)); break;
      case 3: out += out.substr(0, std::min(out.size(), kLongestMutant - std::min(kLongestMutant, out.size()))); break;
      default: out.insert(at, kHostile[next(state) % kHostile.size()]); break;
    }
  }
  return out;
}

}  // namespace triage::retrieval
