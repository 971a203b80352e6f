// What signals read of one commit: files, chunks, postings, literals, history. Never the storage.
//
// Cheap to copy, valid as long as the index behind it, safe to read from several threads. Chunks are
// numbered file by file, in path order. Nothing here fails: what isn't there is empty or kNone.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "retrieval/history_internal.h"
#include "retrieval/index.h"
#include "retrieval/languages_internal.h"
#include "retrieval/tokens_internal.h"

namespace triage::retrieval {

class Index;

struct IndexedFile {
  std::uint32_t segment = 0, blob = 0;
  std::uint32_t first_chunk = 0, chunks = 0;
  float length = 0;
  Role role = Role::source;
};

// What is asked of a chunk most often, side by side.
struct IndexedChunk {
  std::uint32_t file : 31;
  std::uint32_t named : 1;
  float length;
};

class View {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct File {
    std::string_view path;
    Role role;
    std::uint32_t first_chunk, chunks;
    float length;
  };
  // Of a chunk or a file, by what was asked for.
  struct Posting {
    std::uint32_t at;
    float weight;
  };
  using Scratch = std::vector<Posting>;
  // A string literal; the words of its text with kPlaceholder for "%s" and the like.
  struct Literal {
    std::uint32_t chunk;
    std::vector<Term> words;
    std::string_view text;
  };

  explicit View(const Index& index);

  std::uint32_t files() const { return static_cast<std::uint32_t>(files_.size()); }
  File file(std::uint32_t file) const;
  Role role(std::uint32_t file) const { return files_[file].role; }
  float file_length(std::uint32_t file) const { return files_[file].length; }
  std::uint32_t chunks() const { return static_cast<std::uint32_t>(chunks_.size()); }
  std::uint32_t file_of_chunk(std::uint32_t chunk) const { return chunks_[chunk].file; }
  float chunk_length(std::uint32_t chunk) const { return chunks_[chunk].length; }
  // Materialised: not for loops over all of them.
  Chunk chunk(std::uint32_t chunk) const;
  bool has_symbol(std::uint32_t chunk) const { return chunks_[chunk].named != 0; }
  std::string_view symbol(std::uint32_t chunk) const;
  std::string_view kind(std::uint32_t chunk) const;
  float mean_file_length() const;
  float mean_chunk_length() const;

  // The chunks that hold a term, in chunk order; valid until the scratch is used again.
  std::span<const Posting> postings(Term term, Scratch& scratch) const;
  // At least as many chunks as hold a term, told by the size of its lists alone.
  std::size_t at_most_holding(Term term) const;
  // Which of the terms to read where a large tree would make it take long: the rarest, until their
  // postings together pass `most`; all of them in a tree of a few thousand files.
  std::vector<bool> affordable(std::span<const Term> terms, std::size_t most) const;
  // The files whose path holds a term: weight 1 in the file's own name, less in a directory's.
  std::span<const Posting> path_postings(Term term, Scratch& scratch) const;
  // Chunks whose symbol ends in that name, in any case of letters.
  std::span<const Posting> definers(std::string_view name, Scratch& scratch) const;
  // Literals whose first two neighbouring words are that pair; none where more than `most` chunks hold
  // one. Appended to `out`.
  void literals(Term pair, std::size_t most, std::vector<Literal>& out) const;

  const History& history() const;

  // The file with that path, or with the longest unique suffix in common; kNone where it is unclear.
  std::uint32_t file_of(std::string_view path) const;
  // The file of a dotted module ("shop.pricing", "com.acme.Cart"), or kNone.
  std::uint32_t file_of_module(std::string_view dotted) const;
  // The innermost chunk around a line of a file, or kNone.
  std::uint32_t chunk_at(std::uint32_t file, std::uint32_t line) const;

 private:
  const Index& index_;
  // Those of the index, read in the inner loops.
  std::span<const IndexedFile> files_;
  std::span<const IndexedChunk> chunks_;
};

View view_of(const CodeIndex& index);

}  // namespace triage::retrieval
