// How fast sources are lexed and chunked without a grammar, and how often that finds what the
// grammars find: per language, the share of tree-sitter's functions and classes that the generic
// chunker has under the same name, first line and last line (each off by one at most).
//
// usage: chunker_bench DIRECTORY… [--misses N]
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "pipeline/base/utf8.h"
#include "retrieval/generic_chunker_internal.h"
#include "retrieval/parsed_internal.h"

using namespace triage::retrieval;

namespace {

constexpr size_t kLargestFile = 1024 * 1024;

struct Tally {
  size_t files = 0, bytes = 0, wanted = 0, found = 0, named = 0, extra = 0;
  double generic_seconds = 0, grammar_seconds = 0;
};

bool near(std::uint32_t a, std::uint32_t b) { return a > b ? a - b <= 1 : b - a <= 1; }

std::string last_part(const std::string& symbol, std::string_view separator) {
  const size_t at = symbol.rfind(separator);
  return at == std::string::npos ? symbol : symbol.substr(at + separator.size());
}

bool counts(const ChunkSpan& span) {
  return !span.symbol.empty() && span.kind != "block" && span.kind != "variable" &&
         span.kind != "property" && span.kind != "type";
}

// Of this process, so that others on the machine do not count.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void compare(const std::string& path, const std::string& source, const Language& language,
             Chunker& chunker, Tally& tally, size_t& misses) {
  double start = cpu_seconds();
  const std::vector<ChunkSpan> generic = generic_chunks(source, language);
  tally.generic_seconds += cpu_seconds() - start;
  ++tally.files;
  tally.bytes += source.size();
  if (language.grammar == nullptr) return;
  start = cpu_seconds();
  const std::vector<ChunkSpan> grammar = chunker.chunks(source, language);
  tally.grammar_seconds += cpu_seconds() - start;
  std::multimap<std::string, const ChunkSpan*> by_name;
  for (const ChunkSpan& span : generic) {
    if (counts(span)) by_name.emplace(last_part(span.symbol, language.separator), &span);
  }
  for (const ChunkSpan& span : grammar) {
    if (!counts(span)) continue;
    ++tally.wanted;
    const auto range = by_name.equal_range(last_part(span.symbol, language.separator));
    bool found = false;
    for (auto it = range.first; it != range.second && !found; ++it) {
      found = near(it->second->start, span.start) && near(it->second->end, span.end);
      tally.named += found && it->second->symbol == span.symbol ? 1 : 0;
    }
    tally.found += found ? 1 : 0;
    if (found || misses == 0) continue;
    --misses;
    std::cout << "missed " << path << ":" << span.start << "-" << span.end << " " << span.kind << " "
              << span.symbol;
    for (auto it = range.first; it != range.second; ++it)
      std::cout << "  has " << it->second->start << "-" << it->second->end;
    std::cout << "\n";
  }
  size_t mine = by_name.size(), theirs = 0;
  for (const ChunkSpan& span : grammar) theirs += counts(span) ? 1U : 0U;
  tally.extra += mine > theirs ? mine - theirs : 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string_view, Tally> tallies;
  Chunker chunker;
  size_t misses = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--misses") == 0 && i + 1 < argc) misses = std::stoul(argv[++i]);
  }
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--misses") == 0) {
      ++i;
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file() || entry.file_size() > kLargestFile) continue;
      const Language& language = language_of(entry.path().string());
      if (language.shape.structure == Structure::none) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string source((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      if (!reason_to_skip(source).empty() || !triage::is_valid_utf8(source)) continue;
      compare(entry.path().string(), source, language, chunker, tallies[language.name], misses);
    }
  }
  std::cout << "language      files      MB  generic MB/s  grammar MB/s  definitions  found %  same qualified name %  extra\n";
  for (const auto& [name, t] : tallies) {
    const double mb = static_cast<double>(t.bytes) / 1e6;
    const double wanted = static_cast<double>(std::max<size_t>(t.wanted, 1));
    std::printf("%-12s %6zu %7.1f %13.0f %13.1f %12zu %8.1f %22.1f %6zu\n", std::string(name).c_str(),
                t.files, mb, mb / t.generic_seconds,
                t.grammar_seconds > 0 ? mb / t.grammar_seconds : 0.0, t.wanted,
                100 * static_cast<double>(t.found) / wanted,
                100 * static_cast<double>(t.named) / wanted, t.extra);
  }
  return 0;
}
