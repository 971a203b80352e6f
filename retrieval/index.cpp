#include "retrieval/index.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <chrono>
#include <optional>
#include <set>

#include "retrieval/index_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::uint64_t kLargestFile = 1U << 20U;
constexpr size_t kHistoryDepth = 2000;

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

// A first error of several threads, and whether to go on.
class Outcome {
 public:
  explicit Outcome(std::stop_token stop) : stop_(std::move(stop)) {}
  bool go_on() const { return !failed_ && !stop_.stop_requested(); }
  void fail(Error error) {
    const std::lock_guard lock(mutex_);
    if (!failed_) error_ = std::move(error);
    failed_ = true;
  }
  Result<void> result() {
    if (error_) return *error_;
    if (stop_.stop_requested()) return Error{ErrorKind::timeout, "indexing was stopped"};
    return {};
  }

 private:
  std::stop_token stop_;
  std::mutex mutex_;
  std::atomic<bool> failed_ = false;
  std::optional<Error> error_;
};

// What came of one file: a parsed blob, or the reason why not.
struct Parsed {
  std::shared_ptr<const ParsedBlob> blob;
  std::string_view skipped;
  bool fresh = false;
};

Result<Parsed> parse_file(const Repository& repository, const TreeFile& file, ParsedStore& store,
                          Chunker& chunker) {
  if (file.kind == TreeFile::Kind::symlink) return Parsed{nullptr, "symlink"};
  if (file.kind == TreeFile::Kind::submodule) return Parsed{nullptr, "submodule"};
  if (role_of(file.path) == Role::generated) return Parsed{nullptr, "generated"};
  const Language& language = language_of(file.path);
  const std::string key = file.blob + ":" + std::string(language.name);
  if (auto known = store.find_blob(key)) return Parsed{std::move(known), {}};
  auto content = repository.read_blob(file.blob, kLargestFile);
  if (!content.ok()) {
    if (content.error().kind == ErrorKind::exhausted) return Parsed{nullptr, "too-large"};
    // A partial clone lacks objects; the rest of the tree is still worth searching.
    if (content.error().kind == ErrorKind::not_found) return Parsed{nullptr, "missing"};
    return content.error().with_context(file.path);
  }
  if (content->empty()) return Parsed{nullptr, "empty"};
  if (const std::string_view reason = reason_to_skip(*content); !reason.empty())
    return Parsed{nullptr, reason};
  auto blob = std::make_shared<const ParsedBlob>(parse_blob(*content, language, chunker));
  store.keep_blob(key, blob);
  return Parsed{std::move(blob), {}, true};
}

// Reads what is asked for on all cores, each with a repository handle of its own.
template <class Work>
Result<void> with_repositories(const Repository& repository, size_t count, Outcome& outcome,
                               const Work& work) {
  on_all_cores(count, [&]() -> std::function<void(size_t)> {
    auto handle = Repository::open(repository.directory());
    if (!handle.ok()) {
      outcome.fail(handle.error());
      return [](size_t) {};
    }
    auto shared = std::make_shared<Repository>(std::move(*handle));
    auto chunker = std::make_shared<Chunker>();
    return [&, shared, chunker](size_t i) {
      if (!outcome.go_on()) return;
      if (auto done = work(*shared, *chunker, i); !done.ok()) outcome.fail(done.error());
    };
  });
  return outcome.result();
}

class Builder {
 public:
  Builder(const Repository& repository, const std::string& commit, const Progress& progress,
          std::stop_token stop, ParsedStore& store)
      : repository_(repository), commit_(commit), progress_(progress), stop_(std::move(stop)),
        store_(store), index_(std::make_shared<Index>()) {}

  Result<std::shared_ptr<const CodeIndex>> build() {
    const auto start = std::chrono::steady_clock::now();
    TRY(parse_files());
    add_chunks();
    add_paths();
    TRY(add_history());
    index_->report_.revision = commit_;
    index_->report_.took_ms = milliseconds_since(start);
    return std::shared_ptr<const CodeIndex>(std::move(index_));
  }

 private:
  Result<void> parse_files() {
    const std::vector<TreeFile> tree = TRY(repository_.files(commit_));
    std::vector<Parsed> parsed(tree.size());
    Outcome outcome(stop_);
    std::mutex reporting;
    size_t done = 0;
    const auto parse = [&](const Repository& own, Chunker& chunker, size_t i) -> Result<void> {
      parsed[i] = TRY(parse_file(own, tree[i], store_, chunker));
      if (!progress_) return {};
      const std::lock_guard lock(reporting);
      progress_(++done, tree.size());
      return {};
    };
    TRY(with_repositories(repository_, tree.size(), outcome, parse));
    IndexReport& report = index_->report_;
    for (size_t i = 0; i < tree.size(); ++i) {
      if (parsed[i].blob == nullptr) {
        ++report.skipped[std::string(parsed[i].skipped)];
        continue;
      }
      ++report.files;
      report.blobs_parsed += parsed[i].fresh ? 1 : 0;
      report.bytes += parsed[i].blob->bytes;
      index_->files_.push_back(
          {tree[i].path, role_of(tree[i].path), std::move(parsed[i].blob), 0, 0});
    }
    return {};
  }

  void add_chunks() {
    Index& index = *index_;
    std::vector<TermIndex::Entry> terms, definitions, literals;
    for (std::uint32_t f = 0; f < index.files_.size(); ++f) {
      IndexedFile& file = index.files_[f];
      file.first_chunk = static_cast<std::uint32_t>(index.chunks_.size());
      for (const ParsedBlob::Part& part : file.blob->parts) {
        const auto chunk = static_cast<std::uint32_t>(index.chunks_.size());
        index.chunks_.push_back(
            {file.path, part.span.start, part.span.end, part.span.symbol, part.span.kind});
        index.chunk_file_.push_back(f);
        index.chunk_length_.push_back(part.length);
        file.length += part.length;
        for (std::uint32_t t = part.first_term; t < part.last_term; ++t)
          terms.push_back({file.blob->terms[t].term, chunk, file.blob->terms[t].weight});
        const std::string_view name = simple_name(part.span.symbol);
        if (!name.empty())
          definitions.push_back({name_term(name), chunk, 1});
      }
      add_literals(f, literals);
    }
    index.report_.chunks = index.chunks_.size();
    index.report_.symbols = definitions.size();
    float total = 0;
    for (const IndexedFile& file : index.files_) total += file.length;
    index.mean_file_length_ = std::max(1.F, total / static_cast<float>(index.files_.size() + 1));
    index.mean_chunk_length_ = std::max(1.F, total / static_cast<float>(index.chunks_.size() + 1));
    index.terms_ = TermIndex(std::move(terms));
    index.definitions_ = TermIndex(std::move(definitions));
    index.literal_starts_ = TermIndex(std::move(literals));
  }

  void add_literals(std::uint32_t file, std::vector<TermIndex::Entry>& out) {
    const auto& literals = index_->files_[file].blob->literals;
    for (std::uint32_t l = 0; l < literals.size(); ++l) {
      const auto& words = literals[l].words;
      for (size_t i = 1; i < words.size(); ++i) {
        if (words[i - 1] == kPlaceholder || words[i] == kPlaceholder) continue;
        out.push_back({pair_of(words[i - 1], words[i]),
                       static_cast<std::uint32_t>(index_->literals_.size()), 1});
        index_->literals_.push_back({file, l});
        break;
      }
    }
  }

  void add_paths() {
    Index& index = *index_;
    std::vector<TermIndex::Entry> entries;
    for (std::uint32_t f = 0; f < index.files_.size(); ++f) {
      const std::string_view path = index.files_[f].path;
      const std::string_view name = file_name(path);
      const std::string_view stem_name = name.substr(0, name.find('.', 1));
      index.by_name_.emplace(name, f);
      index.by_stem_.emplace(stem_name, f);
      std::vector<Term> terms;
      add_terms(stem_name, terms);
      const std::set<Term> own(terms.begin(), terms.end());
      add_terms(path.substr(0, path.size() - name.size()), terms);
      for (const Term term : std::set<Term>(terms.begin(), terms.end()))
        entries.push_back({term, f, own.contains(term) ? 1.F : 0.4F});
    }
    index.path_terms_ = TermIndex(std::move(entries));
  }

  Result<void> add_history() {
    Index& index = *index_;
    const auto ids = TRY(repository_.ancestors(commit_, kHistoryDepth));
    std::vector<std::shared_ptr<const CommitWords>> commits(ids.size());
    Outcome outcome(stop_);
    const auto read = [&](const Repository& own, Chunker&, size_t i) -> Result<void> {
      commits[i] = store_.find_commit(ids[i]);
      if (commits[i]) return {};
      // A shallow or partial clone lacks old trees; history is a help, so it may have holes.
      auto commit = own.commit_with_paths(ids[i]);
      commits[i] = std::make_shared<const CommitWords>(
          commit.ok() ? read_commit(std::move(*commit)) : CommitWords{ids[i], {}, {}});
      store_.keep_commit(ids[i], commits[i]);
      return {};
    };
    TRY(with_repositories(repository_, ids.size(), outcome, read));
    std::unordered_map<std::string_view, std::uint32_t> by_path;
    for (std::uint32_t f = 0; f < index.files_.size(); ++f) by_path[index.files_[f].path] = f;
    std::vector<TermIndex::Entry> entries;
    for (auto& commit : commits) {
      HistoryEntry entry{std::move(commit), {}};
      for (const std::string& path : entry.commit->paths) {
        if (const auto found = by_path.find(path); found != by_path.end())
          entry.files.push_back(found->second);
      }
      const auto document = static_cast<std::uint32_t>(index.history_.size());
      const std::set<Term> terms(entry.commit->terms.begin(), entry.commit->terms.end());
      for (const Term term : terms) entries.push_back({term, document, 1});
      index.history_.push_back(std::move(entry));
    }
    index.history_terms_ = TermIndex(std::move(entries));
    return {};
  }

  const Repository& repository_;
  const std::string& commit_;
  const Progress& progress_;
  std::stop_token stop_;
  ParsedStore& store_;
  std::shared_ptr<Index> index_;
};

// How many components two paths share from their ends.
size_t common_suffix(std::string_view a, std::string_view b) {
  size_t shared = 0;
  while (true) {
    const size_t slash_a = a.rfind('/'), slash_b = b.rfind('/');
    const auto part = [](std::string_view path, size_t slash) {
      return slash == path.npos ? path : path.substr(slash + 1);
    };
    if (part(a, slash_a) != part(b, slash_b)) return shared;
    ++shared;
    if (slash_a == a.npos || slash_b == b.npos) return shared;
    a = a.substr(0, slash_a);
    b = b.substr(0, slash_b);
  }
}

}  // namespace

std::shared_ptr<ParsedStore> make_parsed_store() { return std::make_shared<ParsedStore>(); }

Result<std::shared_ptr<const CodeIndex>> CodeIndex::build(
    const Repository& repository, const std::string& commit, const Progress& progress,
    std::stop_token stop, const std::shared_ptr<ParsedStore>& store) {
  ParsedStore own;
  return Builder(repository, commit, progress, std::move(stop), store ? *store : own).build();
}

std::string_view simple_name(std::string_view symbol) {
  const size_t last = symbol.find_last_of(".:#");
  return last == symbol.npos ? symbol : symbol.substr(last + 1);
}

std::uint32_t Index::file_of(std::string_view path) const {
  std::string clean(path);
  std::ranges::replace(clean, '\\', '/');
  while (clean.starts_with("./")) clean.erase(0, 2);
  const auto [begin, end] = by_name_.equal_range(file_name(clean));
  std::uint32_t best = kNone;
  size_t longest = 0;
  bool unique = false;
  for (auto it = begin; it != end; ++it) {
    const std::string& candidate = files_[it->second].path;
    if (candidate == clean) return it->second;
    const size_t shared = common_suffix(candidate, clean);
    if (shared > longest) {
      longest = shared;
      best = it->second;
      unique = true;
    } else if (shared == longest) {
      unique = false;
    }
  }
  return unique ? best : kNone;
}

std::uint32_t Index::file_of_module(std::string_view dotted) const {
  std::string path(dotted);
  for (size_t at = 0; (at = path.find("::", at)) != std::string::npos;) path.replace(at, 2, "/");
  std::ranges::replace(path, '.', '/');
  // "shop.pricing.apply_discount": the module is the whole or without its last names.
  for (int dropped = 0; dropped < 3; ++dropped) {
    const std::string_view name = file_name(path);
    const auto [begin, end] = by_stem_.equal_range(name);
    std::uint32_t found = kNone;
    size_t matches = 0;
    for (auto it = begin; it != end; ++it) {
      const std::string_view candidate = files_[it->second].path;
      const std::string_view without = candidate.substr(
          0, candidate.size() - file_name(candidate).size() + name.size());
      const bool whole = without.ends_with(path) &&
                         (without.size() == path.size() ||
                          without[without.size() - path.size() - 1] == '/');
      if (!whole) continue;
      found = it->second;
      ++matches;
    }
    if (matches == 1 && path.find('/') != std::string::npos) return found;
    if (const std::uint32_t package = files_.empty() ? kNone : file_of(path + "/__init__.py");
        package != kNone && files_[package].path.ends_with(path + "/__init__.py"))
      return package;
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) break;
    path.resize(slash);
  }
  return kNone;
}

std::string Index::map_path(std::string_view path) const {
  const std::uint32_t file = file_of(path);
  return file == kNone ? "" : files_[file].path;
}

std::uint32_t Index::chunk_index_at(std::uint32_t file, std::uint32_t line) const {
  const IndexedFile& entry = files_[file];
  std::uint32_t best = kNone;
  for (std::uint32_t i = 0; i < entry.blob->parts.size(); ++i) {
    const ChunkSpan& span = entry.blob->parts[i].span;
    if (span.start > line) break;
    // Later parts that hold the line lie inside the earlier ones.
    if (span.end >= line) best = entry.first_chunk + i;
  }
  return best;
}

const Chunk* Index::chunk_at(std::string_view path, std::uint32_t line) const {
  const auto file = std::ranges::lower_bound(files_, path, {}, &IndexedFile::path);
  if (file == files_.end() || file->path != path) return nullptr;
  const std::uint32_t chunk =
      chunk_index_at(static_cast<std::uint32_t>(file - files_.begin()), line);
  return chunk == kNone ? nullptr : &chunks_[chunk];
}

std::span<const TermIndex::Posting> Index::definers(std::string_view name) const {
  return definitions_.find(name_term(simple_name(name)));
}

std::vector<Chunk> Index::definitions(std::string_view symbol) const {
  std::vector<Chunk> found;
  for (const auto& posting : definers(symbol)) found.push_back(chunks_[posting.document]);
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
