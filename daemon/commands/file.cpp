// `triaged file`: hands a ticket to the running daemon, and can wait for the answer.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "config/load.h"
#include "daemon/commands/command.h"
#include "daemon/commands/setup.h"
#include "daemon/world.h"
#include "pipeline/base/json.h"

namespace triage::commands {
namespace {

struct Options {
  std::string ticket = "-";
  std::string config;
  std::string url;
  std::string source;
  bool wait = false;
  bool json = false;
  int seconds = 900;
};

class DaemonClient {
 public:
  DaemonClient(HttpClient& http, std::string url, std::string token)
      : http_(http), url_(std::move(url)), token_(std::move(token)) {}

  Result<Json> ask(const std::string& method, const std::string& path, std::string body = {}) {
    HttpRequest request{method, url_ + path, {{"Accept", "application/json"}}, std::move(body)};
    if (method == "POST") request.headers.set("Content-Type", "application/json");
    if (!token_.empty()) request.headers.set("Authorization", "Bearer " + token_);
    const auto response =
        TRY_CTX(http_.send(request, deadline_in(Milliseconds(60'000)), {}),
                "no daemon answers at " + url_ + " (start `triaged serve`, or name it with --url)");
    Json answer = TRY_CTX(parse_json(response.body), "the daemon's answer");
    if (response.status >= 400)
      return Error{response.status >= 500 ? ErrorKind::unavailable : ErrorKind::invalid_input,
                   "the daemon answered " + std::to_string(response.status) + ": " +
                       printable(answer["detail"].as_string())};
    return answer;
  }

 private:
  HttpClient& http_;
  std::string url_;
  std::string token_;
};

// Where the daemon listens: the option, else the configuration, else the default.
Result<DaemonClient> client_for(const Options& options, HttpClient& http) {
  const char* token = std::getenv("TRIAGED_API_TOKEN");
  std::string secret = token == nullptr ? "" : token;
  std::string url = options.url;
  if (!options.config.empty()) {
    const auto settings = TRY(load_settings(options.config));
    if (url.empty() && settings.server.port == 0)
      return invalid_input("server.port is 0 in " + options.config + ": say with --url which port the "
                           "daemon got (its log names it)");
    if (url.empty()) {
      config::ServerSettings here = settings.server;
      here.public_url.clear();  // straight to the daemon, not through what stands before it
      url = daemon::base_url(here, here.port);
    }
    if (secret.empty()) secret = settings.server.api_token.reveal();
  }
  if (url.empty()) url = "http://127.0.0.1:8377";
  return DaemonClient(http, std::move(url), std::move(secret));
}

// Whether nothing more will happen to the run by itself.
bool is_over(const std::string& state) {
  return state == "done" || state == "skipped" || state == "needs_person" || state == "failed" ||
         state == "superseded";
}

Result<Json> wait_for(DaemonClient& daemon, const std::string& run, int seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::string shown;
  while (true) {
    Json state = TRY(daemon.ask("GET", "/api/v1/runs/" + run));
    const std::string now = state["state"].as_string() + " " + state["stage"].as_string();
    if (now != shown && ::isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "  %s\n", now.c_str());
    shown = now;
    if (is_over(state["state"].as_string())) return state;
    if (std::chrono::steady_clock::now() > deadline)
      return Error{ErrorKind::timeout, "run " + run + " is still " + now + " after " +
                                           std::to_string(seconds) + " s; look again with: triaged queue"};
    std::this_thread::sleep_for(Milliseconds(200));
  }
}

// The newest note as posted; for reading without our marker at its end.
std::string note_of(const Json& ticket) {
  const auto& notes = ticket["notes"].items();
  return notes.empty() ? std::string() : notes.back()["body"].as_string();
}

std::string readable(const std::string& note) {
  return printable(note.substr(0, note.rfind("\n<!-- triage:")), true);
}

Result<int> file_ticket(const Options& options) {
  const auto http = TRY(make_http_client());
  DaemonClient daemon = TRY(client_for(options, *http));
  const std::string content = TRY(read_input(options.ticket));
  const std::string body = TRY(ticket_json(content));
  const std::string query =
      options.source.empty() ? "" : "?source=" + percent_encode(options.source);
  Json answer = TRY(daemon.ask("POST", "/api/v1/tickets" + query, body));
  const std::string run = answer["run"].as_string();
  if (options.wait && !run.empty()) {
    const Json state = TRY(wait_for(daemon, run, options.seconds));
    const Json ticket = TRY(daemon.ask("GET", "/api/v1/tickets/" +
                                                  percent_encode(answer["source"].as_string()) + "/" +
                                                  percent_encode(answer["ticket"].as_string())));
    answer.set("state", state["state"]).set("reason", state["reason"]);
    answer.set("note", note_of(ticket)).set("labels", ticket["labels"]);
    answer.set("effects", state["effects"]);
  }
  if (options.json) {
    std::printf("%s\n", answer.dump().c_str());
  } else {
    std::printf("ticket %s/%s, run %s%s\n", answer["source"].as_string().c_str(),
                answer["ticket"].as_string().c_str(), run.empty() ? "none" : run.c_str(),
                answer["reason"].as_string().empty()
                    ? "" : (": " + printable(answer["reason"].as_string())).c_str());
    if (options.wait) std::printf("\n%s\n", readable(answer["note"].as_string()).c_str());
  }
  return answer["state"].as_string() == "failed" ? kAnswerIsNo : kDone;
}

}  // namespace

void add_file(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("file", "File a ticket at the running daemon");
  auto options = std::make_shared<Options>();
  command->add_option("ticket", options->ticket,
                      "JSON, or text whose first line is the subject; - for standard input");
  command->add_option("--config", options->config, "Configuration of the daemon, for port and token");
  command->add_option("--url", options->url, "Where the daemon listens, http://127.0.0.1:8377");
  command->add_option("--source", options->source, "Local source to file at, if there are several");
  command->add_flag("--wait", options->wait, "Wait for the run and print the internal note");
  command->add_option("--timeout", options->seconds, "Seconds to wait")
      ->capture_default_str()
      ->check(CLI::Range(1, 86'400));
  command->add_flag("--json", options->json, "One JSON document");
  command->footer("$TRIAGED_API_TOKEN is sent where the daemon wants a token.");
  command->callback([&action, options] {
    action = [options] {
      const auto status = file_ticket(*options);
      return status ? *status : report(status.error());
    };
  });
}

}  // namespace triage::commands
