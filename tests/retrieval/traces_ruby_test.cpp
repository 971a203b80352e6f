// Samples of Ruby.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"the error stands in the first frame", R"TRACE(lib/cart.rb:41:in `total': undefined method `+' for nil (NoMethodError)
	from lib/shop.rb:9:in `block (2 levels) in run'
	from /usr/lib/ruby/gems/3.1.0/gems/rack-2.2/lib/rack.rb:5:in `call'
	from bin/shop:3:in `<main>'
)TRACE",
     R"TRACE(ruby|NoMethodError|undefined method `+' for nil
*lib/cart.rb:41 total
*lib/shop.rb:9 run
 /usr/lib/ruby/gems/3.1.0/gems/rack-2.2/lib/rack.rb:5 call
*bin/shop:3 <main>)TRACE"},
    {"since 3.4", R"TRACE(lib/cart.rb:41:in 'Shop::Cart#total': no cart (ArgumentError)
	from lib/shop.rb:9:in 'Shop.run'
)TRACE",
     R"TRACE(ruby|ArgumentError|no cart
*lib/cart.rb:41 Shop::Cart#total
*lib/shop.rb:9 Shop.run)TRACE"},
    {"innermost last", R"TRACE(Traceback (most recent call last):
	2: from bin/shop:3:in `<main>'
	1: from lib/shop.rb:9:in `run'
lib/cart.rb:41:in `total': no cart (ArgumentError)
)TRACE",
     R"TRACE(ruby|ArgumentError|no cart
*lib/cart.rb:41 total
*lib/shop.rb:9 run
*bin/shop:3 <main>)TRACE"},
    {"a cause follows", R"TRACE(lib/cart.rb:41:in `rescue in total': no total (CartError)
	from lib/cart.rb:38:in `total'
lib/disk.rb:3:in `read': no file (Errno::ENOENT)
	from lib/cart.rb:39:in `total'
)TRACE",
     R"TRACE(ruby|CartError|no total
*lib/cart.rb:41 total
*lib/cart.rb:38 total
<- ruby|Errno::ENOENT|no file
*lib/disk.rb:3 read
*lib/cart.rb:39 total)TRACE"},
    {"Rails: the error above, gems before their files", R"TRACE(NoMethodError (undefined method `total' for nil:NilClass):

app/models/cart.rb:41:in `total'
activesupport (5.1.4) lib/active_support/tagged_logging.rb:69:in `block in tagged'
)TRACE",
     R"TRACE(ruby|NoMethodError|undefined method `total' for nil:NilClass
*app/models/cart.rb:41 total
 lib/active_support/tagged_logging.rb:69 tagged)TRACE"},
    {"RSpec", R"TRACE(  1) Cart totals
     Failure/Error: expect(cart.total).to eq 5

     NoMethodError:
       undefined method `total' for nil:NilClass
     # ./lib/cart.rb:41:in `total'
     # ./spec/cart_spec.rb:9:in `block (2 levels) in <top (required)>'
)TRACE",
     R"TRACE(ruby|NoMethodError|undefined method `total' for nil:NilClass
*lib/cart.rb:41 total
*spec/cart_spec.rb:9 <top (required)>)TRACE"},
    {"a message of several lines", R"TRACE(lib/cart.rb:41:in `total': no cart (ArgumentError)

      raise ArgumentError, "no cart"
      ^^^^^
	from lib/shop.rb:9:in `run'
)TRACE",
     R"TRACE(ruby|ArgumentError|no cart
*lib/cart.rb:41 total
*lib/shop.rb:9 run)TRACE"},
    {"a logger's form", R"TRACE(RuntimeError: no cart
  lib/cart.rb:41:in `total'
  (eval):1:in `run'
  <internal:kernel>:187:in `loop'
)TRACE",
     R"TRACE(ruby|RuntimeError|no cart
*lib/cart.rb:41 total
*(eval):1 run
 <internal:kernel>:187 loop)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: Ruby") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, Ruby") { check_mutations(kSamples); }
}
