// `triaged receipt`: shows, exports and verifies what the daemon signed. Needs no network and no
// running daemon; verifying an exported log needs only the public key.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>

#include "config/load.h"
#include "daemon/commands/command.h"
#include "daemon/commands/setup.h"
#include "daemon/store.h"
#include "pipeline/budget.h"
#include "pipeline/receipt/receipt.h"

namespace triage::commands {
namespace {

struct Options {
  std::string config{config::kDefaultPath};
  std::string state;  // instead of the configuration, whose secrets need not be at hand here
  std::string run, log, key, head, checkpoints, seen;
  bool json = false;
};

const SystemClock kClock;

Result<std::string> state_directory(const Options& options) {
  if (!options.state.empty()) return options.state;
  return TRY(load_settings(options.config)).state_dir;
}

Result<std::unique_ptr<daemon::Store>> open_store(const Options& options) {
  const std::string directory = TRY(state_directory(options));
  return daemon::Store::open(directory, kClock, daemon::Store::Access::read_only);
}

Result<std::vector<std::string>> whole_log(const daemon::Store& store) {
  constexpr size_t kPage = 500;
  std::vector<std::string> envelopes;
  std::uint64_t after = 0;
  while (true) {
    auto rows = TRY(store.receipts(after, kPage));
    if (rows.empty()) return envelopes;
    after = rows.back().seq;
    for (auto& row : rows) envelopes.push_back(std::move(row.envelope));
  }
}

std::string joined(const Json& list, size_t most = 6) {
  std::string out;
  size_t shown = 0;
  for (const Json& item : list.items()) {
    if (shown == most) return out + ", … " + std::to_string(list.items().size() - most) + " more";
    out += (shown++ == 0 ? "" : ", ") + item.as_string();
  }
  return out;
}

void line(const char* name, const std::string& text) {
  if (!text.empty()) std::printf("  %-9s %s\n", name, printable(text).c_str());
}

std::string read_in_words(const Json& read) {
  Json names = Json::array();
  for (const Json& range : read.items())
    names.push(range["path"].as_string() + ":" + std::to_string(range["start"].as_integer()) + "–" +
               std::to_string(range["end"].as_integer()));
  return joined(names);
}

std::string sent_in_words(const Json& sent) {
  std::string out;
  for (const Json& exchange : sent.items())
    out += (out.empty() ? "" : "; ") + exchange["model"].as_string() + " at " +
           exchange["endpoint"].as_string() + ", " +
           std::to_string(exchange["input_tokens"].as_integer()) + " tokens in, " +
           std::to_string(exchange["output_tokens"].as_integer()) + " out" +
           (exchange["error"].as_string().empty() ? "" : ", failed: " + exchange["error"].as_string());
  return out.empty() ? "nothing to any model" : out;
}

std::string hidden_in_words(const Json& hidden) {
  std::string out;
  for (const auto& [kind, n] : hidden.members())
    out += (out.empty() ? "" : ", ") + std::to_string(n.as_integer()) + " " + kind;
  return out.empty() ? "nothing private was found" : out;
}

std::string ran_in_words(const Json& ran) {
  std::string out;
  for (const Json& step : ran.items())
    out += (out.empty() ? "" : "; ") + step["name"].as_string() + " (exit " +
           std::to_string(step["exit"].as_integer()) + ")";
  return out.empty() ? "nothing" : out;
}

std::string did_in_words(const Json& p) {
  std::map<std::string, int> counts;
  for (const Json& event : p["did"].items())
    ++counts[event["by"].as_string() + " " + event["what"].as_string()];
  std::string out;
  for (const auto& [what, n] : counts)
    out += (out.empty() ? "" : ", ") + what + (n > 1 ? " ×" + std::to_string(n) : std::string());
  if (const auto rounds = p["rounds"].as_integer(); rounds > 0)
    out += (out.empty() ? "" : "; ") + std::to_string(rounds) + " proposals verified";
  if (const auto struck = p["struck_citations"].as_integer(); struck > 0)
    out += (out.empty() ? "" : "; ") + std::to_string(struck) + " citations struck out";
  return out;
}

std::string spent_in_words(const Json& spent) {
  std::string out = dollars(spent["usd"].as_double());
  if (spent["limit_usd"].as_double() > 0) out += " of " + dollars(spent["limit_usd"].as_double());
  if (spent["charged_usd"].as_double() > 0)
    out += ", of it " + dollars(spent["charged_usd"].as_double()) + " for calls whose price was never learnt";
  return out;
}

std::string paths_in_words(const Json& changed) {
  Json names = Json::array();
  for (const Json& file : changed.items()) names.push(file["path"]);
  return joined(names);
}

void print_run(const Json& p) {
  line("ticket", p["ticket"].as_string() + ", project " + p["project"].as_string());
  line("commit", p["commit"].as_string());
  line("ending", p["ending"].as_string() + ", made by " + p["made_by"].as_string());
  line("read", read_in_words(p["read"]));
  line("hidden", hidden_in_words(p["hidden"]));
  line("sent", sent_in_words(p["sent"]));
  line("did", did_in_words(p));
  line("ran", ran_in_words(p["ran"]));
  line("changed", paths_in_words(p["changed"]));
  line("proof", p["tested"]["proof"].as_string() +
                    (p["tested"]["fixed"].items().empty() ? "" : ", fixed " + joined(p["tested"]["fixed"])));
  line("spent", spent_in_words(p["spent"]));
  line("ended by", p["stopped_by"].as_string());
  line("held back", p["held_back"].as_string());
  line("policy", joined(p["policy"]));
  Json kinds = Json::array();
  for (const Json& effect : p["effects"].items()) kinds.push(effect["kind"]);
  line("asks for", joined(kinds));
}

void print_delivery(const Json& p) {
  for (const Json& effect : p["effects"].items()) {
    const bool delivered = effect["delivered"].as_bool();
    line(delivered ? "done" : "not done",
         effect["kind"].as_string() + " " +
             (delivered ? effect["url"].as_string().empty() ? effect["id"].as_string()
                                                            : effect["url"].as_string()
                        : effect["error"].as_string()));
  }
}

Result<std::vector<std::string>> read_log(const Options& options) {
  if (options.log.empty()) return whole_log(*TRY(open_store(options)));
  std::vector<std::string> envelopes;
  const std::string text = TRY(read_input(options.log));
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    if (end > start) envelopes.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return envelopes;
}

// Entries of one run in an exported log; what they say is shown, not vouched for.
Result<std::vector<daemon::ReceiptRow>> exported_receipts(const Options& options) {
  std::vector<daemon::ReceiptRow> out;
  std::string previous{receipt::kGenesis};
  std::uint64_t seq = 0;
  for (std::string& envelope : TRY(read_log(options))) {
    previous = receipt::chain_hash(previous, envelope);
    const Json statement = TRY_CTX(receipt::open_envelope(envelope),
                                   options.log + ": entry " + std::to_string(++seq));
    if (statement["predicate"]["run"].as_string() != options.run) continue;
    const bool of_run = statement["predicateType"].as_string() == receipt::kRunPredicate;
    out.push_back({seq, options.run, of_run ? "run" : "delivery", previous, "", std::move(envelope)});
  }
  return out;
}

Result<std::vector<daemon::ReceiptRow>> stored_receipts(const Options& options) {
  return TRY(open_store(options))->receipts_of(options.run);
}

Result<int> show(const Options& options) {
  const auto rows = TRY(options.log.empty() ? stored_receipts(options) : exported_receipts(options));
  if (rows.empty())
    return Error{ErrorKind::not_found, "no receipt for run " + options.run +
                                           " (triaged queue lists the runs; a receipt is written when "
                                           "a run has been published)"};
  Json all = Json::array();
  for (const auto& row : rows) {
    const Json statement = TRY(receipt::open_envelope(row.envelope));
    if (options.json) {
      all.push(statement);
      continue;
    }
    const Json& predicate = statement["predicate"];
    std::printf("receipt %llu, %s %s, %s…\n", static_cast<unsigned long long>(row.seq),
                row.kind.c_str(), row.run.c_str(), row.hash.substr(0, 16).c_str());
    row.kind == "run" ? print_run(predicate) : print_delivery(predicate);
  }
  if (options.json) std::printf("%s\n", all.dump().c_str());
  return kDone;
}

Result<int> export_log(const Options& options) {
  const auto store = TRY(open_store(options));
  for (const std::string& envelope : TRY(whole_log(*store))) std::printf("%s\n", envelope.c_str());
  return kDone;
}

Result<std::string> public_key(const Options& options) {
  if (!options.key.empty()) return read_input(options.key, 1U << 16U);
  const std::string path = TRY(state_directory(options)) + "/receipt.key";
  TRY_CTX(read_input(path, 1U << 16U), "the receipt key");  // so that none is made here
  return TRY(receipt::SigningKey::load_or_create(path)).public_key();
}

// Every hash and checkpoint that was kept elsewhere, against the log.
Result<std::string> check_log(const Options& options, const std::vector<std::string>& envelopes,
                              const std::string& key, size_t& checkpoints) {
  const auto hashes = TRY(receipt::verify_entries(envelopes, key));
  if (!options.checkpoints.empty()) {
    const std::string text = TRY(read_input(options.checkpoints));
    const auto found = TRY(receipt::find_checkpoints(text, key));
    if (found.empty()) return invalid_input("no checkpoint in " + options.checkpoints);
    for (const auto& checkpoint : found) TRY(receipt::check_against(checkpoint, hashes));
    checkpoints = found.size();
  }
  const auto starts = [&](const std::string& hash) { return hash.starts_with(options.seen); };
  if (!options.seen.empty() && std::ranges::none_of(hashes, starts))
    return Error{ErrorKind::corrupt, "no entry has the hash " + options.seen +
                                         ": it was removed, or the end was cut off"};
  return receipt::verify_log(
      envelopes, key,
      options.head.empty() ? std::nullopt : std::optional<std::string_view>(options.head));
}

Result<int> verify(const Options& options) {
  constexpr size_t kFewestDigits = 16;  // as notes and pull requests show
  if (!options.seen.empty() && options.seen.size() < kFewestDigits)
    return invalid_input("--seen takes the 16 digits of a note, or more");
  const auto envelopes = TRY(read_log(options));
  const std::string key = TRY(public_key(options));
  size_t checkpoints = 0;
  const auto head = check_log(options, envelopes, key, checkpoints);
  if (options.json) {
    Json answer = Json::object();
    answer.set("ok", head.ok()).set("entries", envelopes.size()).set("checkpoints", checkpoints);
    answer.set(head ? "head" : "error", head ? *head : head.error().message);
    std::printf("%s\n", answer.dump().c_str());
  } else if (head) {
    std::printf("%zu receipts, every signature and link fits%s; head %s\n", envelopes.size(),
                checkpoints == 0 ? "" : (", as " + std::to_string(checkpoints) + " checkpoints saw it").c_str(),
                head->c_str());
  } else {
    std::fprintf(stderr, "triaged: %s\n", head.error().message.c_str());
  }
  return head ? kDone : kAnswerIsNo;
}

Result<int> print_checkpoint(const Options& options) {
  const auto store = TRY(open_store(options));
  const auto last = TRY(store->last_receipt());
  TRY(public_key(options));  // so that no key is made here
  const std::string directory = TRY(state_directory(options));
  const auto key = TRY(receipt::SigningKey::load_or_create(directory + "/receipt.key"));
  const receipt::Checkpoint now{last ? last->seq : 0, last ? last->hash : std::string(receipt::kGenesis),
                                to_rfc3339(kClock.now())};
  std::printf("%s\n", receipt::sign_checkpoint(now, key).c_str());
  return kDone;
}

Result<int> print_key(const Options& options) {
  std::printf("%s", TRY(public_key(options)).c_str());
  return kDone;
}

using Verb = Result<int> (*)(const Options&);

CLI::App* add_verb(CLI::App& parent, const char* name, const char* help, Verb verb,
                   const std::shared_ptr<Options>& options, Action& action) {
  auto* command = parent.add_subcommand(name, help);
  command->add_option("--config", options->config, "Configuration of the daemon")
      ->capture_default_str();
  command->add_option("--state", options->state, "Its state_dir, instead of the configuration");
  command->callback([&action, options, verb] {
    action = [options, verb] {
      const auto status = verb(*options);
      return status ? *status : report(status.error());
    };
  });
  return command;
}

}  // namespace

void add_receipt(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("receipt", "Show and verify what runs did");
  command->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto* show_verb = add_verb(*command, "show", "What one run read, sent, ran, changed and posted",
                             show, options, action);
  show_verb->add_option("run", options->run, "Run")->required();
  show_verb->add_option("--log", options->log, "An exported log instead of the daemon's own");
  show_verb->add_flag("--json", options->json, "The in-toto statements");
  auto* verify_verb = add_verb(*command, "verify",
                               "Check every signature and link; finds edits, deletions, reorders, and "
                               "with --head truncation", verify, options, action);
  verify_verb->add_option("--log", options->log, "An exported log instead of the daemon's own");
  verify_verb->add_option("--key", options->key, "The public key (PEM) to check against");
  verify_verb->add_option("--head", options->head, "Hash that the log must end with");
  verify_verb->add_option("--checkpoints", options->checkpoints,
                          "A text with checkpoints in it, such as the journal; - for standard input. "
                          "Finds a cut-off end, and a history written anew");
  verify_verb->add_option("--seen", options->seen,
                          "A receipt's hash, or its first 16 digits as a note shows them: it must be there");
  verify_verb->add_flag("--json", options->json, "One JSON document");
  add_verb(*command, "export", "The whole log, one DSSE envelope a line", export_log, options, action);
  add_verb(*command, "checkpoint", "A signed line about the log as it stands, to be kept elsewhere",
           print_checkpoint, options, action);
  add_verb(*command, "key", "The public key that verifies the log", print_key, options, action);
}

}  // namespace triage::commands
