// The peers that are programs, taken from PATH.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <unordered_map>

#include "pipeline/base/process.h"
#include "tests/bench/peers_internal.h"

namespace triage::bench {
namespace {

constexpr size_t kAskedWords = 8;  // of a ticket: each costs these programs a look at everything
constexpr Milliseconds kLongest{15 * 60'000};
constexpr size_t kMostOutput = size_t{512} << 20U;

std::string path_variable() {
  const char* path = std::getenv("PATH");
  return path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
}

Result<std::string> output_of(std::vector<std::string> argv, const std::string& directory,
                              std::vector<std::pair<std::string, std::string>> env = {}) {
  ProcessSpec spec;
  spec.argv = std::move(argv);
  spec.env = std::move(env);
  spec.env.emplace_back("PATH", path_variable());
  spec.directory = directory;
  spec.time_limit = kLongest;
  spec.keep_output = spec.output_limit = kMostOutput;
  auto ran = TRY(run_process(spec));
  // 1 is how the searching ones say that nothing matched.
  if (ran.cut_off() || ran.exit_code > 1)
    return Error{ErrorKind::unavailable, spec.argv.front() + " failed: " + ran.err.substr(0, 300)};
  return std::move(ran.out);
}

std::string missing_program(const std::string& program, const std::string& package) {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "command -v " + program};
  spec.env = {{"PATH", path_variable()}};
  const auto ran = run_process(spec);
  return ran && ran->success() ? "" : package + " is not installed";
}

// "path:count" lines as a ranking: most matches first.
std::vector<std::string> by_count(const std::string& text, const std::string& prefix, size_t k) {
  std::vector<std::pair<long, std::string>> found;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    const size_t colon = line.rfind(':');
    if (colon == std::string::npos) continue;
    const long count = std::strtol(line.c_str() + colon + 1, nullptr, 10);
    line.resize(colon);
    if (line.starts_with(prefix)) line.erase(0, prefix.size());
    found.emplace_back(-count, std::move(line));
  }
  std::ranges::sort(found);
  std::vector<std::string> paths;
  for (size_t i = 0; i < std::min(k, found.size()); ++i) paths.push_back(found[i].second);
  return paths;
}

class Ripgrep final : public Peer {
 public:
  std::string name() const override { return "ripgrep"; }
  std::string missing() const override { return missing_program("rg", "ripgrep"); }
  Result<void> index(const Tree& tree, const std::string&) override {
    directory_ = tree.directory;
    return {};
  }
  Result<std::vector<std::string>> search(const std::string& text, size_t k) override {
    std::vector<std::string> argv{"rg", "--no-ignore", "--hidden", "--count", "--ignore-case",
                                  "--fixed-strings", "--no-messages"};
    const auto words = longest(query_words(text), kAskedWords);
    if (words.empty()) return std::vector<std::string>{};
    for (const std::string& word : words) argv.insert(argv.end(), {"-e", word});
    argv.emplace_back("./");
    return by_count(TRY(output_of(std::move(argv), directory_)), "./", k);
  }

 private:
  std::string directory_;
};

class Codesearch final : public Peer {
 public:
  std::string name() const override { return "codesearch"; }
  std::string missing() const override { return missing_program("cindex", "codesearch"); }
  Result<void> index(const Tree& tree, const std::string& scratch) override {
    directory_ = tree.directory;
    file_ = scratch + "/csearchindex";
    TRY(output_of({"cindex", tree.directory}, tree.directory, {{"CSEARCHINDEX", file_}}));
    return {};
  }
  std::uint64_t index_bytes() const override { return read_whole(file_).size(); }
  Result<std::vector<std::string>> search(const std::string& text, size_t k) override {
    std::string pattern;
    for (const std::string& word : longest(query_words(text), kAskedWords))
      pattern += (pattern.empty() ? "(?i)(" : "|") + word;
    if (pattern.empty()) return std::vector<std::string>{};
    return by_count(TRY(output_of({"csearch", "-c", pattern + ")"}, directory_, {{"CSEARCHINDEX", file_}})),
                    directory_ + "/", k);
  }

 private:
  std::string directory_, file_;
};

// A file is worth the names that the ticket has and it defines, rare ones more.
class Ctags final : public Peer {
 public:
  std::string name() const override { return "universal-ctags"; }
  std::string missing() const override { return missing_program("ctags", "universal-ctags"); }
  Result<void> index(const Tree& tree, const std::string& scratch) override {
    file_ = scratch + "/tags";
    const std::string list = scratch + "/list";
    {
      std::ofstream out(list);
      for (const std::string& path : tree.paths) out << path << '\n';
    }
    TRY(output_of({"ctags", "--quiet", "--links=no", "-f", file_, "-L", list}, tree.directory));
    names_.clear();
    std::ifstream in(file_);
    for (std::string line; std::getline(in, line);) {
      const size_t first = line.find('\t'), second = line.find('\t', first + 1);
      if (line.starts_with("!_") || second == std::string::npos) continue;
      std::string name = line.substr(0, first);
      std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      names_[name].insert(line.substr(first + 1, second - first - 1));
    }
    return {};
  }
  std::uint64_t index_bytes() const override { return read_whole(file_).size(); }
  Result<std::vector<std::string>> search(const std::string& text, size_t k) override {
    std::map<std::string, double> worth;
    for (const std::string& word : query_words(text)) {
      const auto found = names_.find(word);
      if (found == names_.end()) continue;
      for (const std::string& path : found->second)
        worth[path] += 1 / std::sqrt(static_cast<double>(found->second.size()));
    }
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [path, sum] : worth) order.emplace_back(-sum, path);
    std::ranges::sort(order);
    std::vector<std::string> paths;
    for (size_t i = 0; i < std::min(k, order.size()); ++i) paths.push_back(order[i].second);
    return paths;
  }

 private:
  std::string file_;
  std::unordered_map<std::string, std::set<std::string>> names_;
};

}  // namespace

std::unique_ptr<Peer> codesearch() { return std::make_unique<Codesearch>(); }
std::unique_ptr<Peer> universal_ctags() { return std::make_unique<Ctags>(); }
std::unique_ptr<Peer> ripgrep() { return std::make_unique<Ripgrep>(); }

std::vector<std::unique_ptr<Peer>> all_peers() {
  std::vector<std::unique_ptr<Peer>> all;
  for (const auto make : {ours, sqlite_fts5, xapian, codesearch, universal_ctags, ripgrep})
    all.push_back(make());
  return all;
}

}  // namespace triage::bench
