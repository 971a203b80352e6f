#include <doctest/doctest.h>

#include "daemon/console_markdown.h"
#include "tests/fakes/api_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::daemon::api;
using namespace triage::fakes;

namespace {

const std::string kHostile = "<script>alert(1)</script><img src=x onerror=\"x\">'&";

bool holds(const std::string& page, std::string_view part) {
  return page.find(part) != std::string::npos;
}

// No element that we do not write, and none of the hostile text's attributes.
void check_harmless(const std::string& page) {
  CHECK(!holds(page, "<script"));
  CHECK(!holds(page, "<img"));
  CHECK(!holds(page, "onerror=\""));
}

}  // namespace

TEST_SUITE("console") {
  TEST_CASE("an empty console says how to begin, and that all is well") {
    ApiFixture f;
    const HttpResponse page = f.ask("GET", "/");
    CHECK(page.status == 200);
    CHECK(holds(page.body, "No tickets yet"));
    CHECK(holds(page.body, "All well"));
    CHECK(holds(std::string(page.headers.get("Content-Security-Policy")), "default-src 'none'"));
    CHECK(page.headers.get("X-Frame-Options") == "DENY");
    CHECK(page.headers.get("Cache-Control") == "no-store");
  }

  TEST_CASE("the first page names what is stuck, what waits, and for how long") {
    ApiFixture f;
    f.file("1", "first");
    const auto given_up = f.claim();
    REQUIRE(f.store->quarantine(given_up.run.id, given_up.run.fence, "the repository is gone").ok());
    f.file("2", "second");
    const auto parked = f.claim();
    REQUIRE(f.store->park(parked.run.id, parked.run.fence, "rate limit of the model",
                          f.clock.now() + Milliseconds(600'000)).ok());
    f.file("3", "third");
    f.clock.advance(Milliseconds(400'000));
    const std::string page = f.ask("GET", "/").body;
    CHECK(holds(page, "1 run was given up"));
    CHECK(holds(page, "the oldest ticket waits for 6 min"));
    CHECK(holds(page, "given up: the repository is gone"));
    CHECK(holds(page, "rate limit of the model"));
    CHECK(holds(page, "parked until 2026-11-21 08:10 UTC"));
    CHECK(page.find("Look at these first") < page.find("Newest runs"));
    const std::string run = f.ask("GET", "/runs/" + given_up.run.id).body;
    CHECK(holds(run, "triaged queue --retry " + given_up.run.id));
  }

  TEST_CASE("subjects, reasons, diffs, logs and paths of others stay text") {
    ApiFixture f;
    f.file("1", kHostile);
    Json place = Json::object().set("path", kHostile).set("start", 3).set("end", 9);
    place.set("symbol", kHostile).set("excerpt", kHostile);
    Json step = Json::object().set("name", kHostile).set("command", kHostile).set("log", kHostile);
    Json verify = Json::object().set("diff", "+" + kHostile + "\n-x\n").set("proof", "red-green");
    verify.set("steps", Json::array().push(step)).set("policy", Json::array().push(kHostile));
    f.with_stage(Stage::retrieve, Json::object().set("places", Json::array().push(place)));
    Json evidence = Json::object().set("kind", kHostile).set("path", kHostile).set("text", kHostile);
    f.with_stage(Stage::propose, Json::object().set("evidence", Json::array().push(evidence)));
    const std::string run = f.with_stage(Stage::verify, verify);
    const auto claimed = f.claim();
    PublishOutcome outcome;
    outcome.stage.stage = Stage::publish;
    outcome.stage.ending = RunState::needs_person;
    outcome.stage.reason = kHostile;
    outcome.effects = {effect_of("n", EffectKind::post_note, "**" + kHostile + "** " + kHostile)};
    REQUIRE(f.store->finish_publish(claimed.run.id, claimed.run.fence, outcome).ok());
    for (const std::string& target : {std::string("/"), "/runs/" + run}) {
      const std::string page = f.ask("GET", target).body;
      check_harmless(page);
      CHECK(holds(page, "&lt;script&gt;"));
    }
    CHECK(holds(f.ask("GET", "/runs/" + run).body, "<span class=\"del\">-x</span>"));
    check_harmless(f.ask("GET", "/runs/%3Cscript%3E").body);
  }

  TEST_CASE("a note's own forms of Markdown become HTML") {
    struct Row {
      const char *markdown, *html;
    };
    for (const Row& row : std::vector<Row>{
             {"**Likely cause** (high)", "<p><strong>Likely cause</strong> (high)</p>"},
             {"a *b* c", "<p>a <em>b</em> c</p>"},
             {"`a<b` and ``x`y``", "<p><code>a&lt;b</code> and <code>x`y</code></p>"},
             {"- one\n- two\n\nend", "<ul><li>one</li><li>two</li></ul><p>end</p>"},
             {"> said\n> so", "<blockquote>said\nso</blockquote>"},
             {"```py\na *b*\n```\nx", "<pre>a *b*\n</pre><p>x</p>"},
             {"````\n```\n````", "<pre>```\n</pre>"},
             {"```\nopen", "<pre>open\n</pre>"},
             {"[PR](https://x.example/1)",
              "<p><a rel=\"noreferrer\" href=\"https://x.example/1\">PR</a></p>"},
             {"see https://x.example/1.",
              "<p>see <a rel=\"noreferrer\" href=\"https://x.example/1\">https://x.example/1</a>.</p>"},
             {"<sub>run 1</sub>", "<p class=\"muted small\">run 1</p>"},
             {"\\*not\\* \\<b>", "<p>*not* &lt;b&gt;</p>"},
             {"text\n\n<!-- triage:op=1 -->", "<p>text</p>"},
             {"2 * 3 * 4", "<p>2 * 3 * 4</p>"},
             {"**open", "<p>**open</p>"},
             {"`open", "<p>`open</p>"},
             {"", ""},
             {"\n\n", ""}}) {
      CAPTURE(row.markdown);
      CHECK(markdown_to_html(row.markdown) == row.html);
    }
  }

  TEST_CASE("no Markdown becomes a tag, an address or an attribute that we did not mean") {
    for (const char* markdown :
         {"[x](javascript:alert(1))", "[x](data:text/html,<script>)", "<script>alert(1)</script>",
          "**<img src=x onerror=\"y\">**", "`<script>`", "> <script>", "- <img src=x>",
          "[<script>](https://x.example)", "[x](https://x.example/\"onerror=\"y)",
          "https://x.example/\"onerror=\"y", "```\n<script>\n", "<sub onclick=\"x\">", "<!-- <script> "}) {
      CAPTURE(markdown);
      const std::string html = markdown_to_html(markdown);
      check_harmless(html);
      CHECK(!holds(html, "href=\"javascript"));
      CHECK(!holds(html, "href=\"data"));
    }
    const std::string deep(20'000, '[');
    CHECK(markdown_to_html(deep).size() == deep.size() + 7);
    const std::string stars(20'001, '*');
    CHECK(!markdown_to_html(stars).empty());
    CHECK(markdown_to_html("\xff").find("\xef\xbf\xbd") != std::string::npos);
  }
}
