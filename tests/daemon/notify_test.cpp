#include "daemon/notify.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/fakes/notify_socket.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

TEST_SUITE("notify") {
  TEST_CASE("systemd's socket gets each state as one datagram") {
    const NotifySocket socket;
    REQUIRE(::setenv("NOTIFY_SOCKET", socket.path().c_str(), 1) == 0);
    notify_systemd("READY=1\nSTATUS=serving");
    notify_systemd("STOPPING=1");
    CHECK(socket.received() == std::vector<std::string>{"READY=1\nSTATUS=serving", "STOPPING=1"});
    ::unsetenv("NOTIFY_SOCKET");
    notify_systemd("WATCHDOG=1");
    CHECK(socket.received().empty());
  }

  TEST_CASE("a socket that is not there, or no address at all, harms nothing") {
    for (const std::string& address : {std::string("/nowhere/notify"), std::string("relative"),
                                       std::string(), "/" + std::string(300, 'x')}) {
      REQUIRE(::setenv("NOTIFY_SOCKET", address.c_str(), 1) == 0);
      CHECK_NOTHROW(notify_systemd("READY=1"));
    }
    ::unsetenv("NOTIFY_SOCKET");
  }

  TEST_CASE("the watchdog hears from us twice in its time") {
    struct Row {
      const char* text;
      std::optional<Milliseconds> interval;
    };
    for (const Row& row : std::vector<Row>{{"30000000", Milliseconds(15'000)},
                                           {"2000", Milliseconds(1)},
                                           {"1999", std::nullopt},
                                           {"0", std::nullopt},
                                           {"-5", std::nullopt},
                                           {"soon", std::nullopt},
                                           {"", std::nullopt}}) {
      CAPTURE(row.text);
      REQUIRE(::setenv("WATCHDOG_USEC", row.text, 1) == 0);
      CHECK(watchdog_interval() == row.interval);
    }
    ::unsetenv("WATCHDOG_USEC");
    CHECK(!watchdog_interval());
  }
}
