#include "retrieval/languages_internal.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "pipeline/base/ascii.h"

extern "C" {
const TSLanguage* tree_sitter_bash();
const TSLanguage* tree_sitter_c();
const TSLanguage* tree_sitter_c_sharp();
const TSLanguage* tree_sitter_cpp();
const TSLanguage* tree_sitter_go();
const TSLanguage* tree_sitter_java();
const TSLanguage* tree_sitter_javascript();
const TSLanguage* tree_sitter_kotlin();
const TSLanguage* tree_sitter_lua();
const TSLanguage* tree_sitter_php();
const TSLanguage* tree_sitter_python();
const TSLanguage* tree_sitter_ruby();
const TSLanguage* tree_sitter_rust();
const TSLanguage* tree_sitter_scala();
const TSLanguage* tree_sitter_swift();
const TSLanguage* tree_sitter_tsx();
const TSLanguage* tree_sitter_typescript();
}

namespace triage::retrieval {

namespace {

constexpr Lexicon kC{"//", "/*", "*/", "\"", false, kCharLiterals};
constexpr Lexicon kCpp{"//", "/*", "*/", "\"", false, kCharLiterals | kRawParens};
constexpr Lexicon kCSharp{"//", "/*", "*/", "\"", true, kCharLiterals | kVerbatim | kTripleIsText};
constexpr Lexicon kGo{"//", "/*", "*/", "\"`", false, kCharLiterals | kRawBackticks};
constexpr Lexicon kRust{"//", "/*", "*/", "\"", false,
                        kCharLiterals | kRawHashes | kNestedComments | kLongStrings};
constexpr Lexicon kScript{"//", "/*", "*/", "\"'`", false, kRegexLiterals};
constexpr Lexicon kPython{"#", "", "", "\"'", true};
constexpr Lexicon kHash{"#", "", "", "\"'", false, kSpacedComments};
constexpr Lexicon kShell{"#", "", "", "\"'", false,
                         kSpacedComments | kHeredocs | kLongStrings | kRawApostrophes};
constexpr Lexicon kRuby{"#", "", "", "\"'", false, kHeredocs | kLongStrings | kPodBlocks | kSpacedComments};
constexpr Lexicon kPerl{"#", "", "", "\"'", false, kSpacedComments | kHeredocs | kPodBlocks};
constexpr Lexicon kPhp{"// #", "/*", "*/", "\"'", false, kHeredocs | kLongStrings | kHashAttributes};
constexpr Lexicon kLua{"--", "", "", "\"'", false, kLongBrackets};
constexpr Lexicon kTriple{"//", "/*", "*/", "\"", true, kCharLiterals | kTripleIsText};
constexpr Lexicon kNested{"//", "/*", "*/", "\"", true,
                          kCharLiterals | kTripleIsText | kNestedComments};
constexpr Lexicon kBothQuotes{"//", "/*", "*/", "\"'", true, kTripleIsText};
constexpr Lexicon kElixir{"#", "", "", "\"", true};
constexpr Lexicon kSql{"--", "/*", "*/", "\"'", false};
constexpr Lexicon kMarkup{"", "<!--", "-->", "\"", false};
constexpr Lexicon kHaskell{"--", "{-", "-}", "\"", false, kCharLiterals | kNestedComments};
constexpr Lexicon kMl{"", "(*", "*)", "\"", false, kCharLiterals | kNestedComments};
constexpr Lexicon kLisp{";", "#|", "|#", "\"", false, kLongStrings};
constexpr Lexicon kPercent{"%", "", "", "\"", false};
constexpr Lexicon kProse{"", "", "", "", false};

constexpr std::uint16_t kCFamily = kPreprocessor | kFileFunctions | kMemberFunctions;
constexpr std::uint16_t kLineFamily = kEndsWithLine | kDeclared | kExpressionBody;
constexpr std::uint16_t kScriptFamily = kEndsWithLine | kMemberFunctions | kObjectMembers | kAssigned;
constexpr std::string_view kTypes =
    "class:class interface:interface enum:enum struct:struct namespace:module record:class";

constexpr Shape kCShape{Structure::braces, "struct:struct union:struct enum:enum", kCFamily, "include"};
constexpr Shape kCppShape{Structure::braces,
                          "class:class struct:struct union:struct enum:enum namespace:module "
                          "using:type concept:type",
                          kCFamily, "include import"};
constexpr Shape kScriptShape{Structure::braces, "function:function class:class", kScriptFamily, "import require"};
constexpr Shape kTypedScriptShape{
    Structure::braces,
    "function:function class:class interface:interface enum:enum namespace:module module:module "
    "type:type",
    kScriptFamily, "import require"};

constexpr std::array kLanguages = {
    Language{"bash", "sh bash zsh", tree_sitter_bash, "bash", ".", kShell,
             {Structure::braces, "function:function", kEndsWithLine | kFileFunctions, "source ."}},
    Language{"c", "c", tree_sitter_c, "c", ".", kC, kCShape},
    // A header is C or C++; the C++ grammar reads both.
    Language{"c++", "cc cpp cxx c++ h hh hpp hxx h++ ipp inl tcc cu cuh", tree_sitter_cpp, "cpp",
             "::", kCpp, kCppShape},
    Language{"c#", "cs", tree_sitter_c_sharp, "c_sharp", ".", kCSharp,
             {Structure::braces, kTypes, kMemberFunctions | kDeclared | kProperties, "using"}},
    Language{"go", "go", tree_sitter_go, "go", ".", kGo,
             {Structure::braces, "func:function type:type struct:struct interface:interface",
              kEndsWithLine, "import"}},
    Language{"java", "java", tree_sitter_java, "java", ".", kTriple,
             {Structure::braces, "class:class interface:interface enum:enum record:class",
              kMemberFunctions | kObjectMembers | kDeclared, "import"}},
    Language{"javascript", "js jsx mjs cjs", tree_sitter_javascript, "javascript", ".", kScript,
             kScriptShape},
    Language{"kotlin", "kt kts", tree_sitter_kotlin, "kotlin", ".", kNested,
             {Structure::braces, "fun:function class:class interface:interface object:class",
              kLineFamily, "import"}},
    Language{"lua", "lua", tree_sitter_lua, "lua", ".", kLua,
             {Structure::ends, "function:function", kAssigned, "require"}},
    Language{"php", "php phtml", tree_sitter_php, "php", "::", kPhp,
             {Structure::braces,
              "function:function class:class interface:interface trait:class enum:enum "
              "namespace:module",
              kDeclared, "use require require_once include include_once"}},
    Language{"python", "py pyi pyx pxd", tree_sitter_python, "python", ".", kPython,
             {Structure::indent, "def:function class:class", 0, "import from cimport"}},
    Language{"ruby", "rb rake gemspec rakefile gemfile ru", tree_sitter_ruby, "ruby", "::", kRuby,
             {Structure::ends, "def:method class:class module:module", 0,
              "require require_relative load"}},
    Language{"rust", "rs", tree_sitter_rust, "rust", "::", kRust,
             {Structure::braces,
              "fn:function struct:struct union:struct enum:enum trait:interface impl:scope "
              "mod:module macro_rules:macro",
              kDeclared, "use extern"}},
    Language{"scala", "scala sc", tree_sitter_scala, "scala", ".", kNested,
             {Structure::braces,
              "class:class object:class trait:interface enum:enum def:function",
              kLineFamily, "import"}},
    Language{"swift", "swift", tree_sitter_swift, "swift", ".", kNested,
             {Structure::braces,
              "func:function class:class struct:class enum:class protocol:interface "
              "extension:class actor:class init:method",
              kLineFamily, "import"}},
    Language{"tsx", "tsx", tree_sitter_tsx, "typescript", ".", kScript, kTypedScriptShape},
    Language{"typescript", "ts mts cts", tree_sitter_typescript, "typescript", ".", kScript,
             kTypedScriptShape},
    Language{"dart", "dart", nullptr, "", ".", kBothQuotes,
             {Structure::braces, "class:class mixin:class extension:class enum:enum",
              kFileFunctions | kMemberFunctions, "import export part"}},
    Language{"groovy", "groovy gradle jenkinsfile", nullptr, "", ".", kBothQuotes,
             {Structure::braces, "class:class interface:interface trait:class enum:enum",
              kEndsWithLine | kFileFunctions | kMemberFunctions, "import"}},
    Language{"d", "d vala", nullptr, "", ".", kC,
             {Structure::braces, "class:class struct:struct interface:interface enum:enum union:struct",
              kFileFunctions | kMemberFunctions, "import using"}},
    Language{"objective-c", "m mm", nullptr, "", ".", kC, kCppShape},
    Language{"zig", "zig", nullptr, "", ".", kC,
             {Structure::braces, "fn:function struct:struct enum:enum union:struct", kAssigned, ""}},
    Language{"proto", "proto thrift graphql", nullptr, "", ".", kC,
             {Structure::braces,
              "message:struct enum:enum service:interface struct:struct type:struct input:struct "
              "interface:interface",
              0, "import"}},
    Language{"solidity", "sol", nullptr, "", ".", kBothQuotes,
             {Structure::braces,
              "contract:class interface:interface library:class function:function modifier:function "
              "struct:struct enum:enum constructor:method",
              kDeclared, "import"}},
    Language{"perl", "pl pm t", nullptr, "", "::", kPerl,
             {Structure::braces, "sub:function package:module", 0, "use require"}},
    Language{"r", "r", nullptr, "", ".", kHash,
             {Structure::braces, "function:function", kEndsWithLine | kAssigned, ""}},
    Language{"elixir", "ex exs", nullptr, "", ".", kElixir,
             {Structure::ends,
              "defmodule:module def:function defp:function defmacro:macro defprotocol:interface "
              "defimpl:module",
              0, "import alias use require"}},
    Language{"julia", "jl", nullptr, "", ".", kElixir,
             {Structure::ends, "function:function macro:macro struct:struct module:module", 0,
              "using import include"}},
    Language{"crystal", "cr", nullptr, "", "::", kHash,
             {Structure::ends, "def:method class:class module:module struct:struct macro:macro", 0,
              "require"}},
    Language{"nim", "nim gd", nullptr, "", ".", kPython,
             {Structure::indent, "proc:function func:function template:macro class:class", 0,
              "import from"}},
    Language{"haskell", "hs elm", nullptr, "", ".", kHaskell, {}},
    Language{"ocaml", "ml mli fs fsx", nullptr, "", ".", kMl, {}},
    Language{"lisp", "clj cljs el lisp scm rkt", nullptr, "", ".", kLisp, {}},
    Language{"erlang", "erl hrl tex", nullptr, "", ".", kPercent, {}},
    Language{"sql", "sql", nullptr, "", ".", kSql,
             {Structure::sections,
              "function:function procedure:function trigger:function table:struct view:struct "
              "type:type",
              0, ""}},
    Language{"markup", "html htm xml vue svelte xhtml jinja j2 erb", nullptr, "", ".", kMarkup, {}},
    Language{"yaml", "yml yaml", nullptr, "", ".", kHash, {Structure::indent, "", 0, ""}},
    Language{"settings", "toml ini cfg conf properties", nullptr, "", ".", kHash,
             {Structure::sections, "", 0, ""}},
    Language{"build", "cmake mk dockerfile makefile", nullptr, "", ".", kHash, {}},
    Language{"text", "txt", nullptr, "", ".", kProse, {}},
};

constexpr std::string_view kEmbedded[][2] = {
#include "queries.inc"
};

// Calls f(word) for each word of a list separated by spaces, until it answers true.
template <class F>
bool any_word(std::string_view list, F f) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(' '), list.size());
    if (f(list.substr(0, end))) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

using ByExtension = std::unordered_map<std::string_view, const Language*>;

const ByExtension& by_extension() {
  static const ByExtension map = [] {
    ByExtension made;
    for (const Language& language : kLanguages) {
      any_word(language.extensions, [&](std::string_view extension) {
        made.emplace(extension, &language);
        return false;
      });
    }
    return made;
  }();
  return map;
}

// Rows are tried from the top: a test inside a vendored directory is vendored. Directories match
// whole path components, starts and ends the file name; all in lower case.
struct RoleRow {
  Role role;
  std::string_view directories, starts, ends;
};
constexpr std::array kRoles = {
    RoleRow{Role::vendored,
            "vendor vendors vendored third_party third-party thirdparty 3rdparty 3rd-party 3rd_party "
            "node_modules bower_components site-packages external extern externals deps _vendor "
            "contrib-vendor godeps pods carthage .yarn _vendored_packages jspm_packages "
            "font-awesome mathjax ckeditor tiny_mce tinymce ace-builds extjs",
            "jquery bootstrap. bootstrap- underscore. modernizr angular.js angular. html5shiv "
            "normalize.css font-awesome. fontello d3.v prototype.js mootools knockout- gradlew "
            "require.js config.guess config.sub aclocal.m4 libtool.m4 ltmain.sh ltoptions.m4 "
            "ltsugar.m4 ltversion.m4 install-sh cpplint.py erlang.mk ppport.h",
            "-vsdoc.js .intellisense.js"},
    RoleRow{Role::generated,
            "dist generated __generated__ .next .nuxt .idea __pycache__ htmlcov .tox .gradle "
            "generated-sources autogen",
            ".pnp.",
            ".min.js .min.css -min.js -min.css .pb.go .pb.gw.go .pb.cc .pb.h .pb.swift _pb2.py "
            "_pb2_grpc.py _pb.rb _pb.js _grpc_pb.js .grpc.pb.cc .grpc.pb.h .pbobjc.m .pbobjc.h "
            ".g.dart .freezed.dart .generated.cs .g.cs .designer.cs .designer.vb .feature.cs "
            ".bundle.js .chunk.js -lock.json -lock.yaml npm-shrinkwrap.json go.sum .lock .snap .map "
            ".zep.c .zep.h _generated.go zz_generated.deepcopy.go .gen.go .gen.ts .generated.ts "
            ".generated.js .xcworkspacedata .nib"},
    RoleRow{Role::test,
            "test tests testing __tests__ spec specs e2e testdata fixtures test-suite unittests "
            "__mocks__ mocks fuzzing",
            "test_ conftest.",
            "_test.go _test.py _test.cc _test.cpp _test.dart _test.rb _spec.rb _tests.py tests.py "
            ".test.js .test.ts .test.jsx .test.tsx .spec.js .spec.ts .spec.tsx .test.mjs test.java "
            "tests.java test.kt tests.cs test.cs test.php test.scala tests.swift test.cc test.cpp "
            "_test.exs _spec.lua _test.rs"},
    RoleRow{Role::documentation, "doc docs documentation changelogs website man manpages javadoc apidoc groupdocs .github",
            "readme changelog changes. history. news. contributing license licence authors copying "
            "code_of_conduct security.md",
            ".md .rst .adoc .markdown .mdx .txt"},
    RoleRow{Role::example,
            "example examples sample samples demo demos tutorial tutorials benchmark benchmarks "
            "bench perf quickstart",
            "", ""},
};

bool matches(const RoleRow& row, std::string_view path, std::string_view name) {
  std::string_view directories = path.substr(0, path.size() - name.size());
  while (!directories.empty()) {
    const size_t end = directories.find('/');
    const std::string_view part = directories.substr(0, end);
    if (any_word(row.directories, [&](auto word) { return word == part; })) return true;
    directories.remove_prefix(end + 1);
  }
  return any_word(row.starts, [&](auto word) { return name.starts_with(word); }) ||
         any_word(row.ends, [&](auto word) { return name.ends_with(word); });
}

}  // namespace

std::span<const Language> languages() { return kLanguages; }

std::string_view file_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

const Language& language_of(std::string_view path) {
  const std::string name = lower_ascii(file_name(path));
  const size_t dot = name.rfind('.');
  const std::string_view extension =
      dot == std::string::npos ? std::string_view(name) : std::string_view(name).substr(dot + 1);
  const auto found = by_extension().find(extension);
  return found == by_extension().end() ? kLanguages.back() : *found->second;
}

std::string_view query_text(std::string_view name) {
  for (const auto& [query, text] : kEmbedded) {
    if (query == name) return text;
  }
  return {};
}

Role role_of(std::string_view path) {
  const std::string low = lower_ascii(path);
  const std::string_view name = file_name(low);
  for (const RoleRow& row : kRoles) {
    if (matches(row, low, name)) return row.role;
  }
  // What no language claims is prose or data: LICENSE, CHANGES, translations.
  return language_of(path).name == "text" ? Role::documentation : Role::source;
}

double role_weight(Role role) {
  switch (role) {
    case Role::source: return 1.0;
    case Role::test:
    case Role::documentation:
    case Role::example:
    case Role::vendored: return 0.3;
    case Role::generated: return 0.1;
  }
  return 1.0;
}

}  // namespace triage::retrieval
