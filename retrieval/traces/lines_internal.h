// The lines of a text as the trace formats want them: without what logs, terminals, mails and
// helpdesks put around them (time stamps, containers' names, quote marks, HTML and JSON escapes),
// and broken again where a log wrote a whole trace on one line.
// Built in one pass; keeps views into the text, which must outlive it, and what had to be
// rewritten.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace triage::retrieval::traces {

struct Line {
  std::string_view text;     // trimmed
  std::uint32_t indent = 0;  // columns before it, a tab as eight
};

class Lines {
 public:
  explicit Lines(std::string_view text);

  size_t size() const { return lines_.size(); }
  // Behind the last line there are empty ones.
  const Line& operator[](size_t i) const {
    ++steps_;
    return i < lines_.size() ? lines_[i] : none_;
  }
  // How often a line was looked at: what "linear" is tested by.
  size_t steps() const { return steps_; }

 private:
  void add(std::string_view line);

  std::vector<Line> lines_;
  std::deque<std::string> rewritten_;
  Line none_;
  bool blank_ = false;
  mutable size_t steps_ = 0;
};

// The length of the log prefix of a line: "2024-05-01 12:00:00,123 ERROR [main] ", "web_1  | ".
size_t prefix_length(std::string_view line);

}  // namespace triage::retrieval::traces
