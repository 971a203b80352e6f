#include "pipeline/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "pipeline/base/fd.h"

namespace triage {
namespace {

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Error{ErrorKind::exhausted, std::string("cannot make a pipe: ") + std::strerror(errno)};
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// Keeps the first and the last half of what passes through.
class HeadTail {
 public:
  explicit HeadTail(size_t keep) : half_(keep / 2) {}
  void add(std::string_view bytes) {
    total_ += bytes.size();
    const size_t to_head = std::min(bytes.size(), half_ - head_.size());
    head_ += bytes.substr(0, to_head);
    tail_ += bytes.substr(to_head);
    if (tail_.size() > 4 * half_ + 65536) tail_.erase(0, tail_.size() - half_);
  }
  size_t total() const { return total_; }
  std::string text() {
    const std::string tail = tail_.substr(tail_.size() - std::min(tail_.size(), half_));
    const size_t cut = total_ - head_.size() - tail.size();
    if (cut == 0) return head_ + tail;
    return head_ + "\n… " + std::to_string(cut) + " bytes left out …\n" + tail;
  }

 private:
  size_t half_;
  size_t total_ = 0;
  std::string head_, tail_;
};

std::string find_program(const ProcessSpec& spec) {
  const std::string& name = spec.argv[0];
  if (name.find('/') != std::string::npos) {
    // A relative path is resolved by the child, in its own directory.
    const bool ours = name.starts_with('/') || spec.directory.empty();
    const std::string seen = ours ? name : spec.directory + "/" + name;
    return ::access(seen.c_str(), X_OK) == 0 ? name : "";
  }
  std::string path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
  for (const auto& [key, value] : spec.env) {
    if (key == "PATH") path = value;
  }
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find(':', start), path.size());
    std::string candidate = path.substr(start, end - start) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    start = end + 1;
  }
  return "";
}

struct SpawnActions {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
  SpawnActions() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnActions() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
};

Result<pid_t> spawn(const ProcessSpec& spec, int in, int out, int err) {
  const std::string program = find_program(spec);
  if (program.empty())
    return Error{ErrorKind::not_found, "no such program: " + spec.argv[0]};

  SpawnActions actions;
  posix_spawn_file_actions_adddup2(&actions.files, in, 0);
  posix_spawn_file_actions_adddup2(&actions.files, out, 1);
  posix_spawn_file_actions_adddup2(&actions.files, err, 2);
  int highest = 2;
  for (const auto& [ours, theirs] : spec.descriptors) {
    posix_spawn_file_actions_adddup2(&actions.files, ours, theirs);
    highest = std::max(highest, theirs);
  }
  for (int fd = 3; fd < highest; ++fd) {
    if (std::ranges::find(spec.descriptors, fd, &std::pair<int, int>::second) ==
        spec.descriptors.end())
      posix_spawn_file_actions_addclose(&actions.files, fd);
  }
  posix_spawn_file_actions_addclosefrom_np(&actions.files, highest + 1);
  if (!spec.directory.empty())
    posix_spawn_file_actions_addchdir_np(&actions.files, spec.directory.c_str());

  sigset_t all;
  sigset_t none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&actions.attributes, &all);
  posix_spawnattr_setsigmask(&actions.attributes, &none);
  posix_spawnattr_setpgroup(&actions.attributes, 0);
  posix_spawnattr_setflags(&actions.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSIGMASK);

  std::vector<std::string> pairs;
  for (const auto& [key, value] : spec.env) pairs.push_back(key + "=" + value);
  std::vector<char*> env;
  for (std::string& pair : pairs) env.push_back(pair.data());
  env.push_back(nullptr);
  std::vector<std::string> words = spec.argv;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  pid_t pid = 0;
  const int code = ::posix_spawn(&pid, program.c_str(), &actions.files, &actions.attributes,
                                 argv.data(), env.data());
  if (code != 0)
    return Error{code == ENOENT || code == EACCES ? ErrorKind::not_found : ErrorKind::exhausted,
                 "cannot start " + spec.argv[0] + ": " + std::strerror(code)};
  return pid;
}

// Writes without the signal that a reader's end brings: SIGPIPE would end the whole daemon.
ssize_t write_quietly(int fd, std::string_view bytes) {
  sigset_t pipe_signal;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigpending(&pending);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t put = ::write(fd, bytes.data(), bytes.size());
  const int error = errno;
  if (put < 0 && error == EPIPE && sigismember(&pending, SIGPIPE) == 0) {
    const timespec at_once{};
    while (::sigtimedwait(&pipe_signal, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return put;
}

// Whether the child has ended; it is not reaped, so its process group keeps its number.
bool has_ended(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid == pid;
}

// Moves bytes between us and the child until it has ended or a limit is hit.
class Conversation {
 public:
  Conversation(const ProcessSpec& spec, pid_t pid, Fd in, Fd out, Fd err)
      : spec_(spec), pid_(pid), in_(std::move(in)), out_fd_(std::move(out)), err_fd_(std::move(err)),
        out_(spec.keep_output), err_(spec.keep_output) {
    ::fcntl(in_.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(out_fd_.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(err_fd_.get(), F_SETFL, O_NONBLOCK);
    if (spec_.input.empty()) in_.reset();
  }

  // Returns when the child has ended or has to be killed. What it left behind may hold its streams
  // open: nobody waits for that.
  void run(Deadline deadline, const std::stop_token& stop, ProcessResult& result) {
    last_byte_ = std::chrono::steady_clock::now();
    while (!has_ended(pid_)) {
      if (stop.stop_requested() || (spec_.go_on && !spec_.go_on())) {
        result.stopped = true;
        return;
      }
      const auto now = std::chrono::steady_clock::now();
      const auto left = std::chrono::duration_cast<Milliseconds>(deadline - now);
      if (left.count() <= 0) {
        result.timed_out = true;
        return;
      }
      if (spec_.idle_limit.count() > 0 && now - last_byte_ > spec_.idle_limit) {
        result.fell_silent = true;
        return;
      }
      const bool open = out_fd_.get() >= 0 || err_fd_.get() >= 0;
      const long pause = open ? kLook : pause_;
      if (!open) pause_ = std::min(pause_ * 2, kLook);
      exchange(static_cast<int>(std::min<long>(left.count(), pause)));
      if (out_.total() + err_.total() > spec_.output_limit) {
        result.too_much_output = true;
        return;
      }
    }
  }

  // After the group was killed: what is still in the pipes, and no more than fits there, since a
  // process that left the group may go on writing.
  void collect(ProcessResult& result) {
    for (int i = 0; i < kPipeful && drain_out(); ++i) {
    }
    for (int i = 0; i < kPipeful && drain(err_fd_, err_); ++i) {
    }
    result.out = out_.text();
    result.err = err_.text();
  }

 private:
  static constexpr long kLook = 20;  // milliseconds between looks at child and stop token
  static constexpr int kPipeful = 16;  // reads of 64 KiB: the most that a pipe holds by default

  void exchange(int timeout) {
    std::array<pollfd, 3> fds{{{out_fd_.get(), POLLIN, 0}, {err_fd_.get(), POLLIN, 0},
                               {in_.get(), POLLOUT, 0}}};
    ::poll(fds.data(), fds.size(), timeout);
    if (fds[0].revents != 0) drain_out();
    if (fds[1].revents != 0) drain(err_fd_, err_);
    if (fds[2].revents != 0) feed();
  }

  bool drain_out() { return drain(out_fd_, out_, &spec_.on_output); }

  // True where there may be more at once.
  bool drain(Fd& fd, HeadTail& into,
             const std::function<void(std::string_view)>* tell = nullptr) {
    if (fd.get() < 0) return false;
    std::array<char, 65536> buffer{};
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got > 0) {
      const std::string_view bytes(buffer.data(), static_cast<size_t>(got));
      last_byte_ = std::chrono::steady_clock::now();
      into.add(bytes);
      if (tell != nullptr && *tell) (*tell)(bytes);
    }
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) fd.reset();
    return got > 0;
  }

  void feed() {
    const ssize_t put = write_quietly(in_.get(), std::string_view(spec_.input).substr(sent_));
    if (put > 0) sent_ += static_cast<size_t>(put);
    if (sent_ == spec_.input.size() || (put < 0 && errno != EAGAIN && errno != EINTR)) in_.reset();
  }

  const ProcessSpec& spec_;
  pid_t pid_;
  Fd in_, out_fd_, err_fd_;
  HeadTail out_, err_;
  Deadline last_byte_{};
  size_t sent_ = 0;
  long pause_ = 1;
};

// Ends the child's whole group and reaps the child. Nothing where somebody else reaped it.
std::optional<int> end_group(pid_t pid) {
  ::kill(-pid, SIGKILL);
  int status = 0;
  pid_t got = 0;
  while ((got = ::waitpid(pid, &status, 0)) < 0 && errno == EINTR) {
  }
  if (got != pid) return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Result<ProcessResult> run_process(const ProcessSpec& spec, std::stop_token stop) {
  if (spec.argv.empty()) return invalid_input("no program was given");
  Pipe in = TRY(make_pipe());
  Pipe out = TRY(make_pipe());
  Pipe err = TRY(make_pipe());
  const auto started = std::chrono::steady_clock::now();
  const pid_t pid = TRY(spawn(spec, in.read.get(), out.write.get(), err.write.get()));
  in.read.reset();
  out.write.reset();
  err.write.reset();

  ProcessResult result;
  Conversation conversation(spec, pid, std::move(in.write), std::move(out.read),
                            std::move(err.read));
  conversation.run(started + spec.time_limit, stop, result);
  result.exit_code = end_group(pid).value_or(-1);
  conversation.collect(result);
  result.took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - started);
  return result;
}

}  // namespace triage
