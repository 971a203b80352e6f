// triaged index: what an index of a repository holds, and what it leaves out.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "daemon/commands/code_input_internal.h"
#include "daemon/commands/command.h"

namespace triage::commands {

namespace {

struct Options {
  std::string repository, revision;
  bool json = false;
};

Json report_json(const retrieval::IndexReport& index) {
  Json skipped = Json::object();
  for (const auto& [reason, count] : index.skipped) skipped.set(reason, count);
  Json out = Json::object();
  out.set("rev", index.revision).set("files", index.files);
  out.set("blobs_parsed", index.blobs_parsed).set("chunks", index.chunks);
  out.set("symbols", index.symbols).set("bytes", index.bytes);
  out.set("took_ms", index.took_ms).set("skipped", std::move(skipped));
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
}

int index_repository(const Options& options) {
  CodeInput code(options.repository);
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
  command->add_option("--repo", options->repository, "Directory of the git repository")->required();
  command->add_option("--rev", options->revision, "Revision to index; default: the main branch");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->callback(
      [options, &action] { action = [options] { return index_repository(*options); }; });
}

}  // namespace triage::commands
