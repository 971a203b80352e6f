// Checks what a text says about the code: every place it cites is looked up at the run's commit,
// and so is every line of code that it quotes beside one.
//
// Places are found in the forms of cited_places.h; paths of a deployment count by the longest part
// of them that is a file here. What is there stays; a path or line that can be put right is, and
// says so; what is not there is marked as such and counted. Reads each file once; never fails.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/propose/code_at_commit.h"
#include "pipeline/run.h"

namespace triage::propose {

inline constexpr std::string_view kNotInCode = " (not in the code)";

class CitationCheck {
 public:
  // `ticket`: its words may be quoted although they are no code. `code` must outlive the check.
  CitationCheck(const CodeAtCommit& code, std::string_view ticket);

  // Marks and corrects in `text`. Quoted code may be left unchecked: a description of a change
  // quotes what is not there yet.
  enum class Quotes { check, leave };
  void check(std::string& text, Quotes quotes = Quotes::check);

  // A place given as path and lines: puts path, commit and text right. False, and counted, where it
  // is not there.
  bool check(Evidence& place);

  const std::vector<Evidence>& found() const { return found_; }         // each place once
  const std::vector<std::string>& missing() const { return missing_; }  // as written, each once

 private:
  struct File {
    std::string path;  // in the repository; empty: no such file
    std::string content;
    std::vector<std::string_view> lines;
  };
  struct Place;
  struct Quote;
  class Patches;

  const File& file(const std::string& cited);
  std::string resolved(const std::string& cited) const;
  void remember(const File& file, std::uint32_t start, std::uint32_t end);
  void miss(std::string_view what);
  std::vector<Place> places_in(std::string_view line);
  void check_quotes(std::string_view line, std::vector<Place>& places, std::vector<Quote>& quotes);
  std::vector<Quote> quotes_in(std::string_view line, const std::vector<Place>& places);
  void judge(const Place& place, std::string_view line, Patches& patches);
  std::string checked_line(std::string_view line, Quotes quotes);
  // The file that a fence is about, by its info or the line above; null: none.
  const File* file_of_block(std::string_view info, std::string_view above);
  std::string checked_block(const std::vector<std::string_view>& block, const File& file);

  const CodeAtCommit& code_;
  std::string ticket_;  // folded
  std::set<std::string, std::less<>> paths_;
  std::map<std::string, File> files_;  // by the path as cited
  size_t looked_up_ = 0;
  std::vector<Evidence> found_;
  std::vector<std::string> missing_;
};

// Lower case, white space as one blank, typographic quotes and dashes as plain ones: how a quote is
// compared with what it quotes.
std::string folded(std::string_view text);

}  // namespace triage::propose
