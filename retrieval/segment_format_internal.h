// The form of a segment file: one header, then sections of plain little-endian rows.
//
//   header | blobs | chunks | literals | strings | buckets | keys | lengths | postings
//
// The chunks of a blob and the literals of a chunk lie side by side: a row names its first, the
// next row's first is its end, and one closing row follows the last. A text is a place in
// `strings`: two bytes of length, then the bytes.
//
// A term is known by its first forty bits: of ten million terms, one in a hundred thousand that is
// asked for meets another. The first of them choose its bucket, `keys` hold the rest in ascending
// order, and `lengths` how long each list in `postings` is; a bucket says where its keys and its
// lists begin. A list holds, per chunk in ascending order, the distance to the chunk before as a
// varint and the weight as one byte; one too long for its length's two bytes has its length before
// it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace triage::retrieval {

static_assert(std::endian::native == std::endian::little, "segments are mapped as they are");

// How closely a blob was looked at: by the lexer alone, or with its language's grammar.
enum class Level : std::uint8_t { generic, refined };

using BlobId = std::array<std::uint8_t, 20>;

// What a parsed blob is known by; `language` is a hash of the language's name.
struct BlobKey {
  BlobId id{};
  std::uint32_t language = 0;
  bool operator==(const BlobKey&) const = default;
};

struct BlobRow {
  BlobKey key;
  std::uint16_t level = 0;
  std::uint16_t generated = 0;     // 1: its first lines say that a program wrote it
  std::uint32_t skipped = 0;       // text: why the blob holds nothing to index; 0 where it does
  std::uint32_t first_chunk = 0;
  std::uint32_t bytes = 0;         // of source
  std::uint32_t symbols = 0;       // chunks that have a name
  float length = 0;                // of all its chunks
};

struct ChunkRow {
  std::uint32_t start = 0, end = 0, body = 0;  // lines
  std::uint32_t symbol = 0, kind = 0;          // texts
  std::uint32_t first_literal = 0;
  float length = 0;
};

struct LiteralRow {
  std::uint32_t line = 0;
  std::uint32_t text = 0;
};

enum SectionName : std::size_t {
  kBlobs, kChunks, kLiterals, kStrings, kBuckets, kKeys, kLengths, kPostings, kSections
};

struct BucketRow {
  std::uint32_t first_key = 0, first_list = 0;
};

inline constexpr unsigned kTermBits = 40;
inline constexpr std::uint16_t kLongList = UINT16_MAX;  // the list's first four bytes say how long

// What a term is known by.
constexpr std::uint64_t identity_of(std::uint64_t term) { return term >> (64U - kTermBits); }

struct SectionRow {
  std::uint64_t offset = 0, bytes = 0, checksum = 0;
};

inline constexpr std::array<char, 8> kSegmentMagic = {'t', 'r', 'i', 's', 'e', 'g', '2', '\n'};

struct SegmentHeader {
  std::array<char, 8> magic = kSegmentMagic;
  std::uint64_t parser = 0;     // version of what made the rows: another one's are worth nothing
  std::uint64_t bytes = 0;      // of the whole file
  std::array<SectionRow, kSections> sections{};
  std::uint64_t checksum = 0;   // of the header before this field
};

static_assert(std::is_trivially_copyable_v<SegmentHeader> && sizeof(BlobRow) == 48 &&
              sizeof(ChunkRow) == 28 && sizeof(LiteralRow) == 8);

std::uint64_t checksum(std::string_view bytes);

// Weights as one byte: four bits of exponent, four of mantissa. Whole numbers to 31 and quarters to
// seven and a half are exact; everything else is off by at most a 32nd.
std::uint8_t pack_weight(float weight);
float unpack_weight(std::uint8_t packed);

// How many of a term's first bits choose its bucket, for so many terms.
unsigned bucket_bits(std::size_t terms);

}  // namespace triage::retrieval
