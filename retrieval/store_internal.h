// Everything that was parsed, kept on disk between runs and shared by commits, projects and
// processes.
//
// A directory holds segments (*.seg), commits of histories (*.com) and a manifest that lists the
// live ones. Files are written beside, synced, renamed; then the manifest is, under a lock. So a
// crash loses at most the file being written, several processes may read and write at once, and
// what no manifest lists is removed by whoever opens the directory next. All of it is derived from
// git: damaged files are set aside and made again; without a directory that can be written
// everything works from memory, and warning() says so. Thread-safe. Nothing here fails a caller.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "pipeline/base/result.h"
#include "retrieval/chunker_internal.h"
#include "retrieval/commit_file_internal.h"
#include "retrieval/index.h"
#include "retrieval/manifest_internal.h"
#include "retrieval/parsed_internal.h"
#include "retrieval/path_index_internal.h"
#include "retrieval/segment_merge_internal.h"

namespace triage::retrieval {

class ParsedStore {
 public:
  // Called between the steps of a write with the step's name: where tests let a process die.
  using Step = std::function<void(std::string_view)>;

  ParsedStore() = default;  // in memory alone
  explicit ParsedStore(std::string directory, Step step = {});

  // New source up to this size is parsed with its grammars at once: some seconds' work.
  std::uint64_t refined_at_once = 64U << 20U;
  std::uint64_t largest_bytes = 8ULL << 30U;

  // The live segments, those of other processes included. They stay readable for whoever holds
  // them.
  Segments segments();
  // Keeps a segment's image. Safe from several threads at once.
  void add_segment(std::string image);

  // Merges small segments where there are too many. `segments` are those of segments() and `rows` a
  // view's blobs in path order, in which they will lie. What was parsed twice, or without a grammar
  // and again with it, is kept once. At most one merge runs at a time.
  // Notes that a view uses these, and drops the segments unused for longest while the store is larger
  // than largest_bytes; those of the view stay in any case.
  void mark_used(const Segments& used);
  bool wants_merge();
  void merge(const Segments& segments, const std::vector<BlobPlace>& rows);

  std::shared_ptr<const CommitWords> find_commit(const std::string& id);
  void add_commits(const Commits& commits);

  // Why nothing is kept on disk, or what was found damaged; empty when all is well.
  std::string warning();
  std::uint64_t bytes();

  // The index of these paths: that of a view still in use where it has the same ones, which spares
  // most of the work for a commit that only changes contents.
  std::shared_ptr<const PathIndex> paths_of(std::vector<std::string> paths);

  // A chunker that somebody gave back, or a fresh one: to compile the languages' queries takes
  // longer than to parse a few files.
  std::unique_ptr<Chunker> borrow_chunker();
  void give_back(std::unique_ptr<Chunker> chunker);

  // Reads every file whole.
  StoreCheck check();

 private:
  struct Live {
    std::string name;  // empty: in memory alone
    std::shared_ptr<const Segment> segment;
  };
  // All with mutex_ held.
  void prepare();
  void refresh();
  void load(const std::string& name);
  void load_commits(const std::string& name);
  void set_aside(const std::string& name, const Error& why);
  void replace(const Segments& inputs, std::string image);
  static Segments choose_for_merge(const Segments& segments);
  // Adds a file to the manifest unless its name is empty, and takes others out.
  Result<void> publish(const std::string& name, const std::vector<std::string>& gone = {});
  void warn(const std::string& text);
  void step(std::string_view name) const;

  std::string directory_;
  Step step_;
  std::mutex mutex_;
  bool prepared_ = false;
  std::mutex merging_;
  std::atomic<bool> writable_ = false;
  std::string warning_;
  std::vector<Live> live_;
  Manifest::Stamp seen_;
  std::vector<std::unique_ptr<Chunker>> chunkers_;
  std::vector<std::weak_ptr<const PathIndex>> path_indexes_;
  std::vector<std::string> commit_files_;
  std::unordered_map<std::string, std::shared_ptr<const CommitWords>> commits_;
};

// What decides how a blob is parsed, in one number: segments of another one are worth nothing.
std::uint64_t parser_version();

}  // namespace triage::retrieval
