// triaged search: the places in a repository that a ticket is about.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "daemon/commands/code_input_internal.h"
#include "daemon/commands/command.h"
#include "daemon/commands/rows_internal.h"
#include "retrieval/index.h"

namespace triage::commands {

namespace {

struct Options {
  std::string repository, revision, index, ticket = "-", batch;
  size_t k = 10;
  bool json = false;
};

Json::Array reasons(const std::vector<std::string>& why) {
  Json::Array out;
  for (const std::string& reason : why) out.emplace_back(reason);
  return out;
}

Json answer_json(const std::string& revision, const retrieval::SearchAnswer& answer) {
  Json::Array files, chunks;
  for (const auto& hit : answer.files) {
    Json file = Json::object();
    file.set("path", hit.path).set("score", hit.score).set("why", reasons(hit.why));
    files.push_back(std::move(file));
  }
  for (const auto& hit : answer.chunks) {
    Json chunk = Json::object();
    chunk.set("path", hit.chunk.path).set("start", hit.chunk.start).set("end", hit.chunk.end);
    chunk.set("symbol", hit.chunk.symbol).set("kind", hit.chunk.kind);
    chunk.set("score", hit.score).set("why", reasons(hit.why));
    chunks.push_back(std::move(chunk));
  }
  static constexpr const char* kTrust[] = {"exact", "likely", "weak"};
  Json out = Json::object();
  out.set("rev", revision).set("took_ms", answer.took_ms);
  out.set("trust", kTrust[static_cast<size_t>(answer.trust)]);
  out.set("confidence", answer.confidence);
  out.set("files", std::move(files)).set("chunks", std::move(chunks));
  return out;
}

void print_why(const std::vector<std::string>& why) {
  for (const std::string& reason : why) std::printf("       %s\n", reason.c_str());
}

void print_answer(const std::string& revision, const retrieval::SearchAnswer& answer) {
  if (answer.files.empty()) {
    std::printf("Nothing in %.10s has anything to do with these words.\n", revision.c_str());
    return;
  }
  static constexpr const char* kTrust[] = {
      "exact evidence: a frame, path or message leads there", "likely: the first place stands out",
      "weak evidence: better to ask for a trace or the exact message than to guess"};
  std::printf("At %.10s, %.1f ms, %s (%.0f %% sure of the first file)\n\nFiles\n",
              revision.c_str(), answer.took_ms, kTrust[static_cast<size_t>(answer.trust)],
              100 * answer.confidence);
  for (const auto& hit : answer.files) {
    std::printf("  %4.2f %s\n", hit.score, hit.path.c_str());
    print_why(hit.why);
  }
  std::printf("\nCode\n");
  for (const auto& hit : answer.chunks) {
    std::printf("  %4.2f %s:%u-%u %s %s\n", hit.score, hit.chunk.path.c_str(), hit.chunk.start,
                hit.chunk.end, hit.chunk.kind.c_str(), hit.chunk.symbol.c_str());
    print_why(hit.why);
  }
}

int search_one(const Options& options) {
  auto input = read_input(options.ticket);
  if (!input.ok()) return report(input.error());
  CodeInput code(options.repository, options.index);
  const auto index = code.index(options.revision);
  if (!index.ok()) return report(index.error());
  const auto answer = (*index)->search(ticket_words(*input), options.k);
  const std::string& revision = (*index)->report().revision;
  if (options.json) std::printf("%s\n", answer_json(revision, answer).dump().c_str());
  else print_answer(revision, answer);
  return kDone;
}

int search_batch(const Options& options) {
  CodeInput code(options.repository, options.index);
  return for_each_row(options.batch, [&](const Json& row) -> Result<Json> {
    const std::string& revision = row["rev"].as_string();
    const auto index = TRY(code.index(revision.empty() ? options.revision : revision));
    const auto answer = index->search(row["text"].as_string(), options.k);
    return answer_json(index->report().revision, answer);
  });
}

}  // namespace

void add_search(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("search", "Find the code that a ticket is about, best place first");
  command->add_option("ticket", options->ticket,
                      "Ticket file, JSON or text whose first line is the subject; - reads stdin");
  command->add_option("--repo", options->repository, "Directory of the git repository")->required();
  command->add_option("--rev", options->revision, "Revision to search; default: the main branch");
  command->add_option("--index", options->index,
                      "Directory that keeps the index; default: under ~/.cache");
  command->add_option("-k", options->k, "How many files and how many chunks")
      ->check(CLI::Range(1, 1000));
  command->add_option("--batch", options->batch,
                      "JSON lines {\"id\",\"rev\",\"text\"}: one answer per line, in order");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->callback([options, &action] {
    action = [options] {
      return options->batch.empty() ? search_one(*options) : search_batch(*options);
    };
  });
}

}  // namespace triage::commands
