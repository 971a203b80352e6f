#include "retrieval/history_words_internal.h"

#include <algorithm>
#include <array>

#include "pipeline/base/utf8.h"

namespace triage::retrieval {

namespace {

constexpr size_t kLongestMessage = 4000;
constexpr size_t kMostPaths = 30;

// Lines that say who and how, not what.
bool is_ceremony(std::string_view line) {
  constexpr std::array<std::string_view, 6> kStarts = {
      "merge branch", "merge remote", "merge commit", "git-svn-id:", "change-id:", "conflicts:"};
  const std::string low = lower_ascii(line);
  if (std::ranges::any_of(kStarts, [&](auto start) { return low.starts_with(start); })) return true;
  const size_t by = low.find("-by:");  // Signed-off-by, Co-authored-by, Reviewed-by
  return by != std::string::npos && low.find(' ') > by;
}

// Of "Merge pull request #12 from ada/fix-totals" the branch's name remains.
std::string_view what_was_merged(std::string_view line) {
  if (!line.starts_with("Merge pull request ")) return line;
  const size_t slash = line.rfind('/');
  return slash == line.npos ? std::string_view() : line.substr(slash + 1);
}

}  // namespace

CommitWords read_commit(CommitInfo commit) {
  CommitWords words;
  words.id = std::move(commit.id);
  if (commit.paths.size() > kMostPaths) return words;
  const std::string_view message = truncate_utf8(commit.message, kLongestMessage);
  bool subject = true;
  for (size_t begin = 0; begin < message.size();) {
    const size_t end = std::min(message.find('\n', begin), message.size());
    const std::string_view line = message.substr(begin, end - begin);
    begin = end + 1;
    if (is_ceremony(line)) continue;
    const size_t before = words.terms.size();
    add_terms(what_was_merged(line), words.terms);
    if (!subject || words.terms.size() == before) continue;
    add_terms(what_was_merged(line), words.terms);
    subject = false;
  }
  std::ranges::sort(words.terms);
  words.paths = std::move(commit.paths);
  return words;
}

}  // namespace triage::retrieval
