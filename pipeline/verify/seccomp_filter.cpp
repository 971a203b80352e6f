#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>

#include "pipeline/verify/seccomp_filter_internal.h"

namespace triage::verify {
namespace {

constexpr std::array kRefused{
    "io_uring_setup", "io_uring_enter", "io_uring_register",
    "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd",
    "keyctl", "add_key", "request_key",
    "bpf", "userfaultfd", "perf_event_open", "fanotify_init", "lookup_dcookie",
    "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "setns", "unshare",
    "open_by_handle_at", "name_to_handle_at",
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot",
    "swapon", "swapoff", "acct", "syslog", "quotactl", "settimeofday", "clock_settime", "adjtimex",
    "clock_adjtime", "iopl", "ioperm", "vhangup", "nfsservctl", "modify_ldt", "vmsplice",
};

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release) {
    if (!context_) failed_ = true;
    else check(seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
  }

  // Calls that this architecture does not have are not an error.
  void refuse(const char* name, std::uint16_t code = EPERM) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || failed_) return;
    check(seccomp_rule_add_exact_array(context_.get(), SCMP_ACT_ERRNO(code), number, 0, nullptr));
  }

  void refuse_when(const char* name, scmp_arg_cmp condition) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || failed_) return;
    check(seccomp_rule_add_exact_array(context_.get(), SCMP_ACT_ERRNO(EPERM), number, 1,
                                       &condition));
  }

  Result<Fd> write() {
    Fd file = TRY(memory_file({}));
    if (!failed_) check(seccomp_export_bpf(context_.get(), file.get()));
    if (failed_) return internal_error("libseccomp could not build the sandbox's filter");
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
  }

 private:
  void check(int code) { failed_ = failed_ || code < 0; }

  std::unique_ptr<void, decltype(&seccomp_release)> context_;
  bool failed_ = false;
};

}  // namespace

Result<Fd> seccomp_filter() {
  Filter filter;
  for (const char* name : kRefused) filter.refuse(name);
  // Its arguments are in memory, out of the filter's sight; glibc falls back to clone.
  filter.refuse("clone3", ENOSYS);
  filter.refuse_when("clone", SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER));

  for (const char* name : {"socket", "socketpair"}) {
    for (unsigned family = AF_UNSPEC; family < AF_INET6; ++family) {
      if (family != AF_UNIX && family != AF_INET)
        filter.refuse_when(name, SCMP_A0(SCMP_CMP_EQ, family));
    }
    filter.refuse_when(name, SCMP_A0(SCMP_CMP_GT, AF_INET6));
  }

  // Pushing characters into a terminal's input. The kernel looks at the low 32 bits only.
  constexpr std::uint64_t kLowBits = 0xffffffff;
  for (const std::uint64_t request : {std::uint64_t{TIOCSTI}, std::uint64_t{TIOCLINUX}})
    filter.refuse_when("ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, kLowBits, request));
  return filter.write();
}

}  // namespace triage::verify
