#include "pipeline/redact/redact.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "pipeline/base/digest.h"
#include "pipeline/base/json.h"
#include "pipeline/base/utf8.h"

namespace triage::redact {
namespace {

const std::string kKey = std::string("sk-proj-") + "a1B2c3D4e5F6g7H8i9J0k1L2";

Person jane() {
  return {"Jane Doe-Smith",  "jane@example.com",
          "+49 170 1234567", "Hauptstr. 5\n10115 Berlin",
          "Acme Rockets",    "jdoe77"};
}

// Every span cuts the repaired text exactly, and the vault puts back what was taken out.
void check_spans(Redactor& redactor, std::string_view text, const Redacted& result) {
  const std::string repaired = repair_utf8(text);
  std::string rebuilt;
  std::uint64_t done = 0;
  for (const Span& span : result.spans) {
    REQUIRE(span.start >= done);
    REQUIRE(span.end > span.start);
    REQUIRE(span.end <= repaired.size());
    rebuilt += repaired.substr(done, span.start - done) + span.placeholder;
    done = span.end;
    CHECK(is_valid_utf8(repaired.substr(span.start, span.end - span.start)));
    CHECK(redactor.vault().count(span.placeholder) == 1);
  }
  CHECK(rebuilt + repaired.substr(done) == result.text.str());
}

struct Row {
  std::string_view text, expected;
};

}  // namespace

TEST_SUITE("redact") {
  TEST_CASE(
      "redact: replaces private values by numbered placeholders, the same value by the same") {
    Redactor redactor;
    const std::string text =
        "From a@x.example and b@x.example; A@X.example again. Key " + kKey + ".";
    const Redacted result = redactor.redact(text);
    CHECK(result.text.str() == "From <EMAIL_1> and <EMAIL_2>; <EMAIL_1> again. Key <API_KEY_1>.");
    CHECK(redactor.vault().at("<EMAIL_1>") == "a@x.example");
    CHECK(redactor.redact("b@x.example, c@x.example").text.str() == "<EMAIL_2>, <EMAIL_3>");
  }

  TEST_CASE("redact: what the helpdesk knows about people is found in any spelling") {
    Redactor redactor;
    redactor.know(jane());
    for (const Row& row : {
             Row{"Hi, JANE\n  doe-smith here", "Hi, <PERSON_1> here"},
             Row{"call 0170/123 45 67", "call <PHONE_1>"},
             Row{"or (0049) 170-1234567!", "or <PHONE_1>!"},
             Row{"at acme rockets", "at <COMPANY_1>"},
             Row{"/home/jdoe77/x", "/home/<LOGIN_1>/x"},
             Row{"to 10115 Berlin", "to <ADDRESS_1>"},
             Row{"Ja\u200Bne Doe-Smith", "<PERSON_1>"},
             Row{"Jane said", "<PERSON_2> said"},
             Row{"a jane or Janet", "a jane or Janet"},
         })
      CHECK(redactor.redact(row.text).text.str() == row.expected);
  }

  TEST_CASE("redact: placeholders that a customer writes are not taken for ours") {
    Redactor redactor;
    const std::string text = "<EMAIL_1> is fake, a@x.example is real, <NOT_ONE>";
    const Redacted result = redactor.redact(text);
    CHECK(result.text.str() == "<LITERAL_1> is fake, <EMAIL_1> is real, <NOT_ONE>");
    CHECK(reveal(result.text.str(), redactor.vault()) == text);
    check_spans(redactor, text, result);
  }

  TEST_CASE("redact: the longest match wins and no half of a value stays behind") {
    Redactor redactor;
    redactor.know("COMPANY", "Acme");
    CHECK(redactor.redact("jane@acme.example").text.str() == "<EMAIL_1>");
    CHECK(redactor.redact("https://u:s3cr3tpw@db.example/x").text.str() ==
          "https://u:<PASSWORD_1>@db.example/x");
    CHECK(redactor.redact("token=" + kKey).text.str() == "token=<API_KEY_1>");
  }

  TEST_CASE("redact: a password that was named once is hidden wherever it stands again") {
    Redactor redactor;
    CHECK(redactor.redact("password: hunter2xyz\nI typed hunter2xyz twice").text.str() ==
          "password: <PASSWORD_1>\nI typed <PASSWORD_1> twice");
  }

  TEST_CASE("redact: hostile bytes are repaired and cut exactly") {
    const std::string nul("a@x.example\0b@x.example", 23);
    for (const std::string& text :
         {std::string(), nul, std::string("\xFF\xFE a@x.example \xC3"), std::string(5000, '<'),
          std::string("<<<EMAIL_1>>>"), std::string("\xE2\x80\x8B\xE2\x80\x8B+49 170 1234567"),
          std::string("password=\"<EMAIL_1>abcdefgh1\"")}) {
      Redactor redactor;
      redactor.know(jane());
      const Redacted result = redactor.redact(text);
      CHECK(is_valid_utf8(result.text.str()));
      check_spans(redactor, text, result);
    }
  }

  TEST_CASE(
      "redact: property: spans cut exactly, the vault restores, a second pass finds nothing") {
    const std::vector<std::string> pieces{"a@x.example",
                                          kKey,
                                          "<EMAIL_1>",
                                          "10.1.2.3",
                                          "password: hunter2xyz",
                                          "Jane",
                                          "Jane Doe-Smith",
                                          "4111 1111 1111 1111",
                                          " ",
                                          "\n",
                                          "é",
                                          "\xC3",
                                          "0170/1234567",
                                          "DE89 3704 0044 0532 0130 00",
                                          "https://u:pw12345@h/",
                                          "x",
                                          ",",
                                          "token=abc123def456ghi789",
                                          "::",
                                          "Authorization: Bearer ",
                                          "\u200B",
                                          "@",
                                          "+",
                                          "acme rockets",
                                          "\"",
                                          "'",
                                          "=",
                                          "<",
                                          ">"};
    std::mt19937 random(7);
    for (int round = 0; round < 400; ++round) {
      std::string text;
      for (int i = 0; i < 12; ++i) text += pieces[random() % pieces.size()];
      CAPTURE(text);
      Redactor redactor;
      redactor.know(jane());
      const Redacted result = redactor.redact(text);
      check_spans(redactor, text, result);
      CAPTURE(result.text.str());
      const auto verdict = redactor.guard(result.text.str());
      CHECK((verdict.ok() ? std::string() : verdict.error().message) == "");
    }
  }

  TEST_CASE("redact: ten megabytes take seconds at most and lose nothing") {
    std::string text;
    while (text.size() < 10'000'000)
      text += "2024-01-02 10:00:00 INFO worker 7 took 12 ms for a@x.example\n";
    Redactor redactor;
    redactor.know(jane());
    const Redacted result = redactor.redact(text);
    CHECK(redactor.vault().size() == 1);
    CHECK(result.text.str().find('@') == std::string::npos);
  }

  TEST_CASE("redact: a redactor goes on where an earlier one ended") {
    Redactor first;
    (void)first.redact("a@x.example " + kKey);
    Redactor second(first.vault());
    CHECK(second.redact("b@x.example A@x.example").text.str() == "<EMAIL_2> <EMAIL_1>");
    CHECK(second.seal_code("k = " + kKey).str() == "k = <API_KEY_1>");
  }

  TEST_CASE(
      "seal: keeps our placeholders and markup, hides values, takes the teeth out of the rest") {
    Redactor redactor;
    redactor.know(jane());
    (void)redactor.redact("a@x.example");
    CHECK(redactor.seal("<EMAIL_1> <b>a@x.example</b> b@x.example").str() ==
          "<EMAIL_1> <b><EMAIL_1></b> <EMAIL_2>");
    CHECK(redactor.seal("<script>x</script><!-- triage:op=0123456789abcdef --><!-- no -->\u202E").str() ==
          "&lt;script>x&lt;/script><!-- triage:op=0123456789abcdef -->&lt;!-- no -->");
  }

  TEST_CASE("seal_code: leaves code as it is but for secrets and known values") {
    Redactor redactor;
    redactor.know(jane());
    const std::string code = "if (a<b) call(\"10.1.2.3\", x@y); // 555-123-4567\n";
    CHECK(redactor.seal_code(code).str() == code);
    CHECK(redactor.seal_code("user = 'jdoe77'; key = '" + kKey + "'").str() ==
          "user = '<LOGIN_1>'; key = '<API_KEY_1>'");
  }

  TEST_CASE("guard: refuses a value in any disguise and lets placeholders pass") {
    Redactor redactor;
    redactor.know(jane());
    (void)redactor.redact("a.b@x.example " + kKey);
    const std::string mail = "a.b@x.example";
    for (const std::string& body :
         {mail, std::string("A.B@X.EXAMPLE"), std::string("a%2Eb%40x%2eexample"),
          std::string("a.b@x\u200B.exam\u00ADple"), "x" + to_hex(mail) + "y", to_base64(mail),
          to_base64("z" + mail), to_base64("zz" + mail + "z"),
          to_base64("{\"to\":\"" + mail + "\"}"), json_quote("line\n" + mail),
          Json::object().set("m", "x\n" + mail).dump(),
          Json::object().set("m", "n\njane doe-smith").dump(), "key " + kKey,
          Json::object().set("k\n" + kKey, 1).dump(), std::string(kKey.rbegin(), kKey.rend()),
          kKey.substr(0, 11) + "\" + \"" + kKey.substr(11), kKey.substr(7), "x" + kKey + "y",
          std::string("fx-cebw-n1O2p3Q4r5S6t7U8v9W0x1Y2")}) {
      CAPTURE(body);
      const auto verdict = redactor.guard(body);
      REQUIRE_FALSE(verdict.ok());
      CHECK(verdict.error().kind == ErrorKind::denied);
      CHECK(verdict.error().message.find(mail) == std::string::npos);
    }
    for (const std::string& body :
         {std::string("<EMAIL_1> and password: <PASSWORD_1>"), std::string("{\"a\":\"b\\nfine\"}"),
          std::string("{broken"), std::string(), std::string("a jane of all trades")})
      CHECK(redactor.guard(body).ok());
  }

  TEST_CASE("stage: every field is redacted, everybody whom the helpdesk names is known first") {
    Ticket ticket;
    ticket.subject = RawText("Crash for Omar Khan");
    ticket.body = RawText("I am jane@example.com");
    ticket.requester = jane();
    ticket.comments.push_back(
        {"1", {"Omar Khan", "", "", "", "", ""}, RawText("Jane told me"), {}, false});
    ticket.attachments.push_back({"jdoe77.log", "text/plain", RawText("key " + kKey)});
    const Redaction redaction = redact_ticket(ticket);
    CHECK(redaction.subject.str() == "Crash for <PERSON_1>");
    CHECK(redaction.text.str() ==
          "Crash for <PERSON_1>\n\nI am <EMAIL_1>\n\nComment:\n<PERSON_2> told me\n\n"
          "Attachment <LOGIN_1>.log\nkey <API_KEY_1>");
    CHECK(redaction.spans.back().field == "attachment <LOGIN_1>.log");
    CHECK(redaction.vault.size() == 5);
  }

  TEST_CASE("stage: a huge attachment leaves head and tail in the joined text") {
    Ticket ticket;
    ticket.attachments.push_back(
        {"big.log", "text/plain", RawText(std::string(2'000'000, 'x') + " end")});
    const Redaction redaction = redact_ticket(ticket);
    CHECK(redaction.text.str().size() < 600'000);
    CHECK(redaction.text.str().ends_with(" end"));
    CHECK(redaction.attachments[0].str().size() > 2'000'000);
  }
}

}  // namespace triage::redact
