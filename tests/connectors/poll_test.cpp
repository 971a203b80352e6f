#include "tests/connectors/connector_fixture.h"

namespace triage::connectors {
namespace {

using testing::answer;
using testing::ScriptedHttp;

const TimePoint kNow = *parse_rfc3339("2026-11-20T12:00:00Z");
const std::string kProbe = "direction=desc";

std::string rows(int first, int count, const std::string& time) {
  Json out = Json::array();
  for (int i = 0; i < count; ++i)
    out.push(Json::object()
                 .set("number", first + i)
                 .set("title", "T")
                 .set("state", "open")
                 .set("updated_at", time));
  return out.dump();
}

PollPage polled(ScriptedHttp& http, const Json& cursor = {}) {
  auto page = github()->poll(wire(http), cursor, kNow);
  REQUIRE_MESSAGE(page, page.error().message);
  return std::move(*page);
}

}  // namespace

TEST_SUITE("connectors/poll") {
  TEST_CASE("poll: a page becomes tickets with their comments, without pull requests and bots") {
    ScriptedHttp http;
    http.expect("GET", kProbe, answer(200, "[]", {{"ETag", "\"e1\""}}))
        .expect("GET", "since=2026-11-20T11%3A00%3A00Z", answer(200, fixture("github/page.json")))
        .expect("GET", "/issues/12/comments", answer(200, fixture("github/comments.json")));
    const PollPage page = polled(http);
    CHECK(http.done());
    CHECK_FALSE(page.more);
    REQUIRE(page.events.size() == 3);
    const Ticket& ticket = std::get<TicketEvent>(page.events[0]).ticket;
    CHECK(ticket.key.external_id == "12");
    REQUIRE(ticket.comments.size() == 1);
    CHECK(std::get<Ignored>(page.events[1]).reason == "a pull request and not an issue");
    CHECK(std::get<TicketEvent>(page.events[2]).ticket.comments.empty());
    CHECK(http.requests()[1].headers.get("Authorization") == "Bearer t0ken");

    // The same words by webhook are the same revision, so no second run starts.
    const auto hook = github()->receive(
        github_delivery("issue_comment", fixture("github/issue_comment.created.json")), kNow);
    REQUIRE(hook);
    CHECK(std::get<TicketEvent>(hook->event).ticket.revision == ticket.revision);
  }

  TEST_CASE("poll: what did not change costs one conditional request") {
    ScriptedHttp http;
    http.expect("GET", kProbe, answer(200, "[]", {{"ETag", "\"e1\""}}))
        .expect("GET", "since=", answer(200, "[]"))
        .expect("GET", kProbe, answer(304));
    const PollPage first = polled(http);
    const PollPage second = polled(http, first.cursor);
    CHECK(http.done());
    CHECK(second.events.empty());
    CHECK(http.requests()[2].headers.get("If-None-Match") == "\"e1\"");
    CHECK(second.cursor == first.cursor);
  }

  TEST_CASE("poll: a sweep that broke off does not keep its ETag") {
    ScriptedHttp http;
    http.expect("GET", kProbe, answer(200, "[]", {{"ETag", "\"e1\""}}))
        .expect("GET", "since=", answer(200, rows(1, 30, "2026-11-20T11:30:00Z")));
    const PollPage page = polled(http);
    CHECK(page.more);
    CHECK(page.cursor["etag"].as_string().empty());
    CHECK(page.cursor["new_etag"].as_string() == "\"e1\"");
  }

  TEST_CASE("poll: full pages are continued from the last change; repeats are dropped") {
    ScriptedHttp http;
    http.expect("GET", kProbe, answer(200, "[]"))
        .expect("GET", "since=", answer(200, rows(1, 30, "2026-11-20T11:30:00Z")))
        .expect("GET", "since=2026-11-20T11%3A30%3A00Z",
                answer(200, rows(25, 8, "2026-11-20T11:30:00Z")));
    const PollPage first = polled(http);
    CHECK(first.events.size() == 30);
    REQUIRE(first.more);
    const PollPage second = polled(http, first.cursor);
    CHECK(http.done());
    CHECK(second.events.size() == 2);
    CHECK_FALSE(second.more);
  }

  TEST_CASE("poll: more rows at one instant than a page holds are read by the next link") {
    const std::string time = "2026-11-20T11:00:00Z";
    const std::string next = "http://github.test/repositories/1/issues?page=2";
    ScriptedHttp http;
    http.expect("GET", kProbe, answer(200, "[]"))
        .expect("GET", "since=",
                answer(200, rows(1, 30, time), {{"Link", "<" + next + ">; rel=\"next\", <x>; rel=\"last\""}}))
        .expect("GET", next, answer(200, rows(31, 3, time)));
    const PollPage first = polled(http);
    REQUIRE(first.more);
    const PollPage second = polled(http, first.cursor);
    CHECK(http.done());
    CHECK(second.events.size() == 3);
    CHECK_FALSE(second.more);
  }

  TEST_CASE("poll: a next link to another host is refused, and the token stays here") {
    ScriptedHttp http;
    http.expect("GET", kProbe, answer(200, "[]"))
        .expect("GET", "since=", answer(200, rows(1, 30, "2026-11-20T11:00:00Z"),
                                        {{"Link", "<http://evil.test/x>; rel=\"next\""}}));
    const PollPage first = polled(http);
    const auto second = github()->poll(wire(http), first.cursor, kNow);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::denied);
    CHECK(http.requests().size() == 2);
  }

  TEST_CASE("poll: the next sweep looks back and forgets what is older") {
    ScriptedHttp http;
    http.expect("GET", kProbe, answer(200, "[]"))
        .expect("GET", "since=", answer(200, rows(1, 2, "2026-11-20T11:30:30Z")))
        .expect("GET", kProbe, answer(200, "[]"))
        .expect("GET", "since=2026-11-20T11%3A29%3A30Z",
                answer(200, rows(1, 2, "2026-11-20T11:30:30Z")));
    const PollPage first = polled(http);
    CHECK(first.events.size() == 2);
    const PollPage second = polled(http, first.cursor);
    CHECK(second.events.empty());
    CHECK(http.done());
  }

  TEST_CASE("poll: one unreadable row is reported and the others are kept") {
    ScriptedHttp http;
    http.expect("GET", kProbe, answer(200, "[]"))
        .expect("GET", "since=",
                answer(200, R"([{"number":1,"title":[]},7,{"number":2,"title":"T"}])"));
    const PollPage page = polled(http);
    REQUIRE(page.events.size() == 3);
    CHECK(std::get<Ignored>(page.events[0]).reason.find("/title") != std::string::npos);
    CHECK(std::holds_alternative<Ignored>(page.events[1]));
    CHECK(std::holds_alternative<TicketEvent>(page.events[2]));
  }

  TEST_CASE("poll: failures are told and leave the cursor as it was") {
    ScriptedHttp limited;
    limited.expect("GET", kProbe, answer(429, "", {{"Retry-After", "30"}}));
    CHECK(github()->poll(wire(limited), {}, kNow).error().kind == ErrorKind::rate_limited);
    ScriptedHttp broken;
    broken.expect("GET", kProbe, answer(200, "[]")).expect("GET", "since=", answer(200, "<html>"));
    CHECK_FALSE(github()->poll(wire(broken), {}, kNow));
    ScriptedHttp unused;
    CHECK(github()->poll(wire(unused), Json("nonsense"), kNow).error().kind == ErrorKind::corrupt);
  }
}

}  // namespace triage::connectors
