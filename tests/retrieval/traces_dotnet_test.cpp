// Samples of .NET, Mono and Unity.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"places and frames without", R"TRACE(Unhandled exception. System.InvalidOperationException: no cart
   at System.Linq.Enumerable.First[T](IEnumerable`1 s)
   at Shop.Cart.Total(Int32 a) in C:\src\Cart.cs:line 41
)TRACE",
     R"TRACE(csharp|System.InvalidOperationException|no cart
 :0 System.Linq.Enumerable.First[T]
*C:\src\Cart.cs:41 Shop.Cart.Total)TRACE"},
    {"the inner exception's frames come first", R"TRACE(System.InvalidOperationException: outer
 ---> System.ArgumentException: inner
   at Shop.Price.Add(Int32 a) in /src/Price.cs:line 7
   --- End of inner exception stack trace ---
   at Shop.Cart.Total(Int32 a) in /src/Cart.cs:line 41
--- End of stack trace from previous location ---
   at Shop.Program.<Main>$(String[] args) in /src/Program.cs:line 2
)TRACE",
     R"TRACE(csharp|System.InvalidOperationException|outer
*/src/Cart.cs:41 Shop.Cart.Total
*/src/Program.cs:2 Shop.Program.<Main>$
<- csharp|System.ArgumentException|inner
*/src/Price.cs:7 Shop.Price.Add)TRACE"},
    {"both on one line", R"TRACE(System.Exception: outer ---> System.AggregateException: middle ---> System.IO.IOException: inner
   at Shop.Disk.Read() in /src/Disk.cs:line 3
   --- End of inner exception stack trace ---
   at Shop.Price.Add() in /src/Price.cs:line 7
   --- End of inner exception stack trace ---
   at Shop.Cart.Total() in /src/Cart.cs:line 41
)TRACE",
     R"TRACE(csharp|System.Exception|outer
*/src/Cart.cs:41 Shop.Cart.Total
<- csharp|System.AggregateException|middle
*/src/Price.cs:7 Shop.Price.Add
<- csharp|System.IO.IOException|inner
*/src/Disk.cs:3 Shop.Disk.Read)TRACE"},
    {"German, French", R"TRACE(System.NullReferenceException: Der Objektverweis wurde nicht festgelegt.
   bei Shop.Cart.Total() in C:\src\Cart.cs:Zeile 41.
System.NullReferenceException: La référence d'objet n'est pas définie.
   à Shop.Cart.Total() dans C:\src\Cart.cs:ligne 41
)TRACE",
     R"TRACE(csharp|System.NullReferenceException|Der Objektverweis wurde nicht festgelegt.
*C:\src\Cart.cs:41 Shop.Cart.Total
==
csharp|System.NullReferenceException|La référence d'objet n'est pas définie.
*C:\src\Cart.cs:41 Shop.Cart.Total)TRACE"},
    {"Mono and Unity", R"TRACE(NullReferenceException: Object reference not set to an instance of an object
  at Shop.Cart.Total (System.Int32 a) [0x00012] in /src/Cart.cs:41 
  at Shop.Run.Main () [0x00000] in <3c1f0a>:0 
)TRACE",
     R"TRACE(csharp|NullReferenceException|Object reference not set to an instance of an object
*/src/Cart.cs:41 Shop.Cart.Total
 :0 Shop.Run.Main)TRACE"},
    {"Unity's console", R"TRACE(NullReferenceException: Object reference not set to an instance of an object
Shop.Cart.Total () (at Assets/Scripts/Cart.cs:41)
Shop.Run:Update() (at Assets/Scripts/Run.cs:9)
)TRACE",
     R"TRACE(csharp|NullReferenceException|Object reference not set to an instance of an object
*Assets/Scripts/Cart.cs:41 Shop.Cart.Total
*Assets/Scripts/Run.cs:9 Shop.Run:Update)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: .NET, Mono and Unity") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, .NET") { check_mutations(kSamples); }
}
