#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>

#include "tests/fakes/git_repository.h"
#include "tests/pipeline/verify/sandbox_here.h"

namespace triage::verify {
namespace {

constexpr Milliseconds kLimit{20'000};

// A folder of the host with a file and a listening socket.
class Host {
 public:
  Host() {
    ::chmod(folder_.path().c_str(), 0777);
    std::ofstream(folder_ / "tool") << "#!/bin/sh\necho tool\n";
    ::chmod((folder_ / "tool").c_str(), 0755);
    ::mkdir((folder_ / "shut").c_str(), 0700);
    std::ofstream(folder_ / "shut/file") << "secret";
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder_ / "socket";
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd_, 8) == 0);
    ::chmod(path.c_str(), 0666);
  }
  ~Host() { ::close(fd_); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  std::string path(const std::string& name) const { return folder_ / name; }

 private:
  fakes::TemporaryDirectory folder_;
  int fd_ = -1;
};

Result<ProcessResult> run(const std::string& command, const SandboxExtras& extras,
                          Milliseconds limit = kLimit) {
  return Sandbox(config::SandboxSettings{}).run("", command, limit, {}, extras);
}

std::string connect_to(const std::string& path) {
  return "/usr/bin/python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"" + path +
         "\"); print(\"open\")' 2>/dev/null || echo shut";
}

TEST_SUITE("verify sandbox extras") {
  TEST_CASE("sandbox extras: what is named is there, and nothing else") {
    if (!sandbox_here()) return;
    const Host host;
    SandboxExtras extras;
    extras.mounts = {{host.path("tool"), "/agent/tool"}, {host.path("socket"), "/agent/socket"}};
    extras.scratch = {"/agent/home"};
    extras.env = {{"HOME", "/agent/home"}, {"COLOUR", "red = 1"}};
    extras.input = "typed";
    struct Row {
      std::string command, with, without;
    };
    const std::array rows{
        Row{"/agent/tool 2>/dev/null || echo none", "tool\n", "none\n"},
        Row{connect_to("/agent/socket"), "open\n", "shut\n"},
        Row{"cat", "typed", ""},
        Row{"echo \"$COLOUR\"", "red = 1\n", "\n"},
        Row{"cd && touch x && pwd", "/agent/home\n", "/w\n"},
        Row{"(echo x >> /agent/tool) 2>/dev/null && echo written || echo kept", "kept\n", "kept\n"},
        Row{"ls " + host.path("") + " 2>/dev/null || echo none", "none\n", "none\n"},
        Row{"touch /agent/x 2>/dev/null || echo none", "none\n", "none\n"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.command);
      const auto with = run(row.command, extras);
      REQUIRE_MESSAGE(with.ok(), (with.ok() ? "" : with.error().message));
      CHECK(with->out == row.with);
      const auto without = run(row.command, {});
      REQUIRE(without.ok());
      CHECK(without->out == row.without);
    }
  }

  TEST_CASE("sandbox extras: what may not be is refused before anything runs") {
    struct Row {
      std::string_view what;
      SandboxExtras extras;
    };
    const std::vector<Row> rows{
        {"over the work directory", {.mounts = {{"/tmp/x", "/w/x"}}}},
        {"over programs", {.mounts = {{"/tmp/x", "/usr"}}}},
        {"over accounts", {.mounts = {{"/tmp/x", "/etc/passwd"}}}},
        {"dots", {.mounts = {{"/tmp/x", "/agent/../w"}}}},
        {"relative", {.mounts = {{"/tmp/x", "agent"}}}},
        {"relative on the host", {.mounts = {{"x", "/agent"}}}},
        {"the root", {.mounts = {{"/", "/agent"}}}},
        {"scratch over the root", {.scratch = {"/"}}},
        {"search path", {.env = {{"PATH", "/agent"}}}},
        {"loader", {.env = {{"LD_PRELOAD", "/agent/x.so"}}}},
        {"a name with =", {.env = {{"A=B", "x"}}}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.what);
      const auto result = run("true", row.extras);
      REQUIRE_FALSE(result.ok());
      CHECK(result.error().kind == ErrorKind::invalid_input);
    }
  }

  TEST_CASE("sandbox extras: what the account can't reach fails closed") {
    if (!sandbox_here() || ::geteuid() != 0) return;
    const Host host;
    const auto shut = run("cat /agent/file", {.mounts = {{host.path("shut/file"), "/agent/file"}}});
    REQUIRE_FALSE(shut.ok());
    CHECK(shut.error().kind == ErrorKind::denied);
    CHECK(shut.error().message.find("can't reach") != std::string::npos);
  }

  TEST_CASE("sandbox extras: silence and the caller's word end it with all it started") {
    if (!sandbox_here()) return;
    const auto silent = run("echo up; sleep 600", {.idle_limit = Milliseconds(400)});
    REQUIRE(silent.ok());
    CHECK(silent->fell_silent);
    CHECK(silent->out == "up\n");
    std::string told;
    SandboxExtras extras;
    extras.on_output = [&](std::string_view bytes) { told += bytes; };
    extras.go_on = [&] { return told.empty(); };
    const auto ended = run("echo up; sleep 600", extras);
    REQUIRE(ended.ok());
    CHECK(ended->stopped);
    extras.go_on = {};
    extras.output_limit = 1000;
    const auto much = run("yes", extras);
    REQUIRE(much.ok());
    CHECK(much->too_much_output);
  }
}

}  // namespace
}  // namespace triage::verify
