// `triaged check`: is the configuration right, do tokens work, is the code there, is the sandbox
// tight, is the disk fine. Every line is ok, warn or fail, with the next step.
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "config/load.h"
#include "daemon/commands/command.h"
#include "daemon/commands/setup.h"
#include "daemon/store.h"
#include "daemon/world.h"
#include "pipeline/base/json.h"
#include "pipeline/budget.h"
#include "pipeline/propose/agents/agent.h"
#include "pipeline/propose/agents/agent_inside.h"
#include "pipeline/propose/gateway.h"
#include "pipeline/propose/models/dialect.h"
#include "pipeline/propose/models/prices.h"
#include "pipeline/verify/sandbox.h"
#include "retrieval/mirror.h"

namespace triage::commands {
namespace {

enum class Verdict { ok, warn, fail };

struct Line {
  Verdict verdict;
  std::string subject;
  std::string text;
};

std::string_view word(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::warn: return "warn";
    case Verdict::fail: return "fail";
  }
  return "fail";
}

class Report {
 public:
  explicit Report(bool json) : json_(json) {}

  void add(Verdict verdict, std::string subject, std::string text) {
    if (!json_) {
      std::printf("%-4s  %-24s  %s\n", std::string(word(verdict)).c_str(), subject.c_str(),
                  printable(text).c_str());
      std::fflush(stdout);
    }
    lines_.push_back({verdict, std::move(subject), std::move(text)});
  }

  void add(const std::string& subject, const Result<void>& result, const std::string& fine,
           Verdict otherwise = Verdict::fail) {
    result ? add(Verdict::ok, subject, fine) : add(otherwise, subject, result.error().message);
  }

  int finish() const {
    bool failed = false;
    Json rows = Json::array();
    for (const Line& line : lines_) {
      failed = failed || line.verdict == Verdict::fail;
      Json row = Json::object();
      row.set("verdict", word(line.verdict)).set("subject", line.subject).set("text", line.text);
      rows.push(std::move(row));
    }
    if (json_)
      std::printf("%s\n", Json::object().set("ok", !failed).set("lines", rows).dump().c_str());
    return failed ? kAnswerIsNo : kDone;
  }

 private:
  bool json_;
  std::vector<Line> lines_;
};

void check_directory(Report& report, const std::string& name, const std::string& path) {
  constexpr std::uint64_t kMiB = 1U << 20U;
  if (::access(path.c_str(), F_OK) != 0)
    return report.add(Verdict::warn, name, path + " is not there yet; `triaged serve` makes it, or fails "
                                                  "where it may not");
  if (::access(path.c_str(), W_OK | X_OK) != 0)
    return report.add(Verdict::fail, name, path + " can't be written by this user; run the check as "
                                                  "the user of the daemon, or change its owner");
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0)
    return report.add(Verdict::warn, name, "free space of " + path + " can't be read");
  const std::uint64_t free_mib = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize / kMiB;
  const Verdict verdict = free_mib < 200 ? Verdict::fail : free_mib < 2048 ? Verdict::warn : Verdict::ok;
  report.add(verdict, name, path + ", " + std::to_string(free_mib) + " MiB free" +
                                (verdict == Verdict::ok ? "" : "; free some, tickets can't be stored "
                                                               "on a full disk"));
}

// Signatures with a time in them, leases and the day's budget go by the clock.
void check_clock(Report& report) {
  struct timex state {};
  const bool synchronised = ::adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
  report.add(synchronised ? Verdict::ok : Verdict::warn, "clock",
             to_rfc3339(SystemClock().now()) +
                 (synchronised ? ", kept in step"
                               : "; nothing keeps it in step as far as can be seen here: install "
                                 "systemd-timesyncd or chrony, unless the host does it"));
}

// Not running is no fault: the check is made before the first start as well.
void check_daemon(Report& report, const config::ServerSettings& server, HttpClient& http) {
  if (server.port == 0)
    return report.add(Verdict::ok, "daemon", "takes any free port (server.port is 0); not looked for");
  config::ServerSettings here = server;
  here.public_url.clear();
  const std::string url = daemon::base_url(here, here.port);
  const auto response =
      http.send({"GET", url + "/readyz", {}, {}}, deadline_in(Milliseconds(10'000)), {});
  if (!response && response.error().kind == ErrorKind::unavailable)
    return report.add(Verdict::ok, "daemon", "not running at " + url);
  if (!response)
    return report.add(Verdict::fail, "daemon", response.error().message);
  if (response->status == 200) return report.add(Verdict::ok, "daemon", "serves at " + url);
  const auto answer = parse_json(response->body);
  report.add(Verdict::fail, "daemon",
             url + " answers " + std::to_string(response->status) +
                 (answer && !(*answer)["detail"].as_string().empty()
                      ? ": " + (*answer)["detail"].as_string()
                      : "; is another program at this port?"));
}

void check_price(Report& report, const std::string& subject, const config::ModelSettings& model) {
  if (propose::price_for(model)) return;
  report.add(Verdict::warn, subject + " price",
             "no price is known for " + model.name +
                 ": it is free to the budget; write input_price and output_price unless it is");
}

// `subject`: where it stands in the configuration, "model" or "models.spare".
void check_endpoint(Report& report, const std::string& subject, const config::ModelSettings& model,
                    HttpClient& http) {
  check_price(report, subject, model);
  // The list of models stands beside what is asked.
  HttpRequest request = propose::dialect_for(model.api).build(model, {}, {});
  std::string url = request.url.substr(0, request.url.find('?'));
  for (const std::string_view end : {"/chat/completions", "/responses", "/messages"}) {
    if (url.ends_with(end)) url.resize(url.size() - end.size());
  }
  request.method = "GET";
  request.url = url + "/models";
  request.body.clear();
  propose::add_key(request, model);
  const auto response = http.send(request, deadline_in(Milliseconds(15'000)), {});
  if (!response)
    return report.add(Verdict::fail, subject, response.error().message + "; check base_url; until it "
                                              "answers, notes are made without it");
  if (response->status == 401 || response->status == 403)
    return report.add(Verdict::fail, subject, "the endpoint refuses the api_key (" +
                                                  std::to_string(response->status) + ")");
  report.add(response->status < 400 ? Verdict::ok : Verdict::warn, subject,
             model.name + " at " + model.base_url + " (answers " + std::to_string(response->status) + ")");
}

void check_models(Report& report, const config::Settings& settings, HttpClient& http) {
  if (settings.model.name == "offline")
    return report.add(Verdict::ok, "model", "offline: diagnoses are made from the code index, no model is asked");
  check_endpoint(report, "model", settings.model, http);
  for (const std::string& name : settings.model.fallbacks)
    check_endpoint(report, "models." + name, settings.models.at(name), http);
}

void check_agent(Report& report, const config::Settings& settings) {
  if (settings.model.name == "offline" || !propose::is_agent(settings.model)) return;
  const auto version = propose::probe_agent(settings, settings.model.api);
  report.add(version ? Verdict::ok : Verdict::fail, "agent",
             version ? *version + " starts in the sandbox" : version.error().message);
}

// Before the first start there is nothing to be spent.
void check_budget(Report& report, const config::Settings& settings) {
  constexpr double kWarnAt = 0.8;
  if (::access((settings.state_dir + "/triaged.db").c_str(), F_OK) != 0) return;
  const SystemClock clock;
  const auto store =
      daemon::Store::open(settings.state_dir, clock, daemon::Store::Access::read_only);
  if (!store) return report.add(Verdict::warn, "budget", store.error().message);
  const auto limits = (*store)->limit_states(settings);
  if (!limits) return report.add(Verdict::warn, "budget", limits.error().message);
  for (const daemon::LimitState& limit : *limits) {
    const double used = limit.used.counted();
    const bool near = used > 0 && used >= kWarnAt * limit.limit;
    report.add(near ? Verdict::warn : Verdict::ok, limit.name,
               dollars(used) + " of " + dollars(limit.limit) + " used" +
                   (near ? "; when it is used up, notes are made without a model until " +
                               to_rfc3339(limit.opens).substr(0, 16) +
                               "Z: raise it, or see `triaged budget forecast`"
                         : ""));
  }
}

void check_projects(Report& report, const config::Settings& settings, const Result<void>& sandbox) {
  for (const auto& [name, project] : settings.projects) {
    const retrieval::Remote remote{project.repository, project.git_token.reveal(), Milliseconds(30'000)};
    const auto branch = retrieval::probe_remote(remote);
    const std::string subject = "project " + name;
    if (!branch) {
      report.add(Verdict::fail, subject, branch.error().message);
    } else if (!project.branch.empty() && *branch != project.branch) {
      report.add(Verdict::ok, subject, project.repository + " answers; its default branch is " +
                                           *branch + ", configured is " + project.branch);
    } else {
      report.add(Verdict::ok, subject, project.repository + " answers; branch " + *branch);
    }
    if (project.depth >= config::Depth::patch && (project.test_command.empty() || !sandbox))
      report.add(Verdict::warn, subject,
                 project.test_command.empty()
                     ? "no test_command: a patch can't be proven, so none is offered"
                     : "without the sandbox nothing is run: a patch can't be proven, so none is offered");
  }
}

void check_sources(Report& report, const daemon::World& world, HttpClient& http) {
  for (const auto& [name, source] : world.settings.sources) {
    const auto answer = world.connectors.at(name)->check({http, deadline_in(Milliseconds(30'000)), {}});
    const std::string next = " → the next ticket goes to project " + source.project + ", depth " +
                             std::string(name_of(world.project_of(name)->depth)) +
                             (source.shadow ? ", shadow: nothing is posted" : "");
    report.add(answer ? Verdict::ok : Verdict::fail, "source " + name,
               answer ? *answer + next : answer.error().message);
  }
}

int check(const std::string& config_path, bool json) {
  Report report(json);
  auto settings = load_settings(config_path);
  if (!settings) {
    report.add(Verdict::fail, "configuration", settings.error().message);
    report.finish();
    return kBadUsage;
  }
  const auto world = daemon::make_world(std::move(*settings));
  if (!world) {
    report.add(Verdict::fail, "configuration", world.error().message);
    report.finish();
    return kBadUsage;
  }
  const config::Settings& current = (*world)->settings;
  report.add(Verdict::ok, "configuration", config_path + ": " +
                                               std::to_string(current.sources.size()) + " sources, " +
                                               std::to_string(current.projects.size()) + " projects");
  const auto http = make_http_client();
  if (!http) return commands::report(http.error());

  check_directory(report, "state_dir", current.state_dir);
  check_directory(report, "cache_dir", current.cache_dir);
  check_clock(report);
  check_daemon(report, current.server, **http);
  const Result<void> sandbox = verify::Sandbox(current.sandbox).probe();
  report.add("sandbox", sandbox, "tight: no network, no files of this machine, no way to more rights",
             Verdict::warn);
  check_models(report, current, **http);
  check_agent(report, current);
  check_budget(report, current);
  check_projects(report, current, sandbox);
  check_sources(report, **world, **http);
  return report.finish();
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  struct Options {
    std::string config{config::kDefaultPath};
    bool json = false;
  };
  auto* command = app.add_subcommand("check", "Say whether everything the daemon needs is fine");
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "Configuration file")->capture_default_str();
  command->add_flag("--json", options->json, "One JSON document");
  command->callback([&action, options] {
    action = [options] { return check(options->config, options->json); };
  });
}

}  // namespace triage::commands
