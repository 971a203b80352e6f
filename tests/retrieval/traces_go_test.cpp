// Samples of Go.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"a panic", R"TRACE(panic: runtime error: index out of range [3] with length 3

goroutine 1 [running]:
main.(*Cart).Total(0xc0000b2000)
	/srv/shop/cart.go:41 +0x1d
main.main()
	/srv/shop/main.go:9 +0x20
)TRACE",
     R"TRACE(go|panic|runtime error: index out of range [3] with length 3
*/srv/shop/cart.go:41 main.(*Cart).Total
*/srv/shop/main.go:9 main.main)TRACE"},
    {"recovered and raised again; other goroutines", R"TRACE(panic: no cart [recovered]
	panic: again
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a1b2c]

goroutine 7 [running]:
testing.tRunner.func1.2({0x51c, 0x5a})
	/usr/local/go/src/testing/testing.go:1631 +0x24a
shop.(*Cart).Total(...)
	/srv/shop/cart.go:41
created by testing.(*T).Run in goroutine 1
	/usr/local/go/src/testing/testing.go:1742 +0x390

goroutine 9 [chan receive, 3 minutes]:
shop.wait(0xc0001)
	/srv/shop/wait.go:5 +0x1
created by shop.start
	/srv/shop/start.go:3 +0x2
)TRACE",
     R"TRACE(go|panic|again
 /usr/local/go/src/testing/testing.go:1631 testing.tRunner.func1.2
*/srv/shop/cart.go:41 shop.(*Cart).Total
 /usr/local/go/src/testing/testing.go:1742 testing.(*T).Run
<- go|panic|no cart
==
go||goroutine 9 [chan receive, 3 minutes]
*/srv/shop/wait.go:5 shop.wait
*/srv/shop/start.go:3 shop.start)TRACE"},
    {"a fatal error", R"TRACE(fatal error: all goroutines are asleep - deadlock!

goroutine 1 [chan receive]:
main.main()
	/srv/shop/main.go:9 +0x20
exit status 2
)TRACE",
     R"TRACE(go|fatal error|all goroutines are asleep - deadlock!
*/srv/shop/main.go:9 main.main)TRACE"},
    {"the server's log", R"TRACE(2024/05/01 12:00:00 http: panic serving [::1]:54143: no cart
goroutine 24 [running]:
net/http.(*conn).serve.func1(0xc0)
	/usr/local/go/src/net/http/server.go:1746 +0xd0
panic({0x12472a0, 0x12ece10})
	/usr/local/go/src/runtime/panic.go:513 +0x1b9
main.total(0xc000104400)
	/srv/shop/cart.go:41 +0x39
)TRACE",
     R"TRACE(go|panic|no cart
 /usr/local/go/src/net/http/server.go:1746 net/http.(*conn).serve.func1
 /usr/local/go/src/runtime/panic.go:513 panic
*/srv/shop/cart.go:41 main.total)TRACE"},
    {"the race detector", R"TRACE(==================
WARNING: DATA RACE
Write at 0x00c0000b4010 by goroutine 7:
  main.(*Cart).Add()
      /srv/shop/cart.go:41 +0x38

Previous read at 0x00c0000b4010 by main goroutine:
  main.main()
      /srv/shop/main.go:9 +0x88
==================
)TRACE",
     R"TRACE(go|DATA RACE|
*/srv/shop/cart.go:41 main.(*Cart).Add
*/srv/shop/main.go:9 main.main)TRACE"},
    {"an error printed with its stack", R"TRACE(no such cart
main.total
	/srv/shop/cart.go:41
main.main
	/srv/shop/main.go:9
runtime.main
	/usr/local/go/src/runtime/proc.go:250
)TRACE",
     R"TRACE(go||no such cart
*/srv/shop/cart.go:41 main.total
*/srv/shop/main.go:9 main.main
 /usr/local/go/src/runtime/proc.go:250 runtime.main)TRACE"},
    {"indentation lost", R"TRACE(panic: no cart

goroutine 1 [running]:
main.total(0x1)
/srv/shop/cart.go:41 +0x1d
)TRACE",
     R"TRACE(go|panic|no cart
*/srv/shop/cart.go:41 main.total)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: Go") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, Go") { check_mutations(kSamples); }
}
