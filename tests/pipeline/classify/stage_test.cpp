// The stage itself: what it stores in the run, and which tickets end there.
#include <doctest/doctest.h>

#include "pipeline/classify/classify.h"
#include "tests/fakes/git_repository.h"
#include "tests/fakes/scripted_http.h"

namespace triage::classify {
namespace {

struct NoMemory final : TicketMemory {
  std::vector<SimilarTicket> similar(const SafeText&, const TicketKey&, size_t) override {
    return {};
  }
};

struct StandingClock final : Clock {
  TimePoint now() const override { return TimePoint{}; }
};

struct Desk {
  Result<Advance> classify(Run& run) {
    return classify_stage({settings, project, clock, http, code, memory, budget, "", "", {}}, run);
  }
  fakes::TemporaryDirectory cache;
  LimitedBudget budget{1.0};
  config::Settings settings;
  config::ProjectSettings project;
  StandingClock clock;
  testing::ScriptedHttp http;
  retrieval::CodeLibrary code{cache.path()};
  NoMemory memory;
};

Run run_of(const std::string& subject, const std::string& body) {
  Run run;
  run.ticket.subject = RawText(subject);
  run.ticket.body = RawText(body);
  return run;
}

TEST_SUITE("classify") {
  TEST_CASE("stage: a ticket is classified and goes on") {
    Desk desk;
    Run run = run_of("Checkout fails", "The checkout crashes with an exception since Tuesday.");
    const auto advance = desk.classify(run);
    REQUIRE(advance.ok());
    CHECK(advance->kind == Advance::Kind::next);
    REQUIRE(run.classification.has_value());
    CHECK(run.classification->kind == TicketKind::bug);
    CHECK(run.classification->skip_reason.empty());
  }

  TEST_CASE("stage: what is not to be looked at ends with its reason") {
    struct Row {
      const char *name, *subject, *body, *attached;
      config::Depth depth;
      const char* reason;  // empty: it goes on
    };
    using enum config::Depth;
    const Row rows[] = {
        {"empty", "", " \n", "", diagnose, "the ticket has no text"},
        {"empty with a log", "", "", "KeyError: 'se'", diagnose, ""},
        {"empty with an empty file", "", "", nullptr, diagnose, "the ticket has no text"},
        {"spam", "Rank your website", "SEO, backlinks, guest post, casino. Click here, buy now!", "",
         diagnose, "spam: "},
        {"policy", "Checkout fails", "It crashes.", "", skip, "policy: skip"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      Desk desk;
      desk.project.depth = row.depth;
      Run run = run_of(row.subject, row.body);
      run.ticket.attachments.push_back(
          {"a.log", "text/plain", RawText(row.attached == nullptr ? "" : row.attached)});
      const auto advance = desk.classify(run);
      REQUIRE(advance.ok());
      const bool ends = *row.reason != '\0';
      CHECK((advance->kind == Advance::Kind::finish) == ends);
      CHECK(advance->reason.starts_with(row.reason));
      CHECK(run.classification->skip_reason == advance->reason);
    }
  }

  TEST_CASE("stage: the record of a conversation may be attached") {
    Desk desk;
    Run run = run_of("From Monday", "See the attached file, please.");
    run.ticket.attachments.push_back(
        {"a.log", "text/plain", RawText("INFO: it starts up\nINFO: it is up and running")});
    REQUIRE(desk.classify(run).ok());
    CHECK(run.classification->kind != TicketKind::transcript);
    run.ticket.attachments.push_back(
        {"call.txt", "text/plain",
         RawText("Anna: we want it\nBen: so do we all\nAnna: good for us\nBen: fine by me")});
    REQUIRE(desk.classify(run).ok());
    CHECK(run.classification->kind == TicketKind::transcript);
    run.ticket.body = RawText(std::string(700, 'x') + " the checkout crashes with an exception");
    REQUIRE(desk.classify(run).ok());
    CHECK(run.classification->kind != TicketKind::transcript);
  }

  TEST_CASE("gaps: what the ticket tells is not asked for") {
    struct Row {
      const char *subject, *body;
      std::vector<std::string> missing;
    };
    const Row rows[] = {
        {"Wrong total", "The total is wrong in the cart of our shop", {"version", "steps", "error message"}},
        {"Code refused", "If I type save10 the wrong code is shown in the cart", {"version", "error message"}},
        {"Wrong total", "I expected 400 but got 200 in version 1.2 of the shop", {"steps"}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.body);
      CHECK(classify(row.subject, row.body).missing == row.missing);
    }
  }

  TEST_CASE("languages: common German, French and Spanish words are known") {
    CHECK(classify("Falsche Summe", "Die Summe ist falsch, die Bestellung funktioniert nicht mehr").kind ==
          TicketKind::bug);
    CHECK(classify("Erreur", "Depuis mardi je ne peux plus commander").kind == TicketKind::bug);
    CHECK(classify("Rechnung", "Bitte um Erstattung der Rechnung 7 auf unser Konto").kind == TicketKind::billing);
  }
}

}  // namespace
}  // namespace triage::classify
