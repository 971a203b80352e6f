// The code index of one commit: symbol-bounded chunks, what they are called, how to find them.
//
// Built once per commit, immutable and thread-safe afterwards, shared by shared_ptr. Blobs parsed for
// another commit are reused (keyed by blob id). Anything that can't be indexed is counted by reason.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/result.h"
#include "retrieval/repository.h"

namespace triage::retrieval {

struct Chunk {
  std::string path;
  std::uint32_t start = 0, end = 0;  // lines, inclusive, from 1
  std::string symbol;                // qualified where known: "Cart.total"
  std::string kind;                  // "function", "method", "class", "module", "block" …
};

struct FileHit {
  std::string path;
  double score = 0;
  std::vector<std::string> why;  // "frame shop/cart.py:41", "error string", "symbol total" …
};

struct ChunkHit {
  Chunk chunk;
  double score = 0;
  std::vector<std::string> why;
};

// How far the first place can be trusted: exact evidence (frame, path, error string) and no rival,
// more likely right than wrong, or weak: better to ask than to guess.
enum class Trust { exact, likely, weak };

struct SearchAnswer {
  std::vector<FileHit> files;
  std::vector<ChunkHit> chunks;
  Trust trust = Trust::weak;
  double confidence = 0;  // how probable it is that the first file is right, 0 … 1
  double took_ms = 0;
};

struct IndexReport {
  std::string revision;
  std::uint64_t files = 0, blobs_parsed = 0, chunks = 0, symbols = 0, bytes = 0;
  double took_ms = 0;
  std::map<std::string, std::uint64_t> skipped;  // reason → count
};

using Progress = std::function<void(size_t done, size_t total)>;

// What has been parsed already, shared by indexes so that another commit of the same repository
// costs only what differs. An entry lives as long as an index that uses it. Thread-safe.
class ParsedStore;
std::shared_ptr<ParsedStore> make_parsed_store();

class CodeIndex {
 public:
  // Errors: those of Repository. `stop` ends it early with timeout. progress() is called from
  // several threads, one at a time.
  static Result<std::shared_ptr<const CodeIndex>> build(const Repository& repository,
                                                        const std::string& commit,
                                                        const Progress& progress = {},
                                                        std::stop_token stop = {},
                                                        const std::shared_ptr<ParsedStore>& store =
                                                            nullptr);
  virtual ~CodeIndex() = default;

  virtual const IndexReport& report() const = 0;
  // The best k files and k chunks for the words of a ticket (subject on the first line).
  virtual SearchAnswer search(std::string_view ticket_text, size_t k) const = 0;
  // Maps a path from a trace or ticket to a repository path (longest unique suffix), or "".
  virtual std::string map_path(std::string_view path) const = 0;
  // The innermost chunk around a line, or null.
  virtual const Chunk* chunk_at(std::string_view path, std::uint32_t line) const = 0;
  // Definitions of a symbol, exact name first.
  virtual std::vector<Chunk> definitions(std::string_view symbol) const = 0;
};

}  // namespace triage::retrieval
