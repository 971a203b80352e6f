#include "daemon/commands/code_input_internal.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "daemon/commands/command.h"

namespace triage::commands {

namespace {

// A bar on a terminal, drawn from the first second on and wiped when the work ends.
class ProgressBar {
 public:
  ~ProgressBar() {
    if (shown_ >= 0) std::fprintf(stderr, "\r\033[K");
  }
  void update(size_t done, size_t total) {
    if (!terminal_ || total == 0) return;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
    if (spent < std::chrono::seconds(1)) return;
    constexpr int kWidth = 40;
    const int percent = static_cast<int>(done * 100 / total);
    if (percent == shown_) return;
    shown_ = percent;
    const std::string filled(static_cast<size_t>(percent * kWidth / 100), '#');
    const double left = percent > 0 ? spent.count() * (100 - percent) / percent : 0;
    std::fprintf(stderr, "\rindexing [%-*s] %3d %%, %.0f s left\033[K", kWidth, filled.c_str(),
                 percent, left);
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) == 1;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int shown_ = -1;
};

}  // namespace

std::string default_index_directory() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  // The XDG rules ignore a path that isn't absolute.
  if (cache != nullptr && *cache == '/') return std::string(cache) + "/triaged/index";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.cache/triaged/index" : "";
}

CodeInput::CodeInput(std::string directory, const std::string& index)
    : directory_(std::move(directory)),
      store_(retrieval::open_parsed_store(index.empty() ? default_index_directory() : index)) {}

Result<std::shared_ptr<const retrieval::CodeIndex>> CodeInput::index(const std::string& revision) {
  if (!repository_) repository_ = TRY(retrieval::Repository::open(directory_));
  const std::string commit = TRY(repository_->resolve(revision));
  if (last_ != nullptr && last_->report().revision == commit) return last_;
  ProgressBar bar;
  auto built = retrieval::CodeIndex::build(
      *repository_, commit, [&](size_t done, size_t total) { bar.update(done, total); }, {},
      store_);
  last_ = TRY(std::move(built));
  return last_;
}

Result<std::shared_ptr<const retrieval::CodeIndex>> CodeInput::refined(
    const std::string& revision) {
  const std::string commit = TRY(index(revision))->report().revision;
  ProgressBar bar;
  auto refined = retrieval::CodeIndex::refine(
      *repository_, commit, [&](size_t done, size_t total) { bar.update(done, total); }, {},
      store_);
  last_ = TRY(std::move(refined));
  return last_;
}

std::string ticket_words(const std::string& input) {
  const size_t first = input.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || input[first] != '{') return input;
  const auto ticket = parse_json(input);
  if (!ticket.ok() || !ticket->is_object()) return input;
  std::string text = (*ticket)["subject"].as_string() + "\n" + (*ticket)["body"].as_string();
  for (const Json& comment : (*ticket)["comments"].items())
    text += "\n" + (comment.is_string() ? comment : comment["body"]).as_string();
  for (const Json& attachment : (*ticket)["attachments"].items())
    text += "\n" + attachment["text"].as_string();
  return text;
}

}  // namespace triage::commands
