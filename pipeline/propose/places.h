// Turns what search found into the few places a reader is shown: which lines matter, and their
// text.
//
// Pure functions over a search answer and the files' text, so that they can be tested without git.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/run.h"
#include "retrieval/index.h"

namespace triage::propose {

inline constexpr size_t kMaxPlaces = 8;
inline constexpr size_t kExcerptLines = 12;

// The text of a file at the commit, or nothing.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

// What search found, best file first and its best chunks in it; chunks that hold each other are
// one.
std::vector<Place> merge_places(const retrieval::SearchAnswer& answer);

// Takes out what was found by chance: places that share nothing but words which say little.
void drop_chance(std::vector<Place>& places);

// Puts the excerpt in: at most a dozen numbered lines around the line that carries the evidence: that
// of a frame of `traces`, else that which writes the message the place was found by, else that which
// shares most with `words`. That line is marked: "> 88  total = 0". Before explain().
void add_excerpts(std::vector<Place>& places, const std::vector<retrieval::Trace>& traces,
                  const std::set<std::string>& words, const ReadFile& read);

// Puts the reasons of search in plain words. `end`: the frame in which the trace ends, or null.
void explain(std::vector<Place>& places, const retrieval::Frame* end);

// The marked line of a place's excerpt: its number and text. The place's first line, where there
// is no excerpt.
struct KeyLine {
  std::uint32_t number = 0;
  std::string text;
};
KeyLine key_line(const Place& place);

}  // namespace triage::propose
