#include "retrieval/index.h"

#include <algorithm>

#include "pipeline/base/utf8.h"
#include "retrieval/index_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kShownLiteral = 72;
constexpr size_t kMostRuns = 16;

// Sorts what consists of few sorted runs; `runs` says where all but the first begin.
void merge_runs(std::span<View::Posting> postings, std::vector<size_t>& runs) {
  const auto earlier = [](const View::Posting& a, const View::Posting& b) { return a.at < b.at; };
  if (runs.size() > kMostRuns) {
    std::ranges::sort(postings, earlier);
    return;
  }
  runs.insert(runs.begin(), 0);
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
  if (chunks_[local] == kNone) {
    chunks_[local] = chunk;
    return;
  }
  chunks_[local] |= kRepeated;
  repeated_[local].push_back(chunk);
}

std::string Index::map_path(std::string_view path) const {
  const std::uint32_t file = paths_->find_suffix(path);
  return file == kNone ? "" : paths_->path(file);
}

const ChunkRow& Index::chunk_row(std::uint32_t chunk) const {
  const IndexedFile& file = files_[chunks_[chunk].file];
  const Segment& segment = *segments_[file.segment];
  return segment.chunk(segment.first_chunk(file.blob) + chunk - file.first_chunk);
}

std::string_view Index::symbol(std::uint32_t chunk) const {
  return segment_of(chunks_[chunk].file).text(chunk_row(chunk).symbol);
}

Chunk Index::chunk(std::uint32_t chunk) const {
  const std::uint32_t file = chunks_[chunk].file;
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
  View::Scratch repeated;
  for (const std::uint32_t s : segment_order_) {
    const LiveChunks& live = live_[s];
    const std::string_view list = segments_[s]->list_of(term);
    if (list.empty()) continue;
    const size_t most = count + Segment::most_postings(list);
    if (scratch.size() < most) scratch.resize(most);
    View::Posting* const out = scratch.data();
    std::uint32_t last = count > 0 ? out[count - 1].at : 0;
    Segment::each_posting(list, segments_[s]->chunks(), [&](std::uint32_t local, std::uint8_t packed) {
      const std::uint32_t entry = live[local];
      if (entry == LiveChunks::kNone) return;
      const std::uint32_t chunk = entry & ~LiveChunks::kRepeated;
      const float weight = unpack_weight(packed);
      if (chunk < last) runs.push_back(count);
      out[count++] = {chunk, weight};
      last = chunk;
      if (entry == chunk) return;
      for (const std::uint32_t other : live.repeated(local)) repeated.push_back({other, weight});
    });
  }
  if (runs.empty() && repeated.empty()) return {scratch.data(), count};
  if (!repeated.empty()) {
    std::ranges::sort(repeated, {}, &View::Posting::at);
    if (count > 0) runs.push_back(count);
    if (scratch.size() < count + repeated.size()) scratch.resize(count + repeated.size());
    std::ranges::copy(repeated, scratch.begin() + static_cast<std::ptrdiff_t>(count));
    count += repeated.size();
  }
  const std::span<View::Posting> found(scratch.data(), count);
  merge_runs(found, runs);
  return found;
}

void Index::literals(Term pair, std::size_t most, std::vector<View::Literal>& out) const {
  View::Scratch scratch;
  const auto holding = postings(pair, scratch);
  if (holding.size() > most) return;
  for (const auto& posting : holding) {
    const IndexedFile& file = files_[chunks_[posting.at].file];
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
