// Samples of Perl, Dart and Lua.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"perl: die", R"TRACE(no cart at lib/Shop/Cart.pm line 41.
)TRACE",
     R"TRACE(perl|die|no cart
*lib/Shop/Cart.pm:41 )TRACE"},
    {"perl: die while reading", R"TRACE(no cart at lib/Shop/Cart.pm line 41, <STDIN> line 3.
)TRACE",
     R"TRACE(perl|die|no cart
*lib/Shop/Cart.pm:41 )TRACE"},
    {"perl: Carp", R"TRACE(no cart at lib/Shop/Cart.pm line 41.
	Shop::Cart::total(5, "se") called at bin/shop.pl line 9
	eval {...} called at bin/shop.pl line 8
	main::run() called at bin/shop.pl line 3
)TRACE",
     R"TRACE(perl|die|no cart
*lib/Shop/Cart.pm:41 
*bin/shop.pl:9 Shop::Cart::total
*bin/shop.pl:8 eval
*bin/shop.pl:3 main::run)TRACE"},
    {"dart: the error below the words", R"TRACE(Unhandled exception:
RangeError (index): Invalid value: Not in inclusive range 0..2: 7
#0      List.[] (dart:core-patch/growable_array.dart:264:36)
#1      Cart.total (package:shop/cart.dart:41:13)
<asynchronous suspension>
#2      main (file:///srv/shop/bin/main.dart:9:3)
)TRACE",
     R"TRACE(dart|RangeError|Invalid value: Not in inclusive range 0..2: 7
 dart:core-patch/growable_array.dart:264 List.[]
*package:shop/cart.dart:41 Cart.total
*/srv/shop/bin/main.dart:9 main)TRACE"},
    {"dart: Flutter", R"TRACE(E/flutter ( 123): [ERROR:flutter/runtime/dart_vm_initializer.cc(41)] Unhandled Exception: Exception: no cart
E/flutter ( 123): #0      Cart.total (package:shop/cart.dart:41:13)
E/flutter ( 123): #1      State.build (package:flutter/src/widgets/framework.dart:5:1)
)TRACE",
     R"TRACE(dart|Exception|no cart
*package:shop/cart.dart:41 Cart.total
 package:flutter/src/widgets/framework.dart:5 State.build)TRACE"},
    {"dart: the short form", R"TRACE(Exception: no cart
package:shop/cart.dart 41:13  Cart.total
test/cart_test.dart 9:3       main.<fn>
)TRACE",
     R"TRACE(dart|Exception|no cart
*package:shop/cart.dart:41 Cart.total
*test/cart_test.dart:9 main.<fn>)TRACE"},
    {"lua: a traceback", R"TRACE(lua: cart.lua:41: no cart
stack traceback:
	[C]: in function 'error'
	cart.lua:41: in function 'total'
	cart.lua:9: in main chunk
	[C]: in ?
)TRACE",
     R"TRACE(lua|error|no cart
 :0 error
*cart.lua:41 total
*cart.lua:9 main chunk
 :0 ?)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: Perl, Dart and Lua") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, Perl, Dart and Lua") { check_mutations(kSamples); }
}
