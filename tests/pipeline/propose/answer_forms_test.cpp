// Answers as models really give them, whole, broken and hostile; and the schema they are asked for.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "pipeline/propose/answer.h"
#include "pipeline/propose/instructions.h"

namespace triage::propose {
namespace {

// What was read, in one line: "headline | cause | edits | problems | kind", or "! reason".
std::string read(std::string_view text, TicketKind kind = TicketKind::bug) {
  const auto draft = parse_answer(text, kind);
  if (!draft) return "! " + draft.error().message;
  std::string out = draft->headline + " | " + draft->cause + " |";
  for (const Edit& edit : draft->edits) {
    out += " " + edit.path;
    if (edit.remove) out += " gone";
    if (edit.content) out += " = " + *edit.content;
    for (const Hunk& hunk : edit.hunks) out += ": " + hunk.before + "→" + hunk.after;
  }
  out += " | " + std::to_string(draft->problems.size()) + " | " + std::string(name_of(draft->kind));
  std::ranges::replace(out, '\n', '/');
  return out;
}

struct Row {
  const char *name, *answer, *read;
};

// Where "read" begins with "!", only the beginning of the reason is compared.
constexpr Row kRows[] = {
    {"plain", R"({"headline":"H","cause":"C"})", "H | C | | 0 | diagnosis"},
    {"fence", "```json\n{\"headline\":\"H\",\"cause\":\"C\"}\n```", "H | C | | 0 | diagnosis"},
    {"fence without a language", "```\n{\"headline\":\"H\",\"cause\":\"C\"}\n```",
     "H | C | | 0 | diagnosis"},
    {"prose before and behind", "Here it is:\n{\"headline\":\"H\",\"cause\":\"C\"}\nThat is all.",
     "H | C | | 0 | diagnosis"},
    {"prose and a fence", "Sure!\n\n```json\n{\"headline\":\"H\",\n\"cause\":\"C\"}\n```\nDone.",
     "H | C | | 0 | diagnosis"},
    {"thoughts first", "<think>{\"headline\":\"no\"}</think>{\"headline\":\"H\",\"cause\":\"C\"}",
     "H | C | | 0 | diagnosis"},
    {"byte order mark", "\xEF\xBB\xBF{\"headline\":\"H\",\"cause\":\"C\"}",
     "H | C | | 0 | diagnosis"},
    {"trailing commas",
     "{\"headline\":\"H\",\"cause\":\"C\",\"edits\":[{\"path\":\"a\",\"content\":\"x\",},],}",
     "H | C | a = x | 0 | patch"},
    {"comments", "{// my answer\n\"headline\":\"H\", /* the\ncause */ \"cause\":\"C // not one\"}",
     "H | C // not one | | 0 | diagnosis"},
    {"line breaks inside a string", "{\"headline\":\"H\",\"cause\":\"one\ntwo\tthree\"}",
     "H | one/two\tthree | | 0 | diagnosis"},
    {"backslashes that are no escapes", R"({"headline":"H","cause":"C:\work and \d+ and \u12"})",
     R"(H | C:\work and \d+ and \u12 | | 0 | diagnosis)"},
    {"Python's words",
     R"({"headline":"H","cause":"C","question":None,"edits":[{"path":"a","delete":True}]})",
     "H | C | a gone | 0 | patch"},
    {"an object in a string", R"("{\"headline\":\"H\",\"cause\":\"C\"}")",
     "H | C | | 0 | diagnosis"},
    {"a list of one", R"([{"headline":"H","cause":"C"}])", "H | C | | 0 | diagnosis"},
    {"a call of the tool", R"({"name":"finish","arguments":{"headline":"H","cause":"C"}})",
     "H | C | | 0 | diagnosis"},
    {"a call with text", R"({"name":"finish","arguments":"{\"headline\":\"H\",\"cause\":\"C\"}"})",
     "H | C | | 0 | diagnosis"},
    {"other names for the parts", R"({"summary":"H","Root Cause":"C"})", "H | C | | 0 | diagnosis"},
    {"an empty part does not hide a full one", R"({"headline":"H","summary":"","cause":"C"})",
     "H | C | | 0 | diagnosis"},
    {"unknown members", R"({"headline":"H","cause":"C","merge":true,"labels":["p0"]})",
     "H | C | | 0 | diagnosis"},
    {"cut off in a string", R"({"headline":"H","cause":"C","question":"Whi)",
     "H | C | | 1 | diagnosis"},
    {"cut off in an edit: no half edit",
     R"({"headline":"H","cause":"C","edits":[{"path":"a","search":"x","repl)",
     "H | C | | 1 | diagnosis"},
    {"search and replace",
     R"({"headline":"H","cause":"C","edits":[{"path":"a","search":"x","replace":"y","content":null,"delete":false}]})",
     "H | C | a: x→y | 0 | patch"},
    {"lines are taken out", R"({"headline":"H","edits":[{"path":"a","search":"x","replace":""}]})",
     "H |  | a: x→ | 0 | patch"},
    {"an empty new file",
     R"({"headline":"H","edits":[{"path":"a/__init__.py","search":null,"replace":null,"content":""}]})",
     "H |  | a/__init__.py =  | 0 | patch"},
    {"all empty would erase a file",
     R"({"headline":"H","edits":[{"path":"a","search":"","replace":"","content":"","delete":false}]})",
     "H |  | | 1 | diagnosis"},
    {"delete and write", R"({"headline":"H","edits":[{"path":"a","content":"x","delete":true}]})",
     "H |  | | 1 | diagnosis"},
    {"a change that changes nothing",
     R"({"headline":"H","edits":[{"path":"a","search":"x","replace":"x"}]})",
     "H |  | | 1 | diagnosis"},
    {"no file name", R"({"headline":"H","edits":[{"search":"x","replace":"y"},7,null,"z"]})",
     "H |  | | 1 | diagnosis"},
    {"one edit instead of a list", R"({"headline":"H","edits":{"path":"a","content":"x"}})",
     "H |  | a = x | 0 | patch"},
    {"a diff in the edits",
     "{\"headline\":\"H\",\"edits\":\"--- a/a\\n+++ b/a\\n@@ -1 +1 @@\\n-x\\n+y\\n\"}",
     "H |  | a: x/→y/ | 0 | patch"},
    {"JSON as a sample in Markdown",
     "## Headline\nH\n## Cause\nIt sends\n```json\n{\"title\":\"T\",\"cause\":\"x\"}\n```\n",
     "H | It sends/```json/{\"title\":\"T\",\"cause\":\"x\"}/``` | | 0 | diagnosis"},
    {"a diagram in the cause is not kept",
     "{\"headline\":\"H\",\"cause\":\"C\\n```mermaid\\nflowchart TD\\nclick a\\n```\\nD\"}",
     "H | C/D | | 0 | diagnosis"},
    {"numbers where words belong", R"({"headline":17,"cause":["a","b"],"understood":3})",
     "17 | a/b | | 0 | diagnosis"},
    {"nothing but refusal", R"({"refusal":"I can't help with that."})",
     "! the model's answer holds neither"},
    {"empty object", "{}", "! the model's answer holds neither"},
    {"empty", " \n\t", "! the answer is empty"},
    {"nulls", R"({"headline":null,"cause":null})", "! the model's answer holds neither"},
    {"single quotes", "{'headline': 'H', 'cause': 'C'}", "! the answer is not valid JSON"},
    {"broken at once", "{\"headline\": H is wrong", "! the answer is not valid JSON"},
    {"quotes inside a string", R"({"headline":"say "no"","cause":"C"})",
     "! the answer is not valid JSON"},
    {"two values", R"({"headline":"H" "cause":"C"})", "! the answer is not valid JSON"},
};

TEST_SUITE("propose") {
  TEST_CASE("answer: JSON is read as models write it, and refused with the reason") {
    for (const Row& row : kRows) {
      INFO(std::string(row.name));
      const std::string found = read(row.answer);
      const std::string wanted = row.read;
      CHECK((wanted.starts_with('!') ? found.substr(0, wanted.size()) : found) == wanted);
    }
  }

  TEST_CASE("answer: hostile JSON is bounded") {
    const std::string deep(100'000, '[');
    CHECK(read("{\"headline\":" + deep).starts_with("! the answer is not valid JSON"));
    CHECK(read(std::string(100'000, '{')).starts_with("!"));
    std::string lines;
    for (int i = 0; i < 20'000; ++i) lines += "{\"x\":\n";
    CHECK(read(lines).starts_with("!"));
    std::string items = "{\"headline\":\"H\",\"understood\":[\"a\"";
    for (int i = 0; i < 5'000; ++i) items += ",\"" + std::string(800, 'x') + "\"";
    const auto draft = parse_answer(items + "]}");
    REQUIRE(draft.ok());
    CHECK(draft->understood.size() == 20);
    CHECK(draft->understood.back().size() <= 510);
    std::string edits = "{\"headline\":\"H\",\"edits\":[{\"path\":\"a\",\"content\":\"x\"}";
    for (int i = 0; i < 5'000; ++i)
      edits += ",{\"path\":\"f" + std::to_string(i) + "\",\"search\":\"a\",\"replace\":\"b\"}";
    CHECK(parse_answer(edits + "]}").value().edits.size() <= 501);
    CHECK(read(std::string("{\"headline\":\"a\0b\xff\",\"cause\":\"C\"}", 31)) ==
          "ab\xEF\xBF\xBD | C | | 0 | diagnosis");
  }

  TEST_CASE("answer: the parts of each kind of ticket are read from JSON") {
    const auto bug = parse_answer(
        R"({"headline":"H","cause":"C","confidence":0.9,"timeline":[)"
        R"({"when":"since Tuesday","what":"It rounds per line.","path":"shop/a.py","line":3},)"
        R"({"when":"","what":"It fails.","path":null,"line":null},)"
        R"({"what":"Line as text","path":"shop/a.py","line":"7-9"},{"what":""},"2026 — words only"]})",
        TicketKind::bug);
    REQUIRE(bug.ok());
    CHECK(bug->confidence == Confidence::high);
    REQUIRE(bug->timeline.size() == 4);
    CHECK(bug->timeline[0].when == "since Tuesday");
    CHECK(bug->timeline[0].evidence.path == "shop/a.py");
    CHECK(bug->timeline[0].evidence.start == 3);
    CHECK(bug->timeline[1].evidence.kind.empty());
    CHECK(bug->timeline[2].evidence.start == 7);

    const auto wish = parse_answer(
        R"({"headline":"H","acceptance":[{"given":"a cart","when":"it is exported","then":"it holds rows"}]})",
        TicketKind::feature);
    REQUIRE(wish.ok());
    CHECK(wish->acceptance ==
          std::vector<std::string>{"Given a cart, when it is exported, then it holds rows"});

    const auto work = parse_answer(
        R"({"headline":"H","steps":[{"phase":"today","who":"support","what":"types it again"},)"
        R"({"phase":"proposed","who":"","what":"it is imported"}],"mermaid":"```mermaid\nflowchart TD\na-->b\n```"})",
        TicketKind::operations);
    REQUIRE(work.ok());
    CHECK(work->kind == DraftKind::workflow);
    CHECK(work->steps ==
          std::vector<std::string>{"Today: support – types it again", "Proposed: it is imported"});
    CHECK(work->mermaid == "flowchart TD\na-->b\n");

    const auto talk = parse_answer(
        R"({"headline":"H","requirements":[{"text":"Export holds all rows","quote":"all rows please","by":"customer"}],)"
        R"("disagreements":[{"about":"format","sides":[{"by":"customer","quote":"CSV"},{"by":"engineer","quote":"no, PDF"}]}],)"
        R"("undecided":["“when?”"]})",
        TicketKind::transcript);
    REQUIRE(talk.ok());
    CHECK(talk->kind == DraftKind::spec);
    CHECK(talk->requirements ==
          std::vector<std::string>{"Export holds all rows — “all rows please” (customer)"});
    CHECK(talk->disagreements ==
          std::vector<std::string>{"format: “CSV” (customer); “no, PDF” (engineer)"});
    CHECK(talk->undecided == std::vector<std::string>{"“when?”"});

    CHECK(read(R"({"headline":"H","cause":"see docs/a.md:3"})", TicketKind::question)
              .ends_with("answer"));
    CHECK(read(R"({"headline":"H","cause":"see docs/a.md:3"})", TicketKind::bug)
              .ends_with("diagnosis"));
    CHECK(read(R"({"headline":"H","steps":["a"]})", TicketKind::bug).ends_with("diagnosis"));
  }

  TEST_CASE("answer: the parts of each kind of ticket are read from headings") {
    const auto draft = parse_answer(
        "## Headline\nH\n## Timeline\n- since Tuesday — it rounds per line (shop/a.py:3)\n- it "
        "fails\n"
        "## Steps\n- Today: a\n- Proposed: b\n## Diagram\n```mermaid\nflowchart TD\na-->b\n```\n"
        "## Requirements\n- R\n## Disagreements\n- D\n## Not decided\n- U\n",
        TicketKind::transcript);
    REQUIRE(draft.ok());
    CHECK(draft->kind == DraftKind::spec);
    REQUIRE(draft->timeline.size() == 2);
    CHECK(draft->timeline[0].when == "since Tuesday");
    CHECK(draft->timeline[0].what == "it rounds per line (shop/a.py:3)");
    CHECK(draft->steps.size() == 2);
    CHECK(draft->mermaid == "flowchart TD\na-->b\n");
    CHECK(draft->requirements == std::vector<std::string>{"R"});
    CHECK(draft->disagreements == std::vector<std::string>{"D"});
    CHECK(draft->undecided == std::vector<std::string>{"U"});
  }
}

// Complaints about a schema that strict endpoints would refuse.
std::vector<std::string> unfit(const Json& schema) {
  static const std::set<std::string> kAllowed{"type", "properties",           "required",   "items",
                                              "enum", "additionalProperties", "description"};
  std::vector<std::string> out;
  for (const auto& [name, value] : schema.members()) {
    if (!kAllowed.contains(name)) out.push_back("keyword " + name);
  }
  if (schema["type"].as_string() == "object") {
    if (!schema.contains("additionalProperties") || schema["additionalProperties"].as_bool(true))
      out.emplace_back("open object");
    if (schema["required"].items().size() != schema["properties"].members().size())
      out.emplace_back("optional member");
  }
  for (const auto& [name, value] : schema["properties"].members()) {
    if (value["description"].as_string().empty()) out.push_back(name + " is not described");
    for (const std::string& complaint : unfit(value)) out.push_back(name + ": " + complaint);
  }
  if (schema["items"].is_object()) {
    for (const std::string& complaint : unfit(schema["items"]))
      out.push_back("items: " + complaint);
  }
  return out;
}

TEST_SUITE("propose") {
  TEST_CASE("schema: strict endpoints take it, for every kind of ticket") {
    for (size_t i = 0; i < names(TicketKind{}).size(); ++i) {
      const auto kind = static_cast<TicketKind>(i);
      CAPTURE(std::string(name_of(kind)));
      const Json schema = answer_schema(kind);
      CHECK(unfit(schema).empty());
      for (const char* part : {"headline", "cause", "confidence", "understood", "assumed",
                               "not_known", "out_of_scope", "question", "customer_note"})
        CHECK(schema["properties"].contains(part));
      CHECK(schema.dump().size() < 8'000);
      CHECK_FALSE(task_for(kind).empty());
    }
    Json bad = answer_schema(TicketKind::bug);
    CHECK(unfit(Json(bad).set("additionalProperties", true)).size() == 1);
    CHECK(unfit(Json(bad).set("required", Json::array())).size() == 1);
    CHECK(unfit(Json(bad).set("minLength", 3)).size() == 1);
  }

  TEST_CASE("schema: each kind asks for its artifact, and only for that") {
    struct Kind {
      TicketKind kind;
      std::set<std::string> parts;
    };
    const std::vector<std::string> all{"timeline",     "acceptance",    "steps",     "mermaid",
                                       "requirements", "disagreements", "undecided", "edits"};
    for (const Kind& row :
         {Kind{TicketKind::bug, {"timeline", "edits"}},
          Kind{TicketKind::incident, {"timeline", "edits"}},
          Kind{TicketKind::feature, {"acceptance", "edits"}}, Kind{TicketKind::question, {"edits"}},
          Kind{TicketKind::complaint, {"steps", "mermaid", "edits"}},
          Kind{TicketKind::operations, {"steps", "mermaid"}},
          Kind{TicketKind::transcript, {"requirements", "disagreements", "undecided"}}}) {
      CAPTURE(std::string(name_of(row.kind)));
      const Json schema = answer_schema(row.kind);
      for (const std::string& part : all)
        CHECK(schema["properties"].contains(part) == row.parts.contains(part));
    }
  }

  TEST_CASE("instructions: each form says how to answer, all forbid the same") {
    for (const AnswerForm form : {AnswerForm::tools, AnswerForm::json, AnswerForm::headings}) {
      const std::string_view text = instructions_for(form);
      CHECK(text.find("untrusted data") != std::string_view::npos);
      CHECK(text.find("promises nothing") != std::string_view::npos);
      CHECK(text.size() < 4'500);
    }
    CHECK(instructions_for(AnswerForm::tools).find("finish") != std::string_view::npos);
    CHECK(instructions_for(AnswerForm::headings).find("SEARCH") != std::string_view::npos);
    CHECK(instructions_for(AnswerForm::json).find("SEARCH") == std::string_view::npos);
  }
}

}  // namespace
}  // namespace triage::propose
