#include "pipeline/propose/answer.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "pipeline/propose/edits.h"

namespace triage::propose {
namespace {

// "path: before → after; before → after | path = content | path deleted"
std::string shown(const std::vector<Edit>& edits) {
  std::string text;
  for (const Edit& edit : edits) {
    if (!text.empty()) text += " | ";
    text += edit.path;
    if (edit.remove) text += " deleted";
    if (edit.content) text += " = " + *edit.content;
    for (size_t i = 0; i < edit.hunks.size(); ++i) {
      text += (i == 0 ? ": " : "; ") + edit.hunks[i].before + "→" + edit.hunks[i].after;
    }
  }
  for (char& c : text) {
    if (c == '\n') c = '/';
  }
  return text;
}

struct Case {
  const char* name;
  const char* answer;
  const char* edits;
};

constexpr Case kCases[] = {
    {"heading, fence, block",
     "### shop/a.py\n```python\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n```\n",
     "shop/a.py: x = 1/→x = 2/"},
    {"path alone before the fence",
     "shop/a.py\n```\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```", "shop/a.py: x/→y/"},
    {"path inside the fence",
     "```python\nshop/a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```",
     "shop/a.py: x/→y/"},
    {"path heading inside the fence",
     "```\n### shop/a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```", "shop/a.py: x/→y/"},
    {"no fence", "File: shop/a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n",
     "shop/a.py: x/→y/"},
    {"bold file label", "**File:** `shop/a.py`\n\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n",
     "shop/a.py: x/→y/"},
    {"backticked path with a colon",
     "In `shop/a.py`:\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE", "shop/a.py: x/→y/"},
    {"path in the fence's info",
     "```python path=shop/a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```",
     "shop/a.py: x/→y/"},
    {"language:path info",
     "```python:shop/a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```",
     "shop/a.py: x/→y/"},
    {"two blocks for one file in one fence",
     "### a.py\n```\n<<<<<<< SEARCH\n1\n=======\n2\n>>>>>>> REPLACE\n<<<<<<< "
     "SEARCH\n3\n=======\n4\n"
     ">>>>>>> REPLACE\n```",
     "a.py: 1/→2/; 3/→4/"},
    {"two files",
     "### a.py\n<<<<<<< SEARCH\n1\n=======\n2\n>>>>>>> REPLACE\n\n### b.py\n<<<<<<< "
     "SEARCH\n3\n=======\n"
     "4\n>>>>>>> REPLACE\n",
     "a.py: 1/→2/ | b.py: 3/→4/"},
    {"empty search makes a file",
     "### tests/test_a.py\n```python\n<<<<<<< SEARCH\n=======\nassert 1\n>>>>>>> REPLACE\n```",
     "tests/test_a.py = assert 1/"},
    {"empty replacement removes lines", "### a.py\n<<<<<<< SEARCH\nx\n=======\n>>>>>>> REPLACE\n",
     "a.py: x/→"},
    {"short marks and lower case", "### a.py\n<<<<< search\nx\n=====\ny\n>>>>> replace\n",
     "a.py: x/→y/"},
    {"line ends of Windows",
     "### a.py\r\n<<<<<<< SEARCH\r\nx\r\n=======\r\ny\r\n>>>>>>> REPLACE\r\n", "a.py: x/→y/"},
    {"a fence inside the text of a block",
     "### README.md\n````\n<<<<<<< SEARCH\n```\nold\n```\n=======\n```\nnew\n```\n>>>>>>> "
     "REPLACE\n````",
     "README.md: ```/old/```/→```/new/```/"},
    {"an announced name without a dot",
     "### Makefile\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE", "Makefile: x/→y/"},
    {"no name at all", "Here:\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n", ""},
    {"no-op block", "### a.py\n<<<<<<< SEARCH\nx\n=======\nx\n>>>>>>> REPLACE\n", ""},
    {"unclosed block", "### a.py\n<<<<<<< SEARCH\nx\n=======\ny\n", ""},
    {"unclosed block before a good one",
     "### a.py\n<<<<<<< SEARCH\nx\n\n### b.py\n<<<<<<< SEARCH\n1\n=======\n2\n>>>>>>> REPLACE\n",
     "b.py: 1/→2/"},
    {"absolute path and dots are kept for policy to refuse",
     "### /etc/passwd\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n### ../up.py\n<<<<<<< "
     "SEARCH\nx\n"
     "=======\ny\n>>>>>>> REPLACE\n",
     "/etc/passwd: x/→y/ | ../up.py: x/→y/"},
    {"git diff in a fence",
     "```diff\ndiff --git a/s/a.py b/s/a.py\nindex 1..2 100644\n--- a/s/a.py\n+++ b/s/a.py\n"
     "@@ -1,2 +1,2 @@ def f\n keep\n-x\n+y\n```\n",
     "s/a.py: keep/x/→keep/y/"},
    {"bare diff between prose",
     "Here it is.\n\n--- s/a.py\n+++ s/a.py\n@@ -1,2 +1,2 @@\n keep\n-x\n+y\n\nThat is all.\n",
     "s/a.py: keep/x/→keep/y/"},
    {"wrong counts in the hunk header",
     "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,9 +7 @@\n k\n-x\n+y\n+z\n```", "a.py: k/x/→k/y/z/"},
    {"several files, one new, one deleted",
     "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+y\n--- /dev/null\n+++ b/n.py\n@@ -0,0 +1 "
     "@@\n+new\n"
     "--- a/o.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n```",
     "a.py: x/→y/ | n.py = new/ | o.py deleted"},
    {"a rename is said, not guessed",
     "```diff\ndiff --git a/a.py b/b.py\nsimilarity index 100%\nrename from a.py\nrename to "
     "b.py\n```",
     ""},
    {"whole file, clearly marked", "```python path=tests/test_n.py\nimport a\nassert a\n```\n",
     "tests/test_n.py = import a/assert a/"},
    {"a sample without a name is prose", "Use it so:\n```python\nimport a\n```\n", ""},
    {"an unclosed whole file is left out", "```python path=n.py\nimport a\n", ""},
};

constexpr std::string_view kFull = R"(# headline
Totals are one cent too low because each line is rounded first
## ROOT CAUSE:
`apply_discount` rounds per line (shop/pricing.py:88).

It should round once.
**Confidence:** High
### Understood
- "off by a cent"
* since Tuesday
  and only with codes
## Assumed
1. the EU price list
## Not known
none
## Out of scope
N/A
## Question
Which browser?
## Customer note
Thank you. Is this what you see?
## Acceptance criteria
- [ ] 3 × 19.99 totals 53.97
## Title
Round once
## Change
Subtract first, then round.
## Edits
### shop/pricing.py
```
<<<<<<< SEARCH
a
=======
b
>>>>>>> REPLACE
```
)";

TEST_SUITE("propose") {
  TEST_CASE("answer: edits are found in every form that models write") {
    for (const Case& row : kCases) {
      INFO(std::string(row.name));
      CHECK(shown(take_edits(row.answer).edits) == std::string(row.edits));
    }
  }

  TEST_CASE("answer: what had to be left out is said") {
    for (const char* name : {"no name at all", "unclosed block", "a rename is said, not guessed",
                             "an unclosed whole file is left out"}) {
      const auto row = std::ranges::find(kCases, std::string_view(name), &Case::name);
      REQUIRE(row != std::end(kCases));
      INFO(std::string(name));
      CHECK(take_edits(row->answer).problems.size() == 1);
    }
  }

  TEST_CASE("answer: every heading fills its field, in any case, level and style") {
    const auto draft = parse_answer(kFull);
    REQUIRE(draft.ok());
    CHECK(draft->kind == DraftKind::patch);
    CHECK(draft->headline == "Totals are one cent too low because each line is rounded first");
    CHECK(draft->cause ==
          "`apply_discount` rounds per line (shop/pricing.py:88).\n\nIt should round once.");
    CHECK(draft->confidence == Confidence::high);
    CHECK(draft->understood ==
          std::vector<std::string>{"\"off by a cent\"", "since Tuesday and only with codes"});
    CHECK(draft->assumed == std::vector<std::string>{"the EU price list"});
    CHECK(draft->not_known.empty());
    CHECK(draft->out_of_scope.empty());
    CHECK(draft->question == "Which browser?");
    CHECK(draft->customer_note == "Thank you. Is this what you see?");
    CHECK(draft->acceptance == std::vector<std::string>{"3 × 19.99 totals 53.97"});
    CHECK(draft->title == "Round once");
    CHECK(draft->change == "Subtract first, then round.");
    CHECK(shown(draft->edits) == "shop/pricing.py: a/→b/");
  }

  TEST_CASE("answer: prose around edits becomes the cause where there are no headings") {
    const auto draft = parse_answer(
        "The rounding is done too early.\n\na.py\n```\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> "
        "REPLACE\n```\n");
    REQUIRE(draft.ok());
    CHECK(draft->kind == DraftKind::patch);
    CHECK(draft->cause == "The rounding is done too early.");
  }

  TEST_CASE("answer: JSON is understood, plain and fenced") {
    const std::string json =
        R"({"headline":"H","cause":"C","confidence":"medium","not_known":["a","b"],"edits":[)"
        R"({"path":"a.py","search":"x\n","replace":"y\n"},{"path":"n.py","search":"","replace":"n\n"},)"
        R"({"path":"","search":"x","replace":"y"}]})";
    for (const std::string& text : {json, "```json\n" + json + "\n```"}) {
      const auto draft = parse_answer(text);
      REQUIRE(draft.ok());
      CHECK(draft->headline == "H");
      CHECK(draft->confidence == Confidence::medium);
      CHECK(draft->not_known == std::vector<std::string>{"a", "b"});
      CHECK(shown(draft->edits) == "a.py: x/→y/ | n.py = n/");
      CHECK(draft->problems.size() == 1);
    }
  }

  TEST_CASE("answer: the kind follows from what is there") {
    const auto kind = [](std::string_view text) { return parse_answer(text).value().kind; };
    CHECK(kind("## Cause\nIt is slow in a.py.") == DraftKind::diagnosis);
    CHECK(kind("## Question\nWhich version?") == DraftKind::question);
    CHECK(kind("## Cause\nSee docs/a.md\n## Change\nNo change needed: it is a setting.") ==
          DraftKind::no_change);
    CHECK(kind("The fault is in `total`, which rounds twice.") == DraftKind::diagnosis);
  }

  TEST_CASE("answer: nonsense is unusable") {
    for (const char* text :
         {"", "   \n", "I'm sorry, I can't help with that.", "banana banana banana", "{}",
          "[1,2,3]", "```\n```", "<think>hm `x`</think>\nNo idea"}) {
      INFO(std::string(text));
      const auto draft = parse_answer(text);
      REQUIRE_FALSE(draft.ok());
      CHECK(draft.error().kind == ErrorKind::invalid_input);
    }
  }

  TEST_CASE("answer: a comment in a code sample is no heading") {
    const auto draft = parse_answer("## Cause\nSee:\n```python\n# Title\nx\n```\nend\n## Title\nT");
    REQUIRE(draft.ok());
    CHECK(draft->title == "T");
    CHECK(draft->cause.ends_with("end"));
  }

  TEST_CASE("answer: hostile input is bounded") {
    std::string many = "### a.py\n";
    for (int i = 0; i < 10'000; ++i) {
      many += "<<<<<<< SEARCH\nx" + std::to_string(i) + "\n=======\ny\n>>>>>>> REPLACE\n\n";
    }
    const auto capped = parse_answer(many);
    REQUIRE(capped.ok());
    REQUIRE(capped->edits.size() == 1);
    CHECK(capped->edits.front().hunks.size() == kMaxHunks);
    REQUIRE(capped->problems.size() == 1);
    CHECK(capped->problems.front().find("500") != std::string::npos);

    std::string opens;
    for (int i = 0; i < 50'000; ++i) opens += "<<<<<<< SEARCH\n```\n";
    CHECK_FALSE(parse_answer(opens).ok());
    CHECK_FALSE(parse_answer(std::string(8 << 20, '#')).ok());
    const auto bytes = parse_answer(std::string("## Cause\nbad \xff\xfe ") + '\0' + " a.py end");
    REQUIRE(bytes.ok());
    CHECK(bytes->cause.find('\0') == std::string::npos);
    CHECK(bytes->cause.find("\xff") == std::string::npos);
  }
}

}  // namespace
}  // namespace triage::propose
