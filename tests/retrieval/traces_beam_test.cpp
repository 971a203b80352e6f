// Samples of Elixir and Erlang.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"Elixir", R"TRACE(** (KeyError) key :total not found in: %{}
    (shop 0.1.0) lib/shop/cart.ex:41: Shop.Cart.total/1
    (elixir 1.15.0) lib/enum.ex:1693: anonymous fn/3 in Enum.map/2
    test/cart_test.exs:9: (test)
)TRACE",
     R"TRACE(elixir|KeyError|key :total not found in: %{}
*lib/shop/cart.ex:41 Shop.Cart.total/1
 lib/enum.ex:1693 anonymous fn/3 in Enum.map/2
*test/cart_test.exs:9 (test))TRACE"},
    {"a GenServer's log", R"TRACE(12:00:00.123 [error] GenServer Shop.Server terminating
** (RuntimeError) no cart
    (shop 0.1.0) lib/shop/server.ex:41: Shop.Server.handle_call/3
    (stdlib 4.3) gen_server.erl:1149: :gen_server.try_handle_call/4
)TRACE",
     R"TRACE(elixir|RuntimeError|no cart
*lib/shop/server.ex:41 Shop.Server.handle_call/3
 gen_server.erl:1149 :gen_server.try_handle_call/4)TRACE"},
    {"Erlang's shell", R"TRACE(** exception error: an error occurred when evaluating an arithmetic expression
     in function  cart:total/1 (src/cart.erl, line 41)
     in call from shop:run/0 (src/shop.erl, line 9)
)TRACE",
     R"TRACE(erlang|error|an error occurred when evaluating an arithmetic expression
*src/cart.erl:41 cart:total/1
*src/shop.erl:9 shop:run/0)TRACE"},
    {"Erlang's terms", R"TRACE(=ERROR REPORT==== 1-May-2024::12:00:00.000000 ===
Error in process <0.87.0> with exit value:
{badarith,[{cart,total,1,[{file,"src/cart.erl"},{line,41}]},
           {shop,run,0,[{file,"src/shop.erl"},{line,9}]}]}
)TRACE",
     R"TRACE(erlang|badarith|
*src/cart.erl:41 cart:total
*src/shop.erl:9 shop:run)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: Elixir and Erlang") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, Elixir and Erlang") { check_mutations(kSamples); }
}
