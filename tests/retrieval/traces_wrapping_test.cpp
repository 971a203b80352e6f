// Samples of what logs, mails and helpdesks put around a trace.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"a container's name and a time stamp", R"TRACE(web-1  | 2024-05-01T12:00:00.123Z ERROR Traceback (most recent call last):
web-1  | 2024-05-01T12:00:00.123Z ERROR   File "/srv/shop/cart.py", line 41, in total
web-1  | 2024-05-01T12:00:00.123Z ERROR     return rates[land]
web-1  | 2024-05-01T12:00:00.124Z ERROR KeyError: 'se'
)TRACE",
     R"TRACE(python|KeyError|'se'
*/srv/shop/cart.py:41 total)TRACE"},
    {"syslog", R"TRACE(May  1 12:00:00 host shop[123]: panic: no cart
May  1 12:00:00 host shop[123]: 
May  1 12:00:00 host shop[123]: goroutine 1 [running]:
May  1 12:00:00 host shop[123]: main.total(0x1)
May  1 12:00:00 host shop[123]: 	/srv/shop/cart.go:41 +0x1d
)TRACE",
     R"TRACE(go|panic|no cart
*/srv/shop/cart.go:41 main.total)TRACE"},
    {"a pod's log, and the runtime's", R"TRACE([pod/shop-7d9/web] Exception in thread "main" com.acme.CartException: no total
[pod/shop-7d9/web] 	at com.acme.Cart.total(Cart.java:41)
2024-05-01T12:00:00.123456789Z stderr F TypeError: no
2024-05-01T12:00:00.123456789Z stderr F     at total (/srv/shop/cart.js:4:11)
)TRACE",
     R"TRACE(java|com.acme.CartException|no total
*Cart.java:41 com.acme.Cart.total
==
javascript|TypeError|no
*/srv/shop/cart.js:4 total)TRACE"},
    {"Heroku", R"TRACE(2024-05-01T12:00:00.123456+00:00 app[web.1]: RuntimeError (no cart):
2024-05-01T12:00:00.123456+00:00 app[web.1]:   app/models/cart.rb:41:in `total'
)TRACE",
     R"TRACE(ruby|RuntimeError|no cart
*app/models/cart.rb:41 total)TRACE"},
    {"quoted in a mail", R"TRACE(> > It says
> > Traceback (most recent call last):
> >   File "/srv/shop/cart.py", line 41, in total
> >     return rates[land]
> > KeyError: 'se'
)TRACE",
     R"TRACE(python|KeyError|'se'
*/srv/shop/cart.py:41 total)TRACE"},
    {"one JSON string", R"TRACE({"level":"error","exc":"Traceback (most recent call last):\n  File \"/srv/shop/cart.py\", line 41, in total\n    return rates[land]\nKeyError: 'se'","host":"a"}
)TRACE",
     R"TRACE(python|KeyError|'se'
*/srv/shop/cart.py:41 total)TRACE"},
    {"JSON inside JSON", R"TRACE({"log":"{\"stack\":\"java.lang.IllegalStateException: no\\n\\tat com.acme.Cart.total(Cart.java:41)\\n\\tat com.acme.Shop.run(Shop.java:9)\"}\n"}
)TRACE",
     R"TRACE(java|java.lang.IllegalStateException|no
*Cart.java:41 com.acme.Cart.total)TRACE"},
    {"a logger's stack", R"TRACE({"level":"error","msg":"no cart","stacktrace":"main.total\n\t/srv/shop/cart.go:41\nmain.main\n\t/srv/shop/main.go:9"}
)TRACE",
     R"TRACE(go||
*/srv/shop/cart.go:41 main.total
*/srv/shop/main.go:9 main.main)TRACE"},
    {"HTML", R"TRACE(<pre>Traceback (most recent call last):<br>  File &quot;/srv/shop/cart.py&quot;, line 41, in &lt;module&gt;<br />    total()<br/>KeyError: &#39;se&#39;
)TRACE",
     R"TRACE(python|KeyError|'se'
*/srv/shop/cart.py:41 <module>)TRACE"},
    {"Windows paths hold an escape that is none", R"TRACE(System.Exception: no cart
   at Shop.Cart.Total() in C:\new\notes\Cart.cs:line 41
)TRACE",
     R"TRACE(csharp|System.Exception|no cart
*C:\new\notes\Cart.cs:41 Shop.Cart.Total)TRACE"},
    {"no-break spaces", R"TRACE(TypeError: no
    at total (/srv/shop/cart.js:4:11)
)TRACE",
     R"TRACE(javascript|TypeError|no
*/srv/shop/cart.js:4 total)TRACE"},
    {"line ends lost", R"TRACE(Traceback (most recent call last): File "/srv/shop/views.py", line 12, in post cart.total() File "/srv/shop/cart.py", line 41, in total return rates[land] KeyError: 'se'
)TRACE",
     R"TRACE(python|KeyError|'se'
*/srv/shop/cart.py:41 total
*/srv/shop/views.py:12 post)TRACE"},
    {"line ends lost, Java", R"TRACE(java.lang.IllegalStateException: no at com.acme.Cart.total(Cart.java:41) at com.acme.Shop.run(Shop.java:9)
)TRACE",
     R"TRACE(java|java.lang.IllegalStateException|no
*Cart.java:41 com.acme.Cart.total
*Shop.java:9 com.acme.Shop.run)TRACE"},
    {"line ends lost, PHP", R"TRACE(Error: no cart #0 /srv/Cart.php(41): total() #1 /srv/index.php(9): run() #2 {main}
)TRACE",
     R"TRACE(php|Error|no cart
*/srv/Cart.php:41 total
*/srv/index.php:9 run)TRACE"},
    {"other lines between", R"TRACE(Traceback (most recent call last):
  File "/srv/shop/views.py", line 12, in post
    cart.total()
2024-05-01 12:00:00 INFO request done
  File "/srv/shop/cart.py", line 41, in total
    return rates[land]
KeyError: 'se'
)TRACE",
     R"TRACE(python|KeyError|'se'
*/srv/shop/cart.py:41 total
*/srv/shop/views.py:12 post)TRACE"},
    {"a whole log indented", R"TRACE(    2024/05/01 12:00:00 http: panic serving [::1]:54143: no cart
    goroutine 24 [running]:
    main.total(0xc000104400)
    	/srv/shop/cart.go:41 +0x39
)TRACE",
     R"TRACE(go|panic|no cart
*/srv/shop/cart.go:41 main.total)TRACE"},
    {"docker's objects, one a line", R"TRACE({"log":"Traceback (most recent call last):\n","stream":"stderr","time":"2024-05-01T12:00:00Z"}
{"log":"  File \"/srv/shop/cart.py\", line 41, in total\n","stream":"stderr","time":"2024-05-01T12:00:00Z"}
{"log":"    return rates[land]\n","stream":"stderr","time":"2024-05-01T12:00:00Z"}
{"log":"KeyError: 'se'\n","stream":"stderr","time":"2024-05-01T12:00:00Z"}
)TRACE",
     R"TRACE(python|KeyError|'se'
*/srv/shop/cart.py:41 total)TRACE"},
    {"many processes", R"TRACE([0]<stderr>:Traceback (most recent call last):
[0]<stderr>:  File "/srv/shop/cart.py", line 41, in total
[0]<stderr>:    return rates[land]
[0]<stderr>:KeyError: 'se'
)TRACE",
     R"TRACE(python|KeyError|'se'
*/srv/shop/cart.py:41 total)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: what logs, mails and helpdesks put around a trace") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, wrapping") { check_mutations(kSamples); }
}
