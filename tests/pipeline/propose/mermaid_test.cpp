#include "pipeline/propose/mermaid.h"

#include <doctest/doctest.h>

namespace triage::propose {
namespace {

struct Row {
  const char *name, *text, *written;  // written empty: refused
};

constexpr Row kRows[] = {
    {"plain", "flowchart TD\na[Start] --> b[End]", "flowchart TD\n  a[\"Start\"] --> b[\"End\"]\n"},
    {"graph, semicolons, comments", "%% mine\ngraph LR;\n a-->b;\n", "flowchart LR\n  a --> b\n"},
    {"shapes", "flowchart\na(x) --> b{y?} --> c([z]) --> d((w))",
     "flowchart TD\n  a(\"x\") --> b{\"y?\"} --> c([\"z\"]) --> d((\"w\"))\n"},
    {"texts on links",
     "flowchart TD\na -->|yes| b\na -- no --> c\na -. later .-> d\na == sure ==> e",
     "flowchart TD\n  a -->|\"yes\"| b\n  a -->|\"no\"| c\n  a -.->|\"later\"| d\n  a "
     "-->|\"sure\"| e\n"},
    {"several nodes at once", "flowchart TD\na & b --> c", "flowchart TD\n  a & b --> c\n"},
    {"brackets in a quoted label", "flowchart TD\na[\"x (y) [z]\"] --> b",
     "flowchart TD\n  a[\"x (y) [z]\"] --> b\n"},
    {"a line break in a label", "flowchart TD\na[\"x<br/>y\"] --> b",
     "flowchart TD\n  a[\"x y\"] --> b\n"},
    {"subgraph", "flowchart TD\nsubgraph today [As it is]\na --> b\nend\nsubgraph To be\nc\nend",
     "flowchart TD\n  subgraph today[\"As it is\"]\n  a --> b\n  end\n  subgraph group_1[\"To "
     "be\"]\n  c\n  end\n"},
    {"other languages", "flowchart TD\na[Prüfung läuft] --> b[確認]",
     "flowchart TD\n  a[\"Prüfung läuft\"] --> b[\"確認\"]\n"},
    {"sequence",
     "sequenceDiagram\nparticipant C as Customer\nC->>S: sends a form\nS-->>C: answers\nNote over "
     "S: by hand",
     "sequenceDiagram\n  participant C as Customer\n  C->>S: sends a form\n  S-->>C: answers\n  "
     "Note over S: by hand\n"},
    {"sequence with blocks", "sequenceDiagram\nalt known\nA->>B: x\nelse\nA->>C: y\nend",
     "sequenceDiagram\n  alt known\n  A->>B: x\n  else\n  A->>C: y\n  end\n"},
    {"states",
     "stateDiagram-v2\n[*] --> Open\nOpen --> Closed : done\nstate \"In work\" as W\nW --> [*]",
     "stateDiagram-v2\n  [*] --> Open\n  Open --> Closed : done\n  state \"In work\" as W\n  W --> "
     "[*]\n"},
    {"click", "flowchart TD\na --> b\nclick a \"https://evil.example\"", ""},
    {"click with a callback", "flowchart TD\na --> b\nclick a call alert()", ""},
    {"directive", "%%{init: {\"securityLevel\": \"loose\"}}%%\nflowchart TD\na --> b", ""},
    {"directive further down", "flowchart TD\na --> b\n%%{init: {}}%%", ""},
    {"front matter", "---\nconfig:\n  securityLevel: loose\n---\nflowchart TD\na --> b", ""},
    {"HTML in a label", "flowchart TD\na[\"<img src=x onerror=alert(1)>\"] --> b", ""},
    {"entities", "flowchart TD\na[\"#lt;script#gt;\"] --> b", ""},
    {"an address in a label", "flowchart TD\na[\"see https://evil.example/x\"] --> b", ""},
    {"an address on a link", "flowchart TD\na -->|http://evil.example| b", ""},
    {"styles", "flowchart TD\na --> b\nstyle a fill:url(//evil.example)", ""},
    {"class with styles", "flowchart TD\na:::red --> b", ""},
    {"classDef", "flowchart TD\na --> b\nclassDef red fill:#f00", ""},
    {"out of the fence", "flowchart TD\na --> b\n```\n<script>", ""},
    {"unbalanced brackets", "flowchart TD\na[Start --> b", ""},
    {"nested brackets without quotes", "flowchart TD\na[x (y)] --> b", ""},
    {"unclosed quote", "flowchart TD\na[\"x] --> b", ""},
    {"a node called end", "flowchart TD\nstart --> end", ""},
    {"subgraph never closed", "flowchart TD\nsubgraph x\na --> b", ""},
    {"end without a subgraph", "flowchart TD\na --> b\nend", ""},
    {"half a link", "flowchart TD\na -->", ""},
    {"two statements on a line", "flowchart TD\na --> b; click a href", ""},
    {"another kind of diagram", "gitGraph\ncommit", ""},
    {"mindmap with an icon", "mindmap\nroot\n::icon(fa fa-book)", ""},
    {"sequence links", "sequenceDiagram\nparticipant A\nlink A: Go @ https://evil.example", ""},
    {"sequence with HTML", "sequenceDiagram\nA->>B: <b>x</b>", ""},
    {"state with a note in HTML", "stateDiagram-v2\nA --> B : <i>x</i>", ""},
    {"nothing in it", "flowchart TD\n", ""},
    {"empty", "", ""},
    {"prose", "First the customer calls, then we answer.", ""},
};

TEST_SUITE("propose") {
  TEST_CASE("mermaid: a plain diagram is written anew, all else is refused with the reason") {
    for (const Row& row : kRows) {
      CAPTURE(std::string(row.name));
      const auto checked = check_mermaid(row.text);
      CHECK(checked.ok() == (*row.written != '\0'));
      if (checked) CHECK(*checked == std::string(row.written));
      if (!checked) CHECK(checked.error().message.find("diagram") != std::string::npos);
      // What passed passes again, and stays as it is.
      if (checked) CHECK(check_mermaid(*checked).value_or("") == *checked);
    }
  }

  TEST_CASE("mermaid: size is bounded") {
    std::string many = "flowchart TD\n";
    for (int i = 0; i < 41; ++i) many += "n" + std::to_string(i) + "\n";
    CHECK_FALSE(check_mermaid(many).ok());
    CHECK(check_mermaid(many.substr(0, many.rfind("n40"))).ok());
    CHECK_FALSE(check_mermaid("flowchart TD\n" + std::string(7'000, 'a')).ok());
    CHECK_FALSE(check_mermaid("flowchart TD\n" + std::string(5'000, '[')).ok());
    std::string links = "flowchart TD\na";
    for (int i = 0; i < 90; ++i) links += "-->a";
    CHECK_FALSE(check_mermaid(links).ok());
  }

  TEST_CASE("mermaid: our own charts pass the check, whatever the words") {
    const std::string chart =
        flowchart_of({{"Today",
                       {"<EMAIL_1> says \"no\"", "see https://evil.example #lt; `x`;\nclick a",
                        std::string(500, 'x')}},
                      {"Empty", {}},
                      {"Wished", {"end"}}});
    CHECK(check_mermaid(chart).ok());
    CHECK(chart.find("://") == std::string::npos);
    CHECK(chart.find("‹EMAIL_1› says 'no'") != std::string::npos);
    CHECK(chart.find("Empty") == std::string::npos);
    CHECK(flowchart_of({{"Today", {}}}).empty());
  }
}

}  // namespace
}  // namespace triage::propose
