#include <cstdlib>
#include <filesystem>

#include "tests/connectors/connector_fixture.h"
#include "pipeline/base/process.h"

namespace triage::connectors {
namespace {

Event received(const Connector& connector, const HttpRequest& request) {
  auto delivery = connector.receive(request, TimePoint{});
  REQUIRE_MESSAGE(delivery, delivery.error().message);
  return std::move(delivery->event);
}

Event from_github(const std::string& event, const std::string& body) {
  return received(*github(), github_delivery(event, body));
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  return text.replace(at, from.size(), to);
}

std::string reason(const Event& event) {
  const auto* ignored = std::get_if<Ignored>(&event);
  return ignored == nullptr ? "" : ignored->reason;
}

HttpRequest local_post(std::string type, std::string body) {
  return {"POST", "/api/v1/tickets", {{"Content-Type", std::move(type)}}, std::move(body)};
}

Result<Delivery> filed(std::string type, std::string body) {
  return make("local", {"desk", {}, {}})
      ->receive(local_post(std::move(type), std::move(body)), TimePoint{});
}

Ticket filed_ticket(std::string type, std::string body) {
  const auto delivery = filed(std::move(type), std::move(body));
  REQUIRE_MESSAGE(delivery, delivery.error().message);
  REQUIRE(std::holds_alternative<TicketEvent>(delivery->event));
  return std::get<TicketEvent>(delivery->event).ticket;
}

}  // namespace

TEST_SUITE("connectors/github webhooks") {
  TEST_CASE("github: an opened issue is a ticket with everything that is known") {
    const auto delivery = github()->receive(
        github_delivery("issues", fixture("github/issues.opened.json")), TimePoint{});
    REQUIRE_MESSAGE(delivery, delivery.error().message);
    CHECK(delivery->id == "0a1b-2c3d");
    REQUIRE(std::holds_alternative<TicketEvent>(delivery->event));
    const Ticket& ticket = std::get<TicketEvent>(delivery->event).ticket;
    CHECK(ticket.key == TicketKey{"shop", "12"});
    CHECK(ticket.subject.raw() == "Totals are off by a cent");
    CHECK(ticket.body.raw() == "Three items with SAVE10.");
    CHECK(ticket.requester.login == "dana");
    CHECK(ticket.labels == std::vector<std::string>{"bug"});
    REQUIRE(ticket.people.size() == 1);
    CHECK(ticket.people[0].login == "eve");
    CHECK(ticket.open);
    CHECK(ticket.assigned);
    CHECK(to_rfc3339(ticket.updated_at) == "2026-11-20T10:00:05.000Z");
    CHECK(ticket.revision == content_revision(ticket));
  }

  TEST_CASE("github: a comment brings its issue along, and a new revision") {
    const Event issue = from_github("issues", fixture("github/issues.opened.json"));
    const Event comment = from_github("issue_comment", fixture("github/issue_comment.created.json"));
    REQUIRE(std::holds_alternative<TicketEvent>(comment));
    const Ticket& ticket = std::get<TicketEvent>(comment).ticket;
    REQUIRE(ticket.comments.size() == 1);
    CHECK(ticket.comments[0].id == "501");
    CHECK(ticket.comments[0].author.login == "dana");
    CHECK(ticket.comments[0].body.raw() == "It happens with SAVE20 too.");
    CHECK(ticket.revision != std::get<TicketEvent>(issue).ticket.revision);
  }

  TEST_CASE("github: labels do not make a new revision") {
    const std::string body = fixture("github/issues.opened.json");
    CHECK(reason(from_github("issues", with(body, "\"opened\"", "\"labeled\""))) ==
          "the words of the issue did not change");
    const Event before = from_github("issues", body);
    const Event after = from_github("issues", with(body, "\"bug\"", "\"triage/bug\""));
    CHECK(std::get<TicketEvent>(before).ticket.revision ==
          std::get<TicketEvent>(after).ticket.revision);
  }

  TEST_CASE("github: a command comes with who gave it and whether the repository vouches for them") {
    const std::string said = with(fixture("github/issue_comment.created.json"),
                                  "It happens with SAVE20 too.", "/triage refine round later");
    for (const auto& [association, staff] :
         {std::pair{"OWNER", true}, std::pair{"MEMBER", true}, std::pair{"COLLABORATOR", true},
          std::pair{"CONTRIBUTOR", false}, std::pair{"FIRST_TIMER", false}, std::pair{"NONE", false}}) {
      CAPTURE(association);
      const Event event = from_github("issue_comment", with(said, "NONE", association));
      REQUIRE(std::holds_alternative<OutcomeEvent>(event));
      const auto& outcome = std::get<OutcomeEvent>(event);
      CHECK(outcome.what == "command");
      CHECK(outcome.text == "/triage refine round later");
      CHECK(outcome.ticket.external_id == "12");
      CHECK(outcome.comment == "501");
      CHECK(outcome.actor == "dana");
      CHECK(outcome.staff == staff);
    }
    CHECK_FALSE(reason(from_github("issue_comment", with(said, "\"created\"", "\"edited\""))).empty());
    // Words with a command below them are words, of somebody vouched for or not.
    const std::string below = with(fixture("github/issue_comment.created.json"),
                                   "It happens with SAVE20 too.", "Thanks.\\n/triage retry");
    const Event words = from_github("issue_comment", with(below, "NONE", "MEMBER"));
    REQUIRE(std::holds_alternative<TicketEvent>(words));
    CHECK(std::get<TicketEvent>(words).ticket.comments.at(0).staff);
    CHECK_FALSE(std::get<TicketEvent>(from_github("issue_comment", below)).ticket.comments.at(0).staff);
    const Event on_pull = from_github(
        "issue_comment",
        with(with(said, "NONE", "OWNER"), "\"number\": 12", "\"pull_request\": {}, \"number\": 31"));
    REQUIRE(std::holds_alternative<OutcomeEvent>(on_pull));
    CHECK(std::get<OutcomeEvent>(on_pull).ticket.external_id.empty());
    CHECK(std::get<OutcomeEvent>(on_pull).reference == "31");
  }

  TEST_CASE("github: the end of our own pull request is an outcome, others are ignored") {
    const std::string body = fixture("github/pull_request.closed.json");
    const Event merged = from_github("pull_request", body);
    REQUIRE(std::holds_alternative<OutcomeEvent>(merged));
    CHECK(std::get<OutcomeEvent>(merged).what == "pull_request_merged");
    CHECK(std::get<OutcomeEvent>(merged).reference == "31");
    CHECK(std::get<OutcomeEvent>(merged).actor == "eve");
    const Event closed = from_github("pull_request", with(body, "true", "false"));
    CHECK(std::get<OutcomeEvent>(closed).what == "pull_request_closed");
    CHECK_FALSE(reason(from_github("pull_request", with(body, "triage/", "fix/"))).empty());
    const std::string fork = with(body, "\"full_name\": \"acme/shop\"", "\"full_name\": \"mallory/shop\"");
    CHECK_FALSE(reason(from_github("pull_request", fork)).empty());
  }

  TEST_CASE("github: reviews and comments on our pull request are outcomes, and may command") {
    const auto review = [](const std::string& body, const std::string& head) {
      return R"({"action":"submitted","review":{"id":9,"body":")" + body +
             R"(","state":"changes_requested","user":{"login":"eve"},"author_association":"MEMBER"},)"
             R"("pull_request":{"number":31,"head":{"ref":")" + head +
             R"("}},"repository":{"full_name":"acme/shop"},"sender":{"login":"eve","type":"User"}})";
    };
    struct Row {
      std::string event, body, what;  // no what: ignored
    };
    for (const Row& row : std::vector<Row>{
             {"pull_request_review", review("Not like this.", "triage/12-totals"), "pull_request_reviewed"},
             {"pull_request_review", review("No.\\n/triage reject wrong", "triage/12-totals"), "command"},
             {"pull_request_review", review("/triage retry", "fix/12"), ""},
             {"pull_request_review_comment",
              with(with(review("Why?", "triage/12-totals"), "submitted", "created"), "\"review\"", "\"comment\""),
              "pull_request_commented"},
             {"pull_request_review_comment",
              with(with(review("/triage stop", "triage/12-totals"), "submitted", "created"), "\"review\"",
                   "\"comment\""),
              "command"},
         }) {
      CAPTURE(row.body);
      const Event event = from_github(row.event, row.body);
      REQUIRE(std::holds_alternative<OutcomeEvent>(event) == !row.what.empty());
      if (row.what.empty()) continue;
      const auto& outcome = std::get<OutcomeEvent>(event);
      CHECK(outcome.what == row.what);
      CHECK(outcome.reference == "31");
      CHECK(outcome.comment == "9");
      CHECK(outcome.actor == "eve");
      CHECK(outcome.staff == (row.what == "command"));
    }
  }

  TEST_CASE("github: who took an issue is told, without its words") {
    const std::string body = fixture("github/issues.opened.json");
    for (const auto& [action, assignees, what] :
         {std::tuple{"assigned", R"([{"login":"eve"}])", "ticket_assigned"},
          std::tuple{"unassigned", R"([{"login":"eve"}])", "ticket_assigned"},
          std::tuple{"unassigned", "[]", "ticket_unassigned"}}) {
      Json payload = *parse_json(with(body, "\"opened\"", "\"" + std::string(action) + "\""));
      Json issue = payload["issue"];
      issue.set("assignees", *parse_json(assignees));
      payload.set("issue", std::move(issue));
      const Event event = from_github("issues", payload.dump());
      REQUIRE(std::holds_alternative<OutcomeEvent>(event));
      CHECK(std::get<OutcomeEvent>(event).what == what);
      CHECK(std::get<OutcomeEvent>(event).ticket.external_id == "12");
    }
  }

  TEST_CASE("github: what we and other bots did is ignored") {
    const std::string comment = fixture("github/issue_comment.created.json");
    CHECK(reason(from_github("issue_comment", with(comment, "too.", "too. " + kMarker))) ==
          "our own note");
    const std::string issue = fixture("github/issues.opened.json");
    const size_t sender = issue.find("\"sender\"");
    REQUIRE(sender != std::string::npos);
    CHECK(reason(from_github("issues", issue.substr(0, sender) +
                                           with(issue.substr(sender), "\"User\"", "\"Bot\""))) ==
          "done by a bot");
    Account account = github_account();
    account.settings["bot_login"] = "Dana";
    CHECK(reason(received(*make("github", account), github_delivery("issues", issue))) ==
          "done by us");
  }

  TEST_CASE("github: events of other repositories, of other kinds and pings are ignored") {
    const std::string issue = fixture("github/issues.opened.json");
    CHECK(reason(from_github("issues", with(issue, "acme/shop\",", "acme/other\","))) ==
          "about another repository than this source's");
    CHECK(reason(from_github("ping", fixture("github/ping.json"))) == "the webhook is set up");
    CHECK(reason(from_github("sta\x01r", "{\"action\":\"created\"}")) ==
          "events of this kind are not used: sta?r/created");
    CHECK(reason(from_github(
              "issues", with(issue, "\"number\": 12", "\"pull_request\": {}, \"number\": 12"))) ==
          "a pull request and not an issue");
  }

  TEST_CASE("github: unproven, doubled and unnamed deliveries are refused") {
    const std::string body = fixture("github/issues.opened.json");
    HttpRequest changed = github_delivery("issues", body);
    changed.body += ' ';
    CHECK(github()->receive(changed, TimePoint{}).error().kind == ErrorKind::denied);

    Account account = github_account();
    account.secrets.erase("webhook_secret");
    const auto closed = make("github", account)->receive(github_delivery("issues", body), TimePoint{});
    REQUIRE_FALSE(closed);
    CHECK(closed.error().kind == ErrorKind::denied);
    account.secrets["webhook_secret_previous"] = kSecret;
    CHECK(make("github", account)->receive(github_delivery("issues", body), TimePoint{}).ok());

    HttpRequest two_events = github_delivery("issues", body);
    two_events.headers.add("X-GitHub-Event", "ping");
    CHECK(github()->receive(two_events, TimePoint{}).error().kind == ErrorKind::invalid_input);
  }

  TEST_CASE("github: without a usable delivery id the body's digest stands for it") {
    HttpRequest request = github_delivery("ping", "{}");
    for (const std::string& id : {std::string(), std::string("a b"), std::string(500, 'x')}) {
      request.headers.set("X-GitHub-Delivery", id);
      const auto delivery = github()->receive(request, TimePoint{});
      REQUIRE(delivery);
      CHECK(delivery->id == "sha256:" + sha256_hex("{}"));
    }
  }

  TEST_CASE("github: malformed payloads are refused with the field, never with a crash") {
    const std::string issue = fixture("github/issues.opened.json");
    struct Row {
      std::string body, part;
    };
    const std::string deep(5000, '[');
    const std::vector<Row> rows{
        {"", "not usable JSON"},
        {"{", "not usable JSON"},
        {"[1]", "not an object"},
        {"\"text\"", "not an object"},
        {"{\"action\":" + deep + std::string(5000, ']') + "}", "not usable JSON"},
        {"{\"action\":\"opened\"}", "/issue"},
        {"{\"action\":\"opened\",\"issue\":7}", "not a JSON object"},
        {"{\"action\":{\"x\":1}}", "/action"},
        {with(issue, "\"number\": 12,", ""), "no id (/number)"},
        {with(issue, "\"number\": 12", "\"number\": null"), "no id (/number)"},
        {with(issue, "\"number\": 12", "\"number\": [12]"), "/number"},
        {with(issue, "\"title\": \"Totals are off by a cent\"", "\"title\": {}"), "/title"},
        {issue.substr(0, issue.size() / 2), "not usable JSON"},
    };
    for (const Row& row : rows) {
      const auto result = github()->receive(github_delivery("issues", row.body), TimePoint{});
      REQUIRE_FALSE_MESSAGE(result, row.body.substr(0, 60));
      CHECK(result.error().kind == ErrorKind::invalid_input);
      CHECK_MESSAGE(result.error().message.find(row.part) != std::string::npos,
                    result.error().message);
    }
    HttpRequest form = github_delivery("issues", "payload=%7B%7D");
    form.headers.set("Content-Type", "application/x-www-form-urlencoded");
    CHECK(github()->receive(form, TimePoint{}).error().message.find("application/json") !=
          std::string::npos);
  }

  TEST_CASE("github: odd but usable payloads are taken") {
    const std::string issue = fixture("github/issues.opened.json");
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"\"Three items with SAVE10.\"", "null"},
             {"\"2026-11-20T10:00:05Z\"", "\"yesterday\""},
             {"\"labels\": [", "\"more\": ["},
             {"Three items", "Three\xff items"},
             {"Three items", std::string(10U << 20U, 'x')}}) {
      CHECK(std::holds_alternative<TicketEvent>(from_github("issues", with(issue, from, to))));
    }
  }

  TEST_CASE("github: every payload of the public corpus is a ticket, an outcome or ignored") {
    const char* set = std::getenv("TRIAGED_DATA");
    const std::filesystem::path file =
        std::filesystem::path(set != nullptr ? set : TRIAGED_SOURCE_DIR "/../shared/data") /
        "webhooks.jsonl.gz";
    if (!std::filesystem::exists(file)) {
      MESSAGE("skipped: no " << file.string() << " (set TRIAGED_DATA)");
      return;
    }
    ProcessSpec unzip;
    unzip.argv = {"gzip", "-dc", file.string()};
    unzip.env = {{"PATH", "/usr/bin:/bin"}};
    unzip.keep_output = 64U << 20U;
    unzip.output_limit = 64U << 20U;
    const auto unpacked = run_process(unzip);
    REQUIRE(unpacked);
    REQUIRE(unpacked->success());
    std::istringstream lines(unpacked->out);
    Account account = github_account();
    account.settings["repository"] = "Codertocat/Hello-World";
    const auto connector = make("github", account);
    int seen = 0;
    int tickets = 0;
    for (std::string line; std::getline(lines, line);) {
      const auto row = parse_json(line);
      REQUIRE(row);
      if ((*row)["provider"].as_string() != "github") continue;
      const std::string body = (*row)["payload"].dump();
      const auto delivery =
          connector->receive(github_delivery((*row)["event"].as_string(), body), TimePoint{});
      CHECK_MESSAGE(delivery, (*row)["name"].as_string() << ": " << delivery.error().message);
      if (!delivery) continue;
      ++seen;
      if (std::holds_alternative<TicketEvent>(delivery->event)) ++tickets;
      const bool reasoned = !std::holds_alternative<Ignored>(delivery->event) ||
                            !std::get<Ignored>(delivery->event).reason.empty();
      CHECK(reasoned);
    }
    CHECK(seen > 200);
    CHECK(tickets >= 5);
    MESSAGE(seen << " payloads, " << tickets << " tickets");
  }
}

TEST_SUITE("connectors/local") {
  TEST_CASE("local: a JSON ticket keeps all of it and gets no id of its own") {
    const Ticket ticket = filed_ticket("application/json", fixture("local/ticket.json"));
    CHECK(ticket.key == TicketKey{"desk", ""});
    CHECK(ticket.subject.raw() == "Checkout fails");
    CHECK(ticket.requester.email == "dana@example.com");
    CHECK(ticket.requester.company == "Acme");
    REQUIRE(ticket.comments.size() == 2);
    CHECK(ticket.comments[0].body.raw() == "Since Tuesday.");
    CHECK_FALSE(ticket.comments[0].internal);
    CHECK(ticket.comments[1].internal);
    CHECK(ticket.comments[1].author.name == "Eve");
    REQUIRE(ticket.attachments.size() == 1);
    CHECK(ticket.attachments[0].text.raw() == "boom");
    CHECK(ticket.labels == std::vector<std::string>{"checkout"});
    CHECK(ticket.open);
    CHECK(filed_ticket("", "{\"id\": 7, \"subject\": \"x\"}").key.external_id == "7");
  }

  TEST_CASE("local: plain text is a subject line and what follows") {
    const Ticket ticket = filed_ticket("text/plain; charset=utf-8", "\r\n Crash \r\n\r\nat start\n");
    CHECK(ticket.subject.raw() == "Crash");
    CHECK(ticket.body.raw() == "at start");
    CHECK(filed_ticket("", "only a subject").subject.raw() == "only a subject");
    CHECK(filed_ticket("text/plain", "{not json}").subject.raw() == "{not json}");
    CHECK(filed_ticket("text/plain", "caf\xe9 broken").subject.raw() == "caf\xef\xbf\xbd broken");
  }

  TEST_CASE("local: nothing at all is refused, with what to write") {
    for (const char* body : {"", "  \n \t "}) {
      const auto result = filed("text/plain", body);
      REQUIRE_FALSE(result);
      CHECK(result.error().message.find("subject") != std::string::npos);
    }
    CHECK_FALSE(filed("application/json", ""));
    CHECK_FALSE(filed("application/json", "plain"));
    CHECK(filed("application/json", "{\"subject\": [1]}").error().message.find("/subject") !=
          std::string::npos);
  }

  TEST_CASE("local: the caller's key, else the body, tells deliveries apart") {
    HttpRequest request = local_post("text/plain", "x");
    const auto connector = make("local", {"desk", {}, {}});
    const auto id = [&] { return connector->receive(request, TimePoint{})->id; };
    const std::string first = id();
    CHECK(first == id());
    request.body = "y";
    CHECK(first != id());
    request.headers.set("Idempotency-Key", "abc");
    CHECK(id() == "abc");
  }

  TEST_CASE("local: notes are kept by the daemon, and the poll does not exist") {
    testing::ScriptedHttp http;
    const auto connector = make("local", {"desk", {}, {}});
    CHECK(connector->carry_out(wire(http), effect(EffectKind::post_note)).error().kind ==
          ErrorKind::internal);
    CHECK(connector->poll(wire(http), {}, TimePoint{}).error().kind == ErrorKind::not_found);
    CHECK(connector->check(wire(http)).ok());
    CHECK(http.requests().empty());
  }
}

}  // namespace triage::connectors
