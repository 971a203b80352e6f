// Text as a search for known values sees it: one case, one blank, nothing invisible.
//
// Every byte of a folded text remembers where it came from, so that what is found in it can be cut
// exactly out of the original. Input is valid UTF-8 (a broken sequence is copied as it is).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace triage::redact {

struct Folded {
  std::string text;
  // origin[i] is the offset of the original code point that text[i] belongs to; one more entry than
  // text has bytes, the last one being the size of the original.
  std::vector<std::uint32_t> origin;
};

// Lower-cases ASCII, Latin, Greek and Cyrillic letters, joins runs of white space into one blank
// and drops zero-width and soft-hyphen characters.
Folded fold(std::string_view text);

// The same without the map, trimmed: for needles and for comparing values.
std::string fold_value(std::string_view text);

// A code point that takes no room on the screen or changes the direction of what follows.
bool is_invisible(std::uint32_t code_point);

// The code point at pos and its length in bytes (1 for a broken sequence).
struct CodePoint {
  std::uint32_t value = 0;
  std::uint32_t length = 1;
};
CodePoint code_point_at(std::string_view text, std::size_t pos);

// Letters and digits: ASCII ones, '_' and everything outside ASCII that is not punctuation or
// blank.
bool is_word(std::uint32_t code_point);
// Whether the text before (after) pos ends (begins) with a letter or digit.
bool word_before(std::string_view text, std::size_t pos);
bool word_after(std::string_view text, std::size_t pos);

}  // namespace triage::redact
