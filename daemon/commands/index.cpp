// triaged index: what an index of a repository holds, and what it leaves out.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "daemon/commands/code_input_internal.h"
#include "daemon/commands/command.h"

namespace triage::commands {

namespace {

struct Options {
  std::string repository, revision, index;
  bool json = false, check = false;
};

Json report_json(const retrieval::IndexReport& index) {
  Json skipped = Json::object();
  for (const auto& [reason, count] : index.skipped) skipped.set(reason, count);
  Json out = Json::object();
  out.set("rev", index.revision).set("files", index.files);
  out.set("blobs_parsed", index.blobs_parsed).set("chunks", index.chunks);
  out.set("symbols", index.symbols).set("bytes", index.bytes);
  out.set("took_ms", index.took_ms).set("skipped", std::move(skipped));
  out.set("stored_bytes", index.stored_bytes);
  if (!index.warning.empty()) out.set("warning", index.warning);
  return out;
}

void print_report(const retrieval::IndexReport& index) {
  std::printf("%llu files, %.1f MiB, %llu chunks, %llu symbols at %.10s in %.0f ms\n",
              static_cast<unsigned long long>(index.files),
              static_cast<double>(index.bytes) / (1 << 20),
              static_cast<unsigned long long>(index.chunks),
              static_cast<unsigned long long>(index.symbols), index.revision.c_str(),
              index.took_ms);
  for (const auto& [reason, count] : index.skipped)
    std::printf("left out: %llu %s\n", static_cast<unsigned long long>(count), reason.c_str());
  if (!index.warning.empty()) std::fprintf(stderr, "triaged: %s\n", index.warning.c_str());
}

// Reads the whole index: whether each file is as it was written.
int check_index(const Options& options) {
  const auto store = retrieval::open_parsed_store(
      options.index.empty() ? default_index_directory() : options.index);
  const retrieval::StoreCheck found = retrieval::check_parsed_store(*store);
  Json::Array problems;
  for (const std::string& problem : found.problems) problems.emplace_back(problem);
  Json out = Json::object();
  out.set("segments", found.segments).set("blobs", found.blobs).set("chunks", found.chunks);
  out.set("terms", found.terms).set("commits", found.commits).set("bytes", found.bytes);
  if (options.json) {
    std::printf("%s\n", out.set("problems", std::move(problems)).dump().c_str());
  } else {
    std::printf("%llu segments, %llu blobs, %llu commits, %.1f MiB: %s\n",
                static_cast<unsigned long long>(found.segments),
                static_cast<unsigned long long>(found.blobs),
                static_cast<unsigned long long>(found.commits),
                static_cast<double>(found.bytes) / (1 << 20),
                found.problems.empty() ? "whole" : "damaged");
    for (const std::string& problem : found.problems) std::printf("  %s\n", problem.c_str());
  }
  return found.problems.empty() ? kDone : kAnswerIsNo;
}

int index_repository(const Options& options) {
  CodeInput code(options.repository, options.index);
  const auto index = code.index(options.revision);
  if (!index.ok()) return report(index.error());
  if (options.json) std::printf("%s\n", report_json((*index)->report()).dump().c_str());
  else print_report((*index)->report());
  return kDone;
}

}  // namespace

void add_index(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("index", "Index a repository and say what was found and left out");
  CLI::Option* repository =
      command->add_option("--repo", options->repository, "Directory of the git repository");
  command->add_option("--rev", options->revision, "Revision to index; default: the main branch");
  command->add_option("--index", options->index,
                      "Directory that keeps the index; default: under ~/.cache");
  CLI::Option* check = command->add_flag("--check", options->check,
                                         "Read the kept index whole and say whether it is sound");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->callback([options, repository, check, &action] {
    if (repository->empty() && check->empty()) throw CLI::RequiredError("--repo");
    action = [options] {
      return options->check ? check_index(*options) : index_repository(*options);
    };
  });
}

}  // namespace triage::commands
