// Samples of crash reports of Windows, Breakpad, Apple and the Linux kernel.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"windbg: the stack of an analysis", R"TRACE(ExceptionCode: c0000005 (Access violation)

STACK_TEXT:  
WARNING: Frame IP not in any known module. Following frames may be wrong.
0041dc04 015abad0 0041de08 0041dc68 0041e650 shop!js::Cart::total<int>+0x13 [c:\src\cart.cpp @ 41]
0041dc2c 0159ab06 0a200310 0041e650 0041de08 0x66129f
0041dc40 0157f054 0041dc68 0041e650 00000003 kernel32+0x17b89
)TRACE",
     R"TRACE(c++|c0000005|Access violation
*c:\src\cart.cpp:41 js::Cart::total
 :0 ??
 kernel32:0 kernel32)TRACE"},
    {"windbg: a list of calls", R"TRACE( # Child-SP          RetAddr           Call Site
00 000000de`223fe3d0 00007ff7`1e4b8fdd shop!Cart::total+0x52 [c:\src\cart.cpp @ 41]
01 (Inline Function) --------`-------- shop!Cart::next+0x8 [c:\src\cart.h @ 7]
02 000000de`223fe410 00007ff7`1e43d3ca ntdll!RtlUserThreadStart+0x21
)TRACE",
     R"TRACE(c++||
*c:\src\cart.cpp:41 Cart::total
*c:\src\cart.h:7 Cart::next
 ntdll:0 RtlUserThreadStart)TRACE"},
    {"minidump: for machines", R"TRACE(OS|Linux|0.0.0 Linux
Crash|SIGSEGV|0x40|1
Module|shop||shop|0D19|0x00400000|0x00428fff|1

1|0|libc.so||||0xe6b03
1|1|shop|Cart::total(int)|hg:hg.example.org/shop:src/cart.cpp:944fb6|41|0xf
0|0|shop|main|git:git.example.org/shop:src/main.cpp:944fb6|9|0x4
)TRACE",
     R"TRACE(c++|SIGSEGV|address 0x40
 libc.so:0 libc.so+0xe6b03
*src/cart.cpp:41 Cart::total
==
c++||thread 0
*src/main.cpp:9 main)TRACE"},
    {"minidump: for people", R"TRACE(Thread 0 (crashed)
 0  libshop.so!Cart::total(int) [cart.cpp : 41 + 0x5]
    rax = 0x0000000000000000   rdx = 0x0000000000000001
    Found by: given as instruction pointer in context
 1  libc.so + 0x1234
    Found by: stack scanning
)TRACE",
     R"TRACE(c++|crash|Thread 0 (crashed)
*cart.cpp:41 Cart::total
 libc.so:0 libc.so+0x1234)TRACE"},
    {"apple: a crash report", R"TRACE(Process:               Shop [123]
Exception Type:        EXC_BAD_ACCESS (SIGSEGV)
Exception Codes:       KERN_INVALID_ADDRESS at 0x0000000000000000

Thread 0 Crashed::  Dispatch queue: com.apple.main-thread
0   libsystem_kernel.dylib        	0x00007fff2034291e __pthread_kill + 10
1   Shop                          	0x0000000102f4a1b2 Cart.total(_:) + 123 (Cart.swift:41)
2   UIKitCore                     	0x00000001a2b3c4d5 -[UIApplication run] + 1096

Thread 1:
0   libsystem_kernel.dylib        	0x00007fff2033c0ee __workq_kernreturn + 10
1   Shop                          	0x0000000102f4b000 Loader.run() + 12 (Loader.swift:7)
)TRACE",
     R"TRACE(swift|EXC_BAD_ACCESS|KERN_INVALID_ADDRESS at 0x0000000000000000
 libsystem_kernel.dylib:0 __pthread_kill
*Cart.swift:41 Cart.total(_:)
 UIKitCore:0 -[UIApplication run]
==
swift||Thread 1:
 libsystem_kernel.dylib:0 __workq_kernreturn
*Loader.swift:7 Loader.run())TRACE"},
    {"apple: Swift's fatal errors", R"TRACE(Shop/Cart.swift:41: Fatal error: Index out of range
Fatal error: Unexpectedly found nil while unwrapping an Optional value: file Shop/Price.swift, line 7
)TRACE",
     R"TRACE(swift|Fatal error|Index out of range
*Shop/Cart.swift:41 
==
swift|Fatal error|Unexpectedly found nil while unwrapping an Optional value
*Shop/Price.swift:7 )TRACE"},
    {"apple: Swift's own backtrace", R"TRACE(Shop/Cart.swift:41: Fatal error: Index out of range

*** Program crashed: Illegal instruction at 0x000055 ***

Thread 0 "shop" crashed:

0      0x00005555 Cart.total(_:) + 40 in shop at /src/Shop/Cart.swift:41:13
1 [ra] 0x00005556 static Main.main() + 23 in shop at /src/Shop/main.swift:9:5
)TRACE",
     R"TRACE(swift|Fatal error|Index out of range
*/src/Shop/Cart.swift:41 Cart.total(_:)
*/src/Shop/main.swift:9 static Main.main())TRACE"},
    {"apple: an Objective-C exception", R"TRACE(*** Terminating app due to uncaught exception 'NSRangeException', reason: 'index 7 beyond bounds'
*** First throw call stack:
(
	0   CoreFoundation                      0x00007fff204a7 __exceptionPreprocess + 242
	1   Shop                                0x000000010a1b2 -[Cart totalAt:] + 41
)
)TRACE",
     R"TRACE(objective-c|NSRangeException|index 7 beyond bounds
 CoreFoundation:0 __exceptionPreprocess
*Shop:0 -[Cart totalAt:])TRACE"},
    {"kernel: an oops", R"TRACE([   65.470000] BUG: kernel NULL pointer dereference, address: 0000000000000008
[   65.470001] #PF: supervisor read access in kernel mode
[   65.470002] Oops: 0000 [#1] SMP NOPTI
[   65.470003] CPU: 1 PID: 123 Comm: shop Not tainted 6.1.0 #1
[   65.470004] RIP: 0010:cart_total+0x46/0x120 [shop]
[   65.470005] Code: 18 65 48 8b 04 25
[   65.470006] RAX: 0000000000000000 RBX: ffff88013fc83778
[   65.470007] Call Trace:
[   65.470008]  <TASK>
[   65.470009]  ? __die_body+0x1a/0x60
[   65.470010]  cart_add+0x12/0x30 [shop]
[   65.470011]  ext4_find_entry (fs/ext4/namei.c:1456)
[   65.470012]  do_syscall_64+0x3b/0x90
[   65.470013]  </TASK>
[   65.470014] ---[ end trace 0000000000000000 ]---
)TRACE",
     R"TRACE(c|BUG|kernel NULL pointer dereference, address: 0000000000000008
*:0 cart_total
 :0 __die_body
*:0 cart_add
*fs/ext4/namei.c:1456 ext4_find_entry
 :0 do_syscall_64)TRACE"},
    {"kernel: a warning names its place", R"TRACE(WARNING: CPU: 0 PID: 12 at net/ipv4/tcp_input.c:2776 tcp_fastretrans_alert+0xc7a/0xd10
Call Trace:
 [<ffffffff81656735>] dump_stack+0x19/0x1b
 [<ffffffff8159d19a>] tcp_fastretrans_alert+0xc7a/0xd10
)TRACE",
     R"TRACE(c|WARNING|CPU: 0 PID: 12 at net/ipv4/tcp_input.c:2776 tcp_fastretrans_alert+0xc7a/0xd10
*net/ipv4/tcp_input.c:2776 tcp_fastretrans_alert
 :0 dump_stack
*:0 tcp_fastretrans_alert)TRACE"},
    {"kernel: a bug", R"TRACE(kernel BUG at include/net/cfg80211.h:2473!
RIP: 0010:[<ffffffffa0525326>]  [<ffffffffa0525326>] wdev_priv+0x4/0x6 [wl]
)TRACE",
     R"TRACE(c|kernel BUG|kernel BUG at include/net/cfg80211.h:2473!
*include/net/cfg80211.h:2473 )TRACE"},
    {"kernel: ARM", R"TRACE(Unable to handle kernel NULL pointer dereference at virtual address 00000000
PC is at cart_total+0x18/0xdc
[<c0014b9c>] (cart_add) from [<c036ef38>] (regulator_set+0x24/0x224)
)TRACE",
     R"TRACE(c|Unable to handle kernel NULL pointer dereference|Unable to handle kernel NULL pointer dereference at virtual address 00000000
*:0 cart_total
*:0 cart_add)TRACE"},
    {"kernel: locks without a stack", R"TRACE([ BUG: lock held when returning to user space! ]
shop/8384 is leaving the kernel with locks still held!
 #0:  (sk_lock-AF_INET){+.+.+.}, at: [<ffffffff82b9503f>] cart_lock+0x2f/0x550
)TRACE",
     R"TRACE(c|BUG|lock held when returning to user space!
*:0 cart_lock)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: crash reports of Windows, Breakpad, Apple and the Linux kernel") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, crash reports") { check_mutations(kSamples); }
}
