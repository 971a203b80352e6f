// Records of conversations in five layouts: what has to come out of each, and what must not.
#include "pipeline/propose/specification.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "pipeline/propose/claims.h"
#include "pipeline/propose/mermaid.h"
#include "pipeline/propose/offline.h"
#include "pipeline/redact/promises.h"
#include "pipeline/propose/workflow.h"
#include "tests/pipeline/propose/sample_run.h"

namespace triage::propose {
namespace {

using namespace testing;  // NOLINT: the sample run's words
using Texts = std::vector<std::string>;

std::string fixture(const std::string& name) {
  std::ifstream in(std::string(TRIAGED_SOURCE_DIR) + "/tests/fixtures/transcripts/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string shown(const Texts& texts) {
  std::string out;
  for (const std::string& text : texts) out += text + "\n";
  return out;
}

struct Row {
  const char* file;
  size_t speakers;
  Texts requirements, disagreements, undecided, out_of_scope;
};

const Row kRows[] = {
    {"call.txt",
     3,
     {"“It should hold all rows of the month, also the cancelled ones.” (customer)",
      "“We need a column for the reason of the cancellation, too.” (PM)"},
     {"“And the file must open in Excel without any conversion.” (customer) – “No, the file should "
      "stay a "
      "plain CSV.” (engineer)"},
     {"“Then I don't know how our accountant will read it.” (customer)",
      "“Let's decide that later.” (PM)"},
     {"“Invoices are out of scope for this one.” (engineer)"}},
    {"timed.txt",
     3,
     {"“We want a setting for every branch.” (<PERSON_3>, 00:00:48)",
      "“We would like to see who got which reminder.” (<PERSON_1>, 00:01:25)"},
     {"“The reminder must not be sent at night.” (<PERSON_1>, 00:00:15) – “I disagree. The "
      "reminder should go "
      "out as soon as the order is late, also at night.” (<PERSON_2>, 00:00:31)"},
     {"“How many branches will use it in the first year?” (<PERSON_1>, 00:01:02) – asked, not "
      "answered"},
     {}},
    {"subtitles.vtt",
     2,
     {"“We need the report before the board meets on Monday.” (Speaker 1, 00:00:01.000)"},
     {"“[Speaker 2], the totals should match the ledger to the cent.” (Speaker 1, 00:00:09.500) – "
      "“I don't "
      "think so, the ledger closes a day later and the totals will differ.” (Speaker 2, "
      "00:00:14.500)"},
     {"“Not sure, we have to ask finance.” (Speaker 1, 00:00:20.000)"},
     {}},
    {"meeting.txt",
     3,
     {"“The link must expire after ten minutes.” (Speaker 3, 0:45)"},
     {"“Visitors should be able to log in with a link instead of a password.” (Speaker 2, 0:12) – "
      "“But visitors "
      "should not get a link on a shared computer.” (Speaker 1, 0:31)"},
     {"“Does the old app need this too?” (Speaker 2, 1:02) – asked, not answered",
      "“That is still open.” (Speaker 1, 1:09)"},
     {}},
    {"notiz.md",
     3,
     {"“Die Rechnung soll als PDF im Kundenkonto liegen.” (Kundin)",
      "Decided: “Die PDF-Rechnung kommt vor dem Sommer in die Planung.”"},
     {"“Wir brauchen dazu eine Nachricht an den Kunden.” (Vertrieb) – “Nein, die Nachricht an den "
      "Kunden "
      "verschickt schon das Lager.” (Entwicklung)"},
     {"“Wer löscht die alten Rechnungen nach zehn Jahren?” (Kundin) – asked, not answered",
      "“Aufbewahrung für Kunden in der Schweiz”"},
     {}},
};

TEST_SUITE("propose") {
  TEST_CASE("specification: five layouts, each with what was said, by whom, and nothing else") {
    for (const Row& row : kRows) {
      CAPTURE(std::string(row.file));
      const auto talk = read_transcript(fixture(row.file));
      REQUIRE(talk.has_value());
      CHECK(talk->speakers.size() == row.speakers);
      Draft draft;
      write_specification(draft, *talk);
      CHECK(shown(draft.requirements) == shown(row.requirements));
      CHECK(shown(draft.disagreements) == shown(row.disagreements));
      CHECK(shown(draft.undecided) == shown(row.undecided));
      CHECK(shown(draft.out_of_scope) == shown(row.out_of_scope));
      const std::string all =
          shown(draft.requirements) + shown(draft.disagreements) + shown(draft.undecided);
      for (const char* name : {"Anna", "Berg", "Tom", "Ravi", "Maria", "Lopez", "Jon", "Dana",
                               "Fox", "Lee", "Chan", "Okoro", "Kern", "Aydin"})
        CHECK(all.find(name) == std::string::npos);
      for (const char* small_talk : {"hear me", "shall we start", "have to go", "Welcome"})
        CHECK(all.find(small_talk) == std::string::npos);
    }
  }

  TEST_CASE("specification: the offline draft of a conversation claims nothing and asks") {
    for (const Row& row : kRows) {
      CAPTURE(std::string(row.file));
      Run run = ticket(TicketKind::transcript, "Notes", fixture(row.file));
      run.retrieved->places.push_back(pricing_place());
      const Draft draft = offline_draft(run, shop_code());
      CHECK(draft.kind == DraftKind::spec);
      CHECK(draft.headline.starts_with("Made without a model from the conversation: "));
      CHECK(draft.evidence.empty());  // a weak match
      CHECK(draft.question.empty());
      CHECK_FALSE(draft.understood.empty());
      CHECK_FALSE(draft.assumed.empty());
      CHECK_FALSE(draft.not_known.empty());
      CHECK(draft.edits.empty());
      CHECK(redact::promise_in(draft.customer_note).empty());
      CHECK(offline_draft(run, shop_code()).requirements == draft.requirements);
    }
  }

  TEST_CASE("specification: what is no conversation gets no specification") {
    const Draft draft = offline_draft(
        ticket(TicketKind::transcript, "Notes", "The total should be right."), shop_code());
    CHECK(draft.kind != DraftKind::spec);
    CHECK(draft.requirements.empty());
  }

  TEST_CASE("specification: long and hostile records are bounded") {
    std::string many;
    for (int i = 0; i < 4'000; ++i)
      many += (i % 2 == 0 ? "Anna: We must keep item" : "Ben: No, we must not keep item") +
              std::to_string(i) + " in the cart list.\n";
    auto talk = read_transcript(many);
    REQUIRE(talk.has_value());
    Draft draft;
    write_specification(draft, *talk);
    CHECK(draft.disagreements.size() <= 10);
    CHECK(draft.requirements.size() <= 20);
    talk = read_transcript("Anna: We must " + std::string(400'000, 'x') +
                           "\nBen: a b c d\nAnna: a b c d\nBen: a b c d");
    if (talk) write_specification(draft, *talk);
    for (const std::string& text : draft.requirements) CHECK(text.size() < 600);
  }

  TEST_CASE("workflow: steps and a chart in the ticket's words, without insults and keys") {
    Draft draft;
    REQUIRE(write_workflow(
        draft,
        "Hello,\n\nEvery order arrives as a <b>fax & letter. Your lazy people type it again. The "
        "manager signs each one on paper. Our API key is <API_KEY_1> for access. It should go "
        "straight into the system. Why is that?\n\nRegards\n<PERSON_1>"));
    CHECK(draft.steps == Texts{"Today: “Every order arrives as a <b>fax & letter.”",
                               "Today: “The manager signs each one on paper.”",
                               "Wished for: “It should go straight into the system.”"});
    CHECK(check_mermaid(draft.mermaid).ok());
    CHECK(draft.mermaid.find("‹b›fax & letter") != std::string::npos);
    Draft none;
    CHECK_FALSE(write_workflow(none, "You are all idiots. It is a scam."));
    CHECK_FALSE(write_workflow(none, "It should be faster. It should be better."));
    CHECK(none.steps.empty());
    CHECK(none.mermaid.empty());
    std::string many;
    for (int i = 0; i < 500; ++i)
      many += "We carry paper number " + std::to_string(i) + " upstairs. ";
    CHECK(write_workflow(none, many));
    CHECK(none.steps.size() == 8);
    CHECK(check_mermaid(none.mermaid).ok());
  }
}

}  // namespace
}  // namespace triage::propose
