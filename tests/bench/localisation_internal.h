// The parts of localisation_bench: what a report is, a plain BM25 to compare with, the tally, and
// the rows of features that fit_weights.py reads.
#pragma once

#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "retrieval/index.h"
#include "retrieval/ranking_internal.h"
#include "retrieval/repository.h"

namespace triage::bench {

struct Report {
  std::string id, repository, language, commit, style, text;  // style: reports, prose …
  std::set<std::string> files;                              // what the real fix changed
  std::set<std::pair<std::string, std::string>> functions;  // path and symbol
};

// One JSON document per line. Errors: those of reading and parsing.
Result<std::vector<Report>> read_reports(const std::string& path, const std::string& style);

// Whole-file BM25 over plain lower-case words: k1 1.2, b 0.75, nothing about code.
class PlainBm25 {
 public:
  // Remembers the words of blobs between commits. Reads what `index_files` names.
  std::vector<std::string> best(const retrieval::Repository& repository, const Report& report,
                                const std::set<std::string>& index_files, std::size_t k);

 private:
  using Counts = std::unordered_map<std::string, float>;
  struct Document {
    Counts counts;
    float length = 0;
  };
  const Document& read(const retrieval::Repository& repository, const std::string& blob);
  std::unordered_map<std::string, Document> blobs_;
};

// Shares of reports whose gold is found, by group (variant, style, language).
class Tally {
 public:
  void add_files(const std::string& variant, const Report& report,
                 const std::vector<std::string>& ranked);
  void add_chunks(const std::string& variant, const Report& report,
                  const std::vector<retrieval::ChunkHit>& ranked);
  void add_confidence(const Report& report, double confidence, bool right);
  void add_time(double milliseconds) { times_.push_back(milliseconds); }
  void print() const;

 private:
  struct Shares {
    int reports = 0, with_functions = 0;
    std::map<int, int> all, any, functions;  // by k
    double reciprocal = 0;
  };
  struct Bin {
    int count = 0, right = 0;
    double sum = 0;
  };
  std::map<std::string, std::map<std::string, Shares>> groups_;  // group → variant
  std::vector<std::string> variants_;                            // in order of appearance
  std::map<std::string, std::map<int, Bin>> confidence_;
  std::vector<double> times_;
};

// Appends one query: a JSON line of its length and shape, then rows of 32-bit floats.
void write_features(std::FILE* out, const Report& report, const retrieval::TicketText& ticket,
                    const retrieval::Evidence& evidence);

}  // namespace triage::bench
