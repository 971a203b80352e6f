#include "retrieval/languages_internal.h"

#include <array>
#include <string>
#include <unordered_map>

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

constexpr Lexicon kCurly{"//", "/*", "*/", "\"", false};
constexpr Lexicon kScript{"//", "/*", "*/", "\"'`", false};
constexpr Lexicon kPython{"#", "", "", "\"'", true};
constexpr Lexicon kHash{"#", "", "", "\"'", false};
constexpr Lexicon kPhp{"// #", "/*", "*/", "\"'", false};
constexpr Lexicon kLua{"--", "--[[", "]]", "\"'", false};
constexpr Lexicon kTriple{"//", "/*", "*/", "\"", true};
constexpr Lexicon kSql{"--", "/*", "*/", "\"'", false};
constexpr Lexicon kMarkup{"", "<!--", "-->", "\"", false};
constexpr Lexicon kProse{"", "", "", "", false};

constexpr std::array kLanguages = {
    Language{"bash", "sh bash zsh", tree_sitter_bash, "bash", ".", kHash},
    Language{"c", "c", tree_sitter_c, "c", ".", kCurly},
    // A header is C or C++; the C++ grammar reads both.
    Language{"c++", "cc cpp cxx c++ h hh hpp hxx h++ ipp inl tcc cu cuh", tree_sitter_cpp, "cpp",
             "::", kCurly},
    Language{"c#", "cs", tree_sitter_c_sharp, "c_sharp", ".", kCurly},
    Language{"go", "go", tree_sitter_go, "go", ".", Lexicon{"//", "/*", "*/", "\"`", false}},
    Language{"java", "java", tree_sitter_java, "java", ".", kTriple},
    Language{"javascript", "js jsx mjs cjs", tree_sitter_javascript, "javascript", ".", kScript},
    Language{"kotlin", "kt kts", tree_sitter_kotlin, "kotlin", ".", kTriple},
    Language{"lua", "lua", tree_sitter_lua, "lua", ".", kLua},
    Language{"php", "php phtml", tree_sitter_php, "php", "::", kPhp},
    Language{"python", "py pyi pyx pxd", tree_sitter_python, "python", ".", kPython},
    Language{"ruby", "rb rake gemspec", tree_sitter_ruby, "ruby", "::", kHash},
    Language{"rust", "rs", tree_sitter_rust, "rust", "::", kCurly},
    Language{"scala", "scala sc", tree_sitter_scala, "scala", ".", kTriple},
    Language{"swift", "swift", tree_sitter_swift, "swift", ".", kTriple},
    Language{"tsx", "tsx", tree_sitter_tsx, "typescript", ".", kScript},
    Language{"typescript", "ts mts cts", tree_sitter_typescript, "typescript", ".", kScript},
    Language{"sql", "sql", nullptr, "", ".", kSql},
    Language{"markup", "html htm xml vue svelte xhtml jinja j2 erb", nullptr, "", ".", kMarkup},
    Language{"settings", "yml yaml toml ini cfg conf properties cmake mk dockerfile", nullptr, "",
             ".", kHash},
    Language{"dart", "dart groovy gradle proto zig d m mm vala hs ml ex exs erl clj pl pm r jl",
             nullptr, "", ".", kScript},
    Language{"text", "txt", nullptr, "", ".", kProse},
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

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

// Rows are tried from the top: a test inside a vendored directory is vendored. Directories match
// whole path components, starts and ends the file name; all in lower case.
struct RoleRow {
  Role role;
  std::string_view directories, starts, ends;
};
constexpr std::array kRoles = {
    RoleRow{Role::vendored,
            "vendor vendored third_party third-party thirdparty node_modules bower_components "
            "site-packages external extern deps _vendor contrib-vendor",
            "jquery bootstrap. underscore.", ""},
    RoleRow{Role::generated, "dist generated __generated__ .next",
            "",
            ".min.js .min.css .pb.go .pb.cc .pb.h _pb2.py _pb2_grpc.py .g.dart .generated.cs "
            ".designer.cs .bundle.js -lock.json .lock .snap .map"},
    RoleRow{Role::test,
            "test tests testing __tests__ spec specs e2e testdata fixtures test-suite unittests "
            "__mocks__ mocks fuzzing",
            "test_ conftest.",
            "_test.go _test.py _test.cc _test.cpp _test.dart _test.rb _spec.rb _tests.py tests.py "
            ".test.js .test.ts .test.jsx .test.tsx .spec.js .spec.ts .spec.tsx .test.mjs test.java "
            "tests.java test.kt tests.cs test.cs test.php test.scala tests.swift test.cc test.cpp "
            "_test.exs _spec.lua _test.rs"},
    RoleRow{Role::documentation, "doc docs documentation changelogs website man",
            "readme changelog changes. history. news. contributing license authors",
            ".md .rst .adoc .markdown .mdx .txt"},
    RoleRow{Role::example,
            "example examples sample samples demo demos tutorial tutorials benchmark benchmarks "
            "bench",
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
  const std::string name = lower(file_name(path));
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
  const std::string low = lower(path);
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
