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
    sizeof(BlobRow), sizeof(ChunkRow), sizeof(LiteralRow), 1, sizeof(Term), 4, 4, 1};

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
  keys_ = rows_of<Term>(section(kKeys));
  offsets_ = rows_of<std::uint32_t>(section(kOffsets));
  buckets_ = rows_of<std::uint32_t>(section(kBuckets));
  postings_ = section(kPostings);
  if (blobs_.empty() || chunks_.empty()) return damaged("a closing row is missing");
  if (offsets_.size() != keys_.size() + 1 ||
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

std::string_view Segment::list(size_t n) const {
  const std::uint32_t from = offsets_[n], to = offsets_[n + 1];
  if (from > to || to > postings_.size()) return {};
  return postings_.substr(from, to - from);
}

std::string_view Segment::list_of(Term term) const {
  const auto bucket = static_cast<size_t>(term >> (64U - bucket_bits(keys_.size())));
  const auto begin = std::min<size_t>(buckets_[bucket], keys_.size());
  const auto end = std::clamp<size_t>(buckets_[bucket + 1], begin, keys_.size());
  const auto keys = keys_.subspan(begin, end - begin);
  const auto found = std::ranges::lower_bound(keys, term);
  if (found == keys.end() || *found != term) return {};
  return list(begin + static_cast<size_t>(found - keys.begin()));
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
  const unsigned shift = 64U - bucket_bits(keys_.size());
  for (size_t bucket = 0; bucket + 1 < buckets_.size(); ++bucket) {
    if (buckets_[bucket] > buckets_[bucket + 1] || buckets_[bucket + 1] > keys_.size())
      return damaged("buckets are out of order");
    for (size_t i = buckets_[bucket]; i < buckets_[bucket + 1]; ++i) {
      if (keys_[i] >> shift != bucket) return damaged("a term lies in another's bucket");
    }
  }
  if (buckets_.front() != 0 || buckets_.back() != keys_.size())
    return damaged("buckets do not hold every term");
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (i > 0 && keys_[i - 1] >= keys_[i]) return damaged("terms are out of order");
    const std::string_view own = list(i);
    std::uint64_t last = UINT64_MAX;
    bool rising = !own.empty();
    const bool whole = each_posting(own, chunks(), [&](std::uint32_t chunk, std::uint8_t) {
      rising = rising && (last == UINT64_MAX || chunk > last);
      last = chunk;
    });
    if (!whole || !rising) return damaged("a term's list is broken");
  }
  return {};
}

void Segment::drop_pages() const {
  if (mapped_ != nullptr) ::madvise(mapped_, image_.size(), MADV_DONTNEED);
}

}  // namespace triage::retrieval
