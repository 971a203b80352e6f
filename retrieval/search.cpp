// How a ticket finds its place. Every kind of evidence gives each file a number; each kind is
// scaled to at most 1 and counts with one weight from the table below. Chunks are ranked the same
// way, by their own words, their file's place and the evidence that names them.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <set>

#include "pipeline/base/utf8.h"
#include "retrieval/index_internal.h"

namespace triage::retrieval {

namespace {

constexpr float kSaturation = 1.2F, kFileLength = 0.75F, kChunkLength = 0.6F;  // BM25's k1 and b

// Weights fitted by hand on reports of repositories that the benchmark does not hold; the order
// matters more than the digits.
enum Feature : size_t {
  kFileWords, kBestChunk, kTopChunks, kTitleWords, kPathWords, kPathMention, kModule, kFrame,
  kErrorString, kDefinition, kPhrase, kSimilarCommit, kFeatures
};
constexpr std::array<double, kFeatures> kWeights = {
    1.0,  // kFileWords
    0.5,  // kBestChunk
    0.6,  // kTopChunks
    0.5,  // kTitleWords
    0.4,  // kPathWords
    1.5,  // kPathMention
    1.0,  // kModule
    1.8,  // kFrame
    1.0,  // kErrorString
    0.8,  // kDefinition
    0.3,  // kPhrase
    0.6,  // kSimilarCommit
};
constexpr double kHistoryWithoutCode = 1.6;  // prose alone: past changes speak more
constexpr size_t kSimilarCommits = 40;
constexpr double kFrameDecay = 0.8;
constexpr size_t kMostDefiners = 24;         // a name defined more often points nowhere
constexpr size_t kReasons = 5;

// Evidence in words: for a file, and where it names one, for a chunk.
struct Reason {
  std::uint32_t file = 0;
  std::uint32_t chunk = Index::kNone;
  double strength = 0;
  std::string words;
  bool exact = false;
};

float idf(size_t documents, size_t holding) {
  const auto n = static_cast<float>(documents), df = static_cast<float>(holding);
  return std::log(1 + (n - df + 0.5F) / (df + 0.5F));
}

float saturate(float tf, float length, float mean, float b) {
  return tf * (kSaturation + 1) / (tf + kSaturation * (1 - b + b * length / mean));
}

// One search; used once.
class Search {
 public:
  Search(const Index& index, std::string_view text)
      : index_(index), ticket_(read_ticket_text(text)), files_(index.files_.size()),
        chunk_words_(index.chunks_.size()), chunk_extra_(index.chunks_.size()) {}

  SearchAnswer run(size_t k) {
    SearchAnswer answer;
    if (index_.files_.empty()) return answer;
    words();
    phrases();
    top_chunks();
    path_words();
    mentions();
    frames();
    error_strings();
    names();
    similar_commits();
    const std::vector<double> scores = file_scores();
    answer.files = best_files(scores, k);
    answer.chunks = best_chunks(scores, k);
    answer.trust = trust(answer);
    return answer;
  }

 private:
  using Row = std::array<float, kFeatures>;

  void words() {
    for (const QueryTerm& term : ticket_.terms) {
      const auto postings = index_.terms_.find(term.term);
      if (postings.empty()) continue;
      file_tf_.clear();
      for (const auto& posting : postings) {
        const std::uint32_t file = index_.chunk_file_[posting.document];
        if (file_tf_.empty() || file_tf_.back().document != file) file_tf_.push_back({file, 0});
        file_tf_.back().weight += posting.weight;
      }
      const float in_files = idf(index_.files_.size(), file_tf_.size());
      for (const auto& [file, tf] : file_tf_) {
        const float score = in_files * saturate(tf, index_.files_[file].length,
                                                index_.mean_file_length_, kFileLength);
        files_[file][kFileWords] += term.weight * score;
        files_[file][kTitleWords] += term.title * score;
      }
      const float in_chunks = term.weight * idf(index_.chunks_.size(), postings.size());
      for (const auto& [chunk, tf] : postings)
        chunk_words_[chunk] += in_chunks * saturate(tf, index_.chunk_length_[chunk],
                                                    index_.mean_chunk_length_, kChunkLength);
    }
  }

  void phrases() {
    for (const Term pair : ticket_.pairs) {
      const auto postings = index_.terms_.find(pair);
      if (postings.empty()) continue;
      const float worth = idf(index_.chunks_.size(), postings.size());
      std::uint32_t last = Index::kNone;
      for (const auto& posting : postings) {
        const std::uint32_t file = index_.chunk_file_[posting.document];
        if (file != last) files_[file][kPhrase] += worth;
        last = file;
      }
    }
  }

  void top_chunks() {
    for (std::uint32_t f = 0; f < files_.size(); ++f) {
      const IndexedFile& file = index_.files_[f];
      std::array<float, 3> top{};
      for (size_t i = 0; i < file.blob->parts.size(); ++i) {
        const float score = chunk_words_[file.first_chunk + i];
        if (score <= top[2]) continue;
        top[2] = score;
        std::ranges::sort(top, std::greater<>());
      }
      files_[f][kBestChunk] = top[0];
      files_[f][kTopChunks] = top[0] + top[1] + top[2];
    }
  }

  void path_words() {
    for (const QueryTerm& term : ticket_.terms) {
      const auto postings = index_.path_terms_.find(term.term);
      if (postings.empty()) continue;
      const float worth = idf(files_.size(), postings.size()) * (term.weight + term.title);
      for (const auto& [file, weight] : postings) {
        files_[file][kPathWords] += worth * weight;
        if (weight == 1 && postings.size() <= 8)
          reason(file, Index::kNone, 0.2 * worth, "path mentions " + term.text);
      }
    }
  }

  void mentions() {
    std::set<std::uint32_t> seen;
    for (const PathMention& mention : ticket_.paths) {
      const std::uint32_t file = index_.file_of(mention.path);
      if (file == Index::kNone || !seen.insert(file).second) continue;
      // A bare file name says less than a path with a directory.
      const bool with_directory = mention.path.find('/') != std::string::npos;
      files_[file][kPathMention] += mention.included ? 0.3F : with_directory ? 1.F : 0.7F;
      const std::uint32_t chunk =
          mention.line > 0 ? index_.chunk_index_at(file, mention.line) : Index::kNone;
      if (chunk != Index::kNone) chunk_extra_[chunk] += 1;
      std::string words = "named in the ticket: " + mention.path;
      if (mention.line > 0) words += ":" + std::to_string(mention.line);
      reason(file, chunk, mention.included ? 1 : 8, std::move(words),
             !mention.included && is_source(file));
    }
    seen.clear();
    for (const std::string& dotted : ticket_.dotted) {
      const std::uint32_t file = index_.file_of_module(dotted);
      if (file == Index::kNone || !seen.insert(file).second) continue;
      files_[file][kModule] += 1;
      reason(file, Index::kNone, 4, "module " + dotted);
    }
  }

  bool is_source(std::uint32_t file) const { return index_.files_[file].role == Role::source; }

  // The file of a frame; the JVM writes only the file's name, its package is in the function's.
  std::uint32_t file_of_frame(const Frame& frame) const {
    if (frame.path.find('/') == std::string::npos && frame.function.find('.') != std::string::npos) {
      std::string package = frame.function;
      for (int part = 0; part < 2; ++part) package.resize(std::min(package.size(), package.rfind('.')));
      std::ranges::replace(package, '.', '/');
      const std::uint32_t file = index_.file_of(package + "/" + frame.path);
      if (file != Index::kNone) return file;
    }
    return index_.file_of(frame.path);
  }

  void frames() {
    // The root cause is where it broke: its frames count first.
    std::vector<std::pair<const Trace*, double>> traces;
    for (const Trace& trace : ticket_.traces) {
      double share = 1;
      std::vector<const Trace*> chain;
      for (const Trace* t = &trace;; t = &t->cause.front()) {
        chain.push_back(t);
        if (t->cause.empty()) break;
      }
      for (auto t = chain.rbegin(); t != chain.rend(); ++t, share *= 0.6) traces.emplace_back(*t, share);
    }
    for (const auto& [trace, share] : traces) {
      double worth = share;
      for (const Frame& frame : trace->frames) {
        const std::uint32_t file = file_of_frame(frame);
        if (file == Index::kNone) continue;
        auto& value = files_[file][kFrame];
        value = std::max(value, static_cast<float>(worth));
        const std::uint32_t chunk =
            frame.line > 0 ? index_.chunk_index_at(file, frame.line) : Index::kNone;
        if (chunk != Index::kNone)
          chunk_extra_[chunk] = std::max(chunk_extra_[chunk], static_cast<float>(1.5 * worth));
        reason(file, chunk, 10 * worth,
               "frame " + index_.files_[file].path + ":" + std::to_string(frame.line),
               is_source(file));
        worth *= kFrameDecay;
      }
    }
  }

  // How many words of a literal the ticket holds from `at`, placeholders standing for a few words
  // each; 0 where it is not all of them.
  size_t match(const std::vector<Term>& words, size_t first, size_t at) const {
    constexpr size_t kHole = 8;
    size_t matched = 0, skip = 0;
    for (size_t w = first; w < words.size(); ++w) {
      if (words[w] == kPlaceholder) {
        skip = kHole;
        continue;
      }
      size_t end = std::min(at + skip + 1, ticket_.words.size());
      size_t found = at;
      while (found < end && ticket_.words[found] != words[w]) ++found;
      if (found >= end) return 0;
      at = found + 1;
      skip = 0;
      ++matched;
    }
    return matched;
  }

  void error_strings() {
    std::unordered_map<std::uint32_t, size_t> found;  // place in literals_ → words matched
    std::set<Term> tried;
    for (size_t i = 1; i < ticket_.words.size(); ++i) {
      const Term start = pair_of(ticket_.words[i - 1], ticket_.words[i]);
      const auto postings = index_.literal_starts_.find(start);
      if (postings.empty() || postings.size() > 200 || !tried.insert(start).second) continue;
      for (const auto& posting : postings) {
        const auto& words = literal(posting.document).words;
        const size_t first = first_pair(words);
        const size_t matched = match(words, first, i - 1);
        if (matched >= 3) found[posting.document] = std::max(found[posting.document], matched);
      }
    }
    const double share = 1 / std::sqrt(static_cast<double>(std::max<size_t>(found.size(), 1)));
    for (const auto& [place, matched] : found) {
      const std::uint32_t file = index_.literals_[place].file;
      const auto& text = literal(place);
      const auto worth = static_cast<float>(std::min(1.0, 0.2 * static_cast<double>(matched)) * share);
      auto& value = files_[file][kErrorString];
      value = std::max(value, worth);
      const std::uint32_t chunk = index_.files_[file].first_chunk + text.part;
      chunk_extra_[chunk] = std::max(chunk_extra_[chunk], worth);
      reason(file, chunk, 7 * worth, "error string \"" + text.text + "\"",
             matched >= 4 && is_source(file));
    }
  }

  const ParsedBlob::Literal& literal(std::uint32_t place) const {
    const LiteralPlace& at = index_.literals_[place];
    return index_.files_[at.file].blob->literals[at.literal];
  }

  static size_t first_pair(const std::vector<Term>& words) {
    for (size_t i = 1; i < words.size(); ++i) {
      if (words[i - 1] != kPlaceholder && words[i] != kPlaceholder) return i - 1;
    }
    return 0;
  }

  void names() {
    for (const NameMention& mention : ticket_.names) {
      const auto definers = index_.definers(mention.name);
      if (definers.empty() || definers.size() > kMostDefiners) continue;
      const float worth = mention.weight / std::sqrt(static_cast<float>(definers.size()));
      for (const auto& posting : definers) {
        const std::uint32_t chunk = posting.document, file = index_.chunk_file_[chunk];
        const bool same_case = simple_name(index_.chunks_[chunk].symbol) == mention.name;
        const float value = same_case ? worth : worth * 0.5F;
        files_[file][kDefinition] += value;
        chunk_extra_[chunk] += 0.5F * value;
        reason(file, chunk, 3 * value, "defines " + index_.chunks_[chunk].symbol);
      }
    }
  }

  void similar_commits() {
    std::vector<float> scores(index_.history_.size());
    for (const QueryTerm& term : ticket_.terms) {
      const auto postings = index_.history_terms_.find(term.term);
      if (postings.empty()) continue;
      const float worth = idf(scores.size(), postings.size()) * (term.weight + term.title);
      for (const auto& posting : postings) {
        const auto length = static_cast<float>(index_.history_[posting.document].commit->terms.size());
        scores[posting.document] += worth / std::sqrt(4 + length);
      }
    }
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < scores.size(); ++i) {
      if (scores[i] > 0 && !index_.history_[i].files.empty()) order.push_back(i);
    }
    const size_t count = std::min(order.size(), kSimilarCommits);
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count),
                              [&](auto a, auto b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
    for (size_t i = 0; i < count; ++i) {
      const HistoryEntry& entry = index_.history_[order[i]];
      // An import of everything says nothing about any file.
      if (files_.size() > 3 && entry.files.size() * 2 > files_.size()) continue;
      const float share = scores[order[i]] / std::sqrt(static_cast<float>(entry.files.size()));
      for (const std::uint32_t file : entry.files) {
        files_[file][kSimilarCommit] += share;
        if (i < 8)
          reason(file, Index::kNone, 0.5 * scores[order[i]] / scores[order[0]],
                 "changed in similar commit " + entry.commit->id.substr(0, 7));
      }
    }
  }

  void reason(std::uint32_t file, std::uint32_t chunk, double strength, std::string words,
              bool exact = false) {
    reasons_.push_back({file, chunk, strength, std::move(words), exact});
  }

  std::vector<double> file_scores() {
    // A long change log must not set the scale by which sources are measured.
    Row most{};
    for (size_t i = 0; i < files_.size(); ++i) {
      const auto role = static_cast<float>(role_weight(index_.files_[i].role));
      for (size_t f = 0; f < kFeatures; ++f) {
        files_[i][f] *= role;
        most[f] = std::max(most[f], files_[i][f]);
      }
    }
    std::vector<double> scores(files_.size());
    for (size_t i = 0; i < files_.size(); ++i) {
      for (size_t f = 0; f < kFeatures; ++f) {
        if (most[f] <= 0) continue;
        const double scale = f == kSimilarCommit && !ticket_.has_code ? kHistoryWithoutCode : 1;
        // Evidence that comes as a share already must not be blown up to a certainty.
        const float unit = f == kErrorString || f == kFrame || f == kPathMention
                               ? std::max(most[f], 1.F) : most[f];
        scores[i] += scale * kWeights[f] * static_cast<double>(files_[i][f] / unit);
      }
    }
    return scores;
  }

  // The first k by score, ties by order; only those with a score.
  static std::vector<std::uint32_t> best(const std::vector<double>& scores, size_t k) {
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < scores.size(); ++i) {
      if (scores[i] > 0) order.push_back(i);
    }
    const size_t count = std::min(k, order.size());
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count),
                              [&](auto a, auto b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
    order.resize(count);
    return order;
  }

  std::vector<FileHit> best_files(const std::vector<double>& scores, size_t k) {
    std::vector<FileHit> hits;
    for (const std::uint32_t file : best(scores, k)) {
      const IndexedFile& entry = index_.files_[file];
      hits.push_back({entry.path, scores[file],
                      why(file, entry.first_chunk,
                          entry.first_chunk + static_cast<std::uint32_t>(entry.blob->parts.size()),
                          true)});
    }
    return hits;
  }

  std::vector<ChunkHit> best_chunks(const std::vector<double>& file_scores, size_t k) {
    const float most_words = std::max(1e-6F, std::ranges::max(chunk_words_));
    const double most_file = std::max(1e-9, std::ranges::max(file_scores));
    std::vector<double> scores(index_.chunks_.size());
    for (size_t i = 0; i < scores.size(); ++i) {
      const std::uint32_t file = index_.chunk_file_[i];
      const double own = static_cast<double>(chunk_words_[i] / most_words + chunk_extra_[i]);
      if (own <= 0) continue;
      // A nameless block is seldom what a fault is in.
      const double kind = index_.chunks_[i].symbol.empty() ? 0.6 : 1;
      scores[i] = kind * own * role_weight(index_.files_[file].role) + 0.6 * file_scores[file] / most_file;
    }
    std::vector<ChunkHit> hits;
    for (const std::uint32_t chunk : best(scores, k))
      hits.push_back({index_.chunks_[chunk], scores[chunk],
                      why(index_.chunk_file_[chunk], chunk, chunk + 1, false)});
    return hits;
  }

  // The strongest reasons for a file (or for one chunk of it), then the words that matched.
  std::vector<std::string> why(std::uint32_t file, std::uint32_t first, std::uint32_t last,
                               bool whole_file) const {
    std::vector<const Reason*> mine;
    for (const Reason& r : reasons_) {
      if (r.file == file && (whole_file || (r.chunk >= first && r.chunk < last))) mine.push_back(&r);
    }
    std::ranges::stable_sort(mine, std::greater<>(), [](const Reason* r) { return r->strength; });
    std::vector<std::string> out;
    for (const Reason* r : mine) {
      if (out.size() == kReasons) break;
      if (std::ranges::find(out, r->words) == out.end()) out.push_back(r->words);
    }
    if (std::string words = matched_words(first, last); !words.empty()) out.push_back("words " + words);
    return out;
  }

  std::string matched_words(std::uint32_t first, std::uint32_t last) const {
    std::vector<std::pair<float, const QueryTerm*>> found;
    for (const QueryTerm& term : ticket_.terms) {
      const auto postings = index_.terms_.find(term.term);
      const auto at = std::ranges::lower_bound(postings, first, {}, &TermIndex::Posting::document);
      if (at == postings.end() || at->document >= last) continue;
      found.emplace_back(term.weight * idf(index_.chunks_.size(), postings.size()), &term);
    }
    std::ranges::stable_sort(found, std::greater<>(), [](const auto& f) { return f.first; });
    std::string words;
    for (size_t i = 0; i < std::min<size_t>(found.size(), 5); ++i)
      words += (i == 0 ? "" : ", ") + found[i].second->text;
    return words;
  }

  Trust trust(const SearchAnswer& answer) const {
    if (answer.files.empty()) return Trust::weak;
    const FileHit& top = answer.files.front();
    bool named = false;
    for (const Reason& r : reasons_) {
      if (index_.files_[r.file].path != top.path) continue;
      if (r.exact) return Trust::exact;
      named |= r.strength >= 2;
    }
    const double second = answer.files.size() > 1 ? answer.files[1].score : 0;
    const double margin = top.score / std::max(second, 1e-9);
    return (named && margin > 1.05) || margin > 1.25 ? Trust::likely : Trust::weak;
  }

  const Index& index_;
  const TicketText ticket_;
  std::vector<Row> files_;
  std::vector<float> chunk_words_;
  std::vector<float> chunk_extra_;
  std::vector<TermIndex::Posting> file_tf_;
  std::vector<Reason> reasons_;
};

}  // namespace

SearchAnswer Index::search(std::string_view ticket_text, size_t k) const {
  const auto start = std::chrono::steady_clock::now();
  const std::string repaired = is_valid_utf8(ticket_text) ? "" : repair_utf8(ticket_text);
  SearchAnswer answer = Search(*this, repaired.empty() ? ticket_text : repaired).run(k);
  answer.took_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return answer;
}

}  // namespace triage::retrieval
