#include "daemon/ticket_command.h"

#include <doctest/doctest.h>

#include "pipeline/base/codec.h"

using namespace triage;
using namespace triage::daemon;

namespace {

Person person(const std::string& login, const std::string& email = "", const std::string& name = "") {
  Person out;
  out.login = login;
  out.email = email;
  out.name = name;
  return out;
}

}  // namespace

TEST_SUITE("ticket command") {
  TEST_CASE("command: found at the start of a line only, never quoted, in code or in our own note") {
    struct Row {
      const char* comment;
      const char* word;  // empty: no command; "?": an unknown one
      const char* text = "";
    };
    for (const Row& row : std::vector<Row>{
             {"/triage retry", "retry"},
             {"/triage stop\n", "stop"},
             {"/triage\tstop", "stop"},
             {"/triage RETRY", "retry"},
             {"/triage retry\r\n", "retry"},
             {"/triage reject the customer was wrong", "reject", "the customer was wrong"},
             {"Thanks!\n/triage refine use the other table", "refine", "use the other table"},
             {"/triage refine first\nsecond line", "refine", "first\nsecond line"},
             {"/triage refine\nthe text below", "refine", "the text below"},
             {"/triage stop\n/triage retry", "stop", "/triage retry"},
             {"```\ncode\n```\n/triage stop", "stop"},
             {"~~~\n```\n~~~\n/triage stop", "stop"},
             {"````\n```\n````\n/triage stop", "stop"},
             {"/triage frobnicate", "?"},
             {"/triage", "?"},
             {"/triage\nretry", "?"},
             {"/triage r\xc3\xa9try", "?"},
             // no commands
             {"", ""},
             {"please /triage retry", ""},
             {" /triage retry", ""},
             {"\t/triage retry", ""},
             {"    /triage retry", ""},
             {"> /triage retry", ""},
             {">/triage retry", ""},
             {"- /triage retry", ""},
             {"`/triage retry`", ""},
             {"/triaged retry", ""},
             {"/triage-retry", ""},
             {"//triage retry", ""},
             {"/TRIAGE retry", ""},
             {"\\/triage retry", ""},
             {"\xe2\x80\x8b/triage retry", ""},
             {"```\n/triage retry\n```", ""},
             {"```\n/triage retry", ""},
             {"~~~sh\n/triage retry\n~~~", ""},
             {"   ```\n/triage retry\n   ```", ""},
             {"````\n```\n/triage retry\n````", ""},
             {"```\n~~~\n/triage retry\n```", ""},
             {"```\n``` not closing\n/triage retry", ""},
             {"Fine.\n-----Original Message-----\n/triage retry", ""},
             {"Fine.\nOn Tue, Mira wrote:\n/triage retry", ""},
             {"/triage retry\n<!-- triage:op=0123456789abcdef -->", ""},
         }) {
      CAPTURE(row.comment);
      const auto command = command_in(row.comment);
      CHECK(command.has_value() == !std::string_view(row.word).empty());
      if (!command) continue;
      CHECK((command->word ? name_of(*command->word) : "?") == row.word);
      if (command->word) CHECK(command->text == row.text);
    }
  }

  TEST_CASE("command: what is asked for has to make sense") {
    const auto problem = [](const char* comment) { return problem_with(*command_in(comment)); };
    CHECK(problem("/triage retry").empty());
    CHECK(problem("/triage reject").empty());
    CHECK(problem("/triage refine more tests").empty());
    CHECK(problem("/triage refine").find("say what to change") != std::string::npos);
    CHECK(problem("/triage merge").find("no such command") != std::string::npos);
  }

  TEST_CASE("command: a text without end is cut, on a character") {
    const auto command = command_in("/triage refine " + std::string(3999, 'a') + "\xc3\xa9" +
                                    std::string(100'000, 'b'));
    REQUIRE(command.has_value());
    CHECK(command->text == std::string(3999, 'a'));
  }

  TEST_CASE("command: who is named in the configuration") {
    const std::vector<std::string> names{"Mira", "lead@example.com", ""};
    CHECK(is_named(person("mira"), names));
    CHECK(is_named(person("", "Lead@Example.com"), names));
    CHECK_FALSE(is_named(person("", "", "Mira"), names));  // a display name is anybody's to choose
    CHECK_FALSE(is_named(person("mira2"), names));
    CHECK_FALSE(is_named({}, names));
    CHECK_FALSE(is_named(person("mira"), {}));
  }
}
