// Reads everything a segment has through its accessors, as searches do: for damaged files, which
// may answer anything but must not lead outside of their bytes.
#pragma once

#include <string_view>

#include "retrieval/segment_internal.h"
#include "retrieval/segment_merge_internal.h"

namespace triage::testing {

inline std::uint64_t walk(const retrieval::Segment& segment) {
  using retrieval::Segment;
  std::uint64_t sum = 0;
  const auto count = [&](std::string_view text) {
    for (const char c : text) sum += static_cast<unsigned char>(c);
  };
  for (std::uint32_t blob = 0; blob <= segment.blobs(); ++blob) {
    count(segment.text(segment.blob(blob).skipped));
    sum += segment.first_chunk(blob) + segment.chunk_count(blob);
    sum += segment.find(segment.blob(blob).key, retrieval::Level::refined);
  }
  for (std::uint32_t chunk = 0; chunk <= segment.chunks(); ++chunk) {
    count(segment.text(segment.chunk(chunk).symbol));
    count(segment.text(segment.chunk(chunk).kind));
    for (const retrieval::LiteralRow& literal : segment.literals(chunk)) count(segment.text(literal.text));
  }
  for (Segment::Cursor cursor(segment); !cursor.done(); cursor.next()) {
    const auto add = [&](std::uint32_t chunk, std::uint8_t weight) { sum += chunk + weight; };
    Segment::each_posting(cursor.list(), segment.chunks(), add);
    Segment::each_posting(segment.list_of(cursor.identity() << (64U - retrieval::kTermBits)),
                          segment.chunks(), add);
  }
  return sum;
}

}  // namespace triage::testing
