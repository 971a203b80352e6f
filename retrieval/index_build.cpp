// How the index of a commit comes about: its tree is read, blobs that no segment holds are parsed,
// and a view is laid over the segments.
#include <algorithm>
#include <chrono>
#include <set>

#include "retrieval/attributes_internal.h"
#include "retrieval/index_internal.h"
#include "retrieval/parse_work_internal.h"

namespace triage::retrieval {

namespace {

// How far back the words of commits help: reports as prose gain up to here, and no further.
constexpr size_t kHistoryDepth = 10'000;

enum class Pass { searchable, refined };

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

// A file of the tree, and where its blob lies as soon as that is known.
struct Entry {
  std::string path;
  BlobWork work;
  Role role = Role::source;
  std::optional<BlobPlace> place;
};

BlobId blob_id(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  BlobId id{};
  for (size_t i = 0; i < id.size() && 2 * i + 1 < hex.size(); ++i)
    id[i] = static_cast<std::uint8_t>(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
  return id;
}

std::uint32_t language_number(const Language& language) {
  return static_cast<std::uint32_t>(term_of(language.name) >> 32U);
}

// Why a file is left out by what kind of entry it is, its path, and what attributes say of that; empty
// when it isn't. What only an attribute calls generated is kept: it ranks behind what people wrote.
std::string_view reason_by_name(const TreeFile& file, Role role, const Attributes& attributes) {
  if (file.kind == TreeFile::Kind::symlink) return "symlink";
  if (file.kind == TreeFile::Kind::submodule) return "submodule";
  if (role == Role::generated && role_of(file.path) == Role::generated) return "generated";
  if (!attributes.empty() && attributes.of(file.path).binary) return "binary";
  return {};
}

bool is_regular(const TreeFile& file) {
  return file.kind == TreeFile::Kind::regular || file.kind == TreeFile::Kind::executable;
}

class Builder {
 public:
  Builder(const Repository& repository, const std::string& commit, const Progress& progress,
          std::stop_token stop, ParsedStore& store, Pass pass)
      : repository_(repository), commit_(commit), progress_(progress), stop_(std::move(stop)),
        store_(store), pass_(pass), index_(std::make_shared<Index>()) {}

  // Blobs that were parsed for this index before.
  void count_parsed(std::uint64_t blobs) { index_->report_.blobs_parsed = blobs; }

  Result<std::shared_ptr<const CodeIndex>> build() {
    const auto start = std::chrono::steady_clock::now();
    TRY(read_tree());
    TRY(parse_missing());
    lay_view();
    TRY(add_history());
    Segments used;
    for (const std::uint32_t segment : index_->segment_order_)
      used.push_back(index_->segments_[segment]);
    store_.mark_used(used);
    IndexReport& report = index_->report_;
    report.revision = commit_;
    report.stored_bytes = store_.bytes();
    report.warning = store_.warning();
    report.took_ms = milliseconds_since(start);
    return std::shared_ptr<const CodeIndex>(std::move(index_));
  }

 private:
  Result<void> read_tree() {
    std::vector<TreeFile> files = TRY(repository_.files(commit_));
    const Attributes attributes = read_attributes(files);
    for (TreeFile& file : files) {
      Entry entry;
      entry.role = role_of(file.path, attributes);
      if (const auto reason = reason_by_name(file, entry.role, attributes); !reason.empty()) {
        skip(reason);
        continue;
      }
      const Language& language = language_of(file.path, attributes);
      entry.work = {{blob_id(file.blob), language_number(language)}, std::move(file.blob), &language};
      entry.path = std::move(file.path);
      entries_.push_back(std::move(entry));
    }
    return {};
  }

  Attributes read_attributes(const std::vector<TreeFile>& files) const {
    std::vector<std::string> contents;
    std::vector<std::string_view> paths;
    for (const TreeFile& file : files) {
      if (file_name(file.path) != ".gitattributes" || !is_regular(file)) continue;
      auto content = repository_.read_blob(file.blob, kLargestFile);
      if (!content.ok()) continue;
      contents.push_back(std::move(*content));
      paths.push_back(file.path);
    }
    std::vector<Attributes::File> found;
    for (size_t i = 0; i < paths.size(); ++i) found.push_back({paths[i], contents[i]});
    return Attributes(found);
  }

  void skip(std::string_view reason) { ++index_->report_.skipped[std::string(reason)]; }

  // Where a blob lies, as closely looked at as `level` says. Neighbours mostly share a segment: the
  // one of the last is asked first.
  std::optional<BlobPlace> find(const BlobKey& key, Level level) {
    const Segments& segments = index_->segments_;
    for (std::uint32_t i = 0; i < segments.size(); ++i) {
      const auto s = static_cast<std::uint32_t>((last_segment_ + i) % segments.size());
      const std::uint32_t blob = segments[s]->find(key, level);
      if (blob != Segment::kNone) return BlobPlace{last_segment_ = s, blob};
    }
    return std::nullopt;
  }

  // While some blobs wait for their grammars, all that can are taken as they were before, so that
  // answers do not change with every blob that is done.
  void find_places(Level first) {
    index_->segments_ = store_.segments();
    for (Entry& entry : entries_) {
      entry.place = find(entry.work.key, first);
      if (!entry.place && first == Level::generic)
        entry.place = find(entry.work.key, Level::refined);
    }
  }

  std::vector<BlobWork> missing() const {
    std::vector<BlobWork> missing;
    std::set<std::pair<BlobId, std::uint32_t>> seen;
    for (const Entry& entry : entries_) {
      if (!entry.place && seen.emplace(entry.work.key.id, entry.work.key.language).second)
        missing.push_back(entry.work);
    }
    return missing;
  }

  bool is_small(const std::vector<BlobWork>& work) const {
    std::uint64_t bytes = 0;
    for (const BlobWork& blob : work) {
      const auto size = repository_.blob_size(blob.blob);
      if (size.ok() && *size <= kLargestFile) bytes += *size;
    }
    return bytes <= store_.refined_at_once;
  }

  Result<void> parse_missing() {
    Level level = Level::refined;
    find_places(level);
    std::vector<BlobWork> work = missing();
    if (pass_ == Pass::searchable && !is_small(work)) {
      level = Level::generic;
      find_places(level);
      work = missing();
    }
    if (stop_.stop_requested()) return Error{ErrorKind::timeout, "indexing was stopped"};
    if (work.empty()) return {};
    index_->report_.blobs_parsed +=
        TRY(parse_blobs(repository_, work, level, store_, progress_, stop_));
    find_places(level);
    return {};
  }

  void lay_view() {
    Index& index = *index_;
    for (const auto& segment : index.segments_) index.live_.emplace_back(segment->chunks());
    std::vector<std::string> paths;
    for (Entry& entry : entries_) {
      if (!entry.place) {
        skip("unreadable");
        continue;
      }
      const auto [segment, blob] = *entry.place;
      const BlobRow& row = index.segments_[segment]->blob(blob);
      if (const auto reason = index.segments_[segment]->text(row.skipped); !reason.empty()) {
        skip(reason);
        continue;
      }
      add_file(*entry.place, row, entry.role);
      paths.push_back(std::move(entry.path));
    }
    entries_.clear();
    index.paths_ = store_.paths_of(std::move(paths));
    float total = 0;
    for (const IndexedFile& file : index.files_) total += file.length;
    index.mean_file_length_ = std::max(1.F, total / static_cast<float>(index.files_.size() + 1));
    index.mean_chunk_length_ =
        std::max(1.F, total / static_cast<float>(index.chunks_.size() + 1));
  }

  void add_file(BlobPlace place, const BlobRow& row, Role role) {
    Index& index = *index_;
    const Segment& segment = *index.segments_[place.segment];
    const auto first = static_cast<std::uint32_t>(index.chunks_.size());
    const std::uint32_t local = segment.first_chunk(place.blob);
    const std::uint32_t chunks = segment.chunk_count(place.blob);
    const auto file = static_cast<std::uint32_t>(index.files_.size());
    for (std::uint32_t i = 0; i < chunks; ++i) {
      const ChunkRow& chunk = segment.chunk(local + i);
      index.live_[place.segment].add(local + i, first + i);
      index.chunks_.push_back({file & INT32_MAX, chunk.symbol != 0, chunk.length});
    }
    if (std::ranges::find(index.segment_order_, place.segment) == index.segment_order_.end())
      index.segment_order_.push_back(place.segment);
    if (role == Role::source && row.generated != 0) role = Role::generated;
    index.files_.push_back({place.segment, place.blob, first, chunks, row.length, role});
    ++index.report_.files;
    index.report_.bytes += row.bytes;
    index.report_.chunks += chunks;
    index.report_.symbols += row.symbols;
    if (row.level == static_cast<std::uint32_t>(Level::generic)) ++index.report_.unrefined;
  }

  Result<void> add_history() {
    const auto ids = TRY(repository_.ancestors(commit_, kHistoryDepth));
    Commits commits(ids.size()), fresh;
    for (size_t i = 0; i < ids.size(); ++i) commits[i] = store_.find_commit(ids[i]);
    TRY(read_commits_of(ids, commits, fresh));
    store_.add_commits(fresh);
    const PathIndex& paths = *index_->paths_;
    index_->history_ = History(commits, [&](std::string_view path) { return paths.find(path); },
                               static_cast<std::uint32_t>(index_->files_.size()));
    return {};
  }

  // Reads the commits that no index has kept yet.
  Result<void> read_commits_of(const std::vector<std::string>& ids, Commits& commits,
                               Commits& fresh) {
    std::vector<size_t> missing;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (commits[i] == nullptr) missing.push_back(i);
    }
    std::vector<char> whole(missing.size(), 0);
    on_all_cores(missing.size(), [&]() -> std::function<void(size_t)> {
      auto opened = Repository::open(repository_.directory());
      auto own = opened.ok() ? std::make_shared<Repository>(std::move(*opened)) : nullptr;
      return [&, own](size_t n) {
        const size_t i = missing[n];
        if (own == nullptr || stop_.stop_requested()) return;
        // A shallow or partial clone lacks old trees; history is a help, so it may have holes.
        auto commit = own->commit_with_paths(ids[i]);
        whole[n] = commit.ok() ? 1 : 0;
        commits[i] = std::make_shared<const CommitWords>(
            commit.ok() ? read_commit(std::move(*commit)) : CommitWords{ids[i], {}, {}});
      };
    });
    if (stop_.stop_requested()) return Error{ErrorKind::timeout, "indexing was stopped"};
    for (size_t n = 0; n < missing.size(); ++n) {
      if (commits[missing[n]] == nullptr)
        return Error{ErrorKind::unavailable, "open repository " + repository_.directory()};
      if (whole[n] != 0) fresh.push_back(commits[missing[n]]);
    }
    return {};
  }

  const Repository& repository_;
  const std::string& commit_;
  const Progress& progress_;
  std::stop_token stop_;
  ParsedStore& store_;
  const Pass pass_;
  std::uint32_t last_segment_ = 0;
  std::shared_ptr<Index> index_;
  std::vector<Entry> entries_;  // in path order
};

}  // namespace

Result<std::shared_ptr<const CodeIndex>> CodeIndex::build(
    const Repository& repository, const std::string& commit, const Progress& progress,
    std::stop_token stop, const std::shared_ptr<ParsedStore>& store) {
  ParsedStore own;
  return Builder(repository, commit, progress, std::move(stop), store ? *store : own,
                 Pass::searchable)
      .build();
}

Result<std::shared_ptr<const CodeIndex>> CodeIndex::refine(
    const Repository& repository, const std::string& commit, const Progress& progress,
    std::stop_token stop, const std::shared_ptr<ParsedStore>& store) {
  const auto refined = TRY(
      Builder(repository, commit, progress, stop, *store, Pass::refined).build());
  const auto& index = static_cast<const Index&>(*refined);
  std::vector<BlobPlace> rows;
  for (const IndexedFile& file : index.files_) rows.push_back({file.segment, file.blob});
  store->merge(index.segments_, rows);
  if (store->segments() == index.segments_) return refined;
  // Laid anew over what is there: the segments that were merged can go.
  Builder again(repository, commit, progress, stop, *store, Pass::refined);
  again.count_parsed(refined->report().blobs_parsed);
  return again.build();
}

}  // namespace triage::retrieval
