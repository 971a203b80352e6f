// Ours beside other ways to find code, in one run: time to index from nothing, size of the index, time
// of a query, and whether the files that the real fix changed are among the first one, five and ten.
// Ours reads a git repository, the others a tree checked out of it that lies in the page cache; the
// checking out is not counted, nor is a first query. Programs are asked for the eight longest words of a ticket.
//
// usage: peers_bench --reports FILE.jsonl REPOSITORIES [EVERY [WORD]]
//            reports of real faults, one JSON document a line; REPOSITORIES holds <owner>+<name>/repo;
//            every EVERY-th (20) whose repository's name contains WORD
//        peers_bench --tree REPOSITORY [QUERIES]
//            one large tree, asked its own commits' or documents' lines
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "pipeline/base/json.h"
#include "pipeline/base/process.h"
#include "retrieval/repository.h"
#include "tests/bench/peers_internal.h"

namespace triage::bench {
namespace {

namespace fs = std::filesystem;
using retrieval::Repository;
constexpr std::uint64_t kLargestFile = 1U << 20U;
constexpr size_t kHits = 10;

struct Query {
  std::string text;
  std::vector<std::string> gold;  // files; empty: unknown
};

struct Figures {
  double index_seconds = 0;
  std::uint64_t index_bytes = 0, tree_bytes = 0;
  std::vector<double> query_ms;
  size_t judged = 0, first = 0, in_five = 0, in_ten = 0;
  std::string failure;
};

template <class Work>
double seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

class Scratch {
 public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "peers-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string make(const std::string& name) const {
    fs::remove_all(path_ / name);
    fs::create_directories(path_ / name);
    return path_ / name;
  }

 private:
  fs::path path_;
};

// Writes the text files of a commit to the directory; others would only measure how binaries are
// told from text.
Result<Tree> check_out(const std::string& repository, const std::string& revision,
                       const std::string& directory) {
  Tree tree{repository, "", directory, {}, 0};
  const Repository git = TRY(Repository::open(repository));
  tree.commit = TRY(git.resolve(revision));
  for (const retrieval::TreeFile& file : TRY(git.files(tree.commit))) {
    if (file.kind != retrieval::TreeFile::Kind::regular &&
        file.kind != retrieval::TreeFile::Kind::executable)
      continue;
    const auto content = git.read_blob(file.blob, kLargestFile);
    if (!content || content->find('\0') < 8'000 || file.path.find('\n') != std::string::npos) continue;
    const fs::path path = fs::path(directory) / file.path;
    fs::create_directories(path.parent_path());
    std::FILE* out = std::fopen(path.c_str(), "wb");
    if (out == nullptr) return Error{ErrorKind::exhausted, "cannot write " + path.string()};
    std::fwrite(content->data(), 1, content->size(), out);
    std::fclose(out);
    tree.bytes += content->size();
    tree.paths.push_back(file.path);
  }
  return tree;
}

void judge(const Query& query, const std::vector<std::string>& found, Figures& figures) {
  if (query.gold.empty()) return;
  const auto all_in = [&](size_t k) {
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(k, found.size()));
    return std::ranges::all_of(query.gold, [&](const std::string& path) {
      return std::find(found.begin(), end, path) != end;
    });
  };
  ++figures.judged;
  figures.first += all_in(1) ? 1 : 0;
  figures.in_five += all_in(5) ? 1 : 0;
  figures.in_ten += all_in(10) ? 1 : 0;
}

void measure(Peer& peer, const Tree& tree, const std::string& scratch,
             const std::vector<Query>& queries, Figures& figures) {
  Result<void> indexed;
  figures.index_seconds += seconds([&] { indexed = peer.index(tree, scratch); });
  if (!indexed) {
    figures.failure = indexed.error().message;
    return;
  }
  figures.index_bytes += peer.index_bytes();
  figures.tree_bytes += tree.bytes;
  // The first query finds its memory cold, with all of them.
  if (!queries.empty()) static_cast<void>(peer.search(queries.front().text, kHits).ok());
  for (const Query& query : queries) {
    Result<std::vector<std::string>> found = std::vector<std::string>{};
    figures.query_ms.push_back(1000 * seconds([&] { found = peer.search(query.text, kHits); }));
    if (!found) {
      figures.failure = found.error().message;
      return;
    }
    judge(query, *found, figures);
  }
}

double percentile(std::vector<double> values, size_t percent) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, values.size() * percent / 100)];
}

void print_row(const std::string& name, const Figures& mine, const Figures& ours) {
  if (!mine.failure.empty()) {
    std::printf("%-16s failed: %s\n", name.c_str(), mine.failure.c_str());
    return;
  }
  const auto ratio = [](double a, double b) { return b > 0 ? a / b : 0; };
  const double p50 = percentile(mine.query_ms, 50), p99 = percentile(mine.query_ms, 99);
  std::printf("%-16s %8.2f s %7.2fx", name.c_str(), mine.index_seconds,
              ratio(mine.index_seconds, ours.index_seconds));
  if (mine.index_bytes > 0)
    std::printf(" %8.1f MB %5.2f", static_cast<double>(mine.index_bytes) / 1e6,
                ratio(static_cast<double>(mine.index_bytes), static_cast<double>(mine.tree_bytes)));
  else
    std::printf(" %11s %5s", "none", "-");
  std::printf(" %9.2f %9.2f %8.2fx", p50, p99, ratio(p50, percentile(ours.query_ms, 50)));
  const auto share = [&](size_t hits) {
    return 100 * static_cast<double>(hits) / static_cast<double>(std::max<size_t>(mine.judged, 1));
  };
  if (mine.judged > 0)
    std::printf("   %5.1f %5.1f %5.1f\n", share(mine.first), share(mine.in_five), share(mine.in_ten));
  else
    std::printf("   %5s %5s %5s\n", "-", "-", "-");
}

class Table {
 public:
  Table() : peers_(all_peers()) {
    for (const auto& peer : peers_) {
      const std::string reason = peer->missing();
      if (!reason.empty()) skipped_[peer->name()] = reason;
    }
  }
  void add(const Tree& tree, const Scratch& scratch, const std::vector<Query>& queries) {
    ++trees_;
    for (const auto& peer : peers_) {
      if (!skipped_.contains(peer->name()))
        measure(*peer, tree, scratch.make("index"), queries, figures_[peer->name()]);
    }
  }
  void print() {
    const Figures& ours = figures_[peers_.front()->name()];
    std::printf("%zu trees, %.1f MB of text, %zu queries; ratios are to triaged\n", trees_,
                static_cast<double>(ours.tree_bytes) / 1e6, ours.query_ms.size());
    std::printf("%-16s %10s %8s %11s %5s %9s %9s %9s   %5s %5s %5s\n", "", "index", "ratio", "on disk",
                "/text", "query p50", "p99 ms", "ratio", "@1", "@5", "@10");
    for (const auto& peer : peers_) {
      const auto skipped = skipped_.find(peer->name());
      if (skipped == skipped_.end()) print_row(peer->name(), figures_[peer->name()], ours);
      else std::printf("%-16s SKIPPED: %s\n", peer->name().c_str(), skipped->second.c_str());
    }
  }

 private:
  std::vector<std::unique_ptr<Peer>> peers_;
  std::map<std::string, std::string> skipped_;
  std::map<std::string, Figures> figures_;
  size_t trees_ = 0;
};

std::string mirror_of(const std::string& directory, const std::string& repository) {
  const std::string name = repository.substr(repository.find('/') + 1);
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().ends_with("+" + name)) return entry.path() / "repo";
  }
  return directory + "/" + repository;
}

Result<void> measure_reports(const std::string& file, const std::string& directory, size_t every,
                             const std::string& word) {
  const Scratch scratch;
  Table table;
  std::map<std::string, size_t> seen;
  const std::string text = read_whole(file);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const Json row = TRY(parse_json(std::string_view(text).substr(begin, end - begin)));
    begin = end + 1;
    const std::string& repository = row["repo"].as_string();
    if (repository.find(word) == std::string::npos || seen[repository]++ % every != 0) continue;
    Query query{row["problem_statement"].as_string(), {}};
    for (const Json& path : row["gold_files"].items()) query.gold.push_back(path.as_string());
    const auto tree = check_out(mirror_of(directory, repository), row["base_commit"].as_string(),
                                scratch.make("tree"));
    if (!tree) {
      std::fprintf(stderr, "SKIPPED %s: %s\n", repository.c_str(), tree.error().message.c_str());
      continue;
    }
    table.add(*tree, scratch, {std::move(query)});
  }
  table.print();
  return {};
}

// Subjects of commits, or, where there are few, sentences from the middle of documents.
std::vector<Query> own_queries(const Tree& tree, size_t count) {
  std::vector<Query> queries;
  if (const auto git = Repository::open(tree.repository)) {
    if (const auto ids = git->ancestors(tree.commit, count)) {
      for (const std::string& id : *ids) {
        if (const auto commit = git->commit(id)) queries.push_back({commit->summary, {}});
      }
    }
  }
  if (queries.size() == count) return queries;
  queries.clear();
  std::vector<std::string> documents;
  for (const std::string& path : tree.paths) {
    if (path.ends_with(".rst") || path.ends_with(".md") || path.ends_with(".txt")) documents.push_back(path);
  }
  for (size_t i = 0; i < count && !documents.empty(); ++i) {
    const std::string text = read_whole(tree.directory + "/" + documents[documents.size() * i / count]);
    size_t at = text.find('\n', text.size() / 2);
    while (at < text.size()) {
      const size_t end = std::min(text.find('\n', at + 1), text.size());
      std::string line = text.substr(at + 1, end - at - 1);
      at = end;
      if (std::ranges::count(line, ' ') < 6 || line.size() > 200) continue;
      queries.push_back({std::move(line), {}});
      break;
    }
  }
  return queries;
}

Result<void> measure_tree(const std::string& repository, size_t count) {
  const Scratch scratch;
  const Tree tree = TRY(check_out(repository, "", scratch.make("tree")));
  Table table;
  table.add(tree, scratch, own_queries(tree, count));
  table.print();
  return {};
}

size_t number(int count, char** words, int at, size_t otherwise) {
  return count > at ? std::max<size_t>(std::strtoul(words[at], nullptr, 10), 1) : otherwise;
}

}  // namespace
}  // namespace triage::bench

int main(int count, char** words) {
  using namespace triage::bench;
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  const std::string what = count > 2 ? words[1] : "";
  triage::Result<void> done;
  if (what == "--reports" && count > 3) {
    done = measure_reports(words[2], words[3], number(count, words, 4, 20), count > 5 ? words[5] : "");
  } else if (what == "--tree") {
    done = measure_tree(words[2], number(count, words, 3, 100));
  } else {
    std::fprintf(stderr, "usage: peers_bench --reports FILE.jsonl REPOSITORIES [EVERY [WORD]]\n"
                         "       peers_bench --tree REPOSITORY [QUERIES]\n");
    return 2;
  }
  if (!done) std::fprintf(stderr, "peers_bench: %s\n", done.error().message.c_str());
  return done ? 0 : 3;
}
