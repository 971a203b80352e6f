#include "retrieval/index.h"

#include <algorithm>

#include "pipeline/base/utf8.h"
#include "retrieval/index_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kShownLiteral = 72;
constexpr size_t kMostRuns = 16;

// Sorts what consists of few sorted runs; each begins where `runs` says.
void merge_runs(std::span<View::Posting> postings, std::vector<size_t>& runs) {
  const auto earlier = [](const View::Posting& a, const View::Posting& b) { return a.at < b.at; };
  if (runs.size() > kMostRuns) {
    std::ranges::sort(postings, earlier);
    return;
  }
  const auto place = [&](size_t run) {
    return postings.begin() +
           static_cast<std::ptrdiff_t>(run < runs.size() ? runs[run] : postings.size());
  };
  for (size_t width = 1; width < runs.size(); width *= 2) {
    for (size_t run = 0; run + width < runs.size(); run += 2 * width)
      std::inplace_merge(place(run), place(run + width), place(run + 2 * width), earlier);
  }
}

}  // namespace

StoreCheck check_parsed_store(ParsedStore& store) { return store.check(); }

std::string_view simple_name(std::string_view symbol) {
  const size_t last = symbol.find_last_of(".:#");
  return last == symbol.npos ? symbol : symbol.substr(last + 1);
}

void LiveChunks::add(std::uint32_t local, std::uint32_t chunk) {
  std::uint32_t& entry = chunks_[local];
  if (entry == UINT32_MAX) {
    entry = chunk;
    return;
  }
  auto& all = repeated_[local];
  if (entry != kRepeated) all.push_back(entry);
  all.push_back(chunk);
  entry = kRepeated;
}

std::string Index::map_path(std::string_view path) const {
  const std::uint32_t file = paths_->find_suffix(path);
  return file == kNone ? "" : paths_->path(file);
}

const ChunkRow& Index::chunk_row(std::uint32_t chunk) const {
  const IndexedFile& file = files_[chunk_file_[chunk]];
  const Segment& segment = *segments_[file.segment];
  return segment.chunk(segment.first_chunk(file.blob) + chunk - file.first_chunk);
}

std::string_view Index::symbol(std::uint32_t chunk) const {
  return segment_of(chunk_file_[chunk]).text(chunk_row(chunk).symbol);
}

Chunk Index::chunk(std::uint32_t chunk) const {
  const std::uint32_t file = chunk_file_[chunk];
  const ChunkRow& row = chunk_row(chunk);
  const Segment& segment = segment_of(file);
  return {paths_->path(file), row.start, row.end, std::string(segment.text(row.symbol)),
          std::string(segment.text(row.kind))};
}

std::uint32_t Index::chunk_index_at(std::uint32_t file, std::uint32_t line) const {
  const IndexedFile& entry = files_[file];
  std::uint32_t best = kNone;
  for (std::uint32_t i = 0; i < entry.chunks; ++i) {
    const ChunkRow& row = chunk_row(entry.first_chunk + i);
    if (row.start > line) break;
    // Later chunks that hold the line lie inside the earlier ones.
    if (row.end >= line) best = entry.first_chunk + i;
  }
  return best;
}

const Chunk* Index::chunk_at(std::string_view path, std::uint32_t line) const {
  const std::uint32_t file = paths_->find(path);
  const std::uint32_t found = file == kNone ? kNone : chunk_index_at(file, line);
  if (found == kNone) return nullptr;
  const std::lock_guard lock(handed_out_lock_);
  auto& kept = handed_out_[found];
  if (!kept) kept = std::make_unique<const Chunk>(chunk(found));
  return kept.get();
}

std::span<const View::Posting> Index::postings(Term term, View::Scratch& scratch) const {
  size_t count = 0;
  std::vector<size_t> runs;
  std::uint32_t last = 0;
  for (const std::uint32_t s : segment_order_) {
    const LiveChunks& live = live_[s];
    segments_[s]->postings(term, [&](std::uint32_t local, std::uint8_t weight) {
      live.each(local, [&](std::uint32_t chunk) {
        if (count == scratch.size()) scratch.resize(std::max<size_t>(256, count * 2));
        if (count == 0 || chunk < last) runs.push_back(count);
        scratch[count++] = {chunk, unpack_weight(weight)};
        last = chunk;
      });
    });
  }
  const std::span<View::Posting> found(scratch.data(), count);
  if (runs.size() > 1) merge_runs(found, runs);
  return found;
}

void Index::literals(Term pair, std::vector<View::Literal>& out) const {
  View::Scratch scratch;
  for (const auto& posting : postings(pair, scratch)) {
    const IndexedFile& file = files_[chunk_file_[posting.at]];
    const Segment& segment = *segments_[file.segment];
    const std::uint32_t local = segment.first_chunk(file.blob) + posting.at - file.first_chunk;
    for (const LiteralRow& row : segment.literals(local)) {
      const std::string_view text = segment.text(row.text);
      std::vector<Term> words = literal_words(text, true);
      if (literal_start(words) == pair)
        out.push_back({posting.at, std::move(words), truncate_utf8(text, kShownLiteral)});
    }
  }
}

std::vector<Chunk> Index::definitions(std::string_view symbol) const {
  std::vector<Chunk> found;
  View::Scratch scratch;
  for (const auto& posting : postings(name_term(simple_name(symbol)), scratch))
    found.push_back(chunk(posting.at));
  // The qualified name as asked for, then the same spelling, then other cases.
  const auto rank = [&](const Chunk& chunk) {
    if (chunk.symbol == symbol) return 0;
    if (chunk.symbol.ends_with(symbol)) return 1;
    return simple_name(chunk.symbol) == simple_name(symbol) ? 2 : 3;
  };
  std::ranges::stable_sort(found, {}, rank);
  return found;
}

}  // namespace triage::retrieval
