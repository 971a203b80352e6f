// The policy gate: may these changes leave? Decided on the resulting tree beside the base, never on
// the text of a patch, so the verdict is the same however the tree came about.
//
// It asks verify's policy again and adds what concerns whoever runs the result: kinds and modes of
// every entry, names that collide, secrets, network hosts, minified code. A refusal is a line for
// people and quotes no secret. Pure but for reading the two trees. Errors: those of reading them.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"
#include "pipeline/base/result.h"
#include "pipeline/redact/redact.h"
#include "pipeline/verify/base_tree.h"

namespace triage::publish {

// One entry in which the trees differ.
struct TreeChange {
  const retrieval::TreeFile* base = nullptr;    // null: it is new
  const retrieval::TreeFile* result = nullptr;  // null: it is gone
  std::string path, before, after;              // contents of regular files
  bool is_test = false;
  bool unreadable = false;  // too large to be looked at
};
Result<std::vector<TreeChange>> changes_between(const verify::BaseTree& base,
                                                const verify::BaseTree& result);

// What is refused about the result; empty: it may leave.
Result<std::vector<std::string>> judge(const verify::BaseTree& base, const verify::BaseTree& result,
                                       const config::ProjectSettings& project,
                                       const redact::Redactor& redactor);

// The lines that are in `after` more often than in `before`, in order, each with its end.
std::string added_lines(std::string_view before, std::string_view after);

}  // namespace triage::publish
