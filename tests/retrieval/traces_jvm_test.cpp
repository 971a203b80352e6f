// Samples of Java, Kotlin and Scala.
#include "tests/retrieval/traces_samples.h"

using namespace triage::retrieval;

namespace {

constexpr Sample kSamples[] = {
    {"causes; the JVM's and frameworks' frames are not the application's", R"TRACE(Exception in thread "main" com.acme.CartException: no total
	at com.acme.Cart.total(Cart.java:41)
	at java.base/java.lang.Thread.run(Thread.java:829)
Caused by: java.lang.NullPointerException: Cannot invoke "x"
	at com.acme.Price.add(Price.java:7)
	... 2 more
Caused by: java.io.IOException
	at com.acme.Disk.read(Disk.java:3)
	... 3 common frames omitted
)TRACE",
     R"TRACE(java|com.acme.CartException|no total
*Cart.java:41 com.acme.Cart.total
 Thread.java:829 java.lang.Thread.run
<- java|java.lang.NullPointerException|Cannot invoke "x"
*Price.java:7 com.acme.Price.add
<- java|java.io.IOException|
*Disk.java:3 com.acme.Disk.read)TRACE"},
    {"suppressed errors stand by themselves", R"TRACE(java.lang.IllegalStateException: outer
	at com.acme.Cart.close(Cart.java:9)
	Suppressed: java.io.IOException: while closing
		at com.acme.Disk.close(Disk.java:12)
	Caused by: java.io.EOFException: end
		at com.acme.Disk.flush(Disk.java:20)
Caused by: com.acme.RootException: root
	at com.acme.Cart.open(Cart.java:3)
)TRACE",
     R"TRACE(java|java.lang.IllegalStateException|outer
*Cart.java:9 com.acme.Cart.close
<- java|com.acme.RootException|root
*Cart.java:3 com.acme.Cart.open
==
java|java.io.IOException|while closing
*Disk.java:12 com.acme.Disk.close
<- java|java.io.EOFException|end
*Disk.java:20 com.acme.Disk.flush)TRACE"},
    {"the root cause first, as logback can write it", R"TRACE(java.io.IOException: disk
	at com.acme.Disk.read(Disk.java:3)
Wrapped by: com.acme.CartException: no total
	at com.acme.Cart.total(Cart.java:41)
)TRACE",
     R"TRACE(java|com.acme.CartException|no total
*Cart.java:41 com.acme.Cart.total
<- java|java.io.IOException|disk
*Disk.java:3 com.acme.Disk.read)TRACE"},
    {"Kotlin, modules, loaders, archives", R"TRACE(java.lang.IllegalArgumentException: negative
	at app//com.acme.CartKt.total(Cart.kt:41) ~[shop.jar:1.2]
	at com.acme.CartTest.total of an empty cart(CartTest.kt:7)
	at java.base@17.0.1/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103) ~[na:na]
	at jdk.internal.reflect.GeneratedMethodAccessor12.invoke(Unknown Source)
)TRACE",
     R"TRACE(kotlin|java.lang.IllegalArgumentException|negative
*Cart.kt:41 com.acme.CartKt.total
*CartTest.kt:7 com.acme.CartTest.total of an empty cart
 DirectMethodHandleAccessor.java:103 jdk.internal.reflect.DirectMethodHandleAccessor.invoke
 :0 jdk.internal.reflect.GeneratedMethodAccessor12.invoke)TRACE"},
    {"Scala, and a message of several lines", R"TRACE(scala.MatchError: Cart(
  5
) (of class com.acme.Cart)
	at com.acme.Shop$.$anonfun$total$1(Shop.scala:41)
	at scala.collection.immutable.List.foreach(List.scala:431)
)TRACE",
     R"TRACE(scala|scala.MatchError|Cart(
5
) (of class com.acme.Cart)
*Shop.scala:41 com.acme.Shop$.$anonfun$total$1
 List.scala:431 scala.collection.immutable.List.foreach)TRACE"},
    {"Android's log", R"TRACE(05-01 12:00:00.123  1234  1234 E AndroidRuntime: FATAL EXCEPTION: main
05-01 12:00:00.123  1234  1234 E AndroidRuntime: Process: com.acme.shop, PID: 1234
05-01 12:00:00.123  1234  1234 E AndroidRuntime: java.lang.RuntimeException: Unable to start activity
05-01 12:00:00.123  1234  1234 E AndroidRuntime: 	at android.app.ActivityThread.performLaunchActivity(ActivityThread.java:3449)
05-01 12:00:00.123  1234  1234 E AndroidRuntime: 	at com.acme.shop.MainActivity.onCreate(MainActivity.kt:41)
05-01 12:00:00.123  1234  1234 E AndroidRuntime: Caused by: java.lang.NullPointerException: no cart
05-01 12:00:00.123  1234  1234 E AndroidRuntime: 	at com.acme.shop.Cart.total(Cart.kt:7)
)TRACE",
     R"TRACE(kotlin|java.lang.RuntimeException|Unable to start activity
 ActivityThread.java:3449 android.app.ActivityThread.performLaunchActivity
*MainActivity.kt:41 com.acme.shop.MainActivity.onCreate
<- kotlin|java.lang.NullPointerException|no cart
*Cart.kt:7 com.acme.shop.Cart.total)TRACE"},
    {"the short form of Android's log", R"TRACE(E/AndroidRuntime( 123): java.lang.NullPointerException: no cart
E/AndroidRuntime( 123): 	at com.acme.shop.Cart.total(Cart.java:7)
)TRACE",
     R"TRACE(java|java.lang.NullPointerException|no cart
*Cart.java:7 com.acme.shop.Cart.total)TRACE"},
    {"Maven puts a space before the place", R"TRACE(org.apache.maven.plugin.MojoExecutionException: failed
    at com.acme.build.Plugin.execute (Plugin.java:41)
    at org.apache.maven.cli.MavenCli.main (MavenCli.java:193)
)TRACE",
     R"TRACE(java|org.apache.maven.plugin.MojoExecutionException|failed
*Plugin.java:41 com.acme.build.Plugin.execute
 MavenCli.java:193 org.apache.maven.cli.MavenCli.main)TRACE"},
    {"a thread dump", R"TRACE("http-1" #12 daemon prio=5 os_prio=0 tid=0x00007f nid=0x1a waiting on condition [0x00007f]
   java.lang.Thread.State: WAITING (parking)
	at jdk.internal.misc.Unsafe.park(Native Method)
	- parking to wait for  <0x000000> (a java.util.concurrent.locks.ReentrantLock)
	at com.acme.Cart.lock(Cart.java:41)
)TRACE",
     R"TRACE(java||thread "http-1"
 :0 jdk.internal.misc.Unsafe.park
*Cart.java:41 com.acme.Cart.lock)TRACE"},
    {"a log line names the error", R"TRACE(2024-05-01 12:00:00,123 ERROR [http-1] c.a.CartController - failed: com.acme.CartException: no total
	at com.acme.Cart.total(Cart.java:41)
)TRACE",
     R"TRACE(java|com.acme.CartException|no total
*Cart.java:41 com.acme.Cart.total)TRACE"},
    {"two errors, one after the other", R"TRACE(com.acme.AException: a
	at com.acme.A.a(A.java:1)
	at com.acme.A.b(A.java:2)
com.acme.BException: b
	at com.acme.B.a(B.java:1)
)TRACE",
     R"TRACE(java|com.acme.AException|a
*A.java:1 com.acme.A.a
*A.java:2 com.acme.A.b
==
java|com.acme.BException|b
*B.java:1 com.acme.B.a)TRACE"},
    {"frames whose \"at\" was lost", R"TRACE(java.lang.IllegalStateException: no
com.acme.Cart.total(Cart.java:41)
com.acme.Shop.run(Shop.java:9)
)TRACE",
     R"TRACE(java|java.lang.IllegalStateException|no
*Cart.java:41 com.acme.Cart.total
*Shop.java:9 com.acme.Shop.run)TRACE"},
};

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: Java, Kotlin and Scala") { check_samples(kSamples); }

  TEST_CASE("traces: changed samples stay within bounds, the JVM") { check_mutations(kSamples); }
}
