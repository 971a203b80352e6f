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
#include "pipeline/verify/protected_paths.h"

namespace triage::verify {

// What policy refuses about these changes; empty: nothing. Errors: those of reading the base.
Result<std::vector<std::string>> check_policy(const BaseTree& base,
                                              const std::vector<FileChange>& changes,
                                              const config::ProjectSettings& project);

}  // namespace triage::verify
