// Samples of Python, IPython and pytest.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"a traceback: innermost first, library frames apart", R"TRACE(It broke:

Traceback (most recent call last):
  File "/srv/shop/views.py", line 12, in post
    cart.total()
  File "/usr/lib/python3.11/site-packages/money/core.py", line 5, in add
    raise ValueError('x')
    ~~~~~^^^^
ValueError: discount 12 out of range

Please help.
)TRACE",
     R"TRACE(python|ValueError|discount 12 out of range
 /usr/lib/python3.11/site-packages/money/core.py:5 add
*/srv/shop/views.py:12 post)TRACE"},
    {"chained errors are causes, also three deep", R"TRACE(Traceback (most recent call last):
  File "a.py", line 1, in f
    x
KeyError: 'a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "b.py", line 2, in g
    y
ValueError: b

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "c.py", line 3, in h
    z
shop.errors.CartError: no cart
)TRACE",
     R"TRACE(python|shop.errors.CartError|no cart
*c.py:3 h
<- python|ValueError|b
*b.py:2 g
<- python|KeyError|'a'
*a.py:1 f)TRACE"},
    {"a syntax error has its file below the frames", R"TRACE(Traceback (most recent call last):
  File "run.py", line 2, in <module>
    import cart
  File "/srv/shop/cart.py", line 41
    return total(
                ^
SyntaxError: '(' was never closed
)TRACE",
     R"TRACE(python|SyntaxError|'(' was never closed
*/srv/shop/cart.py:41 
*run.py:2 <module>)TRACE"},
    {"a syntax error without a traceback", R"TRACE(  File "/srv/shop/cart.py", line 41
    print total
          ^^^^^
SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?
)TRACE",
     R"TRACE(python|SyntaxError|Missing parentheses in call to 'print'. Did you mean print(...)?
*/srv/shop/cart.py:41 )TRACE"},
    {"an exception group: its first part is the cause", R"TRACE(  + Exception Group Traceback (most recent call last):
  |   File "/srv/shop/run.py", line 9, in main
  |     raise ExceptionGroup("several", errors)
  | ExceptionGroup: several (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/shop/cart.py", line 41, in total
    |     raise ValueError("negative")
    | ValueError: negative
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "/srv/shop/tax.py", line 7, in rate
    |     return rates[land]
    | KeyError: 'se'
    +------------------------------------
)TRACE",
     R"TRACE(python|ExceptionGroup|several (2 sub-exceptions)
*/srv/shop/run.py:9 main
<- python|ValueError|negative
*/srv/shop/cart.py:41 total
==
python|KeyError|'se'
*/srv/shop/tax.py:7 rate)TRACE"},
    {"recursion is cut and repeated lines are no frames", R"TRACE(Traceback (most recent call last):
  File "t.py", line 9, in <module>
    f(1)
  File "t.py", line 5, in f
    return f(n)
           ^^^^
  [Previous line repeated 995 more times]
RecursionError: maximum recursion depth exceeded
)TRACE",
     R"TRACE(python|RecursionError|maximum recursion depth exceeded
*t.py:5 f
*t.py:9 <module>)TRACE"},
    {"indentation lost", R"TRACE(Traceback (most recent call last):
File "/srv/shop/cart.py", line 41, in total
return price * count
File "/srv/shop/tax.py", line 7, in rate
raise KeyError(land)
KeyError: 'se'
)TRACE",
     R"TRACE(python|KeyError|'se'
*/srv/shop/tax.py:7 rate
*/srv/shop/cart.py:41 total)TRACE"},
    {"faulthandler: innermost first", R"TRACE(Fatal Python error: Segmentation fault

Current thread 0x00007f1a2b3c4d5e (most recent call first):
  File "/srv/shop/cart.py", line 41 in total
  File "/srv/shop/run.py", line 9 in main
)TRACE",
     R"TRACE(python|Fatal Python error|Segmentation fault
*/srv/shop/cart.py:41 total
*/srv/shop/run.py:9 main)TRACE"},
    {"a message on the line below", R"TRACE(Traceback (most recent call last):
  File "/srv/shop/cart.py", line 41, in total
    assert a == b, text
AssertionError:
left and right differ
)TRACE",
     R"TRACE(python|AssertionError|left and right differ
*/srv/shop/cart.py:41 total)TRACE"},
    {"frames left out", R"TRACE(Traceback (most recent call last):
  ...
KeyError: 'se'
)TRACE",
     R"TRACE(python|KeyError|'se')TRACE"},
    {"cut off before the error", R"TRACE(Traceback (most recent call last):
  File "/srv/shop/views.py", line 12, in post
    cart.total()
  File "/srv/shop/cart.py", line 41, in total
)TRACE",
     R"TRACE(python||
*/srv/shop/cart.py:41 total
*/srv/shop/views.py:12 post)TRACE"},
    {"IPython, old style: the arrow tells the line", R"TRACE(-----------
TypeError                 Traceback (most recent call last)
<ipython-input-4-21d3> in <module>()
----> 1 total(cart)

~/shop/pricing.py in total(self, other)
     91     def total(self):
---> 92         return x
     93 

TypeError: no total: 5

Please help.
)TRACE",
     R"TRACE(python|TypeError|no total: 5
*~/shop/pricing.py:92 total
*<ipython-input-4-21d3>:1 <module>)TRACE"},
    {"IPython, new style", R"TRACE(KeyError                  Traceback (most recent call last)
Cell In[3], line 1
----> 1 total()
File ~/shop/cart.py:41, in Cart.total(self)
     40 x
---> 41 y

KeyError: 'a'
)TRACE",
     R"TRACE(python|KeyError|'a'
*~/shop/cart.py:41 Cart.total
 Cell In[3]:1 )TRACE"},
    {"a notebook in the browser links its files", R"TRACE(IndexError                                Traceback (most recent call last)
[/srv/shop/cart.py](https://localhost:8080/#) in total(items)
     40     x = 1
---> 41     return items[9]

IndexError: list index out of range
)TRACE",
     R"TRACE(python|IndexError|list index out of range
*/srv/shop/cart.py:41 total)TRACE"},
    {"pytest, short", R"TRACE(tests/test_cart.py:12: in test_total
    assert total(cart) == 5
shop/cart.py:41: in total
    return rates[land]
E   KeyError: 'se'
)TRACE",
     R"TRACE(python|KeyError|'se'
*shop/cart.py:41 total
*tests/test_cart.py:12 test_total)TRACE"},
    {"pytest, long", R"TRACE(    def test_total():
>       assert total(cart) == 5

tests/test_cart.py:12: 
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
    def total(cart):
>       return rates[land]
E       KeyError: 'se'

shop/cart.py:41: KeyError
========= short test summary info =========
)TRACE",
     R"TRACE(python|KeyError|'se'
*shop/cart.py:41 
*tests/test_cart.py:12 )TRACE"},
    {"rich draws a box", R"TRACE(╭─────────── Traceback (most recent call last) ───────────╮
│ /srv/shop/run.py:9 in main                              │
│                                                         │
│    8 def main():                                        │
│ ❱  9     total()                                        │
│                                                         │
│ /srv/shop/cart.py:41 in total                           │
╰─────────────────────────────────────────────────────────╯
KeyError: 'se'
)TRACE",
     R"TRACE(python|KeyError|'se'
*/srv/shop/cart.py:41 total
*/srv/shop/run.py:9 main)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: Python, IPython and pytest") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, Python") { check_mutations(kSamples); }
}
