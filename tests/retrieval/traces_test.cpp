// What holds for every format: no trace in prose, bounded and linear work, the JSON, and the
// corpus.
#include "retrieval/traces.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "pipeline/base/process.h"
#include "tests/retrieval/traces_samples.h"

using namespace triage;
using namespace triage::retrieval;

namespace {

constexpr std::string_view kTrace = "TypeError: no\n    at f (b.js:1:2)\n";

// Steps of one text and of the same twice as long.
void check_linear(const std::string& unit) {
  CAPTURE(unit);
  const auto steps = [&](size_t times) {
    std::string text;
    for (size_t i = 0; i < times; ++i) text += unit;
    const traces::Lines lines(text);
    traces::read_all(lines);
    return lines.steps();
  };
  const size_t once = steps(1000), twice = steps(2000);
  CHECK(twice <= 2 * once + 5000);
}

struct Row {
  std::string language;
  bool any = false, language_right = false;
  int frames = 0, frames_right = 0;
};

// Function names by their index in the first trace, negative ones from its end.
void compare_frames(const Json& expected, const std::vector<Frame>& frames, Row& row) {
  for (const auto& [key, name] : expected.members()) {
    const int index = std::stoi(key);
    const auto size = static_cast<int>(frames.size());
    const int at = index < 0 ? size + index : index;
    ++row.frames;
    if (at >= 0 && at < size && frames[static_cast<size_t>(at)].function == name.as_string())
      ++row.frames_right;
  }
}

Row measure(const Json& json) {
  static const std::map<std::string, std::string> kLanguages = {
      {"js", "javascript"}, {"kernel-oops", "c"}, {"gdb", "c++"},  {"cdb", "c++"},
      {"minidump", "c++"},  {"asan", "c++"},      {"tsan", "c++"}, {"ubsan", "c++"},
      {"lsan", "c++"},      {"valgrind", "c++"},  {"other", "c++"}};
  const std::string kind = json["lang"].as_string();
  const auto known = kLanguages.find(kind);
  Row row{known == kLanguages.end() ? kind : known->second};
  const auto found = parse_traces(json["text"].as_string());
  row.any = !found.empty();
  row.language_right = std::ranges::any_of(
      found, [&](const Trace& trace) { return trace.language == row.language; });
  if (row.any && json["expect"]["frame"].is_object())
    compare_frames(json["expect"]["frame"], found.front().frames, row);
  return row;
}

}  // namespace

TEST_SUITE("retrieval") {
  TEST_CASE("traces: prose with errors' names, paths and times is none") {
    for (const std::string_view text :
         {"",
          "TypeError: it does not work",
          "Error: see cart.py:41 at 10:30",
          "Meeting at noon (room:12)\nand at home (by bus:4)",
          "Caused by: my cat\nCaused by: your dog",
          "KeyError    Traceback (most recent call last)\nno frames in here\n",
          "at 0x5A: x\n==12== words\nit was a: runtime error: once\n",
          "I opened src/cart.py, line 41, and in total it looked fine.",
          "Please call me at 10:30 or at 12:45.\nat least (12:30) would be good",
          "Fixes #1 and #2\n#0 is the first item\n#3 (see above)",
          "1. open the cart (twice)\n2. press pay\n3. it says: error",
          "The panic: nobody knows.\nfatal error: so they say",
          "from home: it works\nfrom work: it does not\n",
          "| column | other |\n|---|---|\n| at a.b | 12:30 |",
          "def total(cart):\n    raise ValueError(\"no\")  # File \"a.py\"\n",
          "try { f(); } catch (Error e) { throw new Error(\"x\"); }",
          "In my cart line 41: there is a total.",
          "[x] done\n[ ] open @ 12:30\nbob@example.com:25:1\n",
          "the thread 'main' was closed, it panicked everyone",
          "Warning: do not touch\nNotice: in the cellar",
          "2024-05-01 12:00:00 ERROR nothing to see\n2024-05-01 12:00:01 INFO at rest",
          "goroutine 5 is a word\ncreated by: me",
          "** (note) this is bold **",
          "BUG: the cart is empty",
          "* thread about carts\n* frame of the window"}) {
      CAPTURE(text);
      CHECK(show_all(text).empty());
      // The same prose hides no trace that follows it.
      CHECK(parse_traces(std::string(text) + "\n\n\n\nand\n\n" + std::string(kTrace)).size() == 1);
    }
  }

  TEST_CASE("traces: a text of several has them in order") {
    const std::string python =
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x\nKeyError: 'a'\n";
    const auto found = parse_traces(python + "\nand later\n\n" + std::string(kTrace));
    REQUIRE(found.size() == 2);
    CHECK(found[0].language == "python");
    CHECK(found[1].language == "javascript");
  }

  TEST_CASE("traces: line ends of Windows and bytes that are no text change nothing") {
    std::string windows(kTrace);
    for (size_t at = windows.find('\n'); at != windows.npos; at = windows.find('\n', at + 2))
      windows.insert(at, 1, '\r');
    CHECK(show_all(windows) == show_all(kTrace));
    CHECK(show_all("\xff\xfe\x80\n" + std::string(kTrace)) == show_all(kTrace));
    CHECK(show_all(std::string(3, '\0') + "\n" + std::string(kTrace)) == show_all(kTrace));
  }

  TEST_CASE("traces: hostile texts cost twice the work where they are twice as long") {
    for (const std::string& unit : std::initializer_list<std::string>{
             "\n",
             "x\n",
             "#0  f (\n",
             "#0  f () at a.c:1\n",
             "  File \"a.py\", line 1, in f\n",
             "Traceback (most recent call last):\n",
             "Caused by: a.BError: x\n",
             "a.BError: x\n\tat a.B.c(B.java:1)\nCaused by: a.CError: y\n",
             "\tat a.B.c(B.java:1)\nx\n",
             "panic: x\n",
             "goroutine 1 [running]:\n",
             "main.f()\n\t/a.go:1 +0x1\n",
             "thread 'a' panicked at b.rs:1:1:\n",
             "Error: x\nCaused by:\n",
             "Thread 1 (Thread 0x7f (LWP 1)):\n",
             "Thread 0 Crashed:\n",
             "STACK_TEXT:\n",
             "Crash|SIGSEGV|0x1|0\n",
             "0|0|a|b|c|1|0x1\n",
             "BUG: x\n",
             "Call Trace:\n",
             " f+0x1/0x2\n",
             "==1==ERROR: AddressSanitizer: x\n",
             "    #0 0x1234 in f /a.c:1\n",
             "==1==    at 0x1234: f (a.c:1)\n",
             "a.rb:1:in `f': x (E)\n",
             "PHP Fatal error: Uncaught E: x in /a.php:1\n",
             "#0 /a.php(1): f()\n",
             "x at a.pl line 1.\n",
             "stack traceback:\n",
             "** (E) x\n",
             "E   x\na.py:1: KeyError\n",
             "a.py:1: in f\n",
             "KeyError Traceback (most recent call last)\n",
             "+-+---- 1 ----\n",
             "Unhandled exception:\n",
             "program received signal SIGSEGV, x\n",
             "        local = 1\n",
             "Stack trace (most recent call last):\n"})
      check_linear(unit);
  }

  TEST_CASE("traces: hostile size is bounded") {
    std::string frames = "Traceback (most recent call last):\n";
    for (int i = 0; i < 20'000; ++i) frames += "  File \"a.py\", line 1, in f\n";
    CHECK(parse_traces(frames).at(0).frames.size() == traces::kMostFrames);
    std::string causes = "a.B: x\n\tat a.B.c(B.java:1)\n";
    for (int i = 0; i < 10'000; ++i) causes += "Caused by: a.BError: x\n\tat a.B.c(B.java:1)\n";
    check_bounds(causes);
    CHECK(to_json(parse_traces(causes)).dump().size() < 100'000);
    for (const char* bytes : {"(", "\n", "\\n", "\\", "#", " at ", "{\\\"", "&lt;", "<br>", "> ",
                              "[1234] ", "12:00:00 ", "a: "}) {
      CAPTURE(bytes);
      std::string text;
      while (text.size() < 60'000) text += bytes;
      CHECK(parse_traces(text).empty());
      check_bounds(text + "\n" + std::string(kTrace));
    }
  }

  TEST_CASE("traces: JSON has the documented form") {
    CHECK(to_json(parse_traces(kTrace)).dump() ==
          R"({"traces":[{"language":"javascript","exception":"TypeError","message":"no",)"
          R"("frames":[{"path":"b.js","line":1,"function":"f","in_app":true}],"cause":null}]})");
    CHECK(to_json(std::vector<Trace>{}).dump() == R"({"traces":[]})");
  }

  TEST_CASE("traces: the public corpus is read") {
    const char* set = std::getenv("TRIAGED_DATA");
    const std::filesystem::path file =
        std::filesystem::path(set != nullptr ? set : TRIAGED_SOURCE_DIR "/../shared/data") /
        "stack-traces.jsonl.gz";
    if (!std::filesystem::exists(file)) {
      MESSAGE("skipped: no " << file.string() << " (set TRIAGED_DATA)");
      return;
    }
    ProcessSpec unzip;
    unzip.argv = {"gzip", "-dc", file.string()};
    unzip.env = {{"PATH", "/usr/bin:/bin"}};
    unzip.keep_output = 64U << 20U;
    unzip.output_limit = 64U << 20U;
    const auto unpacked = run_process(unzip);
    REQUIRE(unpacked);
    std::istringstream lines(unpacked->out);
    int rows = 0, any = 0, language = 0, frames = 0, frames_right = 0;
    for (std::string line; std::getline(lines, line); ++rows) {
      const auto json = parse_json(line);
      REQUIRE(json);
      const Row row = measure(*json);
      any += row.any ? 1 : 0;
      language += row.language_right ? 1 : 0;
      frames += row.frames;
      frames_right += row.frames_right;
    }
    MESSAGE(rows << " rows: " << any << " with a trace, " << language << " in the right language, "
                 << frames_right << " of " << frames << " named frames");
    CHECK(rows > 100);
    CHECK(any >= rows * 99 / 100);
    CHECK(language >= rows * 98 / 100);
    CHECK(frames_right >= frames * 97 / 100);
  }
}
