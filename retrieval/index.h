// The code index of one commit: symbol-bounded chunks, what they are called, how to find them.
//
// Built once per commit, immutable and thread-safe afterwards, shared by shared_ptr. Blobs parsed
// for another commit are reused (keyed by blob id). Anything that can't be indexed is counted by
// reason.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
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
  std::uint64_t unrefined = 0;                   // files that no grammar has looked at yet
  std::uint64_t stored_bytes = 0;                // of the index's files, for all that it holds
  std::string warning;                           // why it could not be kept, or what was damaged
};

// What fixed an earlier ticket that is like the one searched for.
struct PastFix {
  std::string text;                // the earlier ticket's words, redacted
  std::vector<std::string> paths;  // files that its fix changed
  double alike = 0;                // 0…1: how like the earlier ticket is
};

struct Query {
  std::string_view text;  // of a ticket, subject on the first line
  size_t k = 10;
  std::span<const PastFix> past_fixes = {};
};

using Progress = std::function<void(size_t done, size_t total)>;

// What has been parsed already, shared by indexes so that another commit of the same repository
// costs only what differs. Thread-safe.
class ParsedStore;
// In memory, as long as somebody holds it.
std::shared_ptr<ParsedStore> make_parsed_store();
// Kept in a directory of its own, shared with other processes and later runs. Never fails: without
// a directory that can be written it works in memory, and IndexReport::warning says so.
std::shared_ptr<ParsedStore> open_parsed_store(std::string directory);

// What a look at every byte of a store found.
struct StoreCheck {
  std::uint64_t segments = 0, blobs = 0, chunks = 0, terms = 0, commits = 0, bytes = 0;
  std::vector<std::string> problems;  // file and what is wrong with it; empty: all is well
};
StoreCheck check_parsed_store(ParsedStore& store);

class CodeIndex {
 public:
  // Searchable soon: of a large tree, blobs that are new are cut by their language's shape alone,
  // and IndexReport::unrefined says how many. Smaller ones are parsed with their grammars at once.
  // Errors: those of Repository. `stop` ends it early with timeout. progress() is called from
  // several threads, one at a time.
  static Result<std::shared_ptr<const CodeIndex>> build(const Repository& repository,
                                                        const std::string& commit,
                                                        const Progress& progress = {},
                                                        std::stop_token stop = {},
                                                        const std::shared_ptr<ParsedStore>& store =
                                                            nullptr);
  // The same with every blob parsed by its grammar, and the store's small segments merged: for the
  // background, after build().
  static Result<std::shared_ptr<const CodeIndex>> refine(const Repository& repository,
                                                         const std::string& commit,
                                                         const Progress& progress,
                                                         std::stop_token stop,
                                                         const std::shared_ptr<ParsedStore>& store);
  virtual ~CodeIndex() = default;

  virtual const IndexReport& report() const = 0;
  // The best k files and k chunks for the words of a ticket (subject on the first line).
  virtual SearchAnswer search(std::string_view ticket_text, size_t k) const = 0;
  // The same with what fixed similar tickets, where that is known.
  virtual SearchAnswer search(const Query& query) const { return search(query.text, query.k); }
  // Maps a path from a trace or ticket to a repository path (longest unique suffix), or "".
  virtual std::string map_path(std::string_view path) const = 0;
  // The innermost chunk around a line, or null.
  virtual const Chunk* chunk_at(std::string_view path, std::uint32_t line) const = 0;
  // Definitions of a symbol, exact name first.
  virtual std::vector<Chunk> definitions(std::string_view symbol) const = 0;
};

}  // namespace triage::retrieval
