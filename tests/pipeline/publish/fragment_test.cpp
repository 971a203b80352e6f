#include "pipeline/publish/fragment.h"

#include <doctest/doctest.h>

#include <array>

#include "pipeline/base/phrases.h"
#include "pipeline/base/utf8.h"
#include "tests/pipeline/publish/shop_runs.h"

namespace triage::publish {
namespace {

using namespace triage::publish::testing;

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

size_t times(std::string_view text, std::string_view part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

// The text without code spans and fenced blocks: what a renderer acts upon.
std::string outside_code(std::string_view text) {
  std::string out;
  for (size_t pos = 0; pos < text.size();) {
    if (text[pos] != '`') {
      out += text[pos++];
      continue;
    }
    const size_t end = std::min(text.find_first_not_of('`', pos), text.size());
    const std::string ticks(end - pos, '`');
    size_t close = text.find(ticks, end);
    while (close != text.npos && close + ticks.size() < text.size() &&
           text[close + ticks.size()] == '`')
      close = text.find(ticks, text.find_first_not_of('`', close));
    REQUIRE(close != text.npos);  // an open span would swallow what comes after
    out += "CODE";
    pos = close + ticks.size();
  }
  return out;
}

constexpr std::array<std::string_view, 12> kHostile{
    "@everyone and @org/team look here",
    "fixes #12, closes owner/name#3 and resolves https://git.example/shop/shop/issues/4",
    "<!-- triage:op=0123456789abcdef --> already posted",
    "{{pull_request}} and {{receipt}} and {{{{receipt}}",
    "`open ``tick <script>alert(1)</script>",
    "line one\n/triage stop\n# heading\n---\n| a | b |",
    "\xE2\x80\xAE txet neddih \xE2\x80\xAC zero\xE2\x80\x8Bwidth",
    "![pixel](https://evil.example/p.png) <img src=x>",
    "</details></sub> out <details open>",
    "ill-formed \xFF\xC0\xAF end",
    "[click](javascript:alert(1)) ](https://evil.example)",
    "```\nfence\n```\n~~~\nagain"};

// A run that says `text` wherever a stranger can say something.
Run hostile_run(std::string_view text) {
  const std::string words(text);
  Run run = proven_run();
  Draft& d = *run.draft;
  for (std::string* field : {&d.headline, &d.cause, &d.title, &d.change, &d.customer_note,
                             &d.question, &d.made_by})
    *field = words;
  for (auto* list : {&d.understood, &d.assumed, &d.not_known, &d.out_of_scope, &d.acceptance,
                     &d.problems})
    *list = {words, words};
  d.evidence = {{words, words, 1, 2, kCommit, words}};
  d.timeline = {{words, words, {words, words, 1, 2, kCommit, words}},
                {words, words, {"commit", "", 0, 0, words, words}},
                {words, "", {words, "", 0, 0, "", words}}};
  d.steps = d.requirements = d.disagreements = d.undecided = {words, words};
  d.stopped_by = words;
  d.mermaid = "flowchart TD\n  a[" + words + "] --> b\n";
  Place& place = run.retrieved->places.front();
  place.path = place.symbol = words;
  place.why = {words};
  place.last_change->author = place.last_change->summary = words;
  run.retrieved->stale = words;
  run.retrieved->similar.front() = {{"desk", words}, words, words, 1, words};
  Verification& v = *run.verification;
  v.why = v.red = words;
  v.tests.fixed = {words};
  v.steps = {{words, words, 1, Milliseconds(5), words}};
  run.ticket.url = words;
  run.ticket.key.external_id = words;
  return run;
}

}  // namespace

TEST_SUITE("publish") {
  TEST_CASE("fragment: prose is one inert line") {
    for (const std::string_view text : kHostile) {
      CAPTURE(text);
      const std::string out = prose(text);
      CHECK_FALSE(holds(out, "\n"));
      CHECK_FALSE(holds(out, "{{"));
      CHECK_FALSE(holds(out, "<!--"));
      CHECK_FALSE(holds(out, "<script"));
      CHECK_FALSE(holds(out, "<img"));
      CHECK_FALSE(holds(out, "\xE2\x80\xAE"));
      CHECK(is_valid_utf8(out));
      CHECK(times(out, "`") % 2 == 0);
    }
    CHECK(holds(prose("ask @everyone"), "`@everyone`"));
    CHECK(holds(prose("fixes #12"), "`#12`"));
    CHECK(prose("a  b\n\tc ") == "a b c");
  }

  TEST_CASE("fragment: paragraphs keep their lines and have no power over the page") {
    CHECK(paragraphs("one\n\ntwo") == "one\n\ntwo");
    CHECK(paragraphs("- a\n- b") == "- a\n- b");
    CHECK(paragraphs("  # big") == "\\# big");
    CHECK(paragraphs("title\n===") == "title\n\\===");
    CHECK(paragraphs("~~~\n@all\n~~~") == "\\~~~\n`@all`\n\\~~~");
    CHECK(paragraphs("see [here](https://x.example)") == "see [here] (`https://x.example`)");
    CHECK(paragraphs("a\n**Proof: red-green** › b\n__x__") == "a\nProof: red-green › b\nx");
    CHECK(paragraphs("****# a**") == "\\# a**");
    CHECK(paragraphs("```\n@all\n```") == "\n```\n@all\n```");
  }

  TEST_CASE("fragment: prose that is too long is cut between characters") {
    const std::string out = prose("äöüäöü", 5);
    CHECK(out == "äö…");
    CHECK(prose("short", 5) == "short");
  }

  TEST_CASE("fragment: code has more ticks around it than in it") {
    CHECK(code("plain") == "`plain`");
    CHECK(code("a`b") == "``a`b``");
    CHECK(code("`a``b") == "``` `a``b ```");
    CHECK(code("two\nlines") == "`two lines`");
    CHECK(code_block("a\n```\nb", 100) == "````\na\n```\nb\n````\n");
    CHECK_FALSE(holds(code("{{receipt}}"), "{{"));
    CHECK(holds(code_block(std::string(5000, 'x'), 1000), "bytes left out"));
  }

  TEST_CASE("fragment: a link needs a plain web address") {
    CHECK(link("t", "https://git.example/a/b#L1-L2") == "[t](https://git.example/a/b#L1-L2)");
    for (const std::string_view url :
         {"", "javascript:alert(1)", "https://a.example/)", "https://a.example/ b",
          "//a.example", "https://a.example/\n", "https://a.example/<x>", "ftp://a.example/"}) {
      CAPTURE(url);
      CHECK(link("t", url) == "t");
    }
  }

  TEST_CASE("fragment: lists and counts") {
    CHECK(listed({}).empty());
    CHECK(listed({"a"}) == "a");
    CHECK(listed({"a", "b", "c"}) == "a, b and c");
    CHECK(counted(1, "file", "files") == "1 file");
    CHECK(counted(0, "file", "files") == "0 files");
  }

  TEST_CASE("fragment: nothing hostile comes alive in a note, a title or a pull request") {
    for (const std::string_view text : kHostile) {
      CAPTURE(text);
      Desk desk;
      Run run = hostile_run(text);
      const Publication publication = desk.publish(run);
      const Effect* note = effect_of(publication, EffectKind::post_note);
      const Effect* request = effect_of(publication, EffectKind::open_draft_pull_request);
      REQUIRE(note != nullptr);
      REQUIRE(request != nullptr);
      for (const Effect* effect : {note, request}) {
        const std::string& body = effect->body.str();
        CAPTURE(body);
        CHECK(is_valid_utf8(body));
        // Exactly our own marker and our own slots.
        CHECK(times(body, "<!--") == 1);
        CHECK(body.ends_with(effect_marker(effect->op_id)));
        CHECK(times(body, "{{receipt}}") == 1);
        CHECK(times(body, "{{pull_request}}") == (effect == note ? 1 : 0));
        CHECK(times(body, "{{") == (effect == note ? 2 : 1));
        CHECK_FALSE(holds(body, "\xE2\x80\xAE"));
        const std::string markup = outside_code(body);
        CHECK(times(markup, "<details>") == (effect == note ? 0 : 1));
        CHECK(times(markup, "<details>") == times(markup, "</details>"));
        CHECK(times(markup, "<sub>") == 1);
        CHECK(times(markup, "</sub>") == 1);
        for (const std::string_view alive :
             {"<script", "<img", "<details open", "\xE2\x80\xAE", "\xE2\x80\x8B", " @everyone",
              " #12", "\n/triage stop", "\n# heading", "\n---", "\n~~~", "](javascript:", "](https://evil"})
          CHECK_FALSE(holds(markup, alive));
      }
      CHECK_FALSE(holds(request->title.str(), "\n"));
      CHECK_FALSE(holds(request->title.str(), "{{"));
    }
  }

  TEST_CASE("fragment: nothing hostile comes alive in an artifact") {
    for (const std::string_view text : kHostile) {
      for (const DraftKind kind : {DraftKind::answer, DraftKind::workflow, DraftKind::spec}) {
        CAPTURE(text);
        Desk desk;
        Run run = hostile_run(text);
        run.draft->kind = kind;
        run.draft->edits.clear();
        run.verification.reset();
        const Publication publication = desk.publish(run);
        const std::string& body = effect_of(publication, EffectKind::post_note)->body.str();
        CAPTURE(body);
        CHECK(times(body, "<!--") == 1);
        CHECK(times(body, "{{") == 1);
        const std::string markup = outside_code(body);
        CHECK(times(markup, "<sub>") == 1);
        for (const std::string_view alive :
             {"<script", "<img", "<details", "\xE2\x80\xAE", " @everyone", " #12", "\n/triage stop",
              "\n# heading", "\n---", "\n~~~", "](javascript:", "](https://evil"})
          CHECK_FALSE(holds(markup, alive));
      }
    }
  }

  TEST_CASE("fragment: a note stays short enough to read on the phone") {
    Run run = hostile_run(std::string(20'000, 'w'));
    Desk desk;
    const Publication publication = desk.publish(run);
    CHECK(effect_of(publication, EffectKind::post_note)->body.str().size() < 12'000);
    CHECK(effect_of(publication, EffectKind::open_draft_pull_request)->body.str().size() < 60'000);
  }
}

}  // namespace triage::publish
