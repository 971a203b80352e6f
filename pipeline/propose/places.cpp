#include "pipeline/propose/places.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/reasons.h"
#include "pipeline/propose/wording.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxChunksPerFile = 2;
constexpr size_t kMaxExcerptLine = 160;
constexpr std::uint32_t kLinesBefore = 5;

bool overlaps(const Place& place, const retrieval::Chunk& chunk) {
  return place.path == chunk.path && place.start <= chunk.end && chunk.start <= place.end;
}

void add_reasons(Place& place, const std::vector<std::string>& reasons) {
  for (const std::string& reason : reasons) {
    if (std::ranges::find(place.why, reason) == place.why.end()) place.why.push_back(reason);
  }
}

void add_chunks(std::vector<Place>& places, const std::string& path,
                const std::vector<retrieval::ChunkHit>& hits) {
  size_t added = 0;
  for (const retrieval::ChunkHit& hit : hits) {
    if (hit.chunk.path != path) continue;
    const auto known =
        std::ranges::find_if(places, [&](const Place& p) { return overlaps(p, hit.chunk); });
    if (known != places.end()) {
      add_reasons(*known, hit.why);
    } else if (added < kMaxChunksPerFile) {
      places.push_back({path, hit.chunk.start, hit.chunk.end, hit.chunk.symbol, hit.score, hit.why,
                        "", std::nullopt, std::nullopt});
      ++added;
    }
  }
}

std::optional<std::uint32_t> frame_line(const Place& place, const retrieval::Trace& trace) {
  for (const retrieval::Frame& frame : trace.frames) {
    const bool inside = place.end == 0 || (frame.line >= place.start && frame.line <= place.end);
    if (frame.path == place.path && frame.line > 0 && inside) return frame.line;
  }
  return trace.cause.empty() ? std::nullopt : frame_line(place, trace.cause.front());
}

bool is_comment(std::string_view line) {
  static constexpr std::array<std::string_view, 7> kStarts{"//", "#",   "/*", "*",
                                                           "\"\"\"", "'''", "--"};
  line = trim(line);
  return std::ranges::any_of(kStarts, [&](auto start) { return line.starts_with(start); });
}

// Where the literal of a message is written, of which `shown` may be the beginning.
std::optional<std::uint32_t> message_line(const std::vector<std::string_view>& lines,
                                          std::uint32_t start, std::uint32_t end,
                                          std::string_view shown) {
  for (std::uint32_t number = start; !shown.empty() && number <= end; ++number) {
    if (lines[number - 1].find(shown) != std::string_view::npos) return number;
  }
  return std::nullopt;
}

// Longer shared words say more than short ones, and words of one line more than those of many. The
// line that only gives the place its name, and comments, say less than what the code does.
std::uint32_t best_line(const std::vector<std::string_view>& lines, std::uint32_t start,
                        std::uint32_t end, bool named, const std::set<std::string>& words) {
  std::vector<std::set<std::string>> shared;
  std::map<std::string, size_t> spread;
  for (std::uint32_t number = start; number <= end; ++number) {
    shared.push_back(content_words(lines[number - 1]));
    std::erase_if(shared.back(), [&](const auto& word) { return !words.contains(word); });
    for (const std::string& word : shared.back()) ++spread[word];
  }
  std::uint32_t best = start;
  double best_score = 0;
  for (std::uint32_t number = start; number <= end; ++number) {
    double score = 0;
    for (const std::string& word : shared[number - start]) {
      score += static_cast<double>(word.size()) / static_cast<double>(spread[word]);
    }
    const bool heading = named && number == start && end > start;
    if (heading || is_comment(lines[number - 1])) score *= 0.3;
    if (score > best_score) {
      best = number;
      best_score = score;
    }
  }
  return best;
}

std::string excerpt_of(const std::vector<std::string_view>& lines, std::uint32_t start,
                       std::uint32_t end, std::uint32_t key) {
  std::uint32_t from = std::max(start, key > kLinesBefore ? key - kLinesBefore : 1);
  const auto most = static_cast<std::uint32_t>(kExcerptLines);
  std::uint32_t to = std::min(end, from + most - 1);
  if (to - from + 1 < most) from = std::max(start, to >= most ? to - most + 1 : 1);
  const size_t width = std::to_string(to).size();
  std::string text;
  for (std::uint32_t number = from; number <= to; ++number) {
    const std::string digits = std::to_string(number);
    text += number == key ? "> " : "  ";
    text.append(width - digits.size(), ' ').append(digits).append("  ");
    text.append(truncate_utf8(lines[number - 1], kMaxExcerptLine)).push_back('\n');
  }
  return text;
}

void add_excerpt(Place& place, const std::vector<retrieval::Trace>& traces,
                 const std::set<std::string>& words, const std::string& content) {
  const std::vector<std::string_view> lines = split_lines(content);
  if (lines.empty()) return;
  const auto last = static_cast<std::uint32_t>(lines.size());
  const std::uint32_t start = std::clamp(place.start, 1U, last);
  const std::uint32_t end = place.end == 0 ? last : std::clamp(place.end, start, last);
  std::optional<std::uint32_t> key;
  for (const retrieval::Trace& trace : traces) {
    if (!key) key = frame_line(place, trace);
  }
  if (!key) key = message_line(lines, start, end, matched_message(place.why));
  if (!key || *key > last) key = best_line(lines, start, end, !place.symbol.empty(), words);
  place.excerpt = repair_utf8(excerpt_of(lines, start, end, *key));
  if (place.end == 0) {
    place.start = *key;
    place.end = *key;
  }
}

}  // namespace

std::vector<Place> merge_places(const retrieval::SearchAnswer& answer) {
  std::vector<Place> places;
  for (const retrieval::FileHit& file : answer.files) {
    const size_t before = places.size();
    add_chunks(places, file.path, answer.chunks);
    if (places.size() == before) {
      places.push_back({file.path, 0, 0, "", file.score, file.why, "", std::nullopt,
                        std::nullopt});
    } else {
      add_reasons(places[before], file.why);
    }
  }
  for (const retrieval::ChunkHit& hit : answer.chunks) {
    if (std::ranges::find(places, hit.chunk.path, &Place::path) == places.end()) {
      add_chunks(places, hit.chunk.path, answer.chunks);
    }
  }
  if (places.size() > kMaxPlaces) places.resize(kMaxPlaces);
  return places;
}

void drop_chance(std::vector<Place>& places) {
  std::erase_if(places, [](const Place& p) { return weight_of(p.why) == Weight::chance; });
}

void explain(std::vector<Place>& places, const retrieval::Frame* end) {
  for (Place& place : places) place.why = plain_reasons(place.why, end);
}

void add_excerpts(std::vector<Place>& places, const std::vector<retrieval::Trace>& traces,
                  const std::set<std::string>& words, const ReadFile& read) {
  for (Place& place : places) {
    if (const auto content = read(place.path)) add_excerpt(place, traces, words, *content);
  }
}

KeyLine key_line(const Place& place) {
  for (std::string_view line : split_lines(place.excerpt)) {
    if (!line.starts_with("> ")) continue;
    line = trim(line.substr(2));
    KeyLine key;
    const auto read = std::from_chars(line.data(), line.data() + line.size(), key.number);
    key.text = trim(line.substr(static_cast<size_t>(read.ptr - line.data())));
    return key;
  }
  return {place.start, ""};
}

}  // namespace triage::propose
