#include "tests/connectors/connector_fixture.h"

namespace triage::connectors {
namespace {

using testing::answer;
using testing::ScriptedHttp;

const std::string kComments = "/repos/acme/shop/issues/12/comments";

std::string comment(const std::string& body, int id = 900) {
  return Json::object().set("id", id).set("html_url", "https://x/c").set("body", body).dump();
}

Result<EffectResult> carried_out(ScriptedHttp& http, const Effect& what) {
  return github()->carry_out(wire(http), what);
}

EffectResult done(ScriptedHttp& http, const Effect& what) {
  const auto result = carried_out(http, what);
  REQUIRE_MESSAGE(result, result.error().message);
  CHECK(http.done());
  return *result;
}

Error failed(int status, const std::string& body, Headers headers = {}) {
  ScriptedHttp http;
  http.expect("GET", kComments, answer(status, body, std::move(headers)));
  const auto result = carried_out(http, effect(EffectKind::post_note));
  REQUIRE_FALSE(result);
  return result.error();
}

Effect branch_effect() {
  Effect out = effect(EffectKind::push_branch);
  out.changes = {{"src/a.py", "print(1)\n", false},
                 {"run.sh", "#!/bin/sh\n", true},
                 {"old.py", std::nullopt, false},
                 {"logo.bin", std::string("\xff\x00\x01", 3), false}};
  return out;
}

const std::string kBase =
    R"({"sha":"ba5e","tree":{"sha":"b7ee"},"committer":{"date":"2026-11-01T00:00:00Z"},)"
    R"("html_url":"https://github.com/acme/shop/commit/ba5e"})";

ScriptedHttp& expect_commit(ScriptedHttp& http) {
  return http.expect("GET", "/git/commits/ba5e", answer(200, kBase))
      .expect("POST", "/git/blobs", answer(201, R"({"sha":"b10b"})"))
      .expect("POST", "/git/trees", answer(201, R"({"sha":"7ee"})"))
      .expect("POST", "/git/commits", answer(201, R"({"sha":"c0de"})"));
}

}  // namespace

TEST_SUITE("connectors/note") {
  TEST_CASE("note: looked for, written with its marker, read back") {
    ScriptedHttp http;
    http.expect("GET", kComments, answer(200, "[]"))
        .expect("POST", kComments, answer(201, comment("x")))
        .expect("GET", "/issues/comments/900", answer(200, comment("hi " + kMarker)));
    const EffectResult result = done(http, effect(EffectKind::post_note));
    CHECK(result.id == "900");
    CHECK(result.url == "https://x/c");
    CHECK_FALSE(result.adopted);
    const HttpRequest& written = http.requests()[1];
    CHECK(written.url == "http://github.test/api/v3/repos/acme/shop/issues/12/comments");
    CHECK(parse_json(written.body)->dump() ==
          Json::object().set("body", "Likely cause: rounding\n\n" + kMarker).dump());
    CHECK(written.headers.get("Content-Type") == "application/json");
    CHECK(written.headers.get("User-Agent") == "triaged");
  }

  TEST_CASE("note: after a crash the one that is there is adopted, on whichever page") {
    const std::string next = "http://github.test/api/v3/repositories/1/issues/12/comments?page=2";
    ScriptedHttp http;
    http.expect("GET", kComments,
                answer(200, "[" + comment("other", 1) + "]", {{"link", "<" + next + ">; rel=\"next\""}}))
        .expect("GET", next, answer(200, "[" + comment("note\n\n" + kMarker, 77) + "]"));
    const EffectResult result = done(http, effect(EffectKind::post_note));
    CHECK(result.adopted);
    CHECK(result.id == "77");
  }

  TEST_CASE("note: a write with unknown outcome is a timeout, and found the next time") {
    ScriptedHttp http;
    http.expect("GET", kComments, answer(200, "[]"))
        .expect("POST", kComments, Error{ErrorKind::timeout, "no answer within 10 s"})
        .expect("GET", kComments, answer(200, "[" + comment(kMarker) + "]"));
    const auto first = carried_out(http, effect(EffectKind::post_note));
    REQUIRE_FALSE(first);
    CHECK(first.error().kind == ErrorKind::timeout);
    CHECK(done(http, effect(EffectKind::post_note)).adopted);
  }

  TEST_CASE("note: one that comes back without its marker is taken away again") {
    ScriptedHttp http;
    http.expect("GET", kComments, answer(200, "[]"))
        .expect("POST", kComments, answer(201, comment("x")))
        .expect("GET", "/issues/comments/900", answer(200, comment("stripped")))
        .expect("DELETE", "/issues/comments/900", answer(204));
    const auto result = carried_out(http, effect(EffectKind::post_note));
    REQUIRE_FALSE(result);
    CHECK(result.error().message.find("undone") != std::string::npos);
    CHECK(http.done());
  }

  TEST_CASE("note: a marker in the body is not doubled, and survives a cut") {
    Effect long_note = effect(EffectKind::post_note);
    long_note.body = SafeTextCodec::restore(kMarker + std::string(200'000, 'x'));
    ScriptedHttp http;
    http.expect("GET", kComments, answer(200, "[]"))
        .expect("POST", kComments, answer(201, comment("x")))
        .expect("GET", "/issues/comments/900", answer(200, comment(kMarker)));
    done(http, long_note);
    const std::string body = (*parse_json(http.requests()[1].body))["body"].as_string();
    CHECK(body.size() <= 65'000);
    CHECK(body.find(kMarker) != std::string::npos);
    CHECK(body.find(kMarker) == body.rfind(kMarker));
  }
}

TEST_SUITE("connectors/errors") {
  TEST_CASE("errors: each status has its kind and words that help") {
    struct Row {
      int status;
      ErrorKind kind;
      std::string part;
    };
    const std::vector<Row> rows{{401, ErrorKind::denied, "make a new one"},
                                {403, ErrorKind::denied, "pull requests: read and write"},
                                {404, ErrorKind::not_found, "check \"repository\""},
                                {409, ErrorKind::conflict, "changed"},
                                {422, ErrorKind::invalid_input, "\"Validation Failed\""},
                                {301, ErrorKind::invalid_input, "moved"},
                                {500, ErrorKind::unavailable, "tried again"},
                                {503, ErrorKind::unavailable, "tried again"}};
    for (const Row& row : rows) {
      const Error error = failed(row.status, R"({"message":"Validation\nFailed"})");
      CHECK_MESSAGE(error.kind == row.kind, row.status);
      std::string part = row.part;
      CHECK_MESSAGE(error.message.find(part) != std::string::npos, error.message);
      CHECK(error.message.find("t0ken") == std::string::npos);
    }
  }

  TEST_CASE("errors: a limit says when to ask again; the longest wait counts") {
    const std::string date = "Fri, 20 Nov 2026 12:00:00 GMT";
    const TimePoint now = *parse_http_date(date);
    const auto seconds_until = [&](int status, const std::string& body, Headers headers) {
      headers.set("Date", date);
      const Error error = failed(status, body, std::move(headers));
      CHECK(error.kind == ErrorKind::rate_limited);
      REQUIRE(error.retry_at);
      return std::chrono::duration_cast<std::chrono::seconds>(*error.retry_at - now).count();
    };
    const std::int64_t epoch =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    const std::string reset = std::to_string(epoch + 600);
    CHECK(seconds_until(429, "", {{"Retry-After", "30"}}) == 30);
    CHECK(seconds_until(429, "", {{"Retry-After", "Fri, 20 Nov 2026 12:05:00 GMT"}}) == 300);
    CHECK(seconds_until(403, "", {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", reset}}) ==
          601);
    CHECK(seconds_until(403, "", {{"Retry-After", "30"},
                                  {"X-RateLimit-Remaining", "0"},
                                  {"X-RateLimit-Reset", reset}}) == 601);
    CHECK(seconds_until(403, "You have exceeded a secondary rate limit", {}) == 60);
    CHECK(seconds_until(429, "", {}) == 60);
    CHECK(seconds_until(429, "", {{"Retry-After", "9000000000000"}}) <= 24 * 3600 + 1);
    CHECK(seconds_until(429, "", {{"X-RateLimit-Remaining", "0"},
                                  {"X-RateLimit-Reset", "9223372036854775807"}}) <= 24 * 3600 + 1);
    const Error plain = failed(403, "", {{"X-RateLimit-Remaining", "12"}});
    CHECK(plain.kind == ErrorKind::denied);
  }

  TEST_CASE("errors: a line that is cut keeps its kind and says where") {
    ScriptedHttp http;
    http.expect("GET", kComments, Error{ErrorKind::unavailable, "connect: refused"});
    const auto result = carried_out(http, effect(EffectKind::post_note));
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::unavailable);
    CHECK(result.error().message.find("GitHub: GET /api/v3/repos/acme/shop") == 0);
  }

  TEST_CASE("errors: an answer that is no JSON is told, not trusted") {
    ScriptedHttp http;
    http.expect("GET", kComments, answer(200, "<html>"));
    CHECK_FALSE(carried_out(http, effect(EffectKind::post_note)));
  }
}

TEST_SUITE("connectors/labels and pull requests") {
  TEST_CASE("labels: are added, nothing is replaced") {
    ScriptedHttp http;
    http.expect("POST", "/issues/12/labels", answer(200, R"([{"name":"triage/bug"}])"));
    CHECK(done(http, effect(EffectKind::add_labels)).id == "12");
    CHECK(http.requests()[0].body == R"({"labels":["triage/bug"]})");
  }

  TEST_CASE("pull request: found by its branch first, else made as a draft and read back") {
    const std::string pull = R"({"number":31,"html_url":"u","draft":true,"head":{"ref":"triage/12-totals"}})";
    ScriptedHttp http;
    http.expect("GET", "/pulls?state=all&per_page=100&head=acme:triage%2F12-totals", answer(200, "[]"))
        .expect("POST", "/repos/acme/shop/pulls", answer(201, pull))
        .expect("GET", "/repos/acme/shop/pulls/31", answer(200, pull))
        .expect("GET", "head=acme:", answer(200, "[" + pull + "]"));
    CHECK(done(http, [&] {
            // The second passage of the same effect adopts what the first one made.
            REQUIRE(carried_out(http, effect(EffectKind::open_draft_pull_request)));
            return effect(EffectKind::open_draft_pull_request);
          }()).adopted);
    const Json sent = *parse_json(http.requests()[1].body);
    CHECK(sent["draft"] == Json(true));
    CHECK(sent["base"].as_string() == "main");
    CHECK(sent["title"].as_string() == "Round once");
  }

  TEST_CASE("pull request: where drafts are not to be had, none is opened") {
    ScriptedHttp http;
    http.expect("GET", "/pulls", answer(200, "[]"))
        .expect("POST", "/pulls",
                answer(422, R"({"message":"Draft pull requests are not supported in this repository."})"));
    const auto result = carried_out(http, effect(EffectKind::open_draft_pull_request));
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::denied);
    CHECK(result.error().message.find("no other kind of pull request") != std::string::npos);
    CHECK(http.requests().size() == 2);
  }

  TEST_CASE("pull request: one that did not become a draft is closed at once") {
    ScriptedHttp http;
    http.expect("GET", "/pulls?", answer(200, "[]"))
        .expect("POST", "/pulls", answer(201, R"({"number":31,"html_url":"u"})"))
        .expect("GET", "/pulls/31", answer(200, R"({"number":31,"draft":false})"))
        .expect("PATCH", "/pulls/31", answer(200, "{}"));
    const auto result = carried_out(http, effect(EffectKind::open_draft_pull_request));
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::denied);
    CHECK(result.error().message.find("not a draft") != std::string::npos);
    CHECK(http.requests()[3].body == R"({"state":"closed"})");
    CHECK(http.done());
  }
}

TEST_SUITE("connectors/branch") {
  TEST_CASE("branch: blob, tree, commit, then the ref") {
    ScriptedHttp http;
    http.expect("GET", "/git/ref/heads/triage/12-totals", answer(404, "{}"));
    expect_commit(http).expect("POST", "/git/refs",
                               answer(201, R"({"ref":"r","object":{"sha":"c0de"}})"));
    const EffectResult result = done(http, branch_effect());
    CHECK(result.id == "triage/12-totals");
    CHECK(result.url == "https://github.com/acme/shop/tree/triage/12-totals");
    CHECK_FALSE(result.adopted);
    CHECK(http.requests()[3].body ==
          R"({"base_tree":"b7ee","tree":[)"
          R"({"path":"src/a.py","mode":"100644","type":"blob","content":"print(1)\n"},)"
          R"({"path":"run.sh","mode":"100755","type":"blob","content":"#!/bin/sh\n"},)"
          R"({"path":"old.py","mode":"100644","type":"blob","sha":null},)"
          R"({"path":"logo.bin","mode":"100644","type":"blob","sha":"b10b"}]})");
    CHECK((*parse_json(http.requests()[2].body))["content"].as_string() == "/wAB");
    const Json commit = *parse_json(http.requests()[4].body);
    CHECK(commit["author"]["date"].as_string() == "2026-11-01T00:00:00Z");
    CHECK(commit["message"].as_string() == "Round once\n\nTriage-Op: 0123456789abcdef");
    CHECK(commit["parents"].dump() == R"(["ba5e"])");
    CHECK((*parse_json(http.requests()[5].body))["ref"].as_string() ==
          "refs/heads/triage/12-totals");
  }

  TEST_CASE("branch: one at our own commit is adopted, one at another is left alone") {
    ScriptedHttp http;
    http.expect("GET", "/git/ref/", answer(200, R"({"object":{"sha":"c0de"}})"));
    expect_commit(http);
    CHECK(done(http, branch_effect()).adopted);

    ScriptedHttp foreign;
    foreign.expect("GET", "/git/ref/", answer(200, R"({"object":{"sha":"f00d"}})"));
    expect_commit(foreign);
    const auto result = carried_out(foreign, branch_effect());
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::conflict);
    CHECK(foreign.done());
  }

  TEST_CASE("branch: nothing outside of triage/ and nothing empty is pushed") {
    for (const std::string& name : {std::string("main"), std::string("triage"), std::string()}) {
      ScriptedHttp http;
      Effect what = branch_effect();
      what.branch = name;
      CHECK_FALSE(carried_out(http, what));
      CHECK(http.requests().empty());
    }
    ScriptedHttp http;
    Effect climbing = branch_effect();
    climbing.branch = "triage/../main";
    CHECK_FALSE(carried_out(http, climbing));
    CHECK(http.requests().empty());
  }
}

TEST_SUITE("connectors/check") {
  TEST_CASE("check: tells whose token it is and what it may do") {
    ScriptedHttp http;
    http.expect("GET", "/user", answer(200, R"({"login":"helper"})"))
        .expect("GET", "/repos/acme/shop",
                answer(200, R"({"full_name":"acme/shop","permissions":{"push":true}})"));
    const auto line = github()->check(wire(http));
    REQUIRE_MESSAGE(line, line.error().message);
    CHECK(*line == "repository acme/shop can be read as helper; may push: true");
  }

  TEST_CASE("check: an installation token may not ask who it is") {
    ScriptedHttp http;
    http.expect("GET", "/user", answer(403, "{}"))
        .expect("GET", "/repos/acme/shop", answer(200, R"({"full_name":"acme/shop"})"));
    CHECK(*github()->check(wire(http)) ==
          "repository acme/shop can be read as unknown; may push: unknown");
  }

  TEST_CASE("check: a wrong token and an archived repository are told") {
    ScriptedHttp wrong;
    wrong.whenever("GET", "/", answer(401, "{}"));
    CHECK(github()->check(wire(wrong)).error().kind == ErrorKind::denied);
    ScriptedHttp archived;
    archived.expect("GET", "/user", answer(200, "{}"))
        .expect("GET", "/repos/acme/shop", answer(200, R"({"archived":true})"));
    const auto result = github()->check(wire(archived));
    REQUIRE_FALSE(result);
    CHECK(result.error().message.find("archived") != std::string::npos);
  }
}

}  // namespace triage::connectors
