// The system calls that code in the sandbox can't make. Private to this folder.
//
// Allowed by default, refused with EPERM by list: what test suites need is too wide to enumerate,
// what breaks out of namespaces is not. Sockets are left for AF_UNIX, AF_INET and AF_INET6 only: the
// network namespace is empty but for its loopback, which test suites use; AF_VSOCK, AF_NETLINK and
// AF_PACKET are not held by it.
#pragma once

#include "pipeline/verify/memory_file_internal.h"

namespace triage::verify {

// A memory file with the BPF program, as bwrap's --seccomp reads it.
Result<Fd> seccomp_filter();

}  // namespace triage::verify
