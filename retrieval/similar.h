// How alike tickets are: an earlier ticket's chance of being about the same thing, and why.
//
// Looks at words, at names from code and their parts, at pairs of neighbouring words, and counts what
// stands in both subjects more; what few of the given tickets hold says more than what all do. Works
// on redacted text; placeholders such as <EMAIL_1> are no words, they would make strangers alike.
// Linear in the text given; never fails.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace triage::retrieval {

struct EarlierTicket {
  std::string_view subject;
  std::string_view text;  // all of it; whether it begins with the subject again does not matter
};

struct Likeness {
  size_t index = 0;  // in what was given
  double score = 0;  // 0…1: 1 for the same text; marked duplicates score 0.3 in the median
  std::vector<std::string> why;  // "frame total", "error KeyError", "names a, b", "subject words c, d"
};

// The subject on the first line of `text`. All that share a word, the likeliest first.
std::vector<Likeness> rank_alike(std::string_view text, std::span<const EarlierTicket> earlier);

// The words of a ticket worth asking a text index for, rarest kinds first, at most `most`: lower case,
// as they stand in the text, without what every ticket says.
std::vector<std::string> words_to_ask(std::string_view text, size_t most);

}  // namespace triage::retrieval
