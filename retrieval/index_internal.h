// The index of one commit: a view over segments that all commits share.
//
// A file is a path and a place of its blob in a segment; the chunks of the view are numbered file
// by file, in path order, so that nothing depends on which segments hold them. Built by
// index_build.cpp, immutable afterwards; signals read it through View.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "retrieval/history_internal.h"
#include "retrieval/index.h"
#include "retrieval/path_index_internal.h"
#include "retrieval/segment_internal.h"
#include "retrieval/store_internal.h"
#include "retrieval/view_internal.h"

namespace triage::retrieval {

// Which chunks of a segment the view holds, and under which numbers.
class LiveChunks {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX, kRepeated = 1U << 31U;

  explicit LiveChunks(std::uint32_t chunks) : chunks_(chunks, kNone) {}
  void add(std::uint32_t local, std::uint32_t chunk);
  // The chunk's number in the view, with kRepeated set where repeated() has more of them; or kNone.
  std::uint32_t operator[](std::uint32_t local) const { return chunks_[local]; }
  // Its further numbers, where the same content has several paths.
  const std::vector<std::uint32_t>& repeated(std::uint32_t local) const {
    return repeated_.at(local);
  }

 private:
  std::vector<std::uint32_t> chunks_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> repeated_;
};

class Index final : public CodeIndex {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  const IndexReport& report() const override { return report_; }
  SearchAnswer search(std::string_view ticket_text, size_t k) const override;
  SearchAnswer search(const Query& query) const override;
  std::string map_path(std::string_view path) const override;
  const Chunk* chunk_at(std::string_view path, std::uint32_t line) const override;
  std::vector<Chunk> definitions(std::string_view symbol) const override;

  const Segment& segment_of(std::uint32_t file) const { return *segments_[files_[file].segment]; }
  // The row of a chunk of the view, in its file's segment.
  const ChunkRow& chunk_row(std::uint32_t chunk) const;
  Chunk chunk(std::uint32_t chunk) const;
  std::string_view symbol(std::uint32_t chunk) const;
  std::uint32_t chunk_index_at(std::uint32_t file, std::uint32_t line) const;
  std::span<const View::Posting> postings(Term term, View::Scratch& scratch) const;
  void literals(Term pair, std::size_t most, std::vector<View::Literal>& out) const;

  IndexReport report_;
  Segments segments_;
  std::vector<LiveChunks> live_;             // by segment
  std::vector<std::uint32_t> segment_order_; // by the first chunk of the view that each holds
  std::shared_ptr<const PathIndex> paths_;
  std::vector<IndexedFile> files_;           // in path order
  std::vector<IndexedChunk> chunks_;         // file by file
  float mean_file_length_ = 1, mean_chunk_length_ = 1;
  History history_;

 private:
  // Chunks handed out by chunk_at(), which promises that they stay.
  mutable std::mutex handed_out_lock_;
  mutable std::unordered_map<std::uint32_t, std::unique_ptr<const Chunk>> handed_out_;
};

// The name by which a definition is looked up: the last part of a qualified symbol.
std::string_view simple_name(std::string_view symbol);

}  // namespace triage::retrieval
