// The real daemon as a child process: started on a free port, killed, started again.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/http_client.h"
#include "pipeline/base/json.h"

namespace triage::e2e {

inline std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_whole(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

// Looks every 20 ms until it is so; false when `limit` passes first.
inline bool eventually(const std::function<bool()>& so,
                       std::chrono::seconds limit = std::chrono::seconds(60)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!so()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

class DaemonProcess {
 public:
  DaemonProcess(std::string config, std::string directory)
      : config_(std::move(config)), directory_(std::move(directory)) {
    auto client = daemon::BeastHttpClient::create({});
    REQUIRE(client.ok());
    http_ = std::move(*client);
  }
  ~DaemonProcess() { kill(); }
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  std::vector<std::string> more_environment;  // NAME=value, for the next start()

  // Starts it; with a failpoint it will die there. Waits until it serves (or died).
  void start(const std::string& failpoint = "") {
    std::filesystem::remove(port_file());
    std::vector<std::string> env{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + directory_,
                                 "E2E_SECRET=" + std::string("hook secret"),
                                 "E2E_TOKEN=ghp_e2eTokenThatMustNotLeak000000000000"};
    env.insert(env.end(), more_environment.begin(), more_environment.end());
    if (!failpoint.empty()) env.push_back("TRIAGED_FAILPOINT=" + failpoint);
    std::vector<std::string> words{TRIAGED_BINARY, "serve", "--config", config_, "--port-file",
                                   port_file()};
    std::vector<char*> argv, envp;
    for (auto& word : words) argv.push_back(word.data());
    for (auto& pair : env) envp.push_back(pair.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 2, log_file().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    REQUIRE(posix_spawn(&pid_, TRIAGED_BINARY, &files, nullptr, argv.data(), envp.data()) == 0);
    posix_spawn_file_actions_destroy(&files);
    eventually([this] { return std::filesystem::exists(port_file()) || !running(); });
    const std::string port = read_whole(port_file());
    if (!port.empty()) url_ = "http://127.0.0.1:" + std::to_string(std::stoi(port));
  }

  bool running() {
    if (pid_ <= 0) return false;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      exit_ = status;
    }
    return pid_ > 0;
  }
  void kill() {
    if (!running()) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &exit_, 0);
    pid_ = 0;
  }
  // SIGTERM; returns the exit status, or -1 when it had to be killed.
  int terminate() {
    signal(SIGTERM);
    if (!eventually([this] { return !running(); }, std::chrono::seconds(30))) {
      kill();
      return -1;
    }
    return WIFEXITED(exit_) ? WEXITSTATUS(exit_) : -1;
  }
  void signal(int number) {
    if (running()) ::kill(pid_, number);
  }

  Result<HttpResponse> send(const std::string& method, const std::string& path, std::string body = {},
                            const Headers& headers = {{"Content-Type", "application/json"}}) {
    return http_->send({method, url_ + path, headers, std::move(body)},
                       deadline_in(Milliseconds(30'000)), {});
  }
  Json get(const std::string& path) {
    const auto response = send("GET", path);
    if (!response) return {};
    auto json = parse_json(response->body);
    return json ? *json : Json();
  }
  // Waits until the run is over; its JSON.
  Json finished_run(const std::string& run) {
    Json state;
    eventually([&] {
      state = get("/api/v1/runs/" + run);
      const std::string now = state["state"].as_string();
      return now == "done" || now == "skipped" || now == "failed" || now == "needs_person";
    });
    return state;
  }

  std::string log() const { return read_whole(log_file()); }
  const std::string& url() const { return url_; }

 private:
  std::string port_file() const { return directory_ + "/port"; }
  std::string log_file() const { return directory_ + "/daemon.log"; }

  std::string config_, directory_, url_;
  std::unique_ptr<HttpClient> http_;
  pid_t pid_ = 0;
  int exit_ = 0;
};

}  // namespace triage::e2e
