// The index of one commit as build() makes it and search() reads it.
//
// A view over parsed blobs that commits share: path → blob, and flat inverted indexes over the
// chunks, paths, definitions, literals and history of this commit.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "retrieval/index.h"
#include "retrieval/languages_internal.h"
#include "retrieval/parsed_internal.h"
#include "retrieval/term_index_internal.h"
#include "retrieval/ticket_text_internal.h"

namespace triage::retrieval {

struct IndexedFile {
  std::string path;
  Role role = Role::source;
  std::shared_ptr<const ParsedBlob> blob;
  std::uint32_t first_chunk = 0;  // its chunks are first_chunk … first_chunk + blob->parts.size()
  float length = 0;
};

struct LiteralPlace {
  std::uint32_t file = 0;
  std::uint32_t literal = 0;
};

struct HistoryEntry {
  std::shared_ptr<const CommitWords> commit;
  std::vector<std::uint32_t> files;  // those that still exist
};

class Index final : public CodeIndex {
 public:
  const IndexReport& report() const override { return report_; }
  SearchAnswer search(std::string_view ticket_text, size_t k) const override;
  std::string map_path(std::string_view path) const override;
  const Chunk* chunk_at(std::string_view path, std::uint32_t line) const override;
  std::vector<Chunk> definitions(std::string_view symbol) const override;

  static constexpr std::uint32_t kNone = UINT32_MAX;
  // The file with that path, or with the longest unique suffix in common; kNone where it is unclear.
  std::uint32_t file_of(std::string_view path) const;
  // The file of a dotted module ("shop.pricing", "com.acme.Cart"), or kNone.
  std::uint32_t file_of_module(std::string_view dotted) const;
  std::uint32_t chunk_index_at(std::uint32_t file, std::uint32_t line) const;
  // Chunks whose symbol ends in that name, in order of place.
  std::span<const TermIndex::Posting> definers(std::string_view name) const;

  IndexReport report_;
  std::vector<IndexedFile> files_;          // in path order
  std::vector<Chunk> chunks_;               // file by file
  std::vector<std::uint32_t> chunk_file_;
  std::vector<float> chunk_length_;
  float mean_file_length_ = 1, mean_chunk_length_ = 1;
  TermIndex terms_;        // term → chunks
  TermIndex path_terms_;   // term of a path component → files
  TermIndex definitions_;  // name → chunks
  TermIndex literal_starts_;  // first two words → literals_
  std::vector<LiteralPlace> literals_;
  std::unordered_multimap<std::string_view, std::uint32_t> by_name_;  // file name → file
  std::unordered_multimap<std::string_view, std::uint32_t> by_stem_;  // without extension → file
  TermIndex history_terms_;  // term of a message → history_
  std::vector<HistoryEntry> history_;
};

// The name by which a definition is looked up: the last part of a qualified symbol.
std::string_view simple_name(std::string_view symbol);

}  // namespace triage::retrieval
