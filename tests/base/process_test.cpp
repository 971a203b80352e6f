#include "pipeline/base/process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "tests/fakes/git_repository.h"

namespace triage {
namespace {

using Env = std::vector<std::pair<std::string, std::string>>;

ProcessSpec shell(std::string script) {
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", std::move(script)};
  spec.env = {{"PATH", "/usr/bin:/bin"}};
  return spec;
}

ProcessResult run(const ProcessSpec& spec, std::stop_token stop = {}) {
  auto result = run_process(spec, std::move(stop));
  REQUIRE(result.ok());
  return std::move(result).value();
}

// Whether a process of that number still does anything: a zombie that nobody reaps does not.
bool is_running(const std::string& pid) {
  const ProcessResult state = run(shell("sed -n 's/^State:[[:space:]]*//p' /proc/" + pid + "/status"));
  return !state.out.empty() && state.out[0] != 'Z' && state.out[0] != 'X';
}

bool ends_soon(const std::string& pid) {
  for (int i = 0; i < 200; ++i) {
    if (!is_running(pid)) return true;
  }
  return false;
}

class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY)) {  // no O_CLOEXEC
    REQUIRE(fd_ >= 0);
  }
  ~OpenFile() { ::close(fd_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("process: exit codes come as they are, signals as 128 and their number") {
    struct Row {
      std::string_view script;
      int code;
    };
    static constexpr std::array kRows{Row{"true", 0}, Row{"exit 3", 3}, Row{"exit 255", 255},
                                      Row{"kill -TERM $$", 143}, Row{"kill -SEGV $$", 139}};
    for (const Row& row : kRows) {
      CAPTURE(row.script);
      const ProcessResult result = run(shell(std::string(row.script)));
      CHECK(result.exit_code == row.code);
      CHECK(result.success() == (row.code == 0));
    }
  }

  TEST_CASE("process: both streams are kept apart") {
    const ProcessResult result = run(shell("echo out; echo err >&2"));
    CHECK(result.out == "out\n");
    CHECK(result.err == "err\n");
  }

  TEST_CASE("process: the environment is exactly what was given") {
    ::setenv("TRIAGED_TEST_SECRET", "inherited", 1);
    ProcessSpec spec;
    spec.argv = {"env"};
    spec.env = {{"PATH", "/usr/bin:/bin"}, {"ONLY", "this"}};
    CHECK(run(spec).out == "PATH=/usr/bin:/bin\nONLY=this\n");
    ::unsetenv("TRIAGED_TEST_SECRET");
  }

  TEST_CASE("process: input reaches the child, whatever its size, and ends") {
    ProcessSpec spec = shell("wc -c");
    spec.input = std::string(300'000, 'x');
    CHECK(run(spec).out == "300000\n");
    spec.input.clear();
    CHECK(run(spec).out == "0\n");
  }

  TEST_CASE("process: a child that does not read its input takes nobody with it") {
    ProcessSpec spec = shell("exec <&-; echo done");
    spec.input = std::string(1'000'000, 'x');
    const ProcessResult result = run(spec);
    CHECK(result.exit_code == 0);
    CHECK(result.out == "done\n");
  }

  TEST_CASE("process: runs in the directory it is told, programs are found from there") {
    const fakes::TemporaryDirectory directory;
    ProcessSpec spec = shell("pwd -P; printf '#!/bin/sh\\necho local\\n' > tool; chmod +x tool");
    spec.directory = directory.path();
    CHECK(run(spec).out.find("triaged-") != std::string::npos);
    spec.argv = {"./tool"};
    CHECK(run(spec).out == "local\n");
  }

  TEST_CASE("process: a program that is not there, or no program, is an error") {
    for (const std::string name : {"no-such-program-anywhere", "/no/such/program", "/etc/passwd"}) {
      ProcessSpec spec;
      spec.argv = {name};
      const auto result = run_process(spec);
      REQUIRE_FALSE(result.ok());
      CHECK(result.error().kind == ErrorKind::not_found);
      CHECK(result.error().message.find(name) != std::string::npos);
    }
    CHECK_FALSE(run_process(ProcessSpec{}).ok());
  }

  TEST_CASE("process: the time limit ends the child and everything it started") {
    ProcessSpec spec = shell("sleep 600 & echo $!; (sleep 600 & echo $!; wait) & wait");
    spec.time_limit = Milliseconds(300);
    const ProcessResult result = run(spec);
    CHECK(result.timed_out);
    CHECK_FALSE(result.success());
    CHECK(result.exit_code == 137);
    CHECK(result.took < Milliseconds(10'000));
    const size_t line = result.out.find('\n');
    REQUIRE(line != std::string::npos);
    CHECK(ends_soon(result.out.substr(0, line)));
    CHECK(ends_soon(result.out.substr(line + 1, result.out.size() - line - 2)));
  }

  TEST_CASE("process: a child that ended is not waited for on behalf of what it left behind") {
    ProcessSpec spec = shell("sleep 600 & echo $!");
    spec.time_limit = Milliseconds(30'000);
    const ProcessResult result = run(spec);
    CHECK(result.exit_code == 0);
    CHECK_FALSE(result.timed_out);
    CHECK(result.took < Milliseconds(10'000));
    CHECK(ends_soon(result.out.substr(0, result.out.find('\n'))));
  }

  TEST_CASE("process: a child that closed its streams is still held to the limit") {
    ProcessSpec spec = shell("exec >&- 2>&-; sleep 600");
    spec.time_limit = Milliseconds(200);
    CHECK(run(spec).timed_out);
  }

  TEST_CASE("process: of long output head and tail are kept") {
    ProcessSpec spec = shell("echo first; head -c 300000 /dev/zero | tr '\\0' x; echo; echo last");
    spec.keep_output = 200;
    const ProcessResult result = run(spec);
    CHECK(result.success());
    CHECK(result.out.size() < 300);
    CHECK(result.out.starts_with("first\n"));
    CHECK(result.out.ends_with("last\n"));
    // 6 + 300000 + 1 + 5 written, 200 kept
    CHECK(result.out.find("… 299812 bytes left out …") != std::string::npos);
  }

  TEST_CASE("process: output that just fits is whole") {
    ProcessSpec spec = shell("printf 0123456789");
    spec.keep_output = 10;
    CHECK(run(spec).out == "0123456789");
    spec.keep_output = 8;
    CHECK(run(spec).out == "0123\n… 2 bytes left out …\n6789");
  }

  TEST_CASE("process: too much output ends the child") {
    ProcessSpec spec = shell("yes");
    spec.output_limit = 1'000'000;
    const ProcessResult result = run(spec);
    CHECK(result.too_much_output);
    CHECK_FALSE(result.timed_out);
    CHECK_FALSE(result.success());
  }

  TEST_CASE("process: a stop request ends the child") {
    std::stop_source source;
    ProcessSpec spec = shell("echo up; sleep 600");
    std::jthread stopper([&] { source.request_stop(); });
    const ProcessResult result = run(spec, source.get_token());
    CHECK(result.stopped);
    CHECK_FALSE(result.timed_out);
    CHECK(result.took < Milliseconds(10'000));
  }

  TEST_CASE("process: silence ends the child, a word now and then keeps it") {
    ProcessSpec spec = shell("echo up; sleep 600");
    spec.idle_limit = Milliseconds(100);
    const ProcessResult silent = run(spec);
    CHECK(silent.fell_silent);
    CHECK(silent.cut_off());
    CHECK_FALSE(silent.timed_out);
    CHECK(silent.out == "up\n");
    // The control: longer than the limit in all, never silent for as long.
    spec = shell("for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done >&2");
    spec.idle_limit = Milliseconds(550);
    CHECK(run(spec).success());
  }

  TEST_CASE("process: output is told as it comes, all of it, and may end the child") {
    ProcessSpec spec = shell("head -c 300000 /dev/zero | tr '\\0' x; echo err >&2; echo last");
    spec.keep_output = 100;
    std::string told;
    spec.on_output = [&](std::string_view bytes) { told += bytes; };
    CHECK(run(spec).success());
    CHECK(told.size() == 300'005);
    CHECK(told.ends_with("xlast\n"));

    spec = shell("echo enough; sleep 600");
    told.clear();
    spec.on_output = [&](std::string_view bytes) { told += bytes; };
    spec.go_on = [&] { return told != "enough\n"; };
    const ProcessResult ended = run(spec);
    CHECK(ended.stopped);
    CHECK(ended.took < Milliseconds(10'000));
  }

  TEST_CASE("process: descriptors are passed under the numbers asked for, no other is inherited") {
    const fakes::TemporaryDirectory directory;
    const std::string file = directory / "f";
    REQUIRE(run(shell("echo content > " + file)).success());
    const OpenFile passed(file);
    const OpenFile leaked(file);
    ProcessSpec spec = shell("cat <&9; ls /proc/self/fd | tr '\\n' ' '");
    spec.descriptors = {{passed.get(), 9}};
    // ls itself opens one more: the lowest free number.
    CHECK(run(spec).out == "content\n0 1 2 3 9 ");
    spec = shell("ls /proc/self/fd | tr '\\n' ' '");
    CHECK(run(spec).out == "0 1 2 3 ");
  }

  TEST_CASE("process: the child starts with no signal ignored or blocked") {
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    const ProcessResult result = run(shell("grep -E '^Sig(Blk|Ign)' /proc/self/status"));
    ::signal(SIGPIPE, before);
    CHECK(result.out.find("SigBlk:\t0000000000000000\n") == 0);
    // Signals 32 and 33 belong to the C library, which may leave them ignored.
    CHECK(result.out.ends_with("0000000\n"));
  }
}

}  // namespace triage
