#include "retrieval/history_internal.h"

#include <algorithm>

namespace triage::retrieval {

namespace {

constexpr size_t kFirstSlots = 1U << 12U;
constexpr std::uint32_t kMostCommits = (1U << 24U) - 1;  // what a posting can number

// Calls emit(term, count) for each term of a commit.
template <class Emit>
void each_term(const CommitWords& commit, const Emit& emit) {
  for (size_t i = 0; i < commit.terms.size();) {
    size_t end = i + 1;
    while (end < commit.terms.size() && commit.terms[end] == commit.terms[i]) ++end;
    emit(commit.terms[i], end - i);
    i = end;
  }
}

}  // namespace

History::History(const Commits& commits,
                 const std::function<std::uint32_t(std::string_view)>& file_of,
                 std::uint32_t files) {
  hold(commits, file_of);
  invert_files(files);
  invert_words();
}

void History::hold(const Commits& commits,
                   const std::function<std::uint32_t(std::string_view)>& file_of) {
  float words = 0;
  for (const auto& commit : commits) {
    if (commits_.size() == kMostCommits) break;
    for (const std::string& path : commit->paths) {
      if (const std::uint32_t file = file_of(path); file != kNone) files_.numbers.push_back(file);
    }
    if (files_.numbers.size() == files_.starts.back()) continue;
    files_.starts.push_back(static_cast<std::uint32_t>(files_.numbers.size()));
    commits_.push_back(commit);
    lengths_.push_back(static_cast<float>(commit->terms.size()));
    words += lengths_.back();
  }
  const float mean = words > 0 ? words / static_cast<float>(lengths_.size()) : 1;
  for (float& length : lengths_) length /= mean;
}

void History::invert_files(std::uint32_t files) {
  std::vector<std::uint32_t>& starts = commits_of_.starts;
  starts.assign(files + 1, 0);
  for (const std::uint32_t file : files_.numbers) ++starts[file + 1];
  for (std::uint32_t file = 0; file < files; ++file) starts[file + 1] += starts[file];
  commits_of_.numbers.resize(files_.numbers.size());
  std::vector<std::uint32_t> next(starts.begin(), starts.end() - 1);
  for (std::uint32_t commit = 0; commit < size(); ++commit) {
    for (const std::uint32_t file : files_.list(commit)) commits_of_.numbers[next[file]++] = commit;
  }
}

// Counts each term's commits, then gives each term its stretch of postings_ and fills it.
void History::invert_words() {
  slots_.assign(kFirstSlots, {});
  size_t total = 0;
  for (const auto& commit : commits_) {
    each_term(*commit, [&](Term term, size_t) {
      if (2 * used_ >= slots_.size()) grow();
      Slot& slot = slots_[slot_of(term)];
      if (slot.count++ == 0) {
        slot.term = term;
        ++used_;
      }
      ++total;
    });
  }
  std::uint32_t first = 0;
  for (Slot& slot : slots_) {
    slot.first = first;
    first += slot.count;
    slot.count = 0;
  }
  postings_.resize(total);
  for (std::uint32_t i = 0; i < size(); ++i) {
    each_term(*commits_[i], [&](Term term, size_t count) {
      Slot& slot = slots_[slot_of(term)];
      Posting& posting = postings_[slot.first + slot.count++];
      posting.commit = i & 0xFFFFFFU;
      posting.count = static_cast<std::uint32_t>(std::min<size_t>(count, 255)) & 0xFFU;
    });
  }
}

// Where the term is, or the free slot where it would be. Terms are hashes: their low bits spread.
size_t History::slot_of(Term term) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = term & mask;
  while (slots_[slot].term != 0 && slots_[slot].term != term) slot = (slot + 1) & mask;
  return slot;
}

void History::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.term != 0) slots_[slot_of(slot.term)] = slot;
  }
}

std::span<const History::Posting> History::find(Term term) const {
  if (slots_.empty()) return {};
  const Slot& slot = slots_[slot_of(term)];
  return std::span(postings_).subspan(slot.first, slot.count);
}

}  // namespace triage::retrieval
