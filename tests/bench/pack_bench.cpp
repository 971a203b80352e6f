// How much of what a real fix changed lies in the code that a model would be shown: share of the
// changed functions, and of their lines, inside a pack of 4,000, 8,000 and 16,000 tokens, beside whole
// chunks taken in order of rank. Also how long packing takes.
//
// usage: pack_bench CORPUS.jsonl.gz REPOSITORIES [EVERY [WORD]]    REPOSITORIES holds
// <owner>+<name>/repo; every EVERY-th report (5) whose repository's name contains WORD
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "pipeline/base/json.h"
#include "pipeline/base/process.h"
#include "retrieval/pack.h"

namespace triage::bench {
namespace {

using namespace retrieval;
constexpr std::array<size_t, 3> kBudgets{4'000, 8'000, 16'000};

struct Place {
  std::string path;
  std::uint32_t start = 0, end = 0;
};

struct Share {
  double functions = 0, lines = 0, tokens = 0, milliseconds = 0;
  size_t reports = 0;
};

// What came before: the hits in order of rank, each whole where it fits.
std::vector<Place> whole_chunks(const Repository& repository, const std::string& commit,
                                const SearchAnswer& answer, size_t budget, size_t& used) {
  std::vector<Place> out;
  for (const ChunkHit& hit : answer.chunks) {
    const auto content = repository.read_file(commit, hit.chunk.path);
    if (!content) continue;
    size_t from = 0, line = 1;
    while (line < hit.chunk.start && from < content->size()) {
      from = content->find('\n', from) + 1;
      ++line;
    }
    size_t to = from;
    while (line <= hit.chunk.end && to < content->size()) {
      to = std::min(content->find('\n', to), content->size() - 1) + 1;
      ++line;
    }
    const size_t cost = estimate_tokens(std::string_view(*content).substr(from, to - from)) + 24;
    if (used + cost > budget) continue;
    used += cost;
    out.push_back({hit.chunk.path, hit.chunk.start, hit.chunk.end});
  }
  return out;
}

void count(const std::vector<Place>& gold, const std::vector<Place>& shown, Share& share) {
  double functions = 0, lines = 0, all = 0;
  for (const Place& place : gold) {
    size_t inside = 0;
    for (std::uint32_t line = place.start; line <= place.end; ++line)
      inside += std::ranges::any_of(shown, [&](const Place& p) {
        return p.path == place.path && p.start <= line && line <= p.end;
      });
    const size_t length = place.end - place.start + 1;
    functions += inside == length ? 1 : 0;
    lines += static_cast<double>(inside);
    all += static_cast<double>(length);
  }
  share.functions += functions / static_cast<double>(gold.size());
  share.lines += lines / all;
  ++share.reports;
}

std::vector<Place> gold_places(const Json& row, const CodeIndex& index) {
  std::vector<Place> gold;
  for (const auto& [path, symbols] : row["gold_spans"].members()) {
    for (const Json& symbol : symbols.items()) {
      for (const Chunk& chunk : index.definitions(symbol.as_string())) {
        if (chunk.path == path && chunk.symbol == symbol.as_string())
          gold.push_back({path, chunk.start, chunk.end});
      }
    }
  }
  return gold;
}

std::string mirror_of(const std::string& directory, const std::string& repository) {
  std::string name = repository.substr(repository.find('/') + 1);
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().filename().string().ends_with("+" + name)) return entry.path() / "repo";
  }
  return "";
}

using Shares = std::map<std::pair<std::string, size_t>, Share>;

void measure(const Repository& repository, const CodeIndex& index, const Json& row, Shares& shares) {
  const std::string& commit = index.report().revision;
  const auto gold = gold_places(row, index);
  if (gold.empty()) return;
  const SearchAnswer answer = index.search(row["problem_statement"].as_string(), kPackHits);
  SearchAnswer few = answer;
  if (few.chunks.size() > 12) few.chunks.resize(12);
  for (const size_t budget : kBudgets) {
    for (const auto& [name, hits] : {std::pair<const char*, const SearchAnswer*>("whole chunks, 12 hits", &few),
                                     std::pair<const char*, const SearchAnswer*>("whole chunks, 120 hits", &answer)}) {
      size_t used = 0;
      const auto shown = whole_chunks(repository, commit, *hits, budget, used);
      Share& share = shares[{name, budget}];
      share.tokens += static_cast<double>(used);
      count(gold, shown, share);
    }
    Share& share = shares[{"pack", budget}];
    const auto start = std::chrono::steady_clock::now();
    const auto packed = pack(repository, commit, answer, budget);
    share.milliseconds += std::chrono::duration<double, std::milli>(
                              std::chrono::steady_clock::now() - start).count();
    if (!packed) continue;
    std::vector<Place> shown;
    for (const PackedChunk& chunk : *packed) {
      shown.push_back({chunk.path, chunk.start, chunk.end});
      share.tokens += static_cast<double>(estimate_tokens(chunk.text) + 24);
    }
    count(gold, shown, share);
  }
}

void print(const Shares& shares) {
  std::printf("%-24s %7s %8s %10s %8s %9s %8s\n", "how", "budget", "reports", "functions", "lines",
              "tokens", "ms");
  for (const auto& [key, share] : shares) {
    const auto n = static_cast<double>(std::max<size_t>(share.reports, 1));
    std::printf("%-24s %7zu %8zu %9.1f%% %7.1f%% %9.0f %8.1f\n", key.first.c_str(), key.second,
                share.reports, 100 * share.functions / n, 100 * share.lines / n, share.tokens / n,
                share.milliseconds / n);
  }
}

Result<void> run(const std::string& corpus, const std::string& directory, size_t every,
                 const std::string& word) {
  ProcessSpec spec;
  spec.argv = {"gzip", "-dc", corpus};
  spec.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
  spec.keep_output = spec.output_limit = size_t{1} << 28U;
  const auto unpacked = TRY(run_process(spec));
  Shares shares;
  std::map<std::string, std::shared_ptr<ParsedStore>> stores;
  std::map<std::string, size_t> seen;
  for (size_t begin = 0; begin < unpacked.out.size();) {
    const size_t end = std::min(unpacked.out.find('\n', begin), unpacked.out.size());
    const auto row = TRY(parse_json(std::string_view(unpacked.out).substr(begin, end - begin)));
    begin = end + 1;
    const std::string& name = row["repo"].as_string();
    if (name.find(word) == name.npos || seen[name]++ % every != 0) continue;
    const std::string mirror = mirror_of(directory, name);
    const auto repository = mirror.empty() ? Result<Repository>(Error{ErrorKind::not_found, name})
                                           : Repository::open(mirror);
    if (!repository) {
      std::fprintf(stderr, "SKIPPED %s: no repository\n", name.c_str());
      continue;
    }
    auto& store = stores[name];
    if (!store) store = make_parsed_store();
    const auto index =
        CodeIndex::build(*repository, row["base_commit"].as_string(), {}, {}, store);
    if (!index) {
      std::fprintf(stderr, "SKIPPED %s: %s\n", name.c_str(), index.error().message.c_str());
      continue;
    }
    measure(*repository, **index, row, shares);
  }
  print(shares);
  return {};
}

}  // namespace
}  // namespace triage::bench

int main(int count, char** words) {
  if (count < 3) {
    std::fprintf(stderr, "usage: pack_bench CORPUS.jsonl.gz REPOSITORIES [EVERY [WORD]]\n");
    return 2;
  }
  const size_t every = count > 3 ? std::strtoul(words[3], nullptr, 10) : 5;
  const auto done = triage::bench::run(words[1], words[2], std::max<size_t>(every, 1),
                                       count > 4 ? words[4] : "");
  if (!done) std::fprintf(stderr, "pack_bench: %s\n", done.error().message.c_str());
  return done ? 0 : 3;
}
