// Samples of Rust.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"the place is the panicking function's", R"TRACE(thread 'main' panicked at src/cart.rs:41:9:
no such cart
stack backtrace:
   0: rust_begin_unwind
             at /rustc/90c/library/std/src/panicking.rs:645:5
   1: core::panicking::panic_fmt
             at /rustc/90c/library/core/src/panicking.rs:72:14
   2: shop::cart::total
             at ./src/cart.rs:41:9
   3: core::ops::function::FnOnce::call_once
             at /rustc/90c/library/core/src/ops/function.rs:250:5
)TRACE",
     R"TRACE(rust|panic|no such cart
 /rustc/90c/library/std/src/panicking.rs:645 rust_begin_unwind
 /rustc/90c/library/core/src/panicking.rs:72 core::panicking::panic_fmt
*src/cart.rs:41 shop::cart::total
 /rustc/90c/library/core/src/ops/function.rs:250 core::ops::function::FnOnce::call_once)TRACE"},
    {"before 1.73; a backtrace without places gets the panic's", R"TRACE(thread 'worker-1' panicked at 'no such cart', src/cart.rs:41:9
stack backtrace:
   0:     0x55d1f7 - std::panicking::begin_panic::h0123456789abcdef
   1:     0x55d1f8 - shop::cart::total::hfedcba9876543210
   2:     0x55d1f9 - <shop::Run as core::Task>::run::h0123456789abcdef
   3:     0x0 - <unknown>
)TRACE",
     R"TRACE(rust|panic|no such cart
 :0 std::panicking::begin_panic
*src/cart.rs:41 shop::cart::total
*:0 <shop::Run as core::Task>::run
 :0 <unknown>)TRACE"},
    {"no backtrace", R"TRACE(thread 'main' panicked at src/cart.rs:41:9:
called `Option::unwrap()` on a `None` value
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
)TRACE",
     R"TRACE(rust|panic|called `Option::unwrap()` on a `None` value
*src/cart.rs:41 )TRACE"},
    {"with the thread's number, and prefixed by a log", R"TRACE(2024-05-01T12:00:00Z ERROR thread 'main' (12345) panicked at src/cart.rs:41:9:
index out of bounds: the len is 3 but the index is 7
)TRACE",
     R"TRACE(rust|panic|index out of bounds: the len is 3 but the index is 7
*src/cart.rs:41 )TRACE"},
    {"anyhow: causes without frames", R"TRACE(Error: could not load the cart

Caused by:
    0: could not read the file
    1: No such file or directory (os error 2)

Stack backtrace:
   0: anyhow::error::<impl anyhow::Error>::msg
   1: shop::cart::load
             at ./src/cart.rs:41:9
)TRACE",
     R"TRACE(rust|Error|could not load the cart
 :0 anyhow::error::<impl anyhow::Error>::msg
*src/cart.rs:41 shop::cart::load
<- rust||could not read the file
<- rust||No such file or directory (os error 2))TRACE"},
    {"eyre: a place", R"TRACE(Error: could not load the cart

Location:
    src/cart.rs:41:9
)TRACE",
     R"TRACE(rust|Error|could not load the cart
*src/cart.rs:41 )TRACE"},
    {"two panics", R"TRACE(thread 'a' panicked at src/a.rs:1:1:
one
thread 'b' panicked at src/b.rs:2:2:
two
)TRACE",
     R"TRACE(rust|panic|one
*src/a.rs:1 
==
rust|panic|two
*src/b.rs:2 )TRACE"},
    {"a backtrace of the runtime only is followed by the place", R"TRACE(thread 'main' panicked at 'no such cart', src/cart.rs:41:9
stack backtrace:
   0:     0x55d1f7 - std::panicking::begin_panic::h0123456789abcdef
)TRACE",
     R"TRACE(rust|panic|no such cart
 :0 std::panicking::begin_panic
*src/cart.rs:41 )TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: Rust") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, Rust") { check_mutations(kSamples); }
}
