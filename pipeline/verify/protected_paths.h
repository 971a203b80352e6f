// What a path says about a file: that it is test code, or that nobody but a person may change it.
//
// Data in tables, matched without regard to case and to letters that only look like others
// ("CODEОWNERS" with a Cyrillic O). Pure; linear in pattern times path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace triage::verify {

enum class Protection {
  none,
  manifest,   // what packages a project has: package.json, pyproject.toml …
  lock_file,  // and in which versions
  always,     // CI, owners, agents, builds, deployment, dot-files, what a test runner loads
};
Protection protection_of(std::string_view path);

// Is it protected in any way, or matched by one of the project's own globs?
bool is_protected_path(std::string_view path, const std::vector<std::string>& more_globs);

// Is it test code by its path: a tests folder, test_*.py, *_test.go, *.spec.ts …
bool is_test_path(std::string_view path);

// "*" and "?" within a path component, "**" across them; a pattern without "/" matches the last
// component anywhere, one that ends in "/" everything below. Case does not count.
bool matches_glob(std::string_view pattern, std::string_view path);

// The text as a reader may take it: letters that look like ASCII ones become those, signs that can't
// be seen and combining marks go. For comparing, never for showing.
std::string look_alike(std::string_view text);

}  // namespace triage::verify
