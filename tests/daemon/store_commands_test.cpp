#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>

#include "tests/fakes/store_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;

namespace {

const TicketKey kTicket{"desk", "1"};

Comment comment_of(const std::string& id, const std::string& body, bool staff = true,
                   const std::string& login = "mira") {
  Comment comment;
  comment.id = id;
  comment.author.login = login;
  comment.body = RawText(body);
  comment.staff = staff;
  return comment;
}

Effect pull_effect(const std::string& op, EffectKind kind, const std::string& branch) {
  Effect effect = effect_of(op, kind);
  effect.branch = branch;
  return effect;
}

struct CommandFixture : StoreFixture {
  // A comment that arrives by itself, as a webhook brings it.
  Ingested say(const Comment& comment, const std::string& reference = "",
               const std::vector<std::string>& commanders = {}, const std::string& delivery = "") {
    connectors::OutcomeEvent event{reference.empty() ? kTicket : TicketKey{"desk", ""}, "command",
                                   reference, comment.author.login, comment.body.raw(), comment.id,
                                   comment.staff};
    const auto out = store->ingest(
        {"desk", "shop", config::Depth::diagnose, {delivery, std::move(event)}, commanders});
    REQUIRE(out.ok());
    return *out;
  }
  Ingested outcome(const std::string& what, const std::string& reference, const std::string& actor,
                   const std::string& delivery, bool of_pull = true) {
    connectors::OutcomeEvent event{of_pull ? TicketKey{"desk", ""} : kTicket, what, reference, actor, ""};
    const auto out =
        store->ingest({"desk", "shop", config::Depth::diagnose, {delivery, std::move(event)}});
    REQUIRE(out.ok());
    return *out;
  }
  TicketDetail ticket() {
    auto detail = store->ticket(kTicket);
    REQUIRE(detail.ok());
    return std::move(*detail);
  }
  RunRow newest() { return ticket().runs.front(); }
  std::vector<EffectRow> replies() {
    std::vector<EffectRow> out;
    const TicketDetail detail = ticket();
    for (const RunRow& run : detail.runs) {
      const auto effects = store->effects_of(run.id);
      REQUIRE(effects.ok());
      std::ranges::copy_if(*effects, std::back_inserter(out), &EffectRow::reply);
    }
    return out;
  }
  std::string reply_text() {
    const auto all = replies();
    return all.empty() ? std::string() : all.back().effect["body"].as_string();
  }
  // A run that ended with a draft pull request of that number.
  std::string with_draft(const std::string& number, const std::string& branch = "triage/1-total") {
    const std::string run = publish({pull_effect("b" + number, EffectKind::push_branch, branch),
                                     pull_effect("p" + number, EffectKind::open_draft_pull_request, branch)});
    for (const std::string& op : {"b" + number, "p" + number}) {
      REQUIRE(store->mark_sent(op).ok());
      Settlement done;
      done.result = {op == "b" + number ? branch : number, "https://forge/" + number, false};
      REQUIRE(store->settle_effect(op, done).ok());
    }
    return run;
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("store commands") {
  TEST_CASE("commands: who may give one, and what becomes of one that nobody may") {
    struct Row {
      const char* name;
      Comment comment;
      std::vector<std::string> commanders;
      const char *state, *answer;  // empty answer: none
    };
    Comment old = comment_of("c", "/triage retry");
    old.created_at = *parse_rfc3339("2026-11-01T00:00:00Z");
    Comment fresh = comment_of("c", "/triage retry");
    fresh.created_at = *parse_rfc3339("2026-11-20T00:00:00Z");
    for (const Row& row : std::vector<Row>{
             {"control: staff", comment_of("c", "/triage retry"), {}, "done", ""},
             {"control: named", comment_of("c", "/triage retry", false), {"Mira"}, "done", ""},
             {"control: recent", fresh, {}, "done", ""},
             {"a stranger", comment_of("c", "/triage retry", false), {}, "ignored", ""},
             {"somebody else than who is named", comment_of("c", "/triage retry", false, "eve"),
              {"mira"}, "ignored", ""},
             {"nobody, with an empty name in the list", comment_of("c", "/triage retry", false, ""),
              {""}, "ignored", ""},
             {"older than a week", old, {}, "ignored", ""},
             {"staff, no such command", comment_of("c", "/triage merge"), {}, "refused",
              "no such command"},
             {"staff, nothing to refine", comment_of("c", "/triage refine"), {}, "refused",
              "say what to change"},
             {"a stranger, no such command", comment_of("c", "/triage merge", false), {}, "ignored", ""},
         }) {
      CAPTURE(row.name);
      CommandFixture f;
      f.file("1", "a");
      f.publish({});
      // In the list of a ticket that is filed again, as a poll brings it; the date comes with it.
      connectors::TicketEvent event{ticket_of("1", "a")};
      event.commands = {row.comment};
      Arrival arrival{"desk", "shop", config::Depth::diagnose, {"", event}, row.commanders};
      REQUIRE(f.store->ingest(arrival).ok());
      const auto commands = f.ticket().commands;
      REQUIRE(commands.size() == 1);
      CHECK(commands[0].state == row.state);
      CHECK(f.ticket().runs.size() == (commands[0].state == "done" ? 2 : 1));
      CHECK(f.replies().size() == (std::string_view(row.answer).empty() ? 0 : 1));
      CHECK(contains(f.reply_text(), row.answer));
    }
  }

  TEST_CASE("commands: a comment is obeyed once, whichever ways it comes") {
    CommandFixture f;
    f.file("1", "a");
    f.publish({});
    const Comment retry = comment_of("c1", "/triage retry");
    CHECK_FALSE(f.say(retry, "", {}, "d1").command.empty());
    CHECK(f.say(retry, "", {}, "d2").command.empty());  // redelivered under another id
    connectors::TicketEvent polled{ticket_of("1", "a")};
    polled.commands = {retry};
    CHECK(f.store->ingest({"desk", "shop", config::Depth::diagnose, {"", polled}})->command.empty());
    connectors::TicketEvent worded{ticket_of("1", "a")};
    worded.ticket.comments = {retry};
    worded.ticket.revision = ticket_of("1", "a").revision;
    f.restart();
    CHECK(f.say(retry, "", {}, "d3").command.empty());
    CHECK(f.ticket().runs.size() == 2);
    // Another comment with the same words is another command, and so is one without an id.
    CHECK_FALSE(f.say(comment_of("c2", "/triage retry"), "", {}, "d4").command.empty());
    CHECK_FALSE(f.say(comment_of("", "/triage stop"), "", {}, "d5").command.empty());
    CHECK(f.say(comment_of("", "/triage stop"), "", {}, "d6").command.empty());
  }

  TEST_CASE("commands: the ticket's own words never command") {
    CommandFixture f;
    Ticket ticket = ticket_of("1", "/triage stop");
    ticket.body = RawText("/triage stop");
    REQUIRE(f.store->ingest(arrival_of(ticket)).ok());
    CHECK(f.ticket().commands.empty());
    CHECK(f.newest().state == RunState::queued);
    // Control: the same as a comment of staff does.
    ticket.comments = {comment_of("c1", "Thanks.\n/triage stop")};
    REQUIRE(f.store->ingest(arrival_of(ticket)).ok());
    CHECK(f.ticket().commands.size() == 1);
    CHECK(f.newest().state == RunState::superseded);
  }

  TEST_CASE("commands: retry makes a new run of the same revision, after the one that runs") {
    CommandFixture f;
    const std::string first = f.file("1", "a");
    const auto running = f.claim();
    f.say(comment_of("c1", "/triage retry"));
    const RunRow second = f.newest();
    CHECK(second.id != first);
    CHECK(second.revision == f.row(first).revision);
    CHECK(second.instruction.empty());
    CHECK(f.nothing_to_claim());
    REQUIRE(f.store->release(first, running.run.fence).ok());
    CHECK(f.claim().run.id == first);
  }

  TEST_CASE("commands: refine carries what was asked for, and its branch gets a number") {
    CommandFixture f;
    f.file("1", "a");
    CHECK(f.with_draft("482") == f.newest().id);
    f.say(comment_of("c1", "/triage refine use the other table\nand keep the name"));
    Claim claim = f.claim();
    CHECK(claim.run.instruction == "use the other table\nand keep the name");
    CHECK(claim.draft_number == 2);
    REQUIRE(f.store->release(claim.run.id, claim.run.fence).ok());
    f.restart();
    claim = f.claim();
    CHECK(claim.run.instruction == "use the other table\nand keep the name");
    CHECK(claim.draft_number == 2);
  }

  TEST_CASE("commands: on a pull request they reach its ticket; on a stranger's they reach nothing") {
    CommandFixture f;
    f.file("1", "a");
    f.with_draft("482");
    CHECK_FALSE(f.say(comment_of("c1", "/triage retry"), "483").command.empty());
    CHECK(f.ticket().runs.size() == 1);
    f.say(comment_of("c2", "/triage retry"), "482");
    CHECK(f.ticket().runs.size() == 2);
  }

  TEST_CASE("commands: stop ends what waits and what runs, and holds until retry") {
    CommandFixture f;
    const std::string first = f.file("1", "a");
    const auto running = f.claim();
    f.say(comment_of("c0", "/triage retry"));
    const std::string queued = f.newest().id;
    CHECK(f.store->stopped_runs()->empty());
    f.say(comment_of("c1", "/triage stop"));
    CHECK(f.state(queued) == RunState::superseded);
    CHECK(*f.store->stopped_runs() == std::vector<std::string>{first});
    CHECK(contains(f.reply_text(), "Stopped by mira"));
    // Whatever the worker does next ends the run; nothing is published.
    PublishOutcome published;
    published.stage.stage = Stage::publish;
    published.effects = {effect_of("x", EffectKind::post_note)};
    REQUIRE(f.store->finish_publish(first, running.run.fence, published).ok());
    CHECK(f.state(first) == RunState::superseded);
    CHECK(f.row(first).reason == "stopped by mira");
    const auto effects = f.store->effects_of(first);
    CHECK(std::ranges::count(*effects, std::string("x"), &EffectRow::op_id) == 0);
    // Newer words start nothing; retry does.
    CHECK(f.store->ingest(arrival_of(ticket_of("1", "newer words")))->run.empty());
    CHECK(f.nothing_to_claim());
    f.say(comment_of("c2", "/triage retry"));
    CHECK(f.claim().run.id == f.newest().id);
    CHECK(f.ticket().hold.empty());
    f.file("1", "newest words");
    CHECK(f.newest().state == RunState::queued);
  }

  TEST_CASE("commands: a stop survives the death of the daemon, however the run is found again") {
    struct Row {
      const char* name;
      bool recovers;
    };
    for (const Row& row : {Row{"freed at start", true}, Row{"by its lease", false}}) {
      CAPTURE(row.name);
      CommandFixture f;
      const std::string run = f.file("1", "a");
      f.claim();
      f.say(comment_of("c1", "/triage stop"));
      f.restart();
      if (row.recovers) REQUIRE(f.store->recover().ok());
      f.clock.advance(kLease + Milliseconds(1));
      CHECK(f.nothing_to_claim());
      CHECK(f.state(run) == RunState::superseded);
    }
    // Control: without a stop it is taken up again.
    StoreFixture f;
    f.file("1", "a");
    f.claim();
    f.restart();
    REQUIRE(f.store->recover().ok());
    f.claim();
  }

  TEST_CASE("commands: reject is kept as an outcome, holds, and leaves the draft to people") {
    CommandFixture f;
    f.file("1", "a");
    f.with_draft("482");
    f.say(comment_of("c1", "/triage reject the customer was wrong"));
    const auto detail = f.ticket();
    REQUIRE(detail.outcomes.size() == 1);
    CHECK(detail.outcomes[0].what == "rejected");
    CHECK(detail.outcomes[0].text == "the customer was wrong");
    CHECK(detail.hold == "rejected by mira");
    CHECK(contains(f.reply_text(), "Draft pull request #482"));
    CHECK(contains(f.reply_text(), "yours to close"));
    CHECK(f.store->ingest(arrival_of(ticket_of("1", "newer")))->run.empty());
  }

  TEST_CASE("commands: a branch that has not left yet does not leave after a stop") {
    CommandFixture f;
    f.file("1", "a");
    const std::string run = f.publish({effect_of("b", EffectKind::push_branch),
                                       effect_of("p", EffectKind::open_draft_pull_request),
                                       effect_of("n", EffectKind::post_note)});
    REQUIRE(f.store->mark_sent("b").ok());  // this one may stand already
    f.say(comment_of("c1", "/triage stop"));
    const std::vector<EffectRow> effects = f.store->effects_of(run).value();
    CHECK(effects[0].state == EffectState::sent);
    CHECK(effects[1].state == EffectState::failed);
    CHECK(contains(effects[1].error, "stopped by mira"));
    CHECK(effects[2].state == EffectState::pending);
  }

  TEST_CASE("commands: a closed ticket is not looked at again") {
    CommandFixture f;
    f.file("1", "a");
    f.publish({});
    f.outcome("ticket_closed", "1", "mira", "d1", false);
    f.say(comment_of("c1", "/triage retry"));
    CHECK(f.ticket().commands[0].state == "refused");
    CHECK(contains(f.reply_text(), "the ticket is closed"));
    CHECK(f.ticket().runs.size() == 1);
  }

  TEST_CASE("outcomes: the end of a draft is told on the ticket, once") {
    struct Row {
      const char *what, *says;
    };
    for (const Row& row : std::vector<Row>{
             {"pull_request_merged", "Draft pull request #482 was merged by mira on 21 Nov 2026."},
             {"pull_request_closed",
              "Draft pull request #482 was closed without merging by mira on 21 Nov 2026."},
             {"pull_request_commented", ""},
             {"pull_request_reviewed", ""},
         }) {
      CAPTURE(row.what);
      CommandFixture f;
      f.file("1", "a");
      const std::string run = f.with_draft("482");
      f.outcome(row.what, "482", "mira", "d1");
      f.outcome(row.what, "482", "mira", "d2");
      f.outcome(row.what, "999", "eve", "d3");  // not ours: nothing is kept
      CHECK(f.ticket().outcomes.size() == 2);
      CHECK(f.replies().size() == (std::string_view(row.says).empty() ? 0 : 1));
      CHECK(contains(f.reply_text(), row.says));
      // The reply is carried out and does not bring the run back to life.
      CHECK(f.state(run) == RunState::done);
      if (f.replies().empty()) continue;
      const auto next = f.store->next_effect();
      REQUIRE(next->has_value());
      CHECK((*next)->reply);
      REQUIRE(f.store->mark_sent((*next)->op_id).ok());
      int sealed = 0;
      REQUIRE(f.store->settle_effect((*next)->op_id, {},
                                     [&](const RunRow&, const std::vector<EffectRow>& rows,
                                         std::string_view) -> Result<std::string> {
                                       CHECK(rows.size() == 1);
                                       ++sealed;
                                       return std::string("envelope of the reply");
                                     })
                  .ok());
      CHECK(sealed == 1);
      CHECK(f.state(run) == RunState::done);
    }
  }

  TEST_CASE("outcomes: a reply while the ticket's run is at work leaves that run alone") {
    CommandFixture f;
    const std::string run = f.file("1", "a");
    const auto held = f.claim();
    f.say(comment_of("c1", "/triage merge"));
    REQUIRE(f.replies().size() == 1);
    REQUIRE(f.store->mark_sent(f.replies()[0].op_id).ok());
    REQUIRE(f.store->settle_effect(f.replies()[0].op_id, {}).ok());
    CHECK(f.state(run) == RunState::running);
    PublishOutcome published;
    published.stage.stage = Stage::publish;
    published.stage.ending = RunState::done;
    published.effects = {effect_of("n", EffectKind::post_note)};
    REQUIRE(f.store->finish_publish(run, held.run.fence, published).ok());
    CHECK(f.state(run) == RunState::delivering);
  }

  TEST_CASE("outcomes: words of the customer after our run are kept, staff's are not") {
    CommandFixture f;
    f.file("1", "a");
    f.publish({});
    Ticket ticket = ticket_of("1", "a");
    ticket.comments = {comment_of("7", "It still happens.", false, "jane")};
    REQUIRE(f.store->ingest(arrival_of(ticket)).ok());
    ticket.comments.push_back(comment_of("8", "Looking at it.", true));
    REQUIRE(f.store->ingest(arrival_of(ticket)).ok());
    const auto outcomes = f.ticket().outcomes;
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes[0].what == "customer_replied");
    CHECK(outcomes[0].reference == "7");
  }

  TEST_CASE("outcomes: closed and assigned change the ticket and not its words") {
    CommandFixture f;
    const std::string run = f.file("1", "a");
    const std::string revision = f.ticket().ticket.revision;
    f.outcome("ticket_assigned", "1", "mira", "d1", false);
    CHECK(f.ticket().ticket.assigned);
    f.outcome("ticket_unassigned", "1", "mira", "d2", false);
    CHECK_FALSE(f.ticket().ticket.assigned);
    CHECK(f.state(run) == RunState::queued);
    f.outcome("ticket_closed", "1", "mira", "d3", false);
    CHECK_FALSE(f.ticket().ticket.open);
    CHECK(f.state(run) == RunState::superseded);
    CHECK(f.ticket().ticket.revision == revision);
  }

  TEST_CASE("drafts: what people made of each, and when one counts as ignored") {
    config::Settings settings;
    settings.projects["shop"].name = "shop";
    settings.projects["shop"].draft_expiry = std::chrono::days(30);
    struct Row {
      const char* outcome;
      int days;
      DraftState state;
    };
    for (const Row& row : std::vector<Row>{
             {"", 0, DraftState::open},
             {"", 29, DraftState::open},
             {"", 30, DraftState::ignored},
             {"pull_request_merged", 40, DraftState::merged},
             {"pull_request_closed", 0, DraftState::closed},
             {"/triage reject", 0, DraftState::rejected},
             {"pull_request_reviewed", 0, DraftState::open},
         }) {
      CAPTURE(row.outcome);
      CAPTURE(row.days);
      CommandFixture f;
      f.file("1", "a");
      f.with_draft("482");
      if (row.outcome[0] == '/')
        f.say(comment_of("c1", row.outcome));
      else if (row.outcome[0] != 0)
        f.outcome(row.outcome, "482", "mira", "d1");
      f.clock.advance(std::chrono::days(row.days));
      const auto drafts = f.store->drafts(settings);
      REQUIRE(drafts.ok());
      REQUIRE(drafts->size() == 1);
      CHECK(drafts->at(0).number == "482");
      CHECK(drafts->at(0).state == row.state);
    }
    // A review is activity: the time starts anew.
    CommandFixture f;
    f.file("1", "a");
    f.with_draft("482");
    f.clock.advance(std::chrono::days(20));
    f.outcome("pull_request_reviewed", "482", "mira", "d1");
    f.clock.advance(std::chrono::days(20));
    CHECK(f.store->drafts(settings)->at(0).state == DraftState::open);
    f.clock.advance(std::chrono::days(20));
    CHECK(f.store->drafts(settings)->at(0).state == DraftState::ignored);
  }
}
