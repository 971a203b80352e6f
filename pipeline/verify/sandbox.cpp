#include "pipeline/verify/sandbox.h"

#include <poll.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <vector>

#include "pipeline/verify/seccomp_filter_internal.h"

namespace triage::verify {
namespace {

// Descriptor numbers in bwrap. It closes them all before the command starts.
enum Number : int { kOptions = 3, kFilter, kStatus, kPasswd, kGroup, kHosts };

constexpr std::string_view kPath = "/usr/bin:/bin";

class Options {
 public:
  template <class... Words>
  Options& add(const Words&... words) {
    ((text_ += std::string_view(words), text_ += '\0'), ...);
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

bool is_plain_path(std::string_view path) {
  return path.starts_with('/') && path.size() > 1 && path.size() < 4096 &&
         path.find("/..") == std::string_view::npos && path.find("//") == std::string_view::npos &&
         path.find('\0') == std::string_view::npos;
}

// What the sandbox promises does not change with what a caller adds.
Result<void> check_extras(const SandboxExtras& extras) {
  const auto check_place = [](const std::string& inside) -> Result<void> {
    if (!is_plain_path(inside)) return invalid_input("not a path inside the sandbox: " + inside);
    for (const std::string_view taken : {"/w", "/usr", "/etc", "/proc", "/dev", "/tmp", "/bin",
                                         "/lib", "/lib32", "/lib64", "/sbin"}) {
      if (inside == taken || inside.starts_with(std::string(taken) + "/"))
        return invalid_input(std::string(taken) + " of the sandbox is not for extras: " + inside);
    }
    return {};
  };
  for (const Mount& mount : extras.mounts) {
    TRY(check_place(mount.inside));
    if (!is_plain_path(mount.host)) return invalid_input("not a path of this host: " + mount.host);
  }
  for (const std::string& folder : extras.scratch) TRY(check_place(folder));
  for (const auto& [name, value] : extras.env) {
    if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos ||
        value.find('\0') != std::string::npos || name == "PATH" || name.starts_with("LD_"))
      return invalid_input("not a variable for the sandbox: " + name);
  }
  return {};
}

// Read through a descriptor: a command line can be read by every process on the host.
std::string bwrap_options(const std::string& work_dir, const SandboxExtras& extras) {
  Options options;
  options.add("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent",
              "--new-session", "--hostname", "sandbox", "--uid", "65534", "--gid", "65534",
              "--cap-drop", "ALL", "--clearenv");
  static constexpr std::array<std::array<std::string_view, 2>, 6> kEnvironment{{
      {"PATH", kPath},
      {"HOME", "/w"},
      {"LANG", "C.UTF-8"},
      {"TMPDIR", "/tmp"},
      {"PYTHONDONTWRITEBYTECODE", "1"},
      {"CI", "1"},
  }};
  for (const auto& [name, value] : kEnvironment) options.add("--setenv", name, value);
  for (const auto& [name, value] : extras.env) options.add("--setenv", name, value);

  options.add("--ro-bind", "/usr", "/usr");
  for (const char* folder : {"bin", "lib", "lib32", "lib64", "sbin"}) {
    const std::string inside = std::string("usr/") + folder;
    if (::access(("/" + inside).c_str(), F_OK) == 0)
      options.add("--symlink", inside, std::string("/") + folder);
  }
  for (const char* path : {"/etc/alternatives", "/etc/ld.so.cache"})
    options.add("--ro-bind-try", path, path);
  options.add("--ro-bind-data", std::to_string(kPasswd), "/etc/passwd")
      .add("--ro-bind-data", std::to_string(kGroup), "/etc/group")
      .add("--ro-bind-data", std::to_string(kHosts), "/etc/hosts")
      .add("--proc", "/proc", "--dev", "/dev")
      .add("--size", "67108864", "--tmpfs", "/dev/shm")
      .add("--size", "268435456", "--tmpfs", "/tmp");
  if (work_dir.empty()) {
    options.add("--size", "16777216", "--tmpfs", "/w");
  } else {
    options.add("--bind", work_dir, "/w");
  }
  for (const Mount& mount : extras.mounts)
    options.add(mount.writable ? "--bind" : "--ro-bind", mount.host, mount.inside);
  for (const std::string& folder : extras.scratch)
    options.add("--size", "268435456", "--tmpfs", folder);
  options.add("--chdir", "/w", "--remount-ro", "/dev", "--remount-ro", "/")
      .add("--seccomp", std::to_string(kFilter), "--json-status-fd", std::to_string(kStatus));
  return options.text();
}

std::vector<std::string> command_line(const config::SandboxSettings& settings,
                                      const std::optional<Owner>& owner, Milliseconds limit,
                                      const std::string& command, bool unlimited_address_space) {
  std::vector<std::string> argv;
  if (owner) {
    argv = {"setpriv", "--reuid=" + std::to_string(owner->user),
            "--regid=" + std::to_string(owner->group), "--clear-groups", "--no-new-privs", "--"};
  }
  // Address space is wider than memory: runtimes reserve far more than they touch.
  const std::uint64_t seconds = static_cast<std::uint64_t>(limit.count()) / 1000 + 1;
  for (std::string word :
       {std::string("prlimit"), "--nproc=" + std::to_string(settings.processes),
        std::string("--nofile=1024"), "--fsize=" + std::to_string(settings.file_size),
        std::string("--core=0"), "--cpu=" + std::to_string(seconds),
        "--data=" + std::to_string(settings.memory),
        "--as=" + (unlimited_address_space ? std::string("unlimited")
                                           : std::to_string(settings.memory * 4)),
        std::string("--"), std::string("bwrap"),
        std::string("--args"), std::to_string(kOptions), std::string("--"), std::string("sh"),
        std::string("-c"), command})
    argv.push_back(std::move(word));
  return argv;
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  const size_t at = text.rfind('\n');
  return std::string(at == std::string_view::npos ? text : text.substr(at + 1)).substr(0, 300);
}

Error missing_program(const std::string& message) {
  struct Row {
    std::string_view program, advice;
  };
  static constexpr std::array<Row, 3> kRows{{
      {"bwrap", "bubblewrap is not installed: apt-get install bubblewrap"},
      {"prlimit", "prlimit is not installed: apt-get install util-linux"},
      {"setpriv", "setpriv is not installed: apt-get install util-linux"},
  }};
  for (const Row& row : kRows) {
    if (message.find(row.program) != std::string::npos)
      return {ErrorKind::not_found, std::string(row.advice)};
  }
  return {ErrorKind::not_found, message};
}

// What kept bwrap from starting the command, in words for an operator.
Error not_started(const ProcessResult& result) {
  const std::string line = last_line(result.err);
  if (line.find("failed to execute") != std::string::npos ||
      line.find("No such file or directory") != std::string::npos) {
    if (line.starts_with("prlimit:") || line.starts_with("setpriv:"))
      return missing_program(line.find("prlimit: failed") == 0 ? "bwrap" : "prlimit");
  }
  // The limit on processes counts all that the account runs: another run's fork bomb uses it up.
  if (line.find("Resource temporarily unavailable") != std::string::npos ||
      line.find("Cannot allocate memory") != std::string::npos)
    return {ErrorKind::exhausted,
            "too many processes are running under the sandbox's account (sandbox.processes), or "
            "memory is short: " + line};
  if (line.find("Can't find source path") != std::string::npos)
    return {ErrorKind::denied,
            "the sandbox's account can't reach what has to be visible inside: " + line};
  const bool refused = line.find("namespace") != std::string::npos ||
                       line.find("uid map") != std::string::npos ||
                       line.find("Operation not permitted") != std::string::npos ||
                       line.find("Permission denied") != std::string::npos;
  if (refused)
    return {ErrorKind::denied,
            "the kernel refuses user namespaces here (inside a chroot or container, or by "
            "kernel.unprivileged_userns_clone, user.max_user_namespaces or AppArmor): " + line};
  return {ErrorKind::unavailable, "bubblewrap did not start the command: " +
                                      (line.empty() ? "exit " + std::to_string(result.exit_code)
                                                    : line)};
}

// bwrap may end a moment before the kernel has taken down the process namespace. Its first process
// (named in bwrap's status) ends last, after everything else in it.
void wait_until_empty(std::string_view status) {
  constexpr std::string_view kField = "\"child-pid\": ";
  constexpr int kPatience = 5000;
  const size_t at = status.find(kField);
  pid_t first = 0;
  if (at == std::string_view::npos) return;
  std::from_chars(status.data() + at + kField.size(), status.data() + status.size(), first);
  const Fd process(first > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, first, 0)) : -1);
  if (!process) return;  // gone already
  pollfd ended{process.get(), POLLIN, 0};
  ::poll(&ended, 1, kPatience);
}

}  // namespace

Sandbox::Sandbox(config::SandboxSettings settings) : settings_(std::move(settings)) {}

Result<std::optional<Owner>> Sandbox::owner() const {
  if (::geteuid() != 0) return std::optional<Owner>();
  std::array<char, 16384> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(settings_.user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr)
    return Error{ErrorKind::denied, "sandbox.user \"" + settings_.user +
                                        "\" does not exist: name an unprivileged account"};
  if (entry.pw_uid == 0 || entry.pw_gid == 0)
    return Error{ErrorKind::denied, "sandbox.user \"" + settings_.user +
                                        "\" is root: name an unprivileged account"};
  return std::optional<Owner>({entry.pw_uid, entry.pw_gid});
}

Result<ProcessResult> Sandbox::run(const std::string& work_dir, const std::string& command,
                                   Milliseconds limit, std::stop_token stop,
                                   const SandboxExtras& extras) const {
  TRY(check_extras(extras));
  const std::optional<Owner> user = TRY(owner());
  const Fd options = TRY(memory_file(bwrap_options(work_dir, extras)));
  const Fd filter = TRY(seccomp_filter());
  const Fd status = TRY(memory_file({}));
  const Fd passwd_file =
      TRY(memory_file("sandbox:x:65534:65534:sandbox:/w:/bin/sh\n"));
  const Fd group_file = TRY(memory_file("sandbox:x:65534:\n"));
  const Fd hosts_file = TRY(memory_file("127.0.0.1 localhost sandbox\n::1 localhost\n"));

  ProcessSpec spec;
  spec.argv = command_line(settings_, user, limit, command, extras.unlimited_address_space);
  spec.env = {};  // what bwrap gets can be read inside, in /proc/1/environ
  spec.directory = "/";
  spec.descriptors = {{options.get(), kOptions},    {filter.get(), kFilter},
                      {status.get(), kStatus},      {passwd_file.get(), kPasswd},
                      {group_file.get(), kGroup},   {hosts_file.get(), kHosts}};
  spec.time_limit = limit;
  spec.output_limit = extras.output_limit > 0 ? extras.output_limit : settings_.output;
  spec.input = extras.input;
  spec.idle_limit = extras.idle_limit;
  spec.on_output = extras.on_output;
  spec.go_on = extras.go_on;
  auto ran = run_process(spec, stop);
  if (!ran) {
    if (ran.error().kind == ErrorKind::not_found) return missing_program(ran.error().message);
    return ran;
  }
  const std::string reported = read_memory_file(status);
  wait_until_empty(reported);
  // bwrap reports an exit code only where the command was really started.
  if (!ran->cut_off() && reported.find("exit-code") == std::string::npos)
    return not_started(*ran);
  return ran;
}

Result<void> Sandbox::probe(std::stop_token stop) const {
  static constexpr const char* kLookAround = R"sh(
    [ "$(id -u)" = 65534 ] || echo "user is $(id -u)"
    [ -e /etc/shadow ] && echo "the host's /etc is visible"
    [ -e /home ] || [ -e /root ] || [ -e /var ] && echo "the host's folders are visible"
    [ -z "$(tr -d '\000' < /proc/1/environ)" ] || echo "the environment is visible"
    grep -q '^Seccomp:.*2' /proc/self/status || echo "no system call filter"
    grep -q '^CapEff:.*0000000000000000' /proc/self/status || echo "capabilities are left"
    grep -q '^NoNewPrivs:.*1' /proc/self/status || echo "privileges can be gained"
    grep -v -e '|' -e ' lo:' /proc/net/dev && echo "a network is reachable"
    touch /usr/probe 2>/dev/null && echo "/usr can be written"
    unshare -U true 2>/dev/null && echo "namespaces can be nested"
    touch /w/probe || echo "/w can't be written"
    echo looked)sh";
  const ProcessResult result = TRY_CTX(run("", kLookAround, Milliseconds(20'000), stop), "sandbox");
  if (!result.success() || result.out != "looked\n")
    return Error{ErrorKind::denied, "sandbox: not tight: " + result.out.substr(0, 300) +
                                        last_line(result.err)};
  return {};
}

}  // namespace triage::verify
