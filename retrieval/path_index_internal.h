// The paths of one commit's indexed files: by name, by suffix, by module, by words.
//
// Depends on the list of paths alone, so commits that only change contents share one. Immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/languages_internal.h"
#include "retrieval/term_index_internal.h"

namespace triage::retrieval {

class PathIndex {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // In path order.
  explicit PathIndex(std::vector<std::string> paths);

  const std::vector<std::string>& paths() const { return paths_; }
  const std::string& path(std::uint32_t file) const { return paths_[file]; }

  // The file with exactly that path, or kNone.
  std::uint32_t find(std::string_view path) const;
  // The file with that path, or with the longest unique suffix in common; kNone where it is
  // unclear.
  std::uint32_t find_suffix(std::string_view path) const;
  // The file of a dotted module ("shop.pricing", "com.acme.Cart"), or kNone.
  std::uint32_t find_module(std::string_view dotted) const;
  // Files whose path holds a term: weight 1 in the file's own name, less in a directory's.
  std::span<const TermIndex::Posting> find_term(Term term) const { return terms_.find(term); }

 private:
  void add_terms_of(std::uint32_t file, const std::vector<Term>& of_directory,
                    std::vector<TermIndex::Entry>& entries) const;
  std::uint32_t unique_with_stem(std::string_view path) const;

  std::vector<std::string> paths_;
  TermIndex terms_;  // words of paths, whole names, names without extension
};

}  // namespace triage::retrieval
