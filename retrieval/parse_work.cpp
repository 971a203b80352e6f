#include "retrieval/parse_work_internal.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "retrieval/attributes_internal.h"
#include "retrieval/segment_builder_internal.h"
#include "retrieval/term_index_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kFewBlobs = 1024;      // up to here all go into one segment
constexpr size_t kSliceBlobs = 4096;    // of a large tree, what one thread takes at a time
constexpr std::uint64_t kSegmentSource = 64U << 20U;  // of source, then a segment is finished

// What came of one blob: parsed, or the reason why not; neither when it could not be read.
struct Parsed {
  std::optional<ParsedBlob> blob;
  std::string_view skipped;
};

class Parser {
 public:
  Parser(Repository repository, ParsedStore& store)
      : repository_(std::move(repository)), store_(store), chunker_(store.borrow_chunker()) {}
  ~Parser() { store_.give_back(std::move(chunker_)); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  Parsed parse(const BlobWork& work, Level level) {
    const auto content = repository_.read_blob(work.blob, kLargestFile);
    if (!content.ok())
      return {std::nullopt, content.error().kind == ErrorKind::exhausted ? "too-large" : ""};
    if (content->empty()) return {std::nullopt, "empty"};
    if (const std::string_view reason = reason_to_skip(*content); !reason.empty())
      return {std::nullopt, reason};
    Language language = *work.language;
    if (level == Level::generic) language.grammar = nullptr;
    ParsedBlob blob = parse_blob(*content, language, *chunker_, cache_);
    blob.generated = looks_generated(*content);
    return {std::move(blob), {}};
  }

 private:
  Repository repository_;
  ParsedStore& store_;
  std::unique_ptr<Chunker> chunker_;
  TermCache cache_;
};

class Work {
 public:
  Work(const Repository& repository, const std::vector<BlobWork>& work, Level level,
       ParsedStore& store, const Progress& progress, std::stop_token stop)
      : repository_(repository), work_(work), level_(level), store_(store), progress_(progress),
        stop_(std::move(stop)) {}

  Result<std::uint64_t> run() {
    if (work_.size() <= kFewBlobs) in_one();
    else in_slices();
    if (error_) return *error_;
    if (stop_.stop_requested()) return Error{ErrorKind::timeout, "indexing was stopped"};
    return parsed_.load();
  }

 private:
  bool go_on() const { return !failed_ && !stop_.stop_requested(); }

  std::shared_ptr<Parser> parser() {
    auto opened = Repository::open(repository_.directory());
    if (opened.ok()) return std::make_shared<Parser>(std::move(*opened), store_);
    const std::lock_guard lock(mutex_);
    error_ = opened.error();
    failed_ = true;
    return nullptr;
  }

  void count_done(size_t blobs) {
    if (!progress_) return;
    const std::lock_guard lock(mutex_);
    progress_(done_ += blobs, work_.size());
  }

  void add(const BlobWork& work, const Parsed& parsed, SegmentBuilder& builder) {
    if (parsed.blob) {
      builder.add(work.key, level_, *parsed.blob);
      ++parsed_;
    } else if (!parsed.skipped.empty()) {
      builder.skip(work.key, parsed.skipped);
    }
  }

  void finish(SegmentBuilder& builder) {
    if (!builder.empty()) store_.add_segment(builder.finish(parser_version()));
  }

  void in_one() {
    std::vector<Parsed> parsed(work_.size());
    on_all_cores(work_.size(), [&]() -> std::function<void(size_t)> {
      return [&, own = parser()](size_t i) {
        if (own == nullptr || !go_on()) return;
        parsed[i] = own->parse(work_[i], level_);
        count_done(1);
      };
    });
    SegmentBuilder builder;
    for (size_t i = 0; i < work_.size(); ++i) add(work_[i], parsed[i], builder);
    finish(builder);
  }

  void in_slices() {
    const size_t threads = std::max(1U, std::thread::hardware_concurrency());
    const size_t rounds = (work_.size() + threads * kSliceBlobs - 1) / (threads * kSliceBlobs);
    const size_t slices = threads * rounds;
    on_all_cores(slices, [&]() -> std::function<void(size_t)> {
      return [&, own = parser()](size_t slice) {
        if (own == nullptr) return;
        SegmentBuilder builder;
        const size_t end = work_.size() * (slice + 1) / slices;
        for (size_t i = work_.size() * slice / slices; i < end && go_on(); ++i) {
          add(work_[i], own->parse(work_[i], level_), builder);
          if (builder.source_bytes() >= kSegmentSource) finish(builder);
          if (i % 64 == 63 || i + 1 == end) count_done(i % 64 + 1);
        }
        finish(builder);
      };
    });
  }

  const Repository& repository_;
  const std::vector<BlobWork>& work_;
  const Level level_;
  ParsedStore& store_;
  const Progress& progress_;
  const std::stop_token stop_;
  std::mutex mutex_;  // of what follows
  std::optional<Error> error_;
  size_t done_ = 0;
  std::atomic<bool> failed_ = false;
  std::atomic<std::uint64_t> parsed_ = 0;
};

}  // namespace

std::uint64_t parser_version() {
  static constexpr std::uint64_t kVersion =
#include "parser_version.inc"
      ;
  return kVersion;
}

Result<std::uint64_t> parse_blobs(const Repository& repository, const std::vector<BlobWork>& work,
                                  Level level, ParsedStore& store, const Progress& progress,
                                  std::stop_token stop) {
  return Work(repository, work, level, store, progress, std::move(stop)).run();
}

}  // namespace triage::retrieval
