#include "retrieval/traces.h"

#include <doctest/doctest.h>

#include <chrono>

using namespace triage;
using namespace triage::retrieval;

namespace {

std::string show(const Trace& trace) {
  std::string out = trace.language + "|" + trace.exception + "|" + trace.message;
  for (const Frame& frame : trace.frames)
    out += "\n" + std::string(frame.in_app ? "*" : " ") + frame.path + ":" +
           std::to_string(frame.line) + " " + frame.function;
  for (const Trace& cause : trace.cause) out += "\n<- " + show(cause);
  return out;
}

void check(std::string_view text, const std::string& expected) {
  CAPTURE(text);
  const auto traces = parse_traces(text);
  REQUIRE(traces.size() == 1);
  CHECK(show(traces[0]) == expected);
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: Python, innermost first, library frames apart") {
    check("It broke:\n\nTraceback (most recent call last):\n"
          "  File \"/srv/shop/views.py\", line 12, in post\n    cart.total()\n"
          "  File \"/usr/lib/python3.11/site-packages/money/core.py\", line 5, in add\n"
          "    raise ValueError('x')\n    ~~~~~^^^^\n"
          "ValueError: discount 12 out of range\n\nPlease help.",
          "python|ValueError|discount 12 out of range\n"
          " /usr/lib/python3.11/site-packages/money/core.py:5 add\n"
          "*/srv/shop/views.py:12 post");
  }

  TEST_CASE("traces: Python's chained errors are causes") {
    check("Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x\nKeyError: 'a'\n\n"
          "During handling of the above exception, another exception occurred:\n\n"
          "Traceback (most recent call last):\n  File \"b.py\", line 2, in g\n    y\n"
          "shop.errors.CartError: no cart\n",
          "python|shop.errors.CartError|no cart\n*b.py:2 g\n<- python|KeyError|'a'\n*a.py:1 f");
  }

  TEST_CASE("traces: IPython, whose arrows tell the line, old style and new") {
    check("-----------\nTypeError                 Traceback (most recent call last)\n"
          "<ipython-input-4-21d3> in <module>()\n----> 1 total(cart)\n\n"
          "~/shop/pricing.py in total(self, other)\n     91     def total(self):\n"
          "---> 92         return x\n     93 \n\n"
          "TypeError: no total: 5\n\nPlease help.",
          "python|TypeError|no total: 5\n*~/shop/pricing.py:92 total\n"
          "*<ipython-input-4-21d3>:1 <module>");
    check("KeyError                  Traceback (most recent call last)\n"
          "File ~/shop/cart.py:41, in Cart.total(self)\n     40 x\n---> 41 y\n\nKeyError: 'a'",
          "python|KeyError|'a'\n*~/shop/cart.py:41 Cart.total");
    CHECK(parse_traces("KeyError    Traceback (most recent call last)\nno frames in here\n").empty());
  }

  TEST_CASE("traces: valgrind, ThreadSanitizer and UBSan") {
    check("==12== Invalid read of size 4\n==12==    at 0x5A7C18: total(int) (cart.c:41)\n"
          "==12==    by 0x56D9E8: ??? (in /usr/bin/shop)\n==12==    by 0x4A: main (main.c:7)\n",
          "c++||\n*cart.c:41 total\n /usr/bin/shop:0 ???\n*main.c:7 main");
    check("WARNING: ThreadSanitizer: data race (pid=7594)\n  Atomic read of size 1:\n"
          "    #0 Cart::add(int) /src/cart.cc:41:3 (shop+0x802ca) (BuildId: 1206a3)\n"
          "    #1 main /src/main.cc:7:10 (shop+0x115)\n",
          "c++|ThreadSanitizer|data race\n*/src/cart.cc:41 Cart::add\n*/src/main.cc:7 main");
    check("src/cart.c:41:3: runtime error: division by zero\n",
          "c++|runtime error|division by zero\n*src/cart.c:41 ");
    CHECK(parse_traces("at 0x5A: x\n==12== words\nit was a: runtime error: once\n").empty());
  }

  TEST_CASE("traces: Java with causes; the JVM's and frameworks' frames are not the application's") {
    check("Exception in thread \"main\" com.acme.CartException: no total\n"
          "\tat com.acme.Cart.total(Cart.java:41)\n"
          "\tat java.base/java.lang.Thread.run(Thread.java:829)\n"
          "Caused by: java.lang.NullPointerException: Cannot invoke \"x\"\n"
          "\tat com.acme.Price.add(Price.java:7)\n\t... 2 more\n",
          "java|com.acme.CartException|no total\n*Cart.java:41 com.acme.Cart.total\n"
          " Thread.java:829 java.lang.Thread.run\n"
          "<- java|java.lang.NullPointerException|Cannot invoke \"x\"\n"
          "*Price.java:7 com.acme.Price.add");
  }

  TEST_CASE("traces: one sample of every other language") {
    check("TypeError: Cannot read properties of undefined (reading 'x')\n"
          "    at total (/srv/shop/cart.js:4:11)\n"
          "    at async Cart.run (file:///srv/shop/run.mjs:9:3)\n"
          "    at Layer.handle (/srv/node_modules/express/layer.js:95:5)\n"
          "    at node:internal/main:17:47\n",
          "javascript|TypeError|Cannot read properties of undefined (reading 'x')\n"
          "*/srv/shop/cart.js:4 total\n*/srv/shop/run.mjs:9 Cart.run\n"
          " /srv/node_modules/express/layer.js:95 Layer.handle\n node:internal/main:17 ");
    check("panic: runtime error: index out of range [3] with length 3\n\ngoroutine 1 [running]:\n"
          "main.(*Cart).Total(0xc0000b2000)\n\t/srv/shop/cart.go:41 +0x1d\nmain.main()\n"
          "\t/srv/shop/main.go:9 +0x20\n",
          "go|panic|runtime error: index out of range [3] with length 3\n"
          "*/srv/shop/cart.go:41 main.(*Cart).Total\n*/srv/shop/main.go:9 main.main");
    check("thread 'main' panicked at src/cart.rs:41:9:\nno such cart\nstack backtrace:\n"
          "   0: rust_begin_unwind\n             at /rustc/90c/library/std/src/panicking.rs:645:5\n"
          "   1: shop::cart::total\n             at ./src/cart.rs:41:9\n",
          "rust|panic|no such cart\n*src/cart.rs:41 \n"
          " /rustc/90c/library/std/src/panicking.rs:645 rust_begin_unwind\n"
          "*./src/cart.rs:41 shop::cart::total");
    check("thread 'main' panicked at 'no such cart', src/cart.rs:41:9\n",
          "rust|panic|no such cart\n*src/cart.rs:41 ");
    check("lib/cart.rb:41:in `total': undefined method `+' for nil (NoMethodError)\n"
          "\tfrom lib/shop.rb:9:in `run'\n",
          "ruby|NoMethodError|undefined method `+' for nil\n*lib/cart.rb:41 total\n"
          "*lib/shop.rb:9 run");
    check("PHP Fatal error:  Uncaught RuntimeException: no cart in /srv/Cart.php:41\nStack trace:\n"
          "#0 /srv/index.php(9): Cart->total(1)\n#1 {main}\n",
          "php|RuntimeException|no cart\n*/srv/Cart.php:41 \n*/srv/index.php:9 Cart->total");
    check("Unhandled exception. System.InvalidOperationException: no cart\n"
          "   at System.Linq.Enumerable.First[T](IEnumerable`1 s)\n"
          "   at Shop.Cart.Total(Int32 a) in C:\\src\\Cart.cs:line 41\n",
          "csharp|System.InvalidOperationException|no cart\n"
          " :0 System.Linq.Enumerable.First[T]\n*C:\\src\\Cart.cs:41 Shop.Cart.Total");
    check("==17==ERROR: AddressSanitizer: heap-use-after-free on address 0x602 at pc 0x7f\n"
          "    #0 0x55d in Cart::total(int) /src/shop/cart.cc:41:3\n"
          "    #1 0x7f1 in __libc_start_main (/lib/x86_64-linux-gnu/libc.so.6+0x29)\n",
          "c++|AddressSanitizer|heap-use-after-free on address 0x602 at pc 0x7f\n"
          "*/src/shop/cart.cc:41 Cart::total\n"
          " (/lib/x86_64-linux-gnu/libc.so.6+0x29):0 __libc_start_main");
    check("Program received signal SIGSEGV, Segmentation fault.\n"
          "#0  0x000055 in total (cart=0x0, n=1) at cart.c:41\n#1  main () at main.c:9\n",
          "c++|SIGSEGV|Segmentation fault.\n*cart.c:41 total\n*main.c:9 main");
  }

  TEST_CASE("traces: prose with errors' names, paths and times is none") {
    for (const char* text :
         {"", "TypeError: it does not work", "Error: see cart.py:41 at 10:30",
          "Meeting at noon (room:12)\nand at home (by bus:4)", 
          "Caused by: my cat\nCaused by: your dog"}) {
      CAPTURE(text);
      CHECK(parse_traces(text).empty());
    }
  }

  TEST_CASE("traces: a text of several has them in order") {
    const std::string one =
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x\nKeyError: 'a'\n";
    const std::string two = "TypeError: no\n    at f (b.js:1:2)\n    at g (c.js:3:4)\n";
    const auto traces = parse_traces(one + "\nand later\n\n" + two);
    REQUIRE(traces.size() == 2);
    CHECK(traces[0].language == "python");
    CHECK(traces[1].language == "javascript");
  }

  TEST_CASE("traces: hostile size is linear and bounded") {
    std::string frames = "Traceback (most recent call last):\n";
    for (int i = 0; i < 100'000; ++i) frames += "  File \"a.py\", line 1, in f\n";
    CHECK(parse_traces(frames).at(0).frames.size() <= 1000);
    std::string causes = "a.B: x\n\tat a.B.c(B.java:1)\n";
    for (int i = 0; i < 50'000; ++i) causes += "Caused by: a.BError: x\n\tat a.B.c(B.java:1)\n";
    const auto begin = std::chrono::steady_clock::now();
    CHECK(to_json(parse_traces(causes)).dump().size() < 100'000);
    CHECK(parse_traces(std::string(10'000'000, '(')).empty());
    CHECK(parse_traces(std::string(200'000, '\n')).empty());
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
  }

  TEST_CASE("traces: JSON has the documented form") {
    const auto traces = parse_traces("TypeError: no\n    at f (b.js:1:2)\n");
    CHECK(to_json(traces).dump() ==
          R"({"traces":[{"language":"javascript","exception":"TypeError","message":"no",)"
          R"("frames":[{"path":"b.js","line":1,"function":"f","in_app":true}],"cause":null}]})");
    CHECK(to_json(std::vector<Trace>{}).dump() == R"({"traces":[]})");
  }
}
