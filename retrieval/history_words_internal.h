// What is kept of one commit: the words of its message and the paths that it touched.
//
// Depends on the commit alone, so views share it, keyed by commit id. What people and tools add to
// every message (signatures, "Merge branch …") is left out; the subject counts twice.
#pragma once

#include <string>
#include <vector>

#include "retrieval/repository.h"
#include "retrieval/tokens_internal.h"

namespace triage::retrieval {

struct CommitWords {
  std::string id;
  std::vector<Term> terms;  // sorted, repeated as they occur
  std::vector<std::string> paths;
};

// A commit that touches very many files keeps neither words nor paths: it says little about each.
CommitWords read_commit(CommitInfo commit);

}  // namespace triage::retrieval
