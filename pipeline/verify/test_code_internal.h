// Test files read without a parser: code without comments, and the test functions in it.
//
// Light on languages: comments and strings are told apart by the file's family, a test function by
// the words it starts with, and its end by its indentation. Code that nobody formats so is seen as
// fewer functions, never as an error. Linear; private to this folder.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace triage::verify {

enum class Family { python, c_like, hash_comments, none };
Family family_of(std::string_view path);

// Same length and lines. Comments are blanks; so is what strings hold, unless they are to be kept.
enum class Strings { kept, blanked };
std::string code_only(std::string_view text, Family family, Strings strings);

// What its strings hold, as written, each once.
std::set<std::string> string_literals(std::string_view text, Family family);

struct TestFunction {
  std::string name;               // within its classes and groups: "CartTest.test_total"
  std::vector<std::string> lead;  // decorators, attributes and its first line, strings kept
  std::vector<std::string> body;  // its lines without comments, strings kept
  std::vector<std::string> bare;  // the same without what strings hold
};

std::vector<TestFunction> test_functions(std::string_view text, Family family);

// Statements that check something, each on one line with single blanks, however it was wrapped.
struct Assertion {
  std::string text;      // strings kept
  size_t depth = 0;      // of indentation within its function
  bool trivial = false;  // true whatever the code does: "assert True", "assertEqual(x, x)"
};
std::vector<Assertion> assertions_of(const TestFunction& function);

// A line of an existing test file that may check something and is gone or changed, or nothing. No list
// of checking words is complete: TAP's `is`, a table's row, a project's own macro. Imports, comments,
// preparations, heads of blocks and a plan's number may change.
std::string lost_line(std::string_view before, std::string_view after, Family family);

// Occurrences that start a word; a word that starts with a sign is found anywhere.
size_t count_words(std::string_view text, std::string_view word);
bool has_word(std::string_view text, std::string_view word);

std::string_view trim_blanks(std::string_view text);
std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace triage::verify
