// Samples of JavaScript in Node and browsers.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"Node: async, URLs, modules, Node's own", R"TRACE(TypeError: Cannot read properties of undefined (reading 'x')
    at total (/srv/shop/cart.js:4:11)
    at async Cart.run (file:///srv/shop/run.mjs:9:3)
    at new Cart (C:\shop\src\cart.ts:7:1)
    at Object.total [as sum] (/srv/shop/index.js:2:2)
    at Layer.handle (/srv/node_modules/express/layer.js:95:5)
    at Array.map (<anonymous>)
    at async Promise.all (index 0)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
)TRACE",
     R"TRACE(javascript|TypeError|Cannot read properties of undefined (reading 'x')
*/srv/shop/cart.js:4 total
*/srv/shop/run.mjs:9 Cart.run
*C:\shop\src\cart.ts:7 Cart
*/srv/shop/index.js:2 Object.total
 /srv/node_modules/express/layer.js:95 Layer.handle
 :0 Array.map
 :0 Promise.all
 node:internal/process/task_queues:95 process.processTicksAndRejections)TRACE"},
    {"causes", R"TRACE(Error: outer
    at load (/srv/shop/cart.js:4:11)
    at main (/srv/shop/run.js:1:1) {
  [cause]: RangeError: inner
      at read (/srv/shop/disk.js:7:3)
}
)TRACE",
     R"TRACE(javascript|Error|outer
*/srv/shop/cart.js:4 load
<- javascript|RangeError|inner
*/srv/shop/disk.js:7 read)TRACE"},
    {"a code behind the name; a file that could not be read comes first", R"TRACE(/srv/shop/cart.js:41
  total(
       ^

SyntaxError: missing ) after argument list
    at wrapSafe (node:internal/modules/cjs/loader:1378:20)
    at Module._compile (node:internal/modules/cjs/loader:1428:41)
)TRACE",
     R"TRACE(javascript|SyntaxError|missing ) after argument list
*/srv/shop/cart.js:41 
 node:internal/modules/cjs/loader:1378 wrapSafe
 node:internal/modules/cjs/loader:1428 Module._compile)TRACE"},
    {"Chrome's console with webpack", R"TRACE(cart.js:41 Uncaught (in promise) TypeError: x is not a function
    at total (webpack-internal:///./src/cart.js:41:13)
    at eval (webpack:///./src/run.js?1a2b:9:3)
    at https://shop.example/static/js/main.js?v=3:1:2345
)TRACE",
     R"TRACE(javascript|TypeError|x is not a function
*src/cart.js:41 total
*src/run.js:9 eval
*https://shop.example/static/js/main.js:1 )TRACE"},
    {"Firefox and Safari", R"TRACE(TypeError: x is undefined
total@https://shop.example/cart.js:41:13
async*run/<@https://shop.example/run.js:9:3
@https://shop.example/run.js:1:1
map@[native code]
global code@https://shop.example/run.js:2:2
)TRACE",
     R"TRACE(javascript|TypeError|x is undefined
*https://shop.example/cart.js:41 total
*https://shop.example/run.js:9 run
*https://shop.example/run.js:1 
 :0 map
*https://shop.example/run.js:2 global code)TRACE"},
    {"Firefox's console", R"TRACE(Uncaught TypeError: x is undefined
    total https://shop.example/cart.js:41
    <anonymous> https://shop.example/run.js:9
)TRACE",
     R"TRACE(javascript|TypeError|x is undefined
*https://shop.example/cart.js:41 total
*https://shop.example/run.js:9 <anonymous>)TRACE"},
    {"eval and frames without a place", R"TRACE(Error
    at bls (<anonymous>:3:9)
    at eval (eval at total (/srv/shop/cart.js:4:11), <anonymous>:1:1)
    at a_function_name
    at Object.evaluate (<anonymous>)
)TRACE",
     R"TRACE(javascript|Error|
 <anonymous>:3 bls
*/srv/shop/cart.js:4 eval
 :0 a_function_name
 :0 Object.evaluate)TRACE"},
    {"React's components", R"TRACE(Error: Objects are not valid as a React child
    in Cart (at App.js:41)
    in Shop (at src/index.js:9)
)TRACE",
     R"TRACE(javascript|Error|Objects are not valid as a React child
*App.js:41 Cart
*src/index.js:9 Shop)TRACE"},
    {"React Native", R"TRACE(TypeError: undefined is not an object
    at total (address at index.android.bundle:1:2345)
    at anonymous (http://10.0.2.2:8081/index.bundle?platform=android:41:13)
)TRACE",
     R"TRACE(javascript|TypeError|undefined is not an object
*index.android.bundle:1 total
*http://10.0.2.2:8081/index.bundle:41 anonymous)TRACE"},
    {"Jest", R"TRACE(  ● cart › totals

    TypeError: rates is not iterable

      40 |
    > 41 |   for (const rate of rates) {
         |                      ^

      at total (src/cart.js:41:22)
      at Object.<anonymous> (test/cart.test.js:9:3)
)TRACE",
     R"TRACE(javascript|TypeError|rates is not iterable
*src/cart.js:41 total
*test/cart.test.js:9 Object.<anonymous>)TRACE"},
    {"a rejected promise", R"TRACE((node:123) UnhandledPromiseRejectionWarning: Error: connect ECONNREFUSED 127.0.0.1:5432
    at TCPConnectWrap.afterConnect [as oncomplete] (net.js:1141:16)
    at Cart.load (/srv/shop/cart.js:41:1)
)TRACE",
     R"TRACE(javascript|Error|connect ECONNREFUSED 127.0.0.1:5432
*net.js:1141 TCPConnectWrap.afterConnect
*/srv/shop/cart.js:41 Cart.load)TRACE"},
    {"an error with a code", R"TRACE(AssertionError [ERR_ASSERTION]: Expected values to be equal
    at Context.<anonymous> (test/cart.js:41:12)
)TRACE",
     R"TRACE(javascript|AssertionError|Expected values to be equal
*test/cart.js:41 Context.<anonymous>)TRACE"},
    {"V8's rarer forms", R"TRACE(Error: no
    at /srv/my shop/cart.js:41:9
    at new Cart (native)
    at total (unknown location)
    at baz (eval code:1:18)
)TRACE",
     R"TRACE(javascript|Error|no
*/srv/my shop/cart.js:41 
 :0 Cart
 :0 total
*eval code:1 baz)TRACE"},
    {"Safari without names", R"TRACE(TypeError: no
https://shop.example/cart.js:41:22
total@https://shop.example/run.js:9:15
)TRACE",
     R"TRACE(javascript|TypeError|no
*https://shop.example/cart.js:41 
*https://shop.example/run.js:9 total)TRACE"},
    {"React's stacks in Firefox", R"TRACE(Error: can't access property "id"
  at Cart(./src/cart.js:41:10)
  at Shop(./node_modules/react/index.js:9:3)
)TRACE",
     R"TRACE(javascript|Error|can't access property "id"
*src/cart.js:41 Cart
 node_modules/react/index.js:9 Shop)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: JavaScript in Node and browsers") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, JavaScript") { check_mutations(kSamples); }
}
