// Samples of sanitizers, valgrind, debuggers and what native programs print of themselves.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"sanitizer: AddressSanitizer: later stacks are causes", R"TRACE(==17==ERROR: AddressSanitizer: heap-use-after-free on address 0x602 at pc 0x7f bp 0x7f sp 0x7f
READ of size 4 at 0x602 thread T0
    #0 0x55d in Cart::total(int) const /src/shop/cart.cc:41:3
    #1 0x55e in (anonymous namespace)::run() /src/shop/run.cc:9
    #2 0x7f1 in __libc_start_main (/lib/x86_64-linux-gnu/libc.so.6+0x29) (BuildId: 9f)

0x602 is located 0 bytes inside of 4-byte region [0x602,0x606)
freed by thread T0 here:
    #0 0x4f in operator delete(void*) /llvm-project/compiler-rt/lib/asan/asan_new_delete.cpp:152:3
    #1 0x55f in Cart::clear() /src/shop/cart.cc:60:5

previously allocated by thread T0 here:
    #0 0x50 in operator new(unsigned long) /llvm-project/compiler-rt/lib/asan/asan_new_delete.cpp:95:3
    #1 0x560 in Cart::add(int) /src/shop/cart.cc:20:5

SUMMARY: AddressSanitizer: heap-use-after-free /src/shop/cart.cc:41:3 in Cart::total(int) const
==17==ABORTING
)TRACE",
     R"TRACE(c++|AddressSanitizer|heap-use-after-free on address 0x602 at pc 0x7f bp 0x7f sp 0x7f
*/src/shop/cart.cc:41 Cart::total
*/src/shop/run.cc:9 (anonymous namespace)::run
 /lib/x86_64-linux-gnu/libc.so.6:0 __libc_start_main
<- c++||freed by thread T0 here:
 /llvm-project/compiler-rt/lib/asan/asan_new_delete.cpp:152 operator delete
*/src/shop/cart.cc:60 Cart::clear
<- c++||previously allocated by thread T0 here:
 /llvm-project/compiler-rt/lib/asan/asan_new_delete.cpp:95 operator new
*/src/shop/cart.cc:20 Cart::add)TRACE"},
    {"sanitizer: ThreadSanitizer: both accesses are one trace", R"TRACE(WARNING: ThreadSanitizer: data race (pid=7594)
  Atomic read of size 1 at 0x7b by thread T1:
    #0 Cart::add(int) /src/cart.cc:41:3 (shop+0x802ca) (BuildId: 1206a3)
    #1 <null> <null> (libshop.so+0xb6f3ea) (BuildId: 79e1)

  Previous write of size 8 at 0x7b by main thread:
    #0 main /src/main.cc:7:10 (shop+0x115)

SUMMARY: ThreadSanitizer: data race /src/cart.cc:41:3 in Cart::add(int)
)TRACE",
     R"TRACE(c++|ThreadSanitizer|data race
*/src/cart.cc:41 Cart::add
 libshop.so:0 libshop.so+0xb6f3ea
*/src/main.cc:7 main)TRACE"},
    {"sanitizer: leaks are one each", R"TRACE(==12==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 32 byte(s) in 1 object(s) allocated from:
    #0 0x4c in malloc (/usr/bin/shop+0x4c)
    #1 0x55 in total /src/cart.c:41

Indirect leak of 8 byte(s) in 1 object(s) allocated from:
    #0 0x4c in malloc (/usr/bin/shop+0x4c)
    #1 0x56 in add /src/cart.c:60
)TRACE",
     R"TRACE(c++|LeakSanitizer|detected memory leaks
 /usr/bin/shop:0 malloc
*/src/cart.c:41 total
==
c++|LeakSanitizer|Indirect leak of 8 byte(s) in 1 object(s) allocated from:
 /usr/bin/shop:0 malloc
*/src/cart.c:60 add)TRACE"},
    {"sanitizer: UBSan with and without a stack", R"TRACE(src/cart.c:41:3: runtime error: division by zero
    #0 0x42 in total /src/cart.c:41:3
    #1 0x43 in main /src/main.c:9:1
src/price.c:7:1: runtime error: signed integer overflow
)TRACE",
     R"TRACE(c++|runtime error|division by zero
*/src/cart.c:41 total
*/src/main.c:9 main
==
c++|runtime error|signed integer overflow
*src/price.c:7 )TRACE"},
    {"sanitizer: MemorySanitizer", R"TRACE(==9==WARNING: MemorySanitizer: use-of-uninitialized-value
    #0 0x49 in total /src/cart.c:41:3
)TRACE",
     R"TRACE(c++|MemorySanitizer|use-of-uninitialized-value
*/src/cart.c:41 total)TRACE"},
    {"sanitizer: libFuzzer", R"TRACE(==79== ERROR: libFuzzer: deadly signal
    #0 0x52 in __sanitizer_print_stack_trace /llvm-project/compiler-rt/lib/asan/asan_stack.cpp:87:3
    #1 0x55 in LLVMFuzzerTestOneInput /src/fuzz/cart_fuzz.cpp:66:13
)TRACE",
     R"TRACE(c++|libFuzzer|deadly signal
 /llvm-project/compiler-rt/lib/asan/asan_stack.cpp:87 __sanitizer_print_stack_trace
*/src/fuzz/cart_fuzz.cpp:66 LLVMFuzzerTestOneInput)TRACE"},
    {"sanitizer: Windows", R"TRACE(==53==ERROR: AddressSanitizer: access-violation on unknown address 0x50
    #0 0x7ff in Cart::total z:\build\src\cart.cpp:41
    #1 0x7fe in Shop::run z:\build\src\shop.cpp:9
)TRACE",
     R"TRACE(c++|AddressSanitizer|access-violation on unknown address 0x50
*z:\build\src\cart.cpp:41 Cart::total
*z:\build\src\shop.cpp:9 Shop::run)TRACE"},
    {"sanitizer: Rust under a sanitizer", R"TRACE(==53==ERROR: AddressSanitizer: SEGV on unknown address 0x0
    #0 0x7ff in shop::cart::total::h0123456789abcdef /src/shop/cart.rs:41:13
)TRACE",
     R"TRACE(rust|AddressSanitizer|SEGV on unknown address 0x0
*/src/shop/cart.rs:41 shop::cart::total)TRACE"},
    {"sanitizer: Android's tombstone", R"TRACE(signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0
    x0  0000000000000000  x1  0000000000000001
backtrace:
      #00 pc 000000000002f4a8  /data/app/com.acme/lib/arm64/libshop.so (Cart::total(int)+24)
      #01 pc 00000000000511c4  /apex/com.android.runtime/lib64/bionic/libc.so (abort+164) (BuildId: 5c)
)TRACE",
     R"TRACE(c++|SIGSEGV|signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0
*/data/app/com.acme/lib/arm64/libshop.so:0 Cart::total
 /apex/com.android.runtime/lib64/bionic/libc.so:0 abort)TRACE"},
    {"sanitizer: Chromium", R"TRACE(#0 0x55d8f8 base::debug::StackTrace::StackTrace() [../../base/debug/stack_trace.cc:12:3]
#1 0x55d8f9 Cart::Total() [../../shop/cart.cc:41:5]
)TRACE",
     R"TRACE(c++||
*../../base/debug/stack_trace.cc:12 base::debug::StackTrace::StackTrace
*../../shop/cart.cc:41 Cart::Total)TRACE"},
    {"valgrind: one report is one trace", R"TRACE(==12== Invalid read of size 4
==12==    at 0x5A7C18: total(int) (cart.c:41)
==12==    by 0x56D9E8: ??? (in /usr/bin/shop)
==12==    by 0x4A6F: main (main.c:7)
==12==  Address 0x5204068 is 0 bytes after a block of size 16 alloc'd
==12==    at 0x4C2FDFB: malloc (vg_replace_malloc.c:309)
==12==    by 0x10869B: add (cart.c:20)
==12== 
==12== Conditional jump or move depends on uninitialised value(s)
==12==    at 0x5A7C20: rate (tax.c:3)
)TRACE",
     R"TRACE(c++|Valgrind|Invalid read of size 4
*cart.c:41 total
 /usr/bin/shop:0 /usr/bin/shop
*main.c:7 main
 vg_replace_malloc.c:309 malloc
*cart.c:20 add
==
c++|Valgrind|Conditional jump or move depends on uninitialised value(s)
*tax.c:3 rate)TRACE"},
    {"valgrind: the program's own output between", R"TRACE(==12== Invalid read of size 4
loading the cart
==12==    at 0x5A7C18: total(int) (cart.c:41)
done
==12==    by 0x4A6F: main (main.c:7)
==12== 
)TRACE",
     R"TRACE(c++|Valgrind|Invalid read of size 4
*cart.c:41 total
*main.c:7 main)TRACE"},
    {"debugger: gdb", R"TRACE(Program received signal SIGSEGV, Segmentation fault.
0x000055 in total (cart=0x0, n=1) at cart.c:41
41	  return cart->n;
(gdb) bt
#0  0x000055 in total (cart=0x0, n=1) at cart.c:41
#1  0x00007f in operator new(unsigned long) () from /usr/lib/libstdc++.so.6
#2  <signal handler called>
#3  0x0000 in ?? ()
#4  main () at main.c:9
)TRACE",
     R"TRACE(c++|SIGSEGV|Segmentation fault.
*cart.c:41 total
 /usr/lib/libstdc++.so.6:0 operator new
 :0 <signal handler called>
 :0 ??
*main.c:9 main)TRACE"},
    {"debugger: frames over several lines, with locals", R"TRACE(Program terminated with signal 11, Segmentation fault.
#0  0x00003848 in nsTree::Paint (
    this=0x7f90, aRow=-1, aText="a (b", 
    aCol=0x7f9)
    at /src/layout/tree.cpp:2055
        sorted = 0
        rect = {x = 1, y = 2, 
          height = 3}
#1  0x00003849 in std::map<int, (anonymous namespace)::Cart>::find (this=<optimized out>)
    at /usr/include/c++/12/map:10
No locals.
)TRACE",
     R"TRACE(c++|signal 11|Segmentation fault.
*/src/layout/tree.cpp:2055 nsTree::Paint
 /usr/include/c++/12/map:10 std::map<int, (anonymous namespace)::Cart>::find)TRACE"},
    {"debugger: every thread; the one that crashed stands first", R"TRACE(Program terminated with signal SIGSEGV, Segmentation fault.
#0  0x00007f in total (cart=0x0) at cart.c:41
[Current thread is 1 (Thread 0x7f (LWP 12))]

Thread 2 (Thread 0x7e (LWP 13)):
#0  0x00007e in poll () from /lib64/libc.so.6
#1  0x00007d in wait_for (n=1) at wait.c:5

Thread 1 (Thread 0x7f (LWP 12)):
#0  0x00007f in total (cart=0x0) at cart.c:41
#1  0x00007c in main () at main.c:9
)TRACE",
     R"TRACE(c++|SIGSEGV|Segmentation fault.
*cart.c:41 total
*main.c:9 main
==
c++||Thread 2 (Thread 0x7e (LWP 13)):
 /lib64/libc.so.6:0 poll
*wait.c:5 wait_for)TRACE"},
    {"debugger: lldb", R"TRACE(* thread #1, queue = 'com.apple.main-thread', stop reason = EXC_BAD_ACCESS (code=1, address=0x0)
  * frame #0: 0x0000000100000f4c shop`Cart::total(this=0x0000000000000000, n=1) at cart.cc:41:3 [opt]
    frame #1: 0x0000000100000f70 shop`main + 20 at main.cc:9
    frame #2: 0x00007fff20336f3d libdyld.dylib`start + 1
)TRACE",
     R"TRACE(c++|EXC_BAD_ACCESS|EXC_BAD_ACCESS (code=1, address=0x0)
*cart.cc:41 Cart::total
*main.cc:9 main
 libdyld.dylib:0 start)TRACE"},
    {"debugger: a stop without a stack", R"TRACE(Thread 1 received signal SIGILL, Illegal instruction.
0x00007ff7f20c1f81 in ?? ()
=> 0x7ff7f20c1f81:      (bad)
)TRACE",
     R"TRACE(c++|SIGILL|Illegal instruction.
 :0 ??)TRACE"},
    {"debugger: one frame", R"TRACE((gdb) bt 1
#0  total (cart=0x0) at cart.c:41
(More stack frames follow...)
)TRACE",
     R"TRACE(c++||
*cart.c:41 total)TRACE"},
    {"backtrace: glibc", R"TRACE(*** Error in `./shop': double free or corruption (fasttop): 0x0000000001 ***
======= Backtrace: =========
/lib/x86_64-linux-gnu/libc.so.6(+0x777e5)[0x7f]
./shop(_ZN4shop4Cart5totalEi+0x1d)[0x4008dd]
./shop(main+0x9) [0x4008e5]
)TRACE",
     R"TRACE(c++|abort|double free or corruption (fasttop): 0x0000000001
 /lib/x86_64-linux-gnu/libc.so.6:0 libc.so.6
 ./shop:0 shop::Cart::total
 ./shop:0 main)TRACE"},
    {"backtrace: boost", R"TRACE( 0# shop::Cart::total(int) at /src/cart.cc:41
 1# main in ./shop
)TRACE",
     R"TRACE(c++||
*/src/cart.cc:41 shop::Cart::total
 ./shop:0 main)TRACE"},
    {"backtrace: Visual C++", R"TRACE(0> C:\src\cart.cc(41): shop!shop::Cart::total+0x12
1> C:\src\main.cc(9): shop!main+0x5
)TRACE",
     R"TRACE(c++||
*C:\src\cart.cc:41 shop::Cart::total
*C:\src\main.cc:9 main)TRACE"},
    {"backtrace: glog", R"TRACE(*** SIGSEGV (@0x0) received by PID 12 (TID 0x7f) from PID 0; stack trace: ***
    @     0x7f8b12 (unknown)
    @     0x55d5cc shop::Cart::total()
)TRACE",
     R"TRACE(c++|abort|SIGSEGV (@0x0) received by PID 12 (TID 0x7f) from PID 0; stack trace:
 :0 ??
*:0 shop::Cart::total)TRACE"},
    {"backtrace: backward-cpp lists the outermost first", R"TRACE(Stack trace (most recent call last):
#1    Source "/src/main.cc", line 9, in main [0x4008dd]
          8: int main() {
#0    Source "/src/cart.cc", line 41, in total [0x4008de]
)TRACE",
     R"TRACE(c++||
*/src/cart.cc:41 total
*/src/main.cc:9 main)TRACE"},
    {"backtrace: failed assertions", R"TRACE(shop: src/cart.c:41: int total(struct cart *): Assertion `cart != NULL' failed.
Assertion failed: (cart != NULL), function total, file cart.c, line 41.
Assertion failure: cart, at c:\src\cart.cpp:41
)TRACE",
     R"TRACE(c++|Assertion|cart != NULL
*src/cart.c:41 total
==
c++|Assertion|(cart != NULL)
*cart.c:41 total
==
c++|Assertion|cart
*c:\src\cart.cpp:41 )TRACE"},
    {"backtrace: what else stops a program", R"TRACE(Hit MOZ_CRASH(no cart) at /src/cart.cpp:41
ERROR:cart.c:41:total: assertion failed: (cart != NULL)
# Fatal error in ../src/cart.cc, line 41
# Check failed: cart != nullptr.
terminate called after throwing an instance of 'std::out_of_range'
  what():  vector::_M_range_check
)TRACE",
     R"TRACE(c++|Assertion|no cart
*/src/cart.cpp:41 
==
c++|Assertion|(cart != NULL)
*cart.c:41 total
==
c++|Fatal error|Check failed: cart != nullptr.
*../src/cart.cc:41 
==
c++|std::out_of_range|vector::_M_range_check)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: sanitizers, valgrind, debuggers and what native programs print of themselves") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, native programs") { check_mutations(kSamples); }
}
