// Makes a segment: takes parsed blobs one after the other and writes them as one file image.
//
// Not thread-safe: one per thread. Memory is bounded by the caller, who finishes a segment when
// source_bytes() is large enough. Two builders that got the same blobs write the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "retrieval/parsed_internal.h"
#include "retrieval/segment_format_internal.h"

namespace triage::retrieval {

// The texts of a segment: each is known by its place.
class TextPool {
 public:
  TextPool() : bytes_(2, '\0') {}
  std::uint32_t add(std::string_view text);     // one more; the empty text is 0
  std::uint32_t intern(std::string_view text);  // the same place for the same text
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::unordered_map<std::string, std::uint32_t> interned_;
};

class SegmentBuilder {
 public:
  void add(const BlobKey& key, Level level, const ParsedBlob& blob);
  // A blob that holds nothing to index: remembered with its reason, so that it isn't read again.
  void skip(const BlobKey& key, std::string_view reason);

  bool empty() const { return blobs_.empty(); }
  std::uint64_t source_bytes() const { return source_bytes_; }

  // The image of the segment; the builder is empty afterwards.
  std::string finish(std::uint64_t parser);

 private:
  struct Entry {
    Term term;
    std::uint32_t chunk;
    std::uint8_t weight;
  };
  void add_literals(const ParsedBlob& blob, std::uint32_t first_chunk);
  static void sort_by_term(std::vector<Entry>& entries);

  std::vector<BlobRow> blobs_;
  std::vector<ChunkRow> chunks_;
  std::vector<LiteralRow> literals_;
  TextPool strings_;
  std::vector<Entry> entries_;
  std::uint64_t source_bytes_ = 0;
};

// Puts sections together: header, padding and checksums. `sections` by SectionName.
std::string assemble_segment(std::uint64_t parser,
                             const std::array<std::string_view, kSections>& sections);

// Appends to a term's list; `last` is the chunk before, 0 at first.
void append_posting(std::string& list, std::uint32_t chunk, std::uint32_t last,
                    std::uint8_t weight);

// The dictionary of a segment: terms in ascending order of their identities, each with its list.
class Dictionary {
 public:
  void add(std::uint64_t identity, std::string_view list);
  struct Sections {
    std::vector<BucketRow> buckets;
    std::vector<std::uint32_t> keys;
    std::vector<std::uint16_t> lengths;
    std::string postings;
  };
  Sections finish() &&;

 private:
  std::vector<std::uint64_t> identities_;
  std::vector<std::uint16_t> lengths_;
  std::vector<std::uint32_t> starts_;
  std::string postings_;
};

// The whole file of a segment, after the rows that end its lists of blobs and chunks.
std::string close_segment(std::uint64_t parser, std::vector<BlobRow>& blobs,
                          std::vector<ChunkRow>& chunks, const std::vector<LiteralRow>& literals,
                          const TextPool& strings, Dictionary&& dictionary);

template <class Row>
std::string_view bytes_of(const std::vector<Row>& rows) {
  return {reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(Row)};
}

}  // namespace triage::retrieval
