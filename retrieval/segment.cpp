#include "retrieval/segment_internal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "pipeline/base/fd.h"

namespace triage::retrieval {

namespace {

// Up to this size the checksums are compared when a segment is opened; it takes a few milliseconds.
constexpr std::uint64_t kCheckedAtOpen = 16U << 20U;

Error damaged(std::string what) { return {ErrorKind::corrupt, "damaged segment: " + std::move(what)}; }

template <class Row>
std::span<const Row> rows_of(std::string_view section) {
  return {reinterpret_cast<const Row*>(section.data()), section.size() / sizeof(Row)};
}

constexpr std::array<size_t, kSections> kRowSizes = {
    sizeof(BlobRow), sizeof(ChunkRow), sizeof(LiteralRow), 1, sizeof(BucketRow), 4, 2, 1};

}  // namespace

Segment::~Segment() {
  if (mapped_ != nullptr) ::munmap(mapped_, image_.size());
}

Result<std::shared_ptr<const Segment>> Segment::map(const std::string& path, std::uint64_t parser) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0)
    return Error{ErrorKind::not_found, "open segment " + path + ": " + std::strerror(errno)};
  const auto size = static_cast<size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size < sizeof(SegmentHeader)) return damaged("it is too short");
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (address == MAP_FAILED)
    return Error{ErrorKind::exhausted, "map segment " + path + ": " + std::strerror(errno)};
  std::shared_ptr<Segment> segment(new Segment);
  segment->mapped_ = address;
  segment->image_ = {static_cast<const char*>(address), size};
  TRY(segment->open(parser));
  return std::shared_ptr<const Segment>(std::move(segment));
}

Result<std::shared_ptr<const Segment>> Segment::from_memory(std::string image,
                                                            std::uint64_t parser) {
  std::shared_ptr<Segment> segment(new Segment);
  segment->memory_ = std::move(image);
  segment->image_ = segment->memory_;
  TRY(segment->open(parser));
  return std::shared_ptr<const Segment>(std::move(segment));
}

std::string_view Segment::section(SectionName name) const {
  return image_.substr(header_.sections[name].offset, header_.sections[name].bytes);
}

Result<void> Segment::open(std::uint64_t parser) {
  if (image_.size() < sizeof header_) return damaged("it is too short");
  std::memcpy(&header_, image_.data(), sizeof header_);
  if (header_.magic != kSegmentMagic) return Error{ErrorKind::conflict, "segment of another form"};
  if (header_.checksum != checksum(image_.substr(0, offsetof(SegmentHeader, checksum))))
    return damaged("the header's checksum differs");
  if (header_.parser != parser) return Error{ErrorKind::conflict, "segment of another version"};
  if (header_.bytes != image_.size()) return damaged("the file has another length");
  for (size_t i = 0; i < kSections; ++i) {
    const SectionRow& at = header_.sections[i];
    if (at.offset % 8 != 0 || at.offset > image_.size() || at.bytes > image_.size() - at.offset ||
        at.bytes % kRowSizes[i] != 0 || at.bytes / kRowSizes[i] > UINT32_MAX)
      return damaged("section " + std::to_string(i) + " lies outside the file");
    if (image_.size() <= kCheckedAtOpen &&
        at.checksum != checksum(image_.substr(at.offset, at.bytes)))
      return damaged("the checksum of section " + std::to_string(i) + " differs");
  }
  blobs_ = rows_of<BlobRow>(section(kBlobs));
  chunks_ = rows_of<ChunkRow>(section(kChunks));
  literals_ = rows_of<LiteralRow>(section(kLiterals));
  strings_ = section(kStrings);
  buckets_ = rows_of<BucketRow>(section(kBuckets));
  keys_ = rows_of<std::uint32_t>(section(kKeys));
  lengths_ = rows_of<std::uint16_t>(section(kLengths));
  postings_ = section(kPostings);
  if (blobs_.empty() || chunks_.empty()) return damaged("a closing row is missing");
  if (lengths_.size() != keys_.size() ||
      buckets_.size() != (size_t{1} << bucket_bits(keys_.size())) + 1)
    return damaged("the dictionary's parts do not fit together");
  index_blobs();
  return {};
}

namespace {

std::uint32_t first_bytes(const BlobId& id) {
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, id.data(), sizeof bytes);
  return bytes;
}

}  // namespace

void Segment::index_blobs() {
  table_.assign(std::bit_ceil(size_t{blobs()} * 2 + 1), kNone);
  const size_t mask = table_.size() - 1;
  for (std::uint32_t i = 0; i < blobs(); ++i) {
    size_t slot = first_bytes(blobs_[i].key.id) & mask;
    while (table_[slot] != kNone) slot = (slot + 1) & mask;
    table_[slot] = i;
  }
}

std::uint32_t Segment::find(const BlobKey& key, Level level) const {
  const size_t mask = table_.size() - 1;
  for (size_t slot = first_bytes(key.id) & mask; table_[slot] != kNone; slot = (slot + 1) & mask) {
    const BlobRow& found = blobs_[table_[slot]];
    if (found.key == key && found.level == static_cast<std::uint32_t>(level)) return table_[slot];
  }
  return kNone;
}

std::uint32_t Segment::first_chunk(std::uint32_t blob) const {
  return std::min(row(blobs_, blob).first_chunk, chunks());
}

std::uint32_t Segment::chunk_count(std::uint32_t blob) const {
  const std::uint32_t first = first_chunk(blob), next = first_chunk(blob + 1);
  return next > first ? next - first : 0;
}

std::span<const LiteralRow> Segment::literals(std::uint32_t chunk) const {
  return part(literals_, row(chunks_, chunk).first_literal, row(chunks_, chunk + 1).first_literal);
}

std::string_view Segment::text(std::uint32_t place) const {
  if (strings_.size() < 2 || place > strings_.size() - 2) return {};
  std::uint16_t length = 0;
  std::memcpy(&length, strings_.data() + place, 2);
  return strings_.substr(place + 2, length);
}

Segment::List Segment::list_at(size_t key, std::uint64_t offset) const {
  if (offset > postings_.size()) return {{}, offset};
  std::uint64_t length = lengths_[key];
  if (length == kLongList) {
    std::uint32_t long_length = 0;
    if (postings_.size() - offset < sizeof long_length) return {{}, UINT64_MAX};
    std::memcpy(&long_length, postings_.data() + offset, sizeof long_length);
    offset += sizeof long_length;
    length = long_length;
  }
  if (length > postings_.size() - offset) return {{}, UINT64_MAX};
  return {postings_.substr(offset, length), offset + length};
}

std::pair<size_t, size_t> Segment::keys_of(size_t bucket) const {
  const auto begin = std::min<size_t>(buckets_[bucket].first_key, keys_.size());
  return {begin, std::clamp<size_t>(buckets_[bucket + 1].first_key, begin, keys_.size())};
}

std::string_view Segment::list_of(Term term) const {
  const std::uint64_t identity = identity_of(term);
  const auto bucket = static_cast<size_t>(identity >> rest_bits());
  const auto rest = static_cast<std::uint32_t>(identity & ((std::uint64_t{1} << rest_bits()) - 1));
  const auto [begin, end] = keys_of(bucket);
  std::uint64_t offset = buckets_[bucket].first_list;
  for (size_t key = begin; key < end && keys_[key] <= rest; ++key) {
    const List found = list_at(key, offset);
    if (keys_[key] == rest) return found.list;
    offset = found.end;
  }
  return {};
}

Segment::Cursor::Cursor(const Segment& segment) : segment_(segment) { enter_bucket(); }

// To the first key of this bucket, or of the next one that has any.
void Segment::Cursor::enter_bucket() {
  for (; !done(); ++bucket_) {
    const auto [begin, end] = segment_.keys_of(bucket_);
    if (begin == end) continue;
    key_ = begin;
    offset_ = segment_.buckets_[bucket_].first_list;
    return;
  }
}

std::uint64_t Segment::Cursor::identity() const {
  return (std::uint64_t{bucket_} << segment_.rest_bits()) | segment_.keys_[key_];
}

void Segment::Cursor::next() {
  offset_ = segment_.list_at(key_, offset_).end;
  if (++key_ < segment_.keys_of(bucket_).second) return;
  ++bucket_;
  enter_bucket();
}

Result<void> Segment::check() const {
  for (size_t i = 0; i < kSections; ++i) {
    if (header_.sections[i].checksum != checksum(section(static_cast<SectionName>(i))))
      return damaged("the checksum of section " + std::to_string(i) + " differs");
  }
  TRY(check_rows());
  return check_terms();
}

Result<void> Segment::check_rows() const {
  const auto rises = [](const auto& rows, const auto& member, size_t limit) {
    size_t last = 0;
    return std::ranges::all_of(rows, [&](const auto& row) {
      const size_t value = member(row);
      return std::exchange(last, value) <= value && value <= limit;
    });
  };
  const auto has_text = [&](std::uint32_t place) {
    return place + size_t{2} <= strings_.size() &&
           place + size_t{2} + text(place).size() <= strings_.size();
  };
  if (!rises(blobs_, [](const BlobRow& b) { return b.first_chunk; }, chunks()))
    return damaged("blobs are out of order");
  if (!rises(chunks_, [](const ChunkRow& c) { return c.first_literal; }, literals_.size()))
    return damaged("chunks are out of order");
  if (!std::ranges::all_of(blobs_, [&](const BlobRow& b) { return has_text(b.skipped); }) ||
      !std::ranges::all_of(literals_, [&](const LiteralRow& l) { return has_text(l.text); }) ||
      !std::ranges::all_of(chunks_, [&](const ChunkRow& c) {
        return c.start <= c.end && has_text(c.symbol) && has_text(c.kind);
      }))
    return damaged("a row names a text that is not there");
  return {};
}

Result<void> Segment::check_terms() const {
  if (buckets_.front().first_key != 0 || buckets_.back().first_key != keys_.size())
    return damaged("buckets do not hold every term");
  std::uint64_t offset = 0;
  for (size_t bucket = 0; bucket + 1 < buckets_.size(); ++bucket) {
    const auto [begin, end] = keys_of(bucket);
    if (begin != buckets_[bucket].first_key || offset != buckets_[bucket].first_list)
      return damaged("buckets are out of order");
    for (size_t key = begin; key < end; ++key) {
      if (std::uint64_t{keys_[key]} >> rest_bits() != 0 || (key > begin && keys_[key - 1] >= keys_[key]))
        return damaged("terms are out of order");
      const List found = list_at(key, offset);
      TRY(check_list(found.list));
      offset = found.end;
    }
  }
  return offset == postings_.size() ? Result<void>() : damaged("lists and terms do not fit together");
}

Result<void> Segment::check_list(std::string_view list) const {
  std::uint64_t last = UINT64_MAX;
  bool rising = !list.empty();
  const bool whole = each_posting(list, chunks(), [&](std::uint32_t chunk, std::uint8_t) {
    rising = rising && (last == UINT64_MAX || chunk > last);
    last = chunk;
  });
  return whole && rising ? Result<void>() : damaged("a term's list is broken");
}

void Segment::drop_pages() const {
  if (mapped_ != nullptr) ::madvise(mapped_, image_.size(), MADV_DONTNEED);
}

}  // namespace triage::retrieval
