// WorkingTree: the files of a run's commit with one candidate's changes on top, in memory.
//
// Nothing is written anywhere: changes come out as edits that verify and policy judge. Reading sees
// the changes. Paths outside the tree can't be named. One thread at a time; the repository must
// outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/run.h"
#include "pipeline/verify/base_tree.h"
#include "retrieval/repository.h"

namespace triage::propose {

struct TextMatch {
  std::string path;
  std::uint32_t line = 0;
  std::string text;
};

class WorkingTree {
 public:
  static Result<WorkingTree> open(const retrieval::Repository& repository,
                                  const std::string& commit);

  // Errors: not_found, denied (no regular file), exhausted (over 4 MiB).
  Result<std::string> read(const std::string& path) const;
  // The entries of a folder ("" is the root), folders with a "/" at the end.
  std::vector<std::string> list(const std::string& folder) const;
  // Lines that hold `word` as a word of its own, in path order.
  std::vector<TextMatch> find_word(std::string_view word, size_t most) const;

  // An edit that does not apply changes nothing. Errors: invalid_input saying what was not found.
  Result<void> apply(const Edit& edit);
  // What differs from the commit: whole contents and removals, in path order.
  std::vector<Edit> edits() const;

 private:
  explicit WorkingTree(verify::BaseTree base, std::vector<std::string> paths)
      : base_(std::move(base)), paths_(std::move(paths)) {}
  std::vector<std::string> paths() const;

  verify::BaseTree base_;
  std::vector<std::string> paths_;  // of regular files, sorted
  std::map<std::string, std::optional<std::string>> changed_;  // nothing: removed
};

}  // namespace triage::propose
