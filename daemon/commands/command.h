// The commands of `triaged`: each file here adds one subcommand to the command line.
//
// add_x() declares the options with CLI11 and, when the subcommand is chosen, stores what to do in
// `action`. Exit status: 0 done, 1 ran but the answer is no, 2 bad usage or configuration, 3 a needed
// outside part failed. Results go to stdout, progress and logs to stderr.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "pipeline/base/result.h"

namespace CLI {
class App;
}

namespace triage::commands {

using Action = std::function<int()>;

inline constexpr int kDone = 0;
inline constexpr int kAnswerIsNo = 1;
inline constexpr int kBadUsage = 2;
inline constexpr int kOutsideFailed = 3;

// Prints "triaged: <message>" on stderr and returns the exit status for that kind of error.
int report(const Error& error);

// All of standard input, or of a file. Errors: not_found, exhausted over max_bytes.
Result<std::string> read_input(const std::string& path_or_dash, size_t max_bytes = 64U << 20U);

// Outside text for a terminal: what could move the cursor, colour or reorder the line becomes a blank;
// newlines and tabs stay where `lines` says so. UTF-8 stays.
std::string printable(std::string_view text, bool lines = false);

void add_bridge(CLI::App& app, Action& action);
void add_budget(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_classify(CLI::App& app, Action& action);
void add_config(CLI::App& app, Action& action);
void add_connectors(CLI::App& app, Action& action);
void add_file(CLI::App& app, Action& action);
void add_index(CLI::App& app, Action& action);
void add_queue(CLI::App& app, Action& action);
void add_receipt(CLI::App& app, Action& action);
void add_redact(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_search(CLI::App& app, Action& action);
void add_serve(CLI::App& app, Action& action);
void add_traces(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);
void add_version(CLI::App& app, Action& action);

}  // namespace triage::commands
