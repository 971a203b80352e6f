// What a candidate is, whatever the ticket says: its language, size, how often it changes, and how
// its neighbours fare. Looks at the candidates only.
#include <algorithm>
#include <cmath>
#include <map>

#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::uint32_t kRecentCommits = 1000;
constexpr float kHalfLife = 300;  // commits

bool gathers_names(std::string_view path) {
  const std::string_view name = file_name(path);
  return name == "__init__.py" || name == "index.js" || name == "index.ts" || name == "mod.rs" ||
         name == "lib.rs" || name == "package-info.java";
}

std::string_view directory_of(std::string_view path) {
  return path.substr(0, path.size() - file_name(path).size());
}

void add_languages(Evidence& evidence) {
  std::map<std::string_view, float> common;
  float total = 0;
  for (const std::uint32_t file : evidence.candidates) {
    const Language& language = language_of(evidence.view.file(file).path);
    if (language.grammar == nullptr || !evidence.is_source(file)) continue;
    ++common[language.name];
    ++total;
  }
  for (const std::uint32_t file : evidence.candidates) {
    const View::File entry = evidence.view.file(file);
    const Language& language = language_of(entry.path);
    if (language.grammar == nullptr) {
      evidence.add_file(file, Feature::no_language, 1);
    } else if (total > 0) {
      evidence.add_file(file, Feature::main_language, common[language.name] / total);
    }
    evidence.add_file(file, Feature::size, std::min(1.F, std::log2(1 + entry.length) / 16));
    if (gathers_names(entry.path)) evidence.add_file(file, Feature::reexport, 1);
  }
}

void add_churn(Evidence& evidence) {
  const View& view = evidence.view;
  std::map<std::uint32_t, float> churn;
  for (const std::uint32_t file : evidence.candidates) churn[file] = 0;
  for (std::uint32_t i = 0; i < std::min(view.history().size(), kRecentCommits); ++i) {
    const float worth = std::exp2(-static_cast<float>(i) / kHalfLife);
    const auto files = view.history().files(i);
    for (const std::uint32_t file : files) {
      if (const auto found = churn.find(file); found != churn.end())
        found->second += worth / std::sqrt(static_cast<float>(files.size()));
    }
  }
  for (const auto& [file, value] : churn)
    evidence.add_file(file, Feature::churn, std::log2(1 + value));
}

// A topic is often a directory: what a file's best neighbours have by words.
void add_neighbours(Evidence& evidence) {
  constexpr std::size_t kMost = 4;
  std::map<std::string_view, std::vector<float>> directories;
  const auto words_of = [&](std::uint32_t file) {
    return evidence.files.row_of(file)[index_of(Feature::file_words)];
  };
  for (const std::uint32_t file : evidence.candidates) {
    if (evidence.is_source(file))
      directories[directory_of(evidence.view.file(file).path)].push_back(words_of(file));
  }
  for (auto& [directory, words] : directories) std::ranges::sort(words, std::greater<>());
  for (const std::uint32_t file : evidence.candidates) {
    const auto found = directories.find(directory_of(evidence.view.file(file).path));
    if (found == directories.end()) continue;
    float sum = 0;
    const float own = words_of(file);
    bool skipped = !evidence.is_source(file);
    std::size_t taken = 0;
    for (const float words : found->second) {
      if (taken == kMost) break;
      if (!skipped && words == own) {
        skipped = true;
        continue;
      }
      sum += words;
      ++taken;
    }
    evidence.add_file(file, Feature::neighbours, sum);
  }
}

}  // namespace

void find_priors(const TicketText&, Evidence& evidence) {
  add_languages(evidence);
  add_churn(evidence);
  add_neighbours(evidence);
}

}  // namespace triage::retrieval
