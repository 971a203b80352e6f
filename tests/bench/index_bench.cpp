// What the index of a repository costs: from nothing, opened again, after a commit of twenty files,
// and asked. Beside the time stands the processor time of this process, which a busy machine does
// not stretch; memory is the highest the process ever held, mapped files included.
//
// usage: index_bench REPOSITORY [REVISION [QUERIES]]
// QUERIES is a file of one query per line; without it the subjects of commits are asked, or, where
// there are few, lines of prose from the repository's documents.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "retrieval/index.h"
#include "retrieval/repository.h"

namespace triage::bench {
namespace {

using namespace retrieval;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr size_t kQueries = 300, kFewQueries = 50, kChangedFiles = 20;

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double peak_megabytes() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

struct Scratch {
  fs::path path;
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "index-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

// Builds and prints one line about it.
Result<std::shared_ptr<const CodeIndex>> timed(const char* name, const Repository& repository,
                                               const std::string& commit,
                                               const std::shared_ptr<ParsedStore>& store) {
  const auto start = Clock::now();
  const double processor = processor_seconds();
  auto index = TRY(CodeIndex::build(repository, commit, {}, {}, store));
  std::printf("%-22s %9.0f ms %9.2f s processor %7.0f MiB peak %7llu parsed\n", name,
              std::chrono::duration<double, std::milli>(Clock::now() - start).count(),
              processor_seconds() - processor, peak_megabytes(),
              static_cast<unsigned long long>(index->report().blobs_parsed));
  return index;
}

// A repository of our own that borrows the other's objects, so that commits can be made in it.
Result<Repository> borrowing(const Repository& from, const fs::path& where) {
  for (const char* part : {"objects/info", "refs/heads"}) fs::create_directories(where / part);
  std::ofstream(where / "HEAD") << "ref: refs/heads/main\n";
  std::ofstream(where / "config") << "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
  fs::path objects = fs::absolute(from.directory()) / "objects";
  if (!fs::exists(objects)) objects = fs::absolute(from.directory()) / ".git/objects";
  std::ofstream(where / "objects/info/alternates") << objects.string() << "\n";
  return Repository::open(where.string());
}

// A commit that changes so many source files, spread over the tree.
Result<std::string> change_files(const Repository& repository, const CodeIndex& index,
                                 const std::string& commit, size_t shift) {
  std::vector<TreeFile> files = TRY(repository.files(commit));
  std::erase_if(files, [&](const TreeFile& file) { return index.chunk_at(file.path, 1) == nullptr; });
  std::vector<FileChange> changes;
  for (size_t i = 0; i < kChangedFiles && !files.empty(); ++i) {
    const std::string& path = files[(files.size() * i / kChangedFiles + shift) % files.size()].path;
    if (!changes.empty() && changes.back().path == path) continue;
    FileChange change;
    change.path = path;
    change.content = TRY(repository.read_file(commit, path)) + "\nlocally changed line\n";
    changes.push_back(std::move(change));
  }
  return repository.commit_changes(commit, changes, "change files", TimePoint{});
}

std::vector<std::string> queries_for(const Repository& repository, const std::string& commit,
                                     const char* file) {
  std::vector<std::string> queries;
  if (file != nullptr) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) queries.push_back(line);
    return queries;
  }
  if (const auto history = repository.history(commit, kQueries)) {
    for (const CommitInfo& one : *history) queries.push_back(one.summary);
  }
  if (queries.size() >= kFewQueries) return queries;
  queries.clear();
  auto files = repository.files(commit);
  if (!files.ok()) return queries;
  const auto is_document = [](const TreeFile& f) {
    return f.path.ends_with(".rst") || f.path.ends_with(".md") || f.path.ends_with(".txt");
  };
  if (static_cast<size_t>(std::ranges::count_if(*files, is_document)) >= kFewQueries)
    std::erase_if(*files, [&](const TreeFile& f) { return !is_document(f); });
  for (size_t i = 0; i < kQueries && !files->empty(); ++i) {
    const auto text = repository.read_blob((*files)[files->size() * i / kQueries].blob, 1U << 20U);
    if (!text.ok()) continue;
    // A line from its middle with enough words to be a sentence.
    for (size_t at = text->find('\n', text->size() / 2); at < text->size();) {
      const size_t end = std::min(text->find('\n', at + 1), text->size());
      std::string line = text->substr(at + 1, end - at - 1);
      at = end;
      if (std::ranges::count(line, ' ') < 6 || line.size() > 200) continue;
      queries.push_back(std::move(line));
      break;
    }
  }
  return queries;
}

void ask(const CodeIndex& index, const std::vector<std::string>& queries) {
  if (queries.empty()) return;
  std::vector<double> took;
  for (int round = 0; round < 2; ++round) {  // the first one warms up
    took.clear();
    for (const std::string& query : queries) took.push_back(index.search(query, 10).took_ms);
  }
  std::ranges::sort(took);
  const auto at = [&](size_t percent) { return took[std::min(took.size() * percent / 100, took.size() - 1)]; };
  std::printf("%-22s p50 %.2f ms, p95 %.2f, p99 %.2f, most %.2f\n",
              (std::to_string(queries.size()) + " queries").c_str(), at(50), at(95), at(99),
              took.back());
}

Result<void> measure(const char* directory, const char* revision, const char* queries) {
  const Scratch scratch;
  const std::string kept = scratch.path / "index";
  const Repository repository = TRY(Repository::open(directory));
  const std::string commit = TRY(repository.resolve(revision));
  const auto cold = TRY(timed("from nothing", repository, commit, open_parsed_store(kept)));
  const IndexReport& report = cold->report();
  std::printf("%-22s %llu files, %.1f MB of source, %llu chunks; index %.1f MB = %.2f of source\n", "",
              static_cast<unsigned long long>(report.files), static_cast<double>(report.bytes) / 1e6,
              static_cast<unsigned long long>(report.chunks),
              static_cast<double>(report.stored_bytes) / 1e6,
              static_cast<double>(report.stored_bytes) / static_cast<double>(report.bytes));
  if (!report.warning.empty()) std::printf("warning: %s\n", report.warning.c_str());
  const auto store = open_parsed_store(kept);
  const auto warm = TRY(timed("opened again", repository, commit, store));
  const Repository own = TRY(borrowing(repository, scratch.path / "repository"));
  // The first one in a fresh process compiles the languages' queries as well.
  const std::string changed = TRY(change_files(own, *warm, commit, 0));
  TRY(timed("a commit of 20 files", own, changed, store));
  const std::string next = TRY(change_files(own, *warm, changed, 7));
  TRY(timed("the next one", own, next, store));
  const auto refined_from = Clock::now();
  const double refining = processor_seconds();
  const auto refined = TRY(CodeIndex::refine(repository, commit, {}, {}, store));
  std::printf("%-22s %9.0f ms %9.2f s processor %7.0f MiB peak, %llu files waited\n", "refined, merged",
              std::chrono::duration<double, std::milli>(Clock::now() - refined_from).count(),
              processor_seconds() - refining, peak_megabytes(),
              static_cast<unsigned long long>(warm->report().unrefined));
  ask(*refined, queries_for(repository, commit, queries));
  const StoreCheck check = check_parsed_store(*store);
  std::printf("%-22s %llu segments, %.1f MB, %llu terms, %zu problems\n", "the index as kept",
              static_cast<unsigned long long>(check.segments), static_cast<double>(check.bytes) / 1e6,
              static_cast<unsigned long long>(check.terms), check.problems.size());
  return {};
}

}  // namespace
}  // namespace triage::bench

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (argc < 2) {
    std::fprintf(stderr, "usage: index_bench REPOSITORY [REVISION [QUERIES]]\n");
    return 2;
  }
  const auto done = triage::bench::measure(argv[1], argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : nullptr);
  if (!done.ok()) std::fprintf(stderr, "index_bench: %s\n", done.error().message.c_str());
  return done.ok() ? 0 : 1;
}
