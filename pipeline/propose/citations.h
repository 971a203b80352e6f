// Checks what a text says about the code: every `path:line` in it is looked up at the run's commit.
#pragma once

#include <string>
#include <vector>

#include "pipeline/propose/code_at_commit.h"
#include "pipeline/run.h"

namespace triage::propose {

struct Citations {
  std::vector<Evidence> found;       // with the cited line's text
  std::vector<std::string> missing;  // "shop/cart.py:999", as written
};

Citations check_citations(std::string_view text, const CodeAtCommit& code);

// Marks each of `missing` in the text as not in the code.
void strike(std::string& text, const std::vector<std::string>& missing);

}  // namespace triage::propose
