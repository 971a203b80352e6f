// How well and how fast reports of real faults are localised: the right files among the first 1, 3,
// 5, 10, the right functions, beside a plain BM25, and what each signal is worth.
//
// usage: localisation_bench --repos DIR --reports STYLE=FILE.jsonl … [--every N] [--only WORD]
//                           [--language WORD] [--ablation] [--features OUT] [--misses]
// localisation.sh makes the report files. Needs the repositories; a report whose repository or
// commit is missing is counted and left out.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "pipeline/base/json.h"
#include "retrieval/signals_internal.h"
#include "tests/bench/localisation_internal.h"

namespace triage::bench {

using namespace retrieval;

Result<std::vector<Report>> read_reports(const std::string& path, const std::string& style) {
  std::ifstream in(path);
  if (!in) return Error{ErrorKind::not_found, path + ": can't be read"};
  std::vector<Report> reports;
  for (std::string line; std::getline(in, line);) {
    const Json row = TRY(parse_json(line));
    Report report;
    report.id = row["instance_id"].as_string();
    report.repository = row["repo"].as_string();
    report.language = row["lang"].is_string() ? row["lang"].as_string() : "python";
    report.commit = row["base_commit"].as_string();
    report.style = style;
    report.text = row["problem_statement"].as_string();
    for (const Json& file : row["gold_files"].items()) report.files.insert(file.as_string());
    for (const auto& [file, symbols] : row["gold_spans"].members()) {
      for (const Json& symbol : symbols.items()) {
        if (symbol.as_string() != "imports") report.functions.emplace(file, symbol.as_string());
      }
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

namespace {

constexpr int kRepeats = 4;        // of a query, for its time: the best counts, others run here too
constexpr std::size_t kShown = 10;

struct Options {
  std::string repositories, features, only, language;
  std::vector<std::pair<std::string, std::string>> reports;
  std::size_t every = 1;
  bool ablation = false, misses = false;
};

std::optional<Options> read_options(int count, char** values) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = values[i];
    if (name == "--ablation") {
      options.ablation = true;
    } else if (name == "--misses") {
      options.misses = true;
    } else if (i + 1 == count) {
      return {};
    } else if (const std::string value = values[++i]; name == "--repos") {
      options.repositories = value;
    } else if (name == "--features") {
      options.features = value;
    } else if (name == "--only") {
      options.only = value;
    } else if (name == "--language") {
      options.language = value;
    } else if (name == "--every") {
      options.every = std::max<std::size_t>(1, std::strtoul(value.c_str(), nullptr, 10));
    } else if (const std::size_t equals = value.find('=');
               name == "--reports" && equals != value.npos) {
      options.reports.emplace_back(value.substr(0, equals), value.substr(equals + 1));
    } else {
      return {};
    }
  }
  if (options.repositories.empty() || options.reports.empty()) return {};
  return options;
}

// Forks that hold the same commits, for repositories too large to fetch whole.
std::string repository_directory(const std::string& root, const std::string& repository) {
  static const std::map<std::string, std::string> kForks = {
      {"django/django", "mongodb-forks/django"},
      {"scikit-learn/scikit-learn", "neurodata/scikit-learn"},
      {"matplotlib/matplotlib", "story645/matplotlib"}};
  const auto fork = kForks.find(repository);
  std::string wanted = lower_ascii(fork == kForks.end() ? repository : fork->second);
  std::ranges::replace(wanted, '/', '+');
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (lower_ascii(entry.path().filename().string()) == wanted)
      return (entry.path() / "repo").string();
  }
  return "";
}

std::vector<std::string> paths_of(const SearchAnswer& answer) {
  std::vector<std::string> paths;
  for (const FileHit& hit : answer.files) paths.push_back(hit.path);
  return paths;
}

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {
    if (!options.features.empty()) features_ = std::fopen(options.features.c_str(), "wb");
  }
  ~Bench() {
    if (features_ != nullptr) std::fclose(features_);
  }

  // All reports of one commit, in every style.
  Result<void> measure(std::vector<Report>& reports) {
    const std::string directory =
        repository_directory(options_.repositories, reports[0].repository);
    const Repository repository = TRY(Repository::open(directory));
    const auto built = TRY(CodeIndex::build(repository, reports[0].commit, {}, {}, store_));
    for (Report& report : reports) one(repository, *built, report);
    // Kept until the next commit is built, so that it finds the parsed blobs.
    last_ = built;
    return {};
  }

  void print() const { tally_.print(); }

 private:
  void one(const Repository& repository, const CodeIndex& index, Report& report) {
    const View view = view_of(index);
    keep_known_functions(index, report);
    const SearchAnswer answer = index.search(report.text, 50);
    double best_ms = answer.took_ms;
    for (int again = 0; again < kRepeats; ++again)
      best_ms = std::min(best_ms, index.search(report.text, kShown).took_ms);
    tally_.add_time(best_ms);
    tally_.add_files("all signals", report, paths_of(answer));
    tally_.add_chunks("all signals", report, answer.chunks);
    if (!answer.files.empty())
      tally_.add_confidence(report, answer.confidence,
                            report.files.contains(answer.files[0].path));
    if (options_.misses) print_miss(report, answer);
    if (report.language != "python") {
      std::set<std::string> files;
      for (std::uint32_t f = 0; f < view.files(); ++f) files.emplace(view.file(f).path);
      tally_.add_files("plain BM25", report, plain_.best(repository, report, files, 50));
    }
    if (options_.ablation || features_ != nullptr) {
      const TicketText ticket = read_ticket_text(report.text);
      Evidence evidence(view);
      gather(ticket, evidence);
      if (features_ != nullptr) write_features(features_, report, ticket, evidence);
      if (options_.ablation) ablate(report, ticket, evidence);
    }
  }

  void ablate(const Report& report, const TicketText& ticket, const Evidence& evidence) {
    for (std::size_t f = 0; f < kFeatures; ++f) {
      Weights weights = fitted_weights();
      weights.file[f] = weights.prose[f] = weights.chunk[f] = 0;
      const SearchAnswer answer = rank(ticket, evidence, 50, weights);
      const std::string variant = "no " + std::string(feature_name(static_cast<Feature>(f)));
      tally_.add_files(variant, report, paths_of(answer));
      tally_.add_chunks(variant, report, answer.chunks);
    }
  }

  // Only functions and methods that exist at the commit can be found.
  static void keep_known_functions(const CodeIndex& index, Report& report) {
    std::erase_if(report.functions, [&](const auto& gold) {
      const auto found = index.definitions(gold.second);
      return std::ranges::none_of(found, [&](const Chunk& chunk) {
        return chunk.path == gold.first && chunk.symbol == gold.second &&
               (chunk.kind == "function" || chunk.kind == "method");
      });
    });
  }

  static void print_miss(const Report& report, const SearchAnswer& answer) {
    std::printf("%s %s:", report.id.c_str(), report.style.c_str());
    const auto paths = paths_of(answer);
    for (const std::string& gold : report.files) {
      const auto at = std::ranges::find(paths, gold);
      std::printf(" %s@%td", gold.c_str(), at == paths.end() ? 99 : at - paths.begin() + 1);
    }
    std::printf("\n");
    for (std::size_t i = 0; i < std::min<std::size_t>(answer.files.size(), 3); ++i) {
      std::printf("    %zu. %s %.2f:", i + 1, paths[i].c_str(), answer.files[i].score);
      for (const std::string& why : answer.files[i].why) std::printf(" [%s]", why.c_str());
      std::printf("\n");
    }
  }

  const Options& options_;
  std::shared_ptr<ParsedStore> store_ = make_parsed_store();
  std::shared_ptr<const CodeIndex> last_;
  PlainBm25 plain_;
  Tally tally_;
  std::FILE* features_ = nullptr;
};

// By repository and commit, so that what is parsed serves its neighbours.
Result<std::map<std::pair<std::string, std::string>, std::vector<Report>>> grouped(
    const Options& options) {
  std::map<std::pair<std::string, std::string>, std::vector<Report>> groups;
  for (const auto& [style, path] : options.reports) {
    auto reports = TRY(read_reports(path, style));
    for (std::size_t i = 0; i < reports.size(); ++i) {
      Report& report = reports[i];
      if (i % options.every != 0 || report.id.find(options.only) == std::string::npos ||
          report.language.find(options.language) == std::string::npos)
        continue;
      groups[{report.repository, report.id}].push_back(std::move(report));
    }
  }
  return groups;
}

int run(int count, char** values) {
  const auto options = read_options(count, values);
  if (!options) {
    std::fprintf(stderr, "usage: localisation_bench --repos DIR --reports STYLE=FILE.jsonl …\n");
    return 2;
  }
  auto groups = grouped(*options);
  if (!groups.ok()) {
    std::fprintf(stderr, "%s\n", groups.error().message.c_str());
    return 2;
  }
  Bench bench(*options);
  int missing = 0;
  for (auto& [key, reports] : *groups) {
    if (auto done = bench.measure(reports); !done.ok()) {
      ++missing;
      std::fprintf(stderr, "%s: left out: %s\n", key.second.c_str(), done.error().message.c_str());
    }
  }
  bench.print();
  std::printf("\n%zu reports measured, %d left out\n", groups->size() - static_cast<size_t>(missing),
              missing);
  return 0;
}

}  // namespace
}  // namespace triage::bench

int main(int count, char** values) { return triage::bench::run(count, values); }
