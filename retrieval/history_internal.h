// The history of one view: commits as documents, found by the words of their messages, with the
// files they touched, and for every file the commits that touched it.
//
// Only commits that touched a file the view still has are held, the newest first. Built in one pass
// without sorting words (30 ms for 10,000 commits); immutable, safe to read from several threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "retrieval/history_words_internal.h"

namespace triage::retrieval {

// Lists of numbers end to end; list i begins where list i - 1 ends.
struct NumberLists {
  std::vector<std::uint32_t> starts = {0}, numbers;
  std::span<const std::uint32_t> list(std::uint32_t i) const {
    return std::span(numbers).subspan(starts[i], starts[i + 1] - starts[i]);
  }
};

class History {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Posting {
    std::uint32_t commit : 24;
    std::uint32_t count : 8;
  };
  using Commits = std::vector<std::shared_ptr<const CommitWords>>;

  History() = default;
  // Commits newest first; file_of tells the number of a path below `files`, or kNone.
  History(const Commits& commits, const std::function<std::uint32_t(std::string_view)>& file_of,
          std::uint32_t files);

  std::uint32_t size() const { return static_cast<std::uint32_t>(commits_.size()); }
  std::string_view id(std::uint32_t commit) const { return commits_[commit]->id; }
  std::span<const std::uint32_t> files(std::uint32_t commit) const { return files_.list(commit); }
  // Words of each message as a multiple of the mean.
  std::span<const float> lengths() const { return lengths_; }
  // The newest first.
  std::span<const std::uint32_t> commits_of(std::uint32_t file) const {
    return commits_of_.list(file);
  }
  // Commits whose message holds a term, the newest first.
  std::span<const Posting> find(Term term) const;

 private:
  struct Slot {
    Term term = 0;  // 0: free
    std::uint32_t first = 0, count = 0;  // of postings_
  };
  void hold(const Commits& commits, const std::function<std::uint32_t(std::string_view)>& file_of);
  void invert_files(std::uint32_t files);
  void invert_words();
  size_t slot_of(Term term) const;
  void grow();

  Commits commits_;
  NumberLists files_, commits_of_;
  std::vector<Slot> slots_;  // open addressing; a power of two
  size_t used_ = 0;
  std::vector<Posting> postings_;
  std::vector<float> lengths_;
};

}  // namespace triage::retrieval
