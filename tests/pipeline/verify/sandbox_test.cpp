#include "pipeline/verify/sandbox.h"

#include <dirent.h>
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>

#include "pipeline/verify/workspace.h"
#include "tests/fakes/git_repository.h"
#include "tests/pipeline/verify/sandbox_here.h"

namespace triage::verify {
namespace {

constexpr Milliseconds kLimit{20'000};

std::string python(const std::string& code) { return "/usr/bin/python3 -c '" + code + "'"; }

// What the sandbox must hide: made on the host for each test, reachable from outside.
class Host {
 public:
  Host() {
    std::ofstream(folder_ / "canary") << "canary";
    ::chmod(folder_.path().c_str(), 0777);
    tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(tcp_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(tcp_, 64) == 0);
    ::getsockname(tcp_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    unix_ = listen_unix(folder_ / "socket", false);
    abstract_ = listen_unix(abstract_name(), true);
  }
  ~Host() {
    for (const int fd : {tcp_, unix_, abstract_}) ::close(fd);
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  std::string path(const std::string& name) const { return folder_ / name; }
  std::string port() const { return std::to_string(port_); }
  std::string abstract_name() const { return "triaged-test-" + std::to_string(::getpid()); }

 private:
  static int listen_unix(const std::string& name, bool abstract) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + (abstract ? 1 : 0), name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + 1);
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(fd, 64) == 0);
    if (!abstract) ::chmod(name.c_str(), 0777);
    return fd;
  }

  fakes::TemporaryDirectory folder_;
  int tcp_ = -1, unix_ = -1, abstract_ = -1;
  unsigned port_ = 0;
};

struct Probe {
  const char* name;
  std::string command;  // prints "open" where it gets through
};

std::vector<Probe> probes(const Host& host) {
  const std::string connect =
      "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect(\"";
  return {
      {"a TCP port of the host",
       python("import socket; socket.create_connection((\"127.0.0.1\", " + host.port() + "), 5); print(\"open\")")},
      {"a Unix socket of the host", python(connect + host.path("socket") + "\")\nprint(\"open\")")},
      {"an abstract socket of the host", python(connect + "\\0" + host.abstract_name() + "\")\nprint(\"open\")")},
      {"a file of the host", "grep -q canary " + host.path("canary") + " && echo open"},
      {"the host's accounts", "grep -q /root /etc/passwd && echo open"},
      {"writing on the host", "touch " + host.path("written") + " && echo open"},
      {"the caller's environment", "cat /proc/*/environ 2>/dev/null | grep -q TRIAGED_CANARY && echo open"},
      {"a process of the host", "kill -0 " + std::to_string(::getpid()) + " && echo open"},
      {"tracing", python("import ctypes; print(\"open\" if ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0 else \"shut\")")},
      {"nested user namespaces", "unshare --user true && echo open"},
      {"netlink", python("import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW); print(\"open\")")},
      {"sockets to the hypervisor", python("import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM); print(\"open\")")},
      {"the key ring", python("import ctypes; l = ctypes.CDLL(None, use_errno=True); "
                              "print(\"open\" if l.syscall(250, 0, -3, 1) != -1 else \"shut\")")},
  };
}

bool is_open(const ProcessResult& result) { return result.out.find("open") != std::string::npos; }

// Processes whose command line has that mark.
std::vector<pid_t> find_processes(const std::string& mark) {
  std::vector<pid_t> found;
  DIR* proc = ::opendir("/proc");
  REQUIRE(proc != nullptr);
  while (const dirent* entry = ::readdir(proc)) {
    const pid_t pid = static_cast<pid_t>(std::atoi(entry->d_name));
    if (pid <= 0) continue;
    std::ifstream in("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
    const std::string line{std::istreambuf_iterator<char>(in), {}};
    if (line.find(mark) != std::string::npos) found.push_back(pid);
  }
  ::closedir(proc);
  return found;
}

TEST_SUITE("verify sandbox") {
  TEST_CASE("what is open on the host is shut inside") {
    if (!sandbox_here()) return;
    const Host host;
    const Sandbox sandbox{config::SandboxSettings{}};
    for (const Probe& probe : probes(host)) {
      INFO(probe.name);
      ProcessSpec outside;  // the control run: the probe can fail
      outside.argv = {"sh", "-c", probe.command};
      outside.env = {{"PATH", "/usr/bin:/bin"}, {"TRIAGED_CANARY", "1"}};
      const auto control = run_process(outside);
      REQUIRE(control.ok());
      WARN_MESSAGE(is_open(*control), "control run is shut on this machine: ", control->err);
      const auto inside = sandbox.run("", probe.command, kLimit);
      REQUIRE(inside.ok());
      CHECK_FALSE(is_open(*inside));
    }
  }

  TEST_CASE("the control runs of the probes are open here, but for a few the machine may shut") {
    const Host host;
    size_t open = 0;
    for (const Probe& probe : probes(host)) {
      ProcessSpec outside;
      outside.argv = {"sh", "-c", probe.command};
      outside.env = {{"PATH", "/usr/bin:/bin"}, {"TRIAGED_CANARY", "1"}};
      const auto control = run_process(outside);
      open += control.ok() && is_open(*control);
    }
    CHECK(open >= 8);
  }

  TEST_CASE("loopback, python, a shell and the work directory work inside") {
    if (!sandbox_here()) return;
    const Sandbox sandbox{config::SandboxSettings{}};
    auto owner = sandbox.owner();
    REQUIRE(owner.ok());
    auto workspace = Workspace::create(*owner);
    REQUIRE(workspace.ok());
    REQUIRE(workspace->apply({{"in.txt", "hello\n", false}}).ok());
    const auto result = sandbox.run(
        workspace->path(),
        "cat in.txt && echo made > out.txt && pwd && id -u && " +
            python("import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); s.listen(); "
                   "socket.create_connection(s.getsockname()); print(\"loopback\")"),
        kLimit);
    REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : result.error().message));
    CHECK_MESSAGE(result->success(), result->err);
    CHECK(result->out == "hello\n/w\n65534\nloopback\n");
    CHECK(::access((workspace->path() + "/out.txt").c_str(), F_OK) == 0);
  }

  TEST_CASE("limits hold") {
    if (!sandbox_here()) return;
    config::SandboxSettings small;
    small.memory = 256U << 20U;
    small.processes = 64;
    small.file_size = 1U << 20U;
    small.output = 1U << 20U;
    const Sandbox sandbox(small);

    SUBCASE("memory") {
      const std::string hog = python("b = bytearray(400 << 20); print(\"open\")");
      CHECK_FALSE(is_open(*sandbox.run("", hog, kLimit)));
      CHECK(is_open(*Sandbox(config::SandboxSettings{}).run("", hog, kLimit)));
    }
    SUBCASE("processes") {
      const auto result = sandbox.run("", python("import os, time\nn = 0\ntry:\n  while n < 1000:\n"
                                                 "    if os.fork() == 0: time.sleep(30)\n    n += 1\n"
                                                 "except OSError: pass\nprint(n, flush=True)\nos._exit(0)"),
                                      kLimit);
      REQUIRE(result.ok());
      const int forks = std::atoi(result->out.c_str());
      CHECK(forks > 0);
      CHECK(forks < 70);
    }
    SUBCASE("file size") {
      const std::string fill = "head -c 3000000 /dev/zero > /tmp/big; [ $(stat -c %s /tmp/big) -ge 3000000 ] && echo open";
      CHECK_FALSE(is_open(*sandbox.run("", fill, kLimit)));
      CHECK(is_open(*Sandbox(config::SandboxSettings{}).run("", fill, kLimit)));
    }
    SUBCASE("output") {
      const auto result = sandbox.run("", "yes", kLimit);
      REQUIRE(result.ok());
      CHECK(result->too_much_output);
      CHECK_FALSE(result->success());
    }
    SUBCASE("time") {
      const auto result = sandbox.run("", "sleep 60", Milliseconds(700));
      REQUIRE(result.ok());
      CHECK(result->timed_out);
      CHECK(result->took < Milliseconds(5000));
    }
    SUBCASE("a request to stop") {
      std::stop_source stop;
      stop.request_stop();
      const auto result = sandbox.run("", "sleep 60", kLimit, stop.get_token());
      REQUIRE(result.ok());
      CHECK(result->stopped);
    }
  }

  TEST_CASE("what it started is gone with it, daemons too") {
    if (!sandbox_here()) return;
    const std::string mark = "98765." + std::to_string(::getpid());
    const std::string daemon = "setsid sleep " + mark + " >/dev/null 2>&1 & sleep 0.1; echo started";

    ProcessSpec outside;  // the control run leaves one behind
    outside.argv = {"sh", "-c", daemon};
    outside.env = {{"PATH", "/usr/bin:/bin"}};
    REQUIRE(run_process(outside).ok());
    const std::vector<pid_t> left = find_processes(mark);
    CHECK(left.size() == 1);
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    for (int i = 0; i < 100 && !find_processes(mark).empty(); ++i) ::usleep(10'000);

    const auto inside = Sandbox(config::SandboxSettings{}).run("", daemon, kLimit);
    REQUIRE(inside.ok());
    CHECK(inside->out == "started\n");
    CHECK(find_processes(mark).empty());
  }

  TEST_CASE("an exit status comes out as it was") {
    if (!sandbox_here()) return;
    const Sandbox sandbox{config::SandboxSettings{}};
    for (const int code : {0, 1, 7, 127}) {
      const auto result = sandbox.run("", "exit " + std::to_string(code), kLimit);
      REQUIRE(result.ok());
      CHECK(result->exit_code == code);
    }
  }

  TEST_CASE("it fails closed and says what to do") {
    config::SandboxSettings settings;
    if (::geteuid() == 0) {
      for (const char* user : {"root", "no-such-user", ""}) {
        settings.user = user;
        const auto result = Sandbox(settings).run("", "true", kLimit);
        REQUIRE_FALSE(result.ok());
        CHECK(result.error().kind == ErrorKind::denied);
        CHECK(result.error().message.find("unprivileged account") != std::string::npos);
      }
    }
    if (!sandbox_here()) return;
    settings = {};
    const auto missing = Sandbox(settings).run("/no/such/folder", "true", kLimit);
    REQUIRE_FALSE(missing.ok());
    CHECK(missing.error().message.find("/no/such/folder") != std::string::npos);
  }
}

}  // namespace
}  // namespace triage::verify
