// Finds a script in a ticket that can be run against the project: a code block, a pasted session
// ("$ python …", ">>> …") or a script attached to it.
//
// Only scripts that speak of the project's own modules or files count: anything else would say
// nothing about its code. Verify runs it in the sandbox; nothing is run here. Python first, then
// shell, then JavaScript.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/propose/code_at_commit.h"
#include "pipeline/run.h"

namespace triage::propose {

std::optional<Reproduction> find_reproduction(const Run& run, const CodeAtCommit& code);

// Where the repository would keep a test for the ticket, after the tests that it has.
std::string test_path_for(std::string_view language, std::string_view ticket_id,
                          const std::vector<std::string>& paths);

}  // namespace triage::propose
