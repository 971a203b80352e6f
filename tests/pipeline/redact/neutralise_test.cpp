#include "pipeline/redact/neutralise.h"

#include <doctest/doctest.h>

#include <string>

namespace triage::redact {
namespace {

struct Row {
  std::string_view text, expected;
};

}  // namespace

TEST_SUITE("neutralise") {
  TEST_CASE("neutralise: text of strangers pings, closes, runs and hides nothing") {
    for (const Row& row : {
             Row{"ask @octocat, @org/team.", "ask `@octocat`, `@org/team.`"},
             Row{"a@b.example", "a@b.example"},
             Row{"Fixes #12 and closes o/r#3", "Fixes `#12` and closes `o/r#3`"},
             Row{"resolves: https://github.com/o/r/issues/1",
                 "resolves: `https://github.com/o/r/issues/1`"},
             Row{"see https://example.com/a.", "see `https://example.com/a`."},
             Row{"(HTTP://x.example) www.x.example/?q=<EMAIL_1>",
                 "(`HTTP://x.example`) `www.x.example/?q=`<EMAIL_1>"},
             Row{"mailto:a@x.example", "`mailto:a@x.example`"},
             Row{"[a]\n[a]: //x.example", "[a]\n[a]\\: //x.example"},
             Row{"\\@all \\\\#12 a\\@b", "`@all` `#12` a\\@b"},
             Row{"\\https://x.example", "`https://x.example`"},
             Row{"#1#2 @a@b", "`#1#2` `@a@b`"},
             Row{"``a``@all `b`@all", "``a`` `@all` `b` `@all`"},
             Row{"&#64;all &commat;all &amp; \\&#64;", "\\&#64;all \\&commat;all &amp; \\&#64;"},
             Row{"/close now\n  > /merge", "`/close` now\n  > `/merge`"},
             Row{"/usr/bin/x", "/usr/bin/x"},
             Row{"<img src=x onerror=1> <!-- x -->", "&lt;img src=x onerror=1> &lt;!-- x -->"},
             Row{"mail <EMAIL_1> <EMAIL_x>", "mail <EMAIL_1> &lt;EMAIL_x>"},
             Row{"![p](https://evil/x.png)", "!\\[p](`https://evil/x.png`)"},
             Row{"!\u200B[p](x)", "!\\[p](x)"},
             Row{"abc\u202Etxt\u200B\x07\r\nnext", "abctxt\nnext"},
             Row{"C# 7, &#39; x", "C# 7, \\&#39; x"},
         })
      CHECK(neutralise(row.text) == row.expected);
  }

  TEST_CASE("neutralise: code keeps its signs, but only where a renderer sees code too") {
    for (const Row& row : {
             Row{"use `vector<int>` @x", "use `vector<int>` `@x`"},
             Row{"``a ` @b`` @c", "``a ` @b`` `@c`"},
             Row{"` @a", "' `@a`"},
             Row{"\\`x `@a` y`", "\\'x `@a` y'"},
             Row{"`a | @b`", "'a | `@b`'"},
             Row{"```\nif (a<b) @x\n```\n@y", "```\nif (a<b) @x\n```\n`@y`"},
             Row{"```\nnever closed @x", "'''\nnever closed `@x`"},
             Row{"```\na\n   ```\n@x\n```", "```\na\n   ```\n`@x`\n'''"},
         })
      CHECK(neutralise(row.text) == row.expected);
  }

  TEST_CASE("neutralise: a second time changes nothing") {
    for (const std::string_view text : {"@a `b` fixes #1", "/x <b> ![a](b)", "` @a | `c` \\`",
                                        "```\n@a\n```", "closes https://x/@y", "``a``@b \\#1 &#64;c [d]: x",
                                        "www.x.example/a_b*c ]:![:"}) {
      const std::string once = neutralise(text);
      CHECK(neutralise(once) == once);
    }
  }

  TEST_CASE("neutralise: hostile shapes stay fast") {
    std::string text;
    for (int i = 1; i < 400; ++i) text += std::string(static_cast<std::size_t>(i), '`') + "@a ";
    for (int i = 0; i < 20000; ++i) text += "```\n";
    CHECK(neutralise(text + std::string(100'000, '<')).size() > text.size());
  }

  TEST_CASE("defuse: our own markup stays, everything else is text") {
    CHECK(defuse("<details><summary>x</summary></details><br/>") ==
          "<details><summary>x</summary></details><br/>");
    CHECK(defuse("<details open><iframe><a href=x>") ==
          "&lt;details open>&lt;iframe>&lt;a href=x>");
    CHECK(defuse("<!-- triage:op=0123456789abcdef --><!-- triage:op=<b -->") ==
          "<!-- triage:op=0123456789abcdef -->&lt;!-- triage:op=&lt;b -->");
  }

  TEST_CASE("defuse: a comparison is no tag") {
    CHECK(defuse("a < b, a <= b, a <2") == "a < b, a <= b, a <2");
    CHECK(defuse("a <b, a </b, a <!b, a <?b") == "a &lt;b, a &lt;/b, a &lt;!b, a &lt;?b");
  }

  TEST_CASE("placeholder_at: knows our form exactly") {
    CHECK(placeholder_at("<EMAIL_1>", 0) == 9);
    CHECK(placeholder_at("<API_KEY_12>", 0) == 12);
    for (const std::string_view text :
         {"<EMAIL_>", "<_1>", "<email_1>", "<EMAIL1>", "EMAIL_1>", "<EMAIL_1", "<A_1234567890>"})
      CHECK(placeholder_at(text, 0) == 0);
  }
}

}  // namespace triage::redact
