// A base commit out of thin air, for tests of what compares with one.
#pragma once

#include <map>
#include <string>

#include "pipeline/verify/base_tree.h"

namespace triage::verify {

struct TreeEntry {
  std::string content;
  retrieval::TreeFile::Kind kind = retrieval::TreeFile::Kind::regular;
};

inline BaseTree tree_of(std::map<std::string, TreeEntry> entries) {
  std::vector<retrieval::TreeFile> files;
  for (const auto& [path, entry] : entries) files.push_back({path, path, entry.kind});
  return BaseTree(std::move(files), [entries](const retrieval::TreeFile& file) -> Result<std::string> {
    return entries.at(file.path).content;
  });
}

}  // namespace triage::verify
