// What is known about languages and paths: one table each, in languages.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

struct TSLanguage;

namespace triage::retrieval {

// What strings and comments of a language can do beyond the table of Lexicon.
enum LexicalFeature : std::uint16_t {
  kCharLiterals = 1U << 0U,     // 'a' is a character, any other ' is none (lifetimes, digit groups)
  kRegexLiterals = 1U << 1U,    // /…/ where a value may begin
  kRawParens = 1U << 2U,        // C++ R"x(…)x"
  kRawHashes = 1U << 3U,        // Rust r#"…"#
  kHeredocs = 1U << 4U,         // <<EOF to a line EOF
  kLongStrings = 1U << 5U,      // quotes may span lines
  kNestedComments = 1U << 6U,   // block comments nest
  kSpacedComments = 1U << 7U,   // a line comment opens a word: $# and a#b are none
  kRawBackticks = 1U << 8U,     // no escapes within `…`
  kRawApostrophes = 1U << 9U,   // no escapes within '…'
  kLongBrackets = 1U << 10U,    // Lua [==[…]==], as string and after -- as comment
  kVerbatim = 1U << 11U,        // C# @"…" without escapes, "" for a quote, over lines
  kHashAttributes = 1U << 12U,  // #[…] is an attribute, not a comment
  kTripleIsText = 1U << 13U,    // what triple quotes hold is a string rather than documentation
  kPodBlocks = 1U << 14U,       // Perl =word … =cut and Ruby =begin … =end, at a line's start
};

// How comments and strings look, for the lexer; closers follow from openers.
struct Lexicon {
  std::string_view line_comments;   // separated by spaces: "// #"
  std::string_view block_open;      // "/*", or empty
  std::string_view block_close;     // "*/"
  std::string_view quotes;          // characters that open and close a string
  bool triple_quotes = false;       // """ and ''' open strings that span lines
  std::uint16_t features = 0;       // of LexicalFeature
};

// How a language marks where a definition ends, for the chunker that works without a grammar.
enum class Structure : std::uint8_t {
  none,      // blank lines and indentation only
  braces,    // { … }
  indent,    // deeper lines belong to the line above
  ends,      // a line "end" at the indentation of its opener
  sections,  // from a line at the margin to the next one
};

enum ShapeFeature : std::uint16_t {
  kEndsWithLine = 1U << 0U,      // a statement needs no semicolon
  kPreprocessor = 1U << 1U,      // lines that begin with # are directives
  kFileFunctions = 1U << 2U,     // "name(…) {" outside of everything is a function
  kMemberFunctions = 1U << 3U,   // "name(…) {" within a class is one
  kObjectMembers = 1U << 4U,     // "name(…) {" within a literal or an anonymous class is one
  kAssigned = 1U << 5U,          // "name = function", "name = (…) =>", "name: function", "name = class"
  kDeclared = 1U << 6U,          // a definition needs no body: abstract methods, "struct A;"
  kProperties = 1U << 7U,        // "Type Name {" within a class is a property
  kExpressionBody = 1U << 8U,    // "fun f() = …", "int F() => …;"
};

// What the chunker without a grammar knows of a language.
struct Shape {
  Structure structure = Structure::none;
  std::string_view words;      // "fn:function struct:struct": what opens a definition, and its kind
  std::uint16_t features = 0;  // of ShapeFeature
  std::string_view imports;    // words that open a line naming a module: "import from"
};

struct Language {
  std::string_view name;
  std::string_view extensions;      // separated by spaces, without dots
  const TSLanguage* (*grammar)();   // null: chunked by its shape
  std::string_view query;           // queries/<query>.scm
  std::string_view separator;       // between the parts of a qualified name
  Lexicon lexicon;
  Shape shape;
};

std::span<const Language> languages();

// By extension or, for a few, by file name; a plain-text language where nothing is known.
const Language& language_of(std::string_view path);

// The text of queries/<name>.scm; empty when there is none.
std::string_view query_text(std::string_view name);

// What a file is there for, judged by its path alone.
enum class Role : std::uint8_t { source, test, documentation, example, vendored, generated };
Role role_of(std::string_view path);

// How much a hit in a file of that role counts.
double role_weight(Role role);

std::string_view file_name(std::string_view path);

}  // namespace triage::retrieval
