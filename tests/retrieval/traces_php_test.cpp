// Samples of PHP.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"an uncaught exception", R"TRACE(PHP Fatal error:  Uncaught RuntimeException: no cart in /srv/Cart.php:41
Stack trace:
#0 /srv/index.php(9): Cart->total(1)
#1 [internal function]: {closure}(Object(Cart))
#2 /srv/vendor/laravel/Pipeline.php(3): array_map()
#3 {main}
  thrown in /srv/Cart.php on line 41
)TRACE",
     R"TRACE(php|RuntimeException|no cart
*/srv/Cart.php:41 
*/srv/index.php:9 Cart->total
 :0 {closure}
 /srv/vendor/laravel/Pipeline.php:3 array_map)TRACE"},
    {"the old wording", R"TRACE(Fatal error: Uncaught exception 'CartException' with message 'no cart' in /srv/Cart.php:41
Stack trace:
#0 /srv/index.php(9): Cart->total()
#1 {main}
)TRACE",
     R"TRACE(php|CartException|no cart
*/srv/Cart.php:41 
*/srv/index.php:9 Cart->total)TRACE"},
    {"\"Next\" is what came of it", R"TRACE(PHP Fatal error:  Uncaught PDOException: gone away in /srv/Db.php:7
Stack trace:
#0 /srv/Cart.php(41): Db->read()
#1 {main}

Next CartException: no cart in /srv/Cart.php:43
Stack trace:
#0 /srv/index.php(9): Cart->total()
#1 {main}
  thrown in /srv/Cart.php on line 43
)TRACE",
     R"TRACE(php|CartException|no cart
*/srv/Cart.php:43 
*/srv/index.php:9 Cart->total
<- php|PDOException|gone away
*/srv/Db.php:7 
*/srv/Cart.php:41 Db->read)TRACE"},
    {"a warning has only a place", R"TRACE([01-May-2024 12:00:00 UTC] PHP Warning:  Undefined variable $cart in /srv/Cart.php on line 41
)TRACE",
     R"TRACE(php|Warning|Undefined variable $cart
*/srv/Cart.php:41 )TRACE"},
    {"Xdebug lists the outermost first", R"TRACE(PHP Fatal error:  Uncaught Error: no cart in /srv/Cart.php:41
PHP Stack trace:
PHP   1. {main}() /srv/index.php:0
PHP   2. Cart->total($id = 5) /srv/index.php:9
)TRACE",
     R"TRACE(php|Error|no cart
*/srv/Cart.php:41 
*/srv/index.php:9 Cart->total
*/srv/index.php:0 {main})TRACE"},
    {"Laravel's log", R"TRACE([2024-05-01 12:00:00] production.ERROR: no cart {"exception":"[object] (App\\Exceptions\\CartException(code: 0): no cart at /srv/app/Cart.php:41)
[stacktrace]
#0 /srv/app/Shop.php(9): App\\Cart->total()
#1 {main}

[previous exception] [object] (PDOException(code: 2002): refused at /srv/app/Db.php:7)
[stacktrace]
#0 /srv/app/Cart.php(40): App\\Db->read()
#1 {main}
"} 
)TRACE",
     R"TRACE(php|App\Exceptions\CartException|no cart
*/srv/app/Cart.php:41 
*/srv/app/Shop.php:9 App\Cart->total
<- php|PDOException|refused
*/srv/app/Db.php:7 
*/srv/app/Cart.php:40 App\Db->read)TRACE"},
    {"Symfony's console", R"TRACE(In CartController.php line 41:
                                
  Undefined variable $cart  
)TRACE",
     R"TRACE(php||Undefined variable $cart
*CartController.php:41 )TRACE"},
    {"debug_print_backtrace", R"TRACE(#0  c() called at [/srv/Cart.php:10]
#1  b() called at [/srv/Cart.php:6]
)TRACE",
     R"TRACE(php||
*/srv/Cart.php:10 c
*/srv/Cart.php:6 b)TRACE"},
    {"logged by its text", R"TRACE(exception 'CartException' with message 'no cart' in /srv/Cart.php:41
Stack trace:
#0 /srv/index.php(9): Cart->total()
#1 {main}
)TRACE",
     R"TRACE(php|CartException|no cart
*/srv/Cart.php:41 
*/srv/index.php:9 Cart->total)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: PHP") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, PHP") { check_mutations(kSamples); }
}
