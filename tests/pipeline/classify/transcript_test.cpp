#include "pipeline/transcript.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "pipeline/classify/classify.h"

namespace triage {
namespace {

// "label@time: text | …", or "-" for no conversation.
std::string shown(std::string_view text) {
  const auto talk = read_transcript(text);
  if (!talk) return "-";
  std::string out;
  for (const Turn& turn : talk->turns) {
    if (!out.empty()) out += " | ";
    if (turn.speaker) out += talk->speakers[*turn.speaker].label;
    if (!turn.when.empty()) out += "@" + turn.when;
    out += ": " + turn.text;
  }
  return out;
}

struct Row {
  const char *name, *text, *read;
};

constexpr Row kRows[] = {
    {"names", "Anna: we want it\nBen: so do we all\nAnna: good for us then\nBen: fine by me too",
     "Speaker 1: we want it | Speaker 2: so do we all | Speaker 1: good for us then | Speaker 2: "
     "fine by me too"},
    {"words go on below",
     "Anna: we want it\nand soon\n\nnot this\nBen: so do we all\nAnna: good for us\nBen: fine by "
     "me",
     "Speaker 1: we want it and soon | Speaker 2: so do we all | Speaker 1: good for us | Speaker "
     "2: fine by me"},
    {"bold and bullets",
     "- **Anna:** we want it\n- **Ben:** so do we all\n- **Anna:** good for us\n- **Ben:** fine by "
     "me",
     "Speaker 1: we want it | Speaker 2: so do we all | Speaker 1: good for us | Speaker 2: fine "
     "by me"},
    {"roles", "customer: we want it\nagent: so do we all\ncustomer: good for us\nagent: fine by me",
     "customer: we want it | agent: so do we all | customer: good for us | agent: fine by me"},
    {"the same role twice",
     "Anna (QA): we want it\nBen (QA): so do we all\nAnna (QA): good for us\nBen: fine by me",
     "QA: we want it | QA 2: so do we all | QA: good for us | QA 2: fine by me"},
    {"placeholders",
     "<PERSON_1>: we want it\n<PERSON_2>: so do we all\n<PERSON_1>: good for us\n<PERSON_2>: fine "
     "by me",
     "<PERSON_1>: we want it | <PERSON_2>: so do we all | <PERSON_1>: good for us | <PERSON_2>: "
     "fine by me"},
    {"times before",
     "[00:01] Anna: we want it\n[00:02] Ben: so do we all\n[00:03] Anna: good for us",
     "Speaker 1@00:01: we want it | Speaker 2@00:02: so do we all | Speaker 1@00:03: good for us"},
    {"times behind",
     "Anna [10:31]: we want it\nBen [10:32]: so do we all\nAnna (10:33): good for us",
     "Speaker 1@10:31: we want it | Speaker 2@10:32: so do we all | Speaker 1@10:33: good for us"},
    {"dashes", "(10:31) Anna – we want it\n(10:32) Ben – so do we all\n(10:33) Anna – good for us",
     "Speaker 1@10:31: we want it | Speaker 2@10:32: so do we all | Speaker 1@10:33: good for us"},
    {"name and time above",
     "Anna Berg  10:31 AM\nwe want it\n\nBen Fox  10:32 AM\nso do we all\n\nAnna Berg  10:33 "
     "AM\ngood for us",
     "Speaker 1@10:31 AM: we want it | Speaker 2@10:32 AM: so do we all | Speaker 1@10:33 AM: good "
     "for us"},
    {"time and name above",
     "00:00:01 Anna\nwe want it\n00:00:02 Ben\nso do we all\n00:00:03 Anna\ngood for us",
     "Speaker 1@00:00:01: we want it | Speaker 2@00:00:02: so do we all | Speaker 1@00:00:03: good "
     "for us"},
    {"subtitles",
     "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nAnna: we want it\n\n2\n00:02.000 --> 00:03.000\n<v "
     "Ben>so do we all</v>\n\n3\n00:03.000 --> 00:04.000\nAnna: good for us\n",
     "Speaker 1@00:01.000: we want it | Speaker 2@00:02.000: so do we all | Speaker 1@00:03.000: "
     "good for us"},
    {"notes",
     "Attendees: Anna (PM), Ben\nDecisions:\n- we ship in May\nAction items:\n- Ben writes it up",
     ": Anna (PM), Ben | : we ship in May | : Ben writes it up"},
    {"log levels",
     "Info: it starts up\nError: it went down again\nInfo: it starts up\nError: it went down again",
     "-"},
    {"capitals",
     "ERROR: it went down\nWARN: it will go down\nERROR: it went down\nWARN: it will go down", "-"},
    {"exceptions",
     "KeyError: no such key here\nTypeError: no such type here\nKeyError: no such key\nTypeError: "
     "x y z",
     "-"},
    {"figures", "Score: 33\nTop: 0.9998\nScore: 31\nTop: 0.7", "-"},
    {"a form",
     "Browser: Firefox on a Mac\nVersion: 3 and later\nSteps: open it and wait\nExpected: it opens "
     "at once",
     "-"},
    {"a template",
     "**Describe the bug**\nIt fails.\n**Expected behavior**\nIt works.\n**Screenshots**\nnone",
     "-"},
    {"in a fence",
     "```\nAnna: we want it\nBen: so do we all\nAnna: good for us\nBen: fine by me\n```", "-"},
    {"one speaker",
     "Anna: we want it\nAnna: we want it all\nAnna: we want it now\nAnna: good for us", "-"},
    {"mail headers",
     "From: Anna of the shop\nTo: Ben of the bank\nSubject: the total is wrong\nDate: the first of "
     "May",
     "-"},
    {"a few lines in a long report",
     "The wallet shows a wrong balance after a while. We looked into the database and into the "
     "logs of the node, and "
     "both agree with each other but not with the screen, which is what our members see and "
     "complain about daily.\n"
     "Wallet A: sends one coin over\nWallet B: takes it from there\nWallet A: sends it "
     "again\nWallet B: shows it twice",
     "-"},
    {"prose", "We want it. Ben said: no way. Then we left.", "-"},
    {"empty", "", "-"},
};

TEST_SUITE("classify") {
  TEST_CASE("transcript: layouts of conversations, and what only looks like one") {
    for (const Row& row : kRows) {
      CAPTURE(std::string(row.name));
      CHECK(shown(row.text) == std::string(row.read));
    }
  }

  TEST_CASE("transcript: hostile text is bounded") {
    for (const std::string& text :
         {std::string(1'000'000, ':'), std::string(1'000'000, '['), std::string(300'000, '\n'),
          std::string("\xFF\xFE: a\n\xC3: b\n"), std::string("<v <v <v <v >>>")})
      CHECK(shown(text) == "-");
    std::string many;
    for (int i = 0; i < 50'000; ++i)
      many += (i % 2 == 0 ? "Anna: yes it is\n" : "Ben: no it is not\n");
    CHECK(read_transcript(many).value().turns.size() <= 2'000);
  }

  TEST_CASE("transcript: the fixtures are classified as such, and a chat about a crash is not") {
    for (const char* name : {"call.txt", "timed.txt", "subtitles.vtt", "meeting.txt", "notiz.md"}) {
      CAPTURE(std::string(name));
      std::ifstream in(std::string(TRIAGED_SOURCE_DIR) + "/tests/fixtures/transcripts/" + name);
      std::ostringstream text;
      text << in.rdbuf();
      const Classification c = classify::classify("From last week", text.str());
      CHECK(name_of(c.kind) == "transcript");
      CHECK_FALSE(c.vague);
    }
    const Classification chat =
        classify::classify("Checkout fails",
                           "customer: it fails with an exception\nagent: what does it "
                           "say?\ncustomer: see below\nagent: I see it\n\n"
                           "Traceback (most recent call last):\n  File \"shop/cart.py\", line 12, "
                           "in total\n    return x / 0\n"
                           "ZeroDivisionError: division by zero\n");
    CHECK(name_of(chat.kind) == "bug");
  }

  TEST_CASE("operations: how work is done is no bug and no wish") {
    struct Ticket {
      const char *subject, *body, *kind;
    };
    for (const Ticket& row : {
             Ticket{"Approval of returns",
                    "Our process takes two days: every order is printed out, the warehouse signs "
                    "it on paper and somebody has to type it in by hand.",
                    "operations"},
             Ticket{"Who approves refunds over 500?",
                    "The handover between the back office and the night shift is unclear.",
                    "operations"},
             Ticket{"Freigabe dauert zu lange",
                    "Unser Ablauf: die Abteilung druckt alles aus, die Buchhaltung muss es von "
                    "Hand abtippen.",
                    "operations"},
             Ticket{"Process crashes",
                    "The process crashes with an exception when the workflow file is empty.",
                    "bug"},
             Ticket{"Please add a checklist",
                    "It would be great to have a checklist feature in the editor.", "feature"},
         }) {
      CAPTURE(std::string(row.subject));
      CHECK(name_of(classify::classify(row.subject, row.body).kind) == row.kind);
    }
  }
}

}  // namespace
}  // namespace triage
