#include "retrieval/segment_builder_internal.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "retrieval/index_internal.h"

namespace triage::retrieval {

namespace {

constexpr unsigned kPartitionBits = 11;
constexpr size_t kSmallBucket = 96;  // up to here a comparison sort is faster

size_t padded(size_t size) { return (size + 7) & ~size_t{7}; }

}  // namespace

std::uint32_t TextPool::add(std::string_view text) {
  if (text.empty()) return 0;
  text = text.substr(0, UINT16_MAX);
  const auto place = static_cast<std::uint32_t>(bytes_.size());
  const auto length = static_cast<std::uint16_t>(text.size());
  bytes_.append(reinterpret_cast<const char*>(&length), 2).append(text);
  return place;
}

std::uint32_t TextPool::intern(std::string_view text) {
  const auto [entry, fresh] = interned_.try_emplace(std::string(text), 0);
  if (fresh) entry->second = add(text);
  return entry->second;
}

void SegmentBuilder::skip(const BlobKey& key, std::string_view reason) {
  BlobRow row{key};
  row.level = static_cast<std::uint16_t>(Level::refined);  // no grammar would say otherwise
  row.skipped = strings_.intern(reason);
  row.first_chunk = static_cast<std::uint32_t>(chunks_.size());
  blobs_.push_back(row);
}

void SegmentBuilder::add(const BlobKey& key, Level level, const ParsedBlob& blob) {
  BlobRow row{key};
  row.level = static_cast<std::uint16_t>(level);
  row.generated = blob.generated ? 1 : 0;
  row.first_chunk = static_cast<std::uint32_t>(chunks_.size());
  row.bytes = static_cast<std::uint32_t>(blob.bytes);
  for (const ParsedBlob::Part& part : blob.parts) {
    const auto chunk = static_cast<std::uint32_t>(chunks_.size());
    ChunkRow out;
    out.start = part.span.start;
    out.end = part.span.end;
    out.symbol = strings_.add(part.span.symbol);
    out.kind = strings_.intern(part.span.kind);
    out.length = part.length;
    chunks_.push_back(out);
    row.length += part.length;
    for (std::uint32_t t = part.first_term; t < part.last_term; ++t)
      entries_.push_back({blob.terms[t].term, chunk, pack_weight(blob.terms[t].weight)});
    const std::string_view name = simple_name(part.span.symbol);
    if (name.empty()) continue;
    ++row.symbols;
    entries_.push_back({name_term(name), chunk, pack_weight(1)});
  }
  add_literals(blob, row.first_chunk);
  blobs_.push_back(row);
  source_bytes_ += blob.bytes;
}

void SegmentBuilder::add_literals(const ParsedBlob& blob, std::uint32_t first_chunk) {
  std::vector<const ParsedBlob::Literal*> sorted;
  for (const auto& literal : blob.literals) sorted.push_back(&literal);
  std::ranges::stable_sort(sorted, {}, [](const auto* literal) { return literal->part; });
  auto next = sorted.begin();
  for (std::uint32_t part = 0; part < blob.parts.size(); ++part) {
    chunks_[first_chunk + part].first_literal = static_cast<std::uint32_t>(literals_.size());
    for (; next != sorted.end() && (*next)->part == part; ++next) {
      const auto start = literal_start((*next)->words);
      if (!start) continue;
      entries_.push_back({*start, first_chunk + part, pack_weight(1)});
      literals_.push_back({(*next)->line, strings_.add((*next)->text)});
    }
  }
}

// By the first bits into parts that fit the cache; each by its next 24 bits, digit by digit; the
// few terms that still are not apart by comparison. Keeps the order of equal terms.
void SegmentBuilder::sort_by_term(std::vector<Entry>& entries) {
  std::vector<size_t> begin((1U << kPartitionBits) + 1, 0);
  const auto part_of = [](const Entry& e) { return e.term >> (64U - kPartitionBits); };
  for (const Entry& entry : entries) ++begin[part_of(entry) + 1];
  for (size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  std::vector<Entry> sorted(entries.size());
  std::vector<size_t> at(begin.begin(), begin.end() - 1);
  for (const Entry& entry : entries) sorted[at[part_of(entry)]++] = entry;
  entries.clear();
  std::vector<Entry> spare;
  for (size_t p = 0; p + 1 < begin.size(); ++p) {
    const std::span<Entry> part(sorted.data() + begin[p], begin[p + 1] - begin[p]);
    if (part.size() > kSmallBucket) {
      spare.resize(part.size());
      std::span<Entry> from = part, to(spare);
      for (unsigned shift = 64U - kPartitionBits - 24U; shift < 64U - kPartitionBits; shift += 8) {
        std::array<std::uint32_t, 257> place{};
        for (const Entry& entry : from) ++place[((entry.term >> shift) & 255U) + 1];
        for (size_t i = 1; i < place.size(); ++i) place[i] += place[i - 1];
        for (const Entry& entry : from) to[place[(entry.term >> shift) & 255U]++] = entry;
        std::swap(from, to);
      }
      std::ranges::copy(from, part.begin());  // three passes: the last one ended in `spare`
    }
    for (size_t i = 1; i < part.size(); ++i) {
      const Entry entry = part[i];
      size_t j = i;
      for (; j > 0 && identity_of(part[j - 1].term) > identity_of(entry.term); --j) part[j] = part[j - 1];
      part[j] = entry;
    }
  }
  entries = std::move(sorted);
}

void append_posting(std::string& list, std::uint32_t chunk, std::uint32_t last,
                    std::uint8_t weight) {
  std::uint32_t distance = chunk - last;
  for (; distance >= 0x80; distance >>= 7U) list += static_cast<char>(0x80U | (distance & 0x7fU));
  list += static_cast<char>(distance);
  list += static_cast<char>(weight);
}

void Dictionary::add(std::uint64_t identity, std::string_view list) {
  identities_.push_back(identity);
  starts_.push_back(static_cast<std::uint32_t>(postings_.size()));
  if (list.size() >= kLongList) {
    const auto length = static_cast<std::uint32_t>(list.size());
    postings_.append(reinterpret_cast<const char*>(&length), sizeof length);
  }
  lengths_.push_back(static_cast<std::uint16_t>(std::min<size_t>(list.size(), kLongList)));
  postings_ += list;
}

Dictionary::Sections Dictionary::finish() && {
  Sections out;
  const unsigned bits = bucket_bits(identities_.size()), rest = kTermBits - bits;
  out.buckets.resize((size_t{1} << bits) + 1);
  size_t key = 0;
  for (size_t bucket = 0; bucket < out.buckets.size(); ++bucket) {
    while (key < identities_.size() && identities_[key] >> rest < bucket) ++key;
    out.buckets[bucket] = {static_cast<std::uint32_t>(key),
                           key < starts_.size() ? starts_[key]
                                                : static_cast<std::uint32_t>(postings_.size())};
  }
  out.keys.reserve(identities_.size());
  for (const std::uint64_t identity : identities_)
    out.keys.push_back(static_cast<std::uint32_t>(identity & ((std::uint64_t{1} << rest) - 1)));
  out.lengths = std::move(lengths_);
  out.postings = std::move(postings_);
  return out;
}

std::string assemble_segment(std::uint64_t parser,
                             const std::array<std::string_view, kSections>& sections) {
  SegmentHeader header;
  header.parser = parser;
  size_t end = padded(sizeof header);
  for (size_t i = 0; i < kSections; ++i) {
    header.sections[i] = {end, sections[i].size(), checksum(sections[i])};
    end = padded(end + sections[i].size());
  }
  header.bytes = end;
  const auto* raw = reinterpret_cast<const char*>(&header);
  header.checksum = checksum({raw, offsetof(SegmentHeader, checksum)});
  std::string image(end, '\0');
  std::memcpy(image.data(), raw, sizeof header);
  for (size_t i = 0; i < kSections; ++i)
    std::ranges::copy(sections[i],
                      image.begin() + static_cast<std::ptrdiff_t>(header.sections[i].offset));
  return image;
}

std::string close_segment(std::uint64_t parser, std::vector<BlobRow>& blobs,
                          std::vector<ChunkRow>& chunks, const std::vector<LiteralRow>& literals,
                          const TextPool& strings, Dictionary&& dictionary) {
  BlobRow last_blob;
  last_blob.first_chunk = static_cast<std::uint32_t>(chunks.size());
  blobs.push_back(last_blob);
  ChunkRow last_chunk;
  last_chunk.first_literal = static_cast<std::uint32_t>(literals.size());
  chunks.push_back(last_chunk);
  const auto terms = std::move(dictionary).finish();
  return assemble_segment(parser, {bytes_of(blobs), bytes_of(chunks), bytes_of(literals),
                                   strings.bytes(), bytes_of(terms.buckets), bytes_of(terms.keys),
                                   bytes_of(terms.lengths), terms.postings});
}

std::string SegmentBuilder::finish(std::uint64_t parser) {
  sort_by_term(entries_);
  Dictionary dictionary;
  std::string list;
  for (size_t i = 0; i < entries_.size();) {
    const std::uint64_t identity = identity_of(entries_[i].term);
    std::uint32_t last = 0;
    list.clear();
    for (; i < entries_.size() && identity_of(entries_[i].term) == identity; ++i) {
      // Two literals of one chunk may begin alike.
      if (!list.empty() && entries_[i].chunk == last) continue;
      append_posting(list, entries_[i].chunk, last, entries_[i].weight);
      last = entries_[i].chunk;
    }
    dictionary.add(identity, list);
  }
  std::string image =
      close_segment(parser, blobs_, chunks_, literals_, strings_, std::move(dictionary));
  *this = SegmentBuilder();
  return image;
}

}  // namespace triage::retrieval
