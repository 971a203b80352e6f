#include "daemon/daemon.h"

#include <sys/stat.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <filesystem>
#include <mutex>

#include "daemon/api.h"
#include "daemon/effect_router.h"
#include "daemon/git_forge.h"
#include "daemon/http_server.h"
#include "daemon/local_desk.h"
#include "daemon/notify.h"
#include "daemon/outbox.h"
#include "daemon/poller.h"
#include "daemon/recheck.h"
#include "daemon/retrying_client.h"
#include "daemon/scheduler.h"
#include "daemon/store_budget.h"
#include "daemon/unix_http_host.h"
#include "daemon/watched_folder.h"
#include "pipeline/receipt/receipt.h"
#include "pipeline/receipt/statement.h"

namespace triage::daemon {
namespace {

constexpr std::uint64_t kEntriesPerCheckpoint = 100;

// A full disk is an answer too, and no restart frees it; only a store that hangs is worth one.
bool answers(const Status& health) { return health || health.error().kind != ErrorKind::timeout; }

Status make_private_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return Error{ErrorKind::denied, "cannot make the directory " + path + ": " + error.message() +
                                        "; create it, or set state_dir and cache_dir elsewhere"};
  ::chmod(path.c_str(), 0700);
  return {};
}

// The settings that hold what is made at start, by name: a reload can't change them.
std::string needs_restart(const config::Settings& old, const config::Settings& next) {
  const auto inboxes = [](const config::Settings& settings) {
    std::map<std::string, std::string> out;
    for (const auto& [name, source] : settings.sources) {
      if (const auto inbox = source.settings.find("inbox"); inbox != source.settings.end())
        out[name] = inbox->second;
    }
    return out;
  };
  const std::array<std::pair<std::string_view, bool>, 10> changed{{
      {"state_dir", next.state_dir != old.state_dir},
      {"cache_dir", next.cache_dir != old.cache_dir},
      {"workers", next.workers != old.workers},
      {"max_attempts", next.max_attempts != old.max_attempts},
      {"lease", next.lease != old.lease},
      {"server.address", next.server.address != old.server.address},
      {"server.port", next.server.port != old.server.port},
      {"server.max_body", next.server.max_body != old.server.max_body},
      {"server.max_connections", next.server.max_connections != old.server.max_connections},
      {"inbox", inboxes(next) != inboxes(old)},
  }};
  std::string names;
  for (const auto& [name, differs] : changed) {
    if (differs) names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return names;
}

}  // namespace

struct Daemon::Impl {
  Impl(std::shared_ptr<const World> first, Load loader, std::unique_ptr<HttpClient> client,
       Log& logger)
      : world(std::move(first)), load(std::move(loader)), log(logger),
        io([this](std::string_view what) { log.error("fault on the I/O thread: " + std::string(what)); }),
        plain_http(std::move(client)), http(*plain_http) {}

  WorldHolder world;
  Load load;
  Log& log;
  SystemClock clock;
  IoThread io;
  std::unique_ptr<HttpClient> plain_http;
  RetryingClient http;
  WorkerPool pool{3, 2048, [this](std::string_view what) {
                    log.error("a request could not be handled: " + std::string(what));
                  }};
  std::unique_ptr<Store> store;
  std::unique_ptr<retrieval::CodeLibrary> code;
  std::optional<receipt::SigningKey> key;
  std::vector<std::unique_ptr<WatchedFolder>> folders;
  std::unique_ptr<LocalDesk> desk;
  std::unique_ptr<GitForge> forge;
  std::unique_ptr<EffectRouter> router;
  std::unique_ptr<Outbox> outbox;
  std::unique_ptr<Scheduler> scheduler;
  std::unique_ptr<Poller> poller;
  std::unique_ptr<Api> api;
  std::unique_ptr<HttpServer> server;
  UnixSocketHost sockets;
  std::atomic<bool> accepting{false};
  std::atomic<std::uint64_t> checkpointed{0};  // entries of the receipt log at the last checkpoint

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<int> signals;

  const config::Settings& settings() const { return world_now->settings; }
  std::shared_ptr<const World> world_now = world.get();  // the one the services were started with

  Status open_state();
  void make_delivery();
  void make_scheduler();
  void print_checkpoint(std::uint64_t when_longer_by);
  void make_intake();
  Status start_services();
  Result<RunEnvironment> environment(const RunRow& run);
  Result<std::uint32_t> open_drafts(const World& current,
                                    const config::ProjectSettings& project) const;
  Status take_file(const std::string& source, WatchedFile file);
  Status write_note(const Ticket& ticket, const std::string& body);
  int next_signal(Milliseconds limit);
};

Status Daemon::Impl::open_state() {
  TRY(make_private_directory(settings().state_dir));
  TRY(make_private_directory(settings().cache_dir));
  store = TRY(Store::open(settings().state_dir, clock));
  key = TRY(receipt::SigningKey::load_or_create(settings().state_dir + "/receipt.key"));
  code = std::make_unique<retrieval::CodeLibrary>(settings().cache_dir + "/mirrors");
  return {};
}

void Daemon::Impl::make_delivery() {
  desk = std::make_unique<LocalDesk>(
      *store, [this](const Ticket& t, const std::string& body) { return write_note(t, body); });
  forge = std::make_unique<GitForge>(
      settings().state_dir + "/pull-requests",
      [this](const std::string& name) -> Result<ForgeProject> {
        const auto current = world.get();
        const auto* project = current->project(name);
        if (project == nullptr)
          return Error{ErrorKind::not_found, "project \"" + name + "\" is not configured any more"};
        return ForgeProject{{project->repository, project->git_token.reveal()},
                            code->mirror_path(name)};
      });
  router = std::make_unique<EffectRouter>(world, http, *desk, *forge);

  OutboxHooks hooks;
  hooks.shadow = [this](const std::string& source) {
    const auto current = world.get();
    const auto* found = current->source(source);
    return found != nullptr && found->shadow;
  };
  hooks.recheck = [this](const EffectRow& effect, const std::vector<EffectRow>& siblings,
                         std::stop_token stop) {
    return Recheck(*store, world, *code).reason_against(effect, siblings, std::move(stop));
  };
  hooks.seal = [this](const RunRow& run, const std::vector<EffectRow>& effects,
                      std::string_view previous) -> Result<std::string> {
    std::vector<receipt::Delivered> rows;
    for (const EffectRow& effect : effects)
      rows.push_back({effect.op_id, effect.kind, effect.result, effect.error});
    return receipt::seal(receipt::delivery_statement(run.id, rows, clock.now()), *key, previous);
  };
  hooks.observe = [this](const EffectRow& effect, const Settlement& settlement) {
    const std::string what(name_of(effect.kind));
    if (settlement.state == EffectState::confirmed)
      log.info(what + (settlement.result.adopted ? " was there already" : " done"),
               {{"run", effect.run}, {"where", settlement.result.url}});
    else
      log.warn(what + (settlement.state == EffectState::failed ? " given up: " : " will be tried again: ") +
                   settlement.error,
               {{"run", effect.run}});
    print_checkpoint(kEntriesPerCheckpoint);
  };
  outbox = std::make_unique<Outbox>(*store, *router, clock, OutboxOptions{}, std::move(hooks));
}

// The journal is kept elsewhere than the log, so it can tell that the log was cut or written anew.
void Daemon::Impl::print_checkpoint(std::uint64_t when_longer_by) {
  const auto last = store->last_receipt();
  if (!last || !*last || (*last)->seq < checkpointed + when_longer_by) return;
  checkpointed = (*last)->seq;
  const receipt::Checkpoint now{(*last)->seq, (*last)->hash, to_rfc3339(clock.now())};
  log.info(receipt::sign_checkpoint(now, *key));
}

// Where no connector tells what became of a draft, none is counted: it would wait for ever.
Result<std::uint32_t> Daemon::Impl::open_drafts(const World& current,
                                                const config::ProjectSettings& project) const {
  if (project.forge == "git") return 0U;
  std::uint32_t open = 0;
  for (const DraftRow& draft : TRY(store->drafts(current.settings)))
    open += draft.project == project.name && draft.state == DraftState::open ? 1 : 0;
  return open;
}

Result<RunEnvironment> Daemon::Impl::environment(const RunRow& run) {
  const auto current = world.get();
  const auto* project = current->project(run.project);
  if (project == nullptr)
    return Error{ErrorKind::not_found, "project \"" + run.project +
                                           "\" is not in the configuration any more"};
  RunEnvironment out;
  out.settings = {current, &current->settings};
  out.project = project;
  out.http = &http;
  out.code = code.get();
  out.memory = store.get();
  out.sockets = &sockets;
  out.budget = std::make_shared<StoreBudget>(*store, run.id, run.project,
                                             limits_of(current->settings.budget, *project));
  out.open_drafts = TRY(open_drafts(*current, *project));
  out.console_url = base_url(current->settings.server, server->port()) + "/runs/" + run.id;
  return out;
}

void Daemon::Impl::make_scheduler() {
  SchedulerHooks hooks;
  hooks.environment = [this](const RunRow& run) { return environment(run); };
  hooks.seal = [this](const Run& run, std::string_view previous) -> Result<std::string> {
    return receipt::seal(run.publication->statement, *key, previous);
  };
  hooks.observe = [this](const RunRow& run, Stage stage, Milliseconds took, const Error* error) {
    const std::string name(name_of(stage));
    if (error == nullptr)
      log.info(name + " done in " + human_duration(took), {{"run", run.id}});
    else
      log.warn(name + " failed: " + error->message, {{"run", run.id}});
  };
  scheduler = std::make_unique<Scheduler>(
      *store, clock,
      SchedulerOptions{.workers = settings().workers, .lease = settings().lease,
                       .max_attempts = settings().max_attempts},
      std::move(hooks));
}

// A file in a watched folder is the same as a ticket posted to the API.
Status Daemon::Impl::take_file(const std::string& source, WatchedFile file) {
  const auto current = world.get();
  const auto* connector = current->connector(source);
  const auto* project = current->project_of(source);
  if (connector == nullptr || project == nullptr)
    return Error{ErrorKind::unavailable, "source \"" + source + "\" is not configured any more"};
  HttpRequest request{"POST", "/api/v1/tickets", {}, std::move(file.bytes)};
  request.headers.set("Content-Type",
                      file.name.ends_with(".json") ? "application/json" : "text/plain");
  request.headers.set("Idempotency-Key", file.delivery_id);
  auto delivery = TRY(connector->receive(request, clock.now()));
  if (auto* event = std::get_if<connectors::TicketEvent>(&delivery.event))
    event->ticket.url = file.url;
  const Ingested stored =
      TRY(store->ingest({source, project->name, project->depth, std::move(delivery),
                         project->commanders}));
  log.info("ticket read from folder",
           {{"source", source}, {"ticket", stored.ticket.external_id}, {"run", stored.run}});
  return {};
}

Status Daemon::Impl::write_note(const Ticket& ticket, const std::string& body) {
  for (const auto& folder : folders) TRY(folder->write_note(ticket, body));
  return {};
}

void Daemon::Impl::make_intake() {
  for (const auto& [name, source] : settings().sources) {
    const auto inbox = source.settings.find("inbox");
    if (inbox == source.settings.end() || inbox->second.empty()) continue;
    folders.push_back(std::make_unique<WatchedFolder>(
        inbox->second,
        [this, source_name = name](WatchedFile file) { return take_file(source_name, std::move(file)); }));
  }
  poller = std::make_unique<Poller>(world, *store, http, clock, log);
  api = std::make_unique<Api>(ApiParts{world, *store, pool, clock, log,
                                       [this] { return accepting.load(); }, key->public_key()});
  ServerOptions options;
  options.address = settings().server.address;
  options.port = settings().server.port;
  options.inherited_fd = take_inherited_socket();
  options.max_body = settings().server.max_body;
  options.max_connections = settings().server.max_connections;
  options.drain_timeout = settings().drain;
  server = std::make_unique<HttpServer>(
      io, options, [this](HttpRequest request, const std::string& peer, const HttpServer::Reply& reply) {
        api->handle(std::move(request), peer, reply);
      });
}

Status Daemon::Impl::start_services() {
  TRY(io.start());
  TRY(io.on_signal({SIGTERM, SIGINT, SIGHUP}, [this](int signal) {
    {
      const std::lock_guard lock(mutex);
      signals.push_back(signal);
    }
    wake.notify_one();
  }));
  TRY(pool.start());
  TRY(server->start());
  TRY(outbox->start());
  TRY(scheduler->start());
  for (const auto& folder : folders) TRY(folder->start());
  TRY(poller->start());
  accepting = true;
  return {};
}

int Daemon::Impl::next_signal(Milliseconds limit) {
  std::unique_lock lock(mutex);
  wake.wait_for(lock, limit, [this] { return !signals.empty(); });
  if (signals.empty()) return 0;
  const int signal = signals.front();
  signals.pop_front();
  return signal;
}

Daemon::Daemon(std::shared_ptr<const World> world, Load load, std::unique_ptr<HttpClient> http,
               Log& log)
    : impl_(std::make_unique<Impl>(std::move(world), std::move(load), std::move(http), log)) {}

Daemon::~Daemon() { stop(); }

Status Daemon::start() {
  TRY(impl_->open_state());
  impl_->make_delivery();
  impl_->make_scheduler();
  impl_->make_intake();
  if (auto started = impl_->start_services(); !started) {
    stop();
    return started;
  }
  impl_->print_checkpoint(1);
  impl_->log.info("serving", {{"console", base_url(impl_->settings().server, port()) + "/"}});
  return {};
}

void Daemon::stop() {
  if (!impl_->store) return;
  impl_->accepting = false;
  if (impl_->poller) impl_->poller->stop();
  for (const auto& folder : impl_->folders) folder->stop();
  if (impl_->scheduler) {
    impl_->scheduler->drain(impl_->settings().drain);
    impl_->scheduler->stop();
  }
  if (impl_->outbox) impl_->outbox->stop();
  if (impl_->server) impl_->server->stop();
  impl_->pool.stop();
  impl_->print_checkpoint(1);
  impl_->store.reset();  // completes queued writes, whose replies still need the I/O thread
  impl_->io.stop();
}

void Daemon::serve() {
  const auto watchdog = watchdog_interval();
  notify_systemd("READY=1\nSTATUS=serving");
  while (true) {
    const int signal = impl_->next_signal(watchdog.value_or(Milliseconds(3'600'000)));
    if (signal == SIGTERM || signal == SIGINT) break;
    if (signal == SIGHUP) {
      notify_systemd("RELOADING=1");
      if (const Status reloaded = reload(); !reloaded)
        impl_->log.error("configuration not reloaded, the old one stays: " + reloaded.error().message);
      notify_systemd("READY=1");
    } else if (watchdog && answers(impl_->store->healthy())) {
      notify_systemd("WATCHDOG=1");
    }
  }
  notify_systemd("STOPPING=1");
  impl_->log.info("stopping: finishing what is running");
  stop();
  impl_->log.info("stopped");
}

Status Daemon::reload() {
  auto settings = TRY(impl_->load());
  auto world = TRY(make_world(std::move(settings)));
  const config::Settings& old = impl_->settings();
  const config::Settings& next = world->settings;
  if (const std::string names = needs_restart(old, next); !names.empty())
    impl_->log.warn("changed, but in force only after a restart: " + names);
  impl_->log.configure(next.log);
  impl_->world.set(std::move(world));
  impl_->poller->stop();
  TRY(impl_->poller->start());
  impl_->log.info("configuration reloaded");
  return {};
}

std::uint16_t Daemon::port() const { return impl_->server ? impl_->server->port() : 0; }

}  // namespace triage::daemon
