#include "pipeline/propose/tools.h"

#include <doctest/doctest.h>

#include "tests/pipeline/propose/scripted_model.h"
#include "tests/pipeline/verify/sandbox_here.h"

namespace triage::propose {
namespace {

using testing::text;

struct Box : testing::ShopCode {
  explicit Box(bool may_edit = true)
      : tools({view, proof, redactor, may_edit}, *WorkingTree::open(*view.repository, view.commit),
              *WorkingTree::open(*view.repository, view.commit)) {}
  std::string call(const std::string& name, const Json& arguments) {
    return tools.call({"1", name, arguments.dump()}).str();
  }
  ToolBox tools;
};

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_SUITE("propose tools") {
  TEST_CASE("tools: what a model may ask of the code") {
    struct Row {
      const char* tool;
      Json arguments;
      const char* shows;
    };
    const Row rows[] = {
        {"search_code", text({{"query", "vat for a country"}}), "shop/cart.py:"},
        {"read", text({{"path", "shop/cart.py"}}), "6     return {'DE': 19, 'FR': 20}[country]"},
        {"read", text({{"path", "./shop/cart.py"}}), "1 def total"},
        {"read", Json::object().set("path", "shop/cart.py").set("start", 2).set("end", 2),
         "2     return sum("},
        {"read", Json::object().set("path", "shop/cart.py").set("start", 99), "error: shop/cart.py has 6 lines"},
        {"read", text({{"path", ""}}), "shop/\ntests/\n"},
        {"read", text({{"path", "shop"}}), "cart.py"},
        {"read", text({{"path", "../etc/passwd"}}), "error: there is no file or folder"},
        {"definition", text({{"symbol", "vat"}}), "shop/cart.py:5-6 function vat"},
        {"definition", text({{"symbol", "nothing_of_that_name"}}), "error: no definition"},
        {"references", text({{"symbol", "vat"}}), "tests/test_cart.py:2 from shop.cart import total, vat"},
        {"references", text({{"symbol", "va"}}), "no line names it"},
        {"history", text({{"path", "shop/cart.py"}}), " shop\n"},
        {"history", Json::object().set("path", "shop/cart.py").set("line", 6), "line 6: "},
        {"history", text({{"path", "shop/none.py"}}), "no commit"},
        {"edit", text({{"path", "shop/cart.py"}, {"search", "no such line"}, {"replace", "x"}}), "error: "},
        {"edit", text({{"path", "../x"}, {"replace", "x"}}), "error: the path can't be used"},
        {"edit", text({{"path", "shop"}, {"replace", "x"}}), "error: "},
        {"shell", text({{"command", "id"}}), "error: there is no such tool"},
    };
    Box box;
    for (const Row& row : rows) {
      CAPTURE(row.tool);
      CAPTURE(row.arguments.dump());
      const std::string answer = box.call(row.tool, row.arguments);
      CAPTURE(answer);
      CHECK(holds(answer, row.shows));
    }
    for (const char* broken : {"", "[", "[]", "\"x\"", "{\"query\": 3}"}) {
      CAPTURE(broken);
      CHECK(holds(box.tools.call({"1", "search_code", broken}).str(), "error: "));
    }
    CHECK(box.tools.tree().edits().empty());
    const std::vector<AgentEvent> events = box.tools.take_events();
    REQUIRE(events.size() == std::size(rows) + 5);
    CHECK(events[0].what == "search_code");
    CHECK(events[0].detail == "vat for a country");
    CHECK(events[std::size(rows) - 1].what == "refused");
    CHECK(box.tools.take_events().empty());
  }

  TEST_CASE("tools: edits live in memory, are read back and come out as whole files") {
    Box box;
    CHECK(box.call("edit", text({{"path", "shop/cart.py"}, {"search", "'FR': 20}"}, {"replace", "'FR': 20, 'AT': 20}"}})) ==
          "changed shop/cart.py");
    CHECK(box.call("edit", text({{"path", "shop/new.py"}, {"replace", "x = 1\n"}})) == "wrote shop/new.py");
    CHECK(box.call("edit", text({{"path", "tests/test_cart.py"}})) == "removed tests/test_cart.py");
    CHECK(holds(box.call("read", text({{"path", "shop/cart.py"}})), "'AT': 20"));
    CHECK(holds(box.call("read", text({{"path", "shop"}})), "new.py"));
    CHECK(holds(box.call("read", text({{"path", "tests/test_cart.py"}})), "error: "));
    CHECK(holds(box.call("references", text({{"symbol", "x"}})), "shop/new.py:1 x = 1"));
    const std::vector<Edit> edits = box.tools.tree().edits();
    REQUIRE(edits.size() == 3);
    CHECK(edits[0].path == "shop/cart.py");
    CHECK(holds(*edits[0].content, "'AT': 20}"));
    CHECK(edits[1].content == "x = 1\n");
    CHECK(edits[2].remove);
    // Back to what it was: no change.
    box.call("edit", text({{"path", "shop/cart.py"}, {"search", ", 'AT': 20}"}, {"replace", "}"}}));
    CHECK(box.tools.tree().edits().size() == 2);
  }

  TEST_CASE("tools: below depth spec a model only looks") {
    Box box(false);
    std::vector<std::string> names;
    for (const ToolSpec& spec : box.tools.specs()) names.push_back(spec.name);
    CHECK(names == std::vector<std::string>{"search_code", "read", "definition", "references", "history"});
    CHECK(holds(box.call("edit", text({{"path", "shop/new.py"}, {"replace", "x"}})), "no such tool"));
    CHECK(holds(box.call("run_tests", Json::object()), "no such tool"));
    CHECK(Box().tools.specs().size() == 7);
  }

  TEST_CASE("tools: private values and secrets of the code do not reach the model") {
    Box box;
    const std::string key = std::string("ghp_") + "16C7e42F292c6912E7710c838347Ae178B4a";
    box.redactor.know("PERSON", "Ada Lovelace");
    box.call("edit", text({{"path", "shop/new.py"}, {"replace", ("k = '" + key + "'\n# Ada Lovelace\n").c_str()}}));
    const std::string shown = box.call("read", text({{"path", "shop/new.py"}}));
    CHECK_FALSE(holds(shown, key));
    CHECK_FALSE(holds(shown, "Ada Lovelace"));
    CHECK(holds(shown, "<"));
  }

  TEST_CASE("tools: results are cut head and tail") {
    Box box;
    std::string wide(40'000, 'x');
    box.call("edit", text({{"path", "shop/wide.txt"}, {"replace", ("first\n" + wide + "\nlast\n").c_str()}}));
    const std::string shown = box.call("read", text({{"path", "shop/wide.txt"}}));
    CHECK(shown.size() < 17'000);
    CHECK(holds(shown, "1 first"));
    CHECK(holds(shown, "3 last"));
    CHECK(holds(shown, "left out"));
  }

  TEST_CASE("tools: run_tests runs the working copy in the sandbox and says what failed") {
    if (!verify::sandbox_here()) return;
    Box box;
    box.call("edit", text({{"path", "tests/test_vat.py"}, {"replace", verify::kNewTest}}));
    std::string answer = box.call("run_tests", Json::object());
    CAPTURE(answer);
    CHECK(holds(answer, "2 passed, 1 failed"));
    CHECK(holds(answer, "failed: tests.test_vat.VatTest.test_austria"));
    CHECK(holds(answer, "KeyError: 'AT'"));
    CHECK(box.tools.take_events().back().exit == 1);
    box.call("edit", text({{"path", "shop/cart.py"}, {"search", "'FR': 20}"}, {"replace", "'FR': 20, 'AT': 20}"}}));
    CHECK(holds(box.call("run_tests", Json::object()), "3 passed, 0 failed"));
    // What policy refuses is not run.
    box.call("edit", text({{"path", ".github/workflows/ci.yml"}, {"replace", "on: push\n"}}));
    CHECK(holds(box.call("run_tests", Json::object()), "error: not run, policy refuses"));
  }
}

}  // namespace
}  // namespace triage::propose
