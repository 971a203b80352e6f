#include "retrieval/segment_internal.h"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <random>
#include <set>

#include "retrieval/segment_builder_internal.h"
#include "retrieval/segment_merge_internal.h"
#include "tests/retrieval/segment_walk.h"

using namespace triage;
using namespace triage::retrieval;

namespace {

constexpr std::uint64_t kParser = 42;

const std::map<std::string, std::string> kSources = {
    {"cart.py",
     "class Cart:\n    # What a customer wants to buy.\n    def total(self):\n"
     "        raise ValueError('cart of %s is empty already')\n"},
    {"mail.go", "package mail\n\n// Send delivers a receipt.\nfunc Send(to string) error {\n\treturn nil\n}\n"},
    {"notes.txt", "Carts expire after a day.\n\nReceipts do not.\n"},
};

BlobKey key_of(const std::string& name) {
  BlobKey key;
  std::memcpy(key.id.data(), name.data(), std::min(name.size(), key.id.size()));
  key.language = 7;
  return key;
}

ParsedBlob parsed(const std::string& name) {
  Chunker chunker;
  return parse_blob(kSources.at(name), language_of(name), chunker);
}

std::string image_of(const std::vector<std::string>& names, Level level = Level::refined) {
  SegmentBuilder builder;
  for (const std::string& name : names) builder.add(key_of(name), level, parsed(name));
  builder.skip(key_of("logo.png"), "binary");
  return builder.finish(kParser);
}

std::shared_ptr<const Segment> open(std::string image) {
  auto segment = Segment::from_memory(std::move(image), kParser);
  REQUIRE(segment.ok());
  return *segment;
}

using Postings = std::vector<std::pair<std::string, int>>;

// The symbols of the chunks that hold a word, with the packed weight.
Postings found(const Segment& segment, std::string_view word) {
  Postings out;
  Segment::each_posting(segment.list_of(term_of(word)), segment.chunks(),
                        [&](std::uint32_t chunk, std::uint8_t weight) {
                          out.emplace_back(segment.text(segment.chunk(chunk).symbol), weight);
                        });
  return out;
}

// The segment's header again after a change of its sections, as if it had been written that way.
void sign(std::string& image) {
  SegmentHeader header;
  std::memcpy(&header, image.data(), sizeof header);
  for (SectionRow& section : header.sections) {
    if (section.offset <= image.size() && section.bytes <= image.size() - section.offset)
      section.checksum = checksum(std::string_view(image).substr(section.offset, section.bytes));
  }
  std::memcpy(image.data(), &header, sizeof header);
  header.checksum = checksum(std::string_view(image).substr(0, offsetof(SegmentHeader, checksum)));
  std::memcpy(image.data(), &header, sizeof header);
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("segment: gives back what was put in") {
    const auto segment = open(image_of({"cart.py", "mail.go", "notes.txt"}));
    CHECK(segment->check().ok());
    CHECK(segment->blobs() == 4);
    const std::uint32_t cart = segment->find(key_of("cart.py"), Level::refined);
    REQUIRE(cart != Segment::kNone);
    CHECK(segment->find(key_of("cart.py"), Level::generic) == Segment::kNone);
    CHECK(segment->find(key_of("card.py"), Level::refined) == Segment::kNone);
    const ParsedBlob blob = parsed("cart.py");
    REQUIRE(segment->chunk_count(cart) == blob.parts.size());
    for (std::uint32_t i = 0; i < blob.parts.size(); ++i) {
      const ChunkRow& row = segment->chunk(segment->first_chunk(cart) + i);
      CHECK(row.start == blob.parts[i].span.start);
      CHECK(row.end == blob.parts[i].span.end);
      CHECK(segment->text(row.symbol) == blob.parts[i].span.symbol);
      CHECK(segment->text(row.kind) == blob.parts[i].span.kind);
      CHECK(row.length == blob.parts[i].length);
    }
    size_t literals = 0;
    for (std::uint32_t i = 0; i < segment->chunks(); ++i) literals += segment->literals(i).size();
    CHECK(literals == 1);
    const std::uint32_t logo = segment->find(key_of("logo.png"), Level::refined);
    CHECK(segment->text(segment->blob(logo).skipped) == "binary");
    CHECK(segment->chunk_count(logo) == 0);
    CHECK(found(*segment, "receipt").size() == 2);
    CHECK(found(*segment, "zebra").empty());
  }

  TEST_CASE("segment: every term of every chunk is found with its weight") {
    const auto segment = open(image_of({"cart.py", "mail.go"}));
    for (const char* name : {"cart.py", "mail.go"}) {
      const ParsedBlob blob = parsed(name);
      const std::uint32_t first =
          segment->first_chunk(segment->find(key_of(name), Level::refined));
      for (std::uint32_t i = 0; i < blob.parts.size(); ++i) {
        for (std::uint32_t t = blob.parts[i].first_term; t < blob.parts[i].last_term; ++t) {
          int times = 0;
          Segment::each_posting(segment->list_of(blob.terms[t].term), segment->chunks(),
                                [&](std::uint32_t chunk, std::uint8_t weight) {
                                  if (chunk != first + i) return;
                                  ++times;
                                  CHECK(weight == pack_weight(blob.terms[t].weight));
                                });
          CHECK(times == 1);
        }
      }
    }
  }

  TEST_CASE("segment: weights keep their value") {
    for (const float exact : {0.25F, 0.5F, 1.F, 1.25F, 2.F, 3.F, 7.F, 17.F, 31.F, 64.F})
      CHECK(unpack_weight(pack_weight(exact)) == exact);
    for (float weight = 0.2F; weight < 7000; weight *= 1.07F)
      CHECK(unpack_weight(pack_weight(weight)) == doctest::Approx(weight).epsilon(0.033));
    CHECK(unpack_weight(pack_weight(0)) == 0.125F);
    CHECK(unpack_weight(pack_weight(1e9F)) == unpack_weight(255));
  }

  TEST_CASE("segment: many equal and different terms sort into lists") {
    // Enough for every way of sorting: large parts by digits, small ones and rests by comparison.
    ParsedBlob blob;
    std::map<Term, std::vector<std::uint32_t>> expected;
    std::mt19937_64 random(3);
    for (std::uint32_t chunk = 0; chunk < 40; ++chunk) {
      ParsedBlob::Part part;
      part.span = {chunk + 1, chunk + 1, "", "block"};
      part.first_term = static_cast<std::uint32_t>(blob.terms.size());
      std::set<Term> terms;
      for (int i = 0; i < 500; ++i) {
        const std::uint64_t few = random() % 200, all = random();
        terms.insert(i % 2 == 0 ? all : 0x1234'5600'0000'0000U + (few << 30U));
      }
      for (const Term term : terms) {
        blob.terms.push_back({term, 1});
        expected[term].push_back(chunk);
      }
      part.last_term = static_cast<std::uint32_t>(blob.terms.size());
      blob.parts.push_back(std::move(part));
    }
    SegmentBuilder builder;
    builder.add(key_of("x"), Level::refined, blob);
    const auto segment = open(builder.finish(kParser));
    CHECK(segment->check().ok());
    REQUIRE(segment->terms() == expected.size());
    for (const auto& [term, chunks] : expected) {
      std::vector<std::uint32_t> got;
      Segment::each_posting(segment->list_of(term), segment->chunks(),
                            [&](std::uint32_t chunk, std::uint8_t) { got.push_back(chunk); });
      CHECK(got == chunks);
    }
  }

  TEST_CASE("segment: merged segments are the segment of all") {
    const auto whole = open(image_of({"cart.py", "mail.go", "notes.txt"}));
    SegmentBuilder one, two;
    two.add(key_of("mail.go"), Level::refined, parsed("mail.go"));
    two.add(key_of("cart.py"), Level::refined, parsed("cart.py"));
    one.add(key_of("dropped"), Level::refined, parsed("cart.py"));
    one.add(key_of("notes.txt"), Level::refined, parsed("notes.txt"));
    one.skip(key_of("logo.png"), "binary");
    const Segments inputs = {open(one.finish(kParser)), open(two.finish(kParser))};
    const std::vector<BlobPlace> rows = {{1, 1}, {1, 0}, {0, 1}, {0, 2}};
    const auto merged = open(merge_segments(inputs, rows, kParser));
    CHECK(merged->check().ok());
    CHECK(merged->blobs() == whole->blobs());
    CHECK(merged->chunks() == whole->chunks());
    CHECK(merged->terms() == whole->terms());
    for (const char* word : {"cart", "receipt", "total", "send", "day", "nothing"})
      CHECK(found(*merged, word) == found(*whole, word));
    CHECK(merged->find(key_of("dropped"), Level::refined) == Segment::kNone);
  }

  TEST_CASE("segment: damage is told from another version") {
    const std::string image = image_of({"cart.py"});
    CHECK(Segment::from_memory(image, kParser).ok());
    CHECK(Segment::from_memory(image, kParser + 1).error().kind == ErrorKind::conflict);
    CHECK(Segment::from_memory("", kParser).error().kind == ErrorKind::corrupt);
    CHECK(Segment::from_memory(image.substr(0, image.size() - 8), kParser).error().kind ==
          ErrorKind::corrupt);
    for (size_t at = sizeof(SegmentHeader); at < image.size(); at += 97) {
      std::string damaged = image;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
      const auto opened = Segment::from_memory(damaged, kParser);
      // Padding between sections belongs to none of them.
      if (!opened.ok()) CHECK(opened.error().kind == ErrorKind::corrupt);
      else CHECK((*opened)->check().ok());
    }
  }

  TEST_CASE("segment: no damage leads outside, checksums or not") {
    const std::string image = image_of({"cart.py", "mail.go", "notes.txt"});
    std::mt19937 random(11);
    int opened = 0, refused = 0, unsound = 0;
    for (int round = 0; round < 4000; ++round) {
      std::string damaged = image;
      for (unsigned i = 0; i < 1 + random() % 6; ++i) {
        const size_t at = round % 4 == 0 ? random() % sizeof(SegmentHeader) : random() % damaged.size();
        damaged[at] = static_cast<char>(random() % 3 == 0 ? 0xff : random());
      }
      if (round % 16 == 1) damaged.resize(random() % damaged.size());
      // Signed as if it were whole, since the checksums would refuse nearly all of it.
      if (damaged.size() > sizeof(SegmentHeader)) sign(damaged);
      const auto segment = Segment::from_memory(damaged, kParser);
      if (!segment.ok()) {
        ++refused;
        continue;
      }
      ++opened;
      testing::walk(**segment);
      unsound += (*segment)->check().ok() ? 0 : 1;
      const std::vector<BlobPlace> rows = {{0, 0}, {0, 2}, {0, 1}, {0, 99}};
      merge_segments({*segment}, rows, kParser);
    }
    // The damage was of every kind.
    CHECK(opened > 500);
    CHECK(refused > 300);
    CHECK(unsound > 300);
  }
}
