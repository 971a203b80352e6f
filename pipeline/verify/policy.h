// Which changes to files may ever be published: decided on the resulting files, never on the text
// of a patch or on what a model says about it.
//
// A row in policy.cpp for each check; a violation is one line for people ("ci.yml: …"). Nothing here
// runs code or reads outside the base commit. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "pipeline/base/effect.h"
#include "pipeline/base/result.h"
#include "pipeline/verify/base_tree.h"

namespace triage::verify {

// What policy refuses about these changes; empty: nothing. Errors: those of reading the base.
Result<std::vector<std::string>> check_policy(const BaseTree& base,
                                              const std::vector<FileChange>& changes,
                                              const config::ProjectSettings& project);

// Is it test code by its path: a tests folder, test_*.py, *_test.go, *.spec.ts …
bool is_test_path(std::string_view path);

// May nobody but a person change it: CI, owners, agent files, manifests, build files, dot-files.
bool is_protected_path(std::string_view path, const std::vector<std::string>& more_globs);

// "*" and "?" within a path component, "**" across them; a pattern without "/" matches the last
// component anywhere, one that ends in "/" everything below. Case does not count.
bool matches_glob(std::string_view pattern, std::string_view path);

}  // namespace triage::verify
