#include "pipeline/publish/hosts.h"

#include <doctest/doctest.h>

#include <array>

namespace triage::publish {
namespace {

using Hosts = std::set<std::string>;

struct Row {
  std::string text;
  Hosts hosts;
};

}  // namespace

TEST_SUITE("hosts") {
  TEST_CASE("hosts: what code names is found, and what only looks alike is not") {
    const std::array rows{
        Row{"x = 'https://evil.test/x?y#z'", {"evil.test"}},
        Row{"https://user:pw@evil.test:8443/", {"evil.test"}},
        Row{"(http://evil.test), http://b.test.", {"evil.test", "b.test"}},
        Row{"postgres://db.internal:5432/shop", {"db.internal"}},
        Row{"http://web:8080/", {"web"}},
        Row{"url = `https://${region}.evil.test/`", {"evil.test"}},
        Row{"url = f'https://{host}:{port}/'", {}},
        Row{"'%s://%s' % (scheme, host)", {}},
        Row{"src=\"//cdn.evil.test/a.js\"", {"cdn.evil.test"}},
        Row{"a = b //evil.test", {}},
        Row{"http:\\/\\/evil.test\\/x", {"evil.test"}},
        Row{"'ev' 'il' 'x'; 'http://' + 'a.test'", {"a.test"}},
        Row{"connect(\"evil.com\", 443)", {"evil.com"}},
        Row{"module.attr.com = 1", {}},
        Row{"import java.io.File", {}},
        Row{"'page.title', 'menu.shop', 'README.md'", {}},
        Row{"File \"shop/pricing.py\", line 9; shop/pricing.py:88", {}},
        Row{"evil.sh:443 and setup.sh:12", {"evil.sh"}},
        Row{"10.0.0.8 and 1.2.3 and 1.2.3.4.5 and 300.1.1.1", {"10.0.0.8"}},
        Row{"127.0.0.1 0.0.0.0 localhost http://localhost:1/", {}},
        Row{"version 91.0.4472.124", {}},
        Row{"'2001:db8::7' and '::1' and std::vector and 12:30:45", {"2001:db8::7"}},
        Row{"git@evil.com:x/y.git", {"evil.com"}},
        Row{"somebody@evil.com", {}},
        Row{"wget -q evil.com/x", {"evil.com"}},
        Row{"http://example.com/ https://www.w3.org/2000/svg", {}},
        Row{"http://example.com.evil.test/ http://evil.example.com", {"example.com.evil.test", "evil.example.com"}},
        Row{"'aHR0cHM6Ly9ldmlsLnRlc3Q='", {"evil.test"}},
        Row{"'68747470733a2f2f6576696c2e74657374'", {"evil.test"}},
        Row{"", {}},
        Row{"http://", {}},
        Row{"::", {}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.text);
      CHECK(hosts_in(row.text) == row.hosts);
    }
  }

  TEST_CASE("hosts: a rule allows one host or all below it") {
    CHECK(is_allowed_host("a.test", {"A.test"}));
    CHECK_FALSE(is_allowed_host("b.a.test", {"a.test"}));
    CHECK(is_allowed_host("b.a.test", {"*.a.test"}));
    CHECK_FALSE(is_allowed_host("a.test", {"*.a.test"}));
    CHECK_FALSE(is_allowed_host("ba.test", {"*.a.test"}));
    CHECK_FALSE(is_allowed_host("a.test", {}));
  }

  TEST_CASE("hosts: hostile shapes end") {
    for (const std::string& part : {std::string("://"), std::string("a."), std::string("::"),
                                    std::string("'"), std::string("curl "), std::string("QUJD")}) {
      std::string text;
      for (int i = 0; i < 20'000; ++i) text += part;
      CHECK(hosts_in(text).size() < 3);
    }
  }
}

}  // namespace triage::publish
