#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "retrieval/commit_file_internal.h"
#include "retrieval/store_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kMostCommitFiles = 8;  // beyond this they are written as one

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

ParsedStore::ParsedStore(std::string directory, Step step)
    : directory_(std::move(directory)), step_(std::move(step)) {}

std::shared_ptr<ParsedStore> make_parsed_store() { return std::make_shared<ParsedStore>(); }

std::shared_ptr<ParsedStore> open_parsed_store(std::string directory) {
  return std::make_shared<ParsedStore>(std::move(directory));
}

void ParsedStore::warn(const std::string& text) {
  if (warning_.empty()) warning_ = text;
}

void ParsedStore::step(std::string_view name) const {
  if (step_) step_(name);
}

void ParsedStore::prepare() {
  if (std::exchange(prepared_, true) || directory_.empty()) return;
  std::error_code failed;
  if (std::filesystem::create_directories(directory_, failed))
    std::filesystem::permissions(directory_, std::filesystem::perms::owner_all, failed);
  const auto lock = lock_index(directory_);
  writable_ = lock.ok();
  if (!writable_) {
    warn("the index is kept in memory only: " + lock.error().message);
    return;
  }
  const Manifest manifest = Manifest::read(directory_, parser_version());
  if (manifest.damaged) warn("the index's list of files was damaged: the index is made again");
  sweep_index(directory_, manifest);
}

void ParsedStore::refresh() {
  prepare();
  if (directory_.empty()) return;
  // A file may go between the list and its opening, when another process merges: look again.
  for (int attempt = 0; attempt < 3 && Manifest::stamp_of(directory_) != seen_; ++attempt) {
    const Manifest manifest = Manifest::read(directory_, parser_version());
    const auto listed = [&](const std::string& name) {
      return std::ranges::find(manifest.files, name) != manifest.files.end();
    };
    std::erase_if(live_, [&](const Live& live) { return !live.name.empty() && !listed(live.name); });
    std::erase_if(commit_files_, [&](const std::string& name) { return !listed(name); });
    seen_ = manifest.stamp;
    for (const std::string& name : manifest.files) {
      if (name.ends_with(kSegmentSuffix)) load(name);
      if (name.ends_with(kCommitsSuffix)) load_commits(name);
    }
  }
}

void ParsedStore::load(const std::string& name) {
  if (std::ranges::find(live_, name, &Live::name) != live_.end()) return;
  auto segment = Segment::map(directory_ + "/" + name, parser_version());
  if (segment.ok()) live_.push_back({name, std::move(*segment)});
  else set_aside(name, segment.error());
}

void ParsedStore::load_commits(const std::string& name) {
  if (std::ranges::find(commit_files_, name) != commit_files_.end()) return;
  auto commits = read_commits(read_whole(directory_ + "/" + name), parser_version());
  if (!commits.ok()) return set_aside(name, commits.error());
  commit_files_.push_back(name);
  for (auto& commit : *commits) {
    const std::string& id = commit->id;
    commits_.try_emplace(id, std::move(commit));
  }
}

// A file that can't be read leaves the list; what it held is made again when it is asked for.
void ParsedStore::set_aside(const std::string& name, const Error& why) {
  if (why.kind == ErrorKind::corrupt)
    warn("a file of the index was damaged and is made again: " + name + ": " + why.message);
  if (!writable_) return;
  const auto lock = lock_index(directory_);
  Manifest manifest = Manifest::read(directory_, parser_version());
  if (!lock.ok() || std::erase(manifest.files, name) == 0) return;
  const std::string path = directory_ + "/" + name;
  std::error_code ignored;
  if (why.kind == ErrorKind::corrupt)
    std::filesystem::rename(path, path + std::string(kDamagedSuffix), ignored);
  if (auto written = manifest.write(directory_, parser_version()); !written.ok())
    warn(written.error().message);
}

Segments ParsedStore::segments() {
  const std::lock_guard lock(mutex_);
  refresh();
  Segments segments;
  for (const Live& live : live_) segments.push_back(live.segment);
  return segments;
}

Result<void> ParsedStore::publish(const std::string& name, const std::vector<std::string>& gone) {
  const Fd lock = TRY(lock_index(directory_));
  Manifest manifest = Manifest::read(directory_, parser_version());
  for (const std::string& old : gone) std::erase(manifest.files, old);
  if (!name.empty()) manifest.files.push_back(name);
  step("publish");
  TRY(manifest.write(directory_, parser_version()));
  step("published");
  std::error_code ignored;
  for (const std::string& old : gone) std::filesystem::remove(directory_ + "/" + old, ignored);
  return {};
}

void ParsedStore::add_segment(std::string image) {
  const std::string name = fresh_name() + std::string(kSegmentSuffix);
  {
    const std::lock_guard lock(mutex_);
    prepare();
  }
  Result<void> kept = Error{ErrorKind::unavailable, ""};
  if (writable_) {
    // Writing takes long and needs no lock of ours; the file's own keeps sweepers away.
    step("write");
    const auto held = write_index_file(directory_, name, image);
    step("written");
    const std::lock_guard lock(mutex_);
    kept = held.ok() ? publish(name) : held.error();
    if (kept.ok()) return refresh();
    warn("the index is kept in memory only: " + kept.error().message);
  }
  auto segment = Segment::from_memory(std::move(image), parser_version());
  const std::lock_guard lock(mutex_);
  if (segment.ok()) live_.push_back({"", std::move(*segment)});
}

std::shared_ptr<const CommitWords> ParsedStore::find_commit(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = commits_.find(id);
  return found == commits_.end() ? nullptr : found->second;
}

void ParsedStore::add_commits(const Commits& commits) {
  if (commits.empty()) return;
  const std::lock_guard lock(mutex_);
  refresh();
  for (const auto& commit : commits) commits_.try_emplace(commit->id, commit);
  if (!writable_) return;
  Commits kept = commits;
  std::vector<std::string> gone;
  if (commit_files_.size() >= kMostCommitFiles) {
    gone = commit_files_;
    kept.clear();
    for (const auto& [id, commit] : commits_) kept.push_back(commit);
  }
  const std::string name = fresh_name() + std::string(kCommitsSuffix);
  const auto held = write_index_file(directory_, name, write_commits(kept, parser_version()));
  auto done = held.ok() ? publish(name, gone) : Result<void>(held.error());
  if (!done.ok()) return warn("commits are kept in memory only: " + done.error().message);
  for (const std::string& old : gone) std::erase(commit_files_, old);
  commit_files_.push_back(name);
}

std::shared_ptr<const PathIndex> ParsedStore::paths_of(std::vector<std::string> paths) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(path_indexes_, [](const auto& known) { return known.expired(); });
    for (const auto& known : path_indexes_) {
      if (auto same = known.lock(); same && same->paths() == paths) return same;
    }
  }
  auto made = std::make_shared<const PathIndex>(std::move(paths));
  const std::lock_guard lock(mutex_);
  path_indexes_.push_back(made);
  return made;
}

std::unique_ptr<Chunker> ParsedStore::borrow_chunker() {
  const std::lock_guard lock(mutex_);
  if (chunkers_.empty()) return std::make_unique<Chunker>();
  auto chunker = std::move(chunkers_.back());
  chunkers_.pop_back();
  return chunker;
}

void ParsedStore::give_back(std::unique_ptr<Chunker> chunker) {
  const std::lock_guard lock(mutex_);
  chunkers_.push_back(std::move(chunker));
}

std::string ParsedStore::warning() {
  const std::lock_guard lock(mutex_);
  return warning_;
}

std::uint64_t ParsedStore::bytes() {
  std::uint64_t sum = 0;
  for (const auto& segment : segments()) sum += segment->bytes();
  return sum;
}

StoreCheck ParsedStore::check() {
  const std::lock_guard lock(mutex_);
  refresh();
  StoreCheck found;
  if (!warning_.empty()) found.problems.push_back(warning_);
  for (const Live& live : live_) {
    if (auto whole = live.segment->check(); !whole.ok()) {
      found.problems.push_back(live.name + ": " + whole.error().message);
      continue;
    }
    ++found.segments;
    found.blobs += live.segment->blobs();
    found.chunks += live.segment->chunks();
    found.terms += live.segment->terms();
    found.bytes += live.segment->bytes();
  }
  for (const std::string& name : commit_files_) {
    const auto commits = read_commits(read_whole(directory_ + "/" + name), parser_version());
    if (!commits.ok()) found.problems.push_back(name + ": " + commits.error().message);
  }
  found.commits = commits_.size();
  return found;
}

}  // namespace triage::retrieval
