// A segment: what was parsed of a batch of blobs, immutable, in one file that is mapped, or in
// memory.
//
// Nothing in a file is trusted. Opening checks the header, the sections' places and sizes and, for
// small files, their checksums; every later read is held to the sections' bounds, so that a damaged
// file gives wrong answers at worst, never a crash. check() finds any damage.
// Thread-safe. Errors: corrupt (with what is wrong), not_found, conflict (made by another version).
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/result.h"
#include "retrieval/segment_format_internal.h"
#include "retrieval/tokens_internal.h"

namespace triage::retrieval {

class Segment {
 public:
  // `parser` is the version of the parser that runs: see parser_version().
  static Result<std::shared_ptr<const Segment>> map(const std::string& path, std::uint64_t parser);
  static Result<std::shared_ptr<const Segment>> from_memory(std::string image,
                                                            std::uint64_t parser);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  std::uint64_t bytes() const { return image_.size(); }
  std::uint32_t blobs() const { return count(blobs_); }
  std::uint32_t chunks() const { return count(chunks_); }
  size_t terms() const { return keys_.size(); }

  // Rows by number; beyond the last an empty row that closes the one before.
  const BlobRow& blob(std::uint32_t blob) const { return row(blobs_, blob); }
  const ChunkRow& chunk(std::uint32_t chunk) const { return row(chunks_, chunk); }
  // The row of a blob that was looked at so closely, or kNone.
  static constexpr std::uint32_t kNone = UINT32_MAX;
  std::uint32_t find(const BlobKey& key, Level level) const;
  // The chunks of a blob: first and how many.
  std::uint32_t first_chunk(std::uint32_t blob) const;
  std::uint32_t chunk_count(std::uint32_t blob) const;
  std::span<const LiteralRow> literals(std::uint32_t chunk) const;
  std::string_view text(std::uint32_t place) const;

  // The chunks that hold a term, packed; each_posting() reads them.
  std::string_view list_of(Term term) const;
  static size_t most_postings(std::string_view list) { return list.size() / 2; }
  // Every term in ascending order with its list, one after the other, for merging.
  class Cursor {
   public:
    explicit Cursor(const Segment& segment);
    bool done() const { return bucket_ + 1 >= segment_.buckets_.size(); }
    std::uint64_t identity() const;
    std::string_view list() const { return segment_.list_at(key_, offset_).list; }
    void next();

   private:
    void enter_bucket();
    const Segment& segment_;
    size_t bucket_ = 0, key_ = 0;
    std::uint64_t offset_ = 0;
  };

  // Calls emit(chunk, weight) in ascending order; false where the list is broken.
  template <class Emit>
  static bool each_posting(std::string_view list, std::uint32_t chunks, const Emit& emit) {
    const auto* at = reinterpret_cast<const std::uint8_t*>(list.data());
    const auto* const end = at + list.size();
    std::uint64_t chunk = 0;
    while (at < end) {
      std::uint64_t distance = *at++;
      if (distance >= 0x80) {
        distance &= 0x7fU;
        for (unsigned shift = 7; shift < 35; shift += 7) {
          if (at == end) return false;
          const std::uint8_t byte = *at++;
          distance |= std::uint64_t{byte & 0x7fU} << shift;
          if (byte < 0x80) break;
        }
      }
      chunk += distance;
      if (at == end || chunk >= chunks) return false;
      emit(static_cast<std::uint32_t>(chunk), *at++);
    }
    return true;
  }

  // Reads everything: checksums, order, every reference.
  Result<void> check() const;
  // Lets go of the pages that were read in; they come back when they are needed.
  void drop_pages() const;

 private:
  Segment() = default;
  Result<void> open(std::uint64_t parser);
  void index_blobs();
  Result<void> check_rows() const;
  Result<void> check_terms() const;
  Result<void> check_list(std::string_view list) const;
  std::string_view section(SectionName name) const;

  // The list of a key that begins at `offset`, and where the next one does.
  struct List {
    std::string_view list;
    std::uint64_t end = 0;
  };
  List list_at(size_t key, std::uint64_t offset) const;
  // The keys of a bucket, held to what there is.
  std::pair<size_t, size_t> keys_of(size_t bucket) const;
  unsigned rest_bits() const { return kTermBits - bucket_bits(keys_.size()); }

  // A table ends with a closing row.
  template <class Row>
  static std::uint32_t count(std::span<const Row> rows) {
    return static_cast<std::uint32_t>(rows.size() - 1);
  }
  template <class Row>
  static const Row& row(std::span<const Row> rows, std::uint32_t i) {
    return rows[std::min<size_t>(i, rows.size() - 1)];
  }
  template <class Row>
  static std::span<const Row> part(std::span<const Row> rows, std::uint32_t from, std::uint32_t to) {
    if (from > to || to > rows.size()) return {};
    return rows.subspan(from, to - from);
  }

  std::string memory_;
  void* mapped_ = nullptr;
  std::string_view image_;
  SegmentHeader header_;
  std::span<const BlobRow> blobs_;
  std::span<const ChunkRow> chunks_;
  std::span<const LiteralRow> literals_;
  std::string_view strings_;
  std::span<const BucketRow> buckets_;
  std::span<const std::uint32_t> keys_;
  std::span<const std::uint16_t> lengths_;
  std::string_view postings_;
  std::vector<std::uint32_t> table_;  // blob rows by the first bytes of their ids, open addressing
};

}  // namespace triage::retrieval
